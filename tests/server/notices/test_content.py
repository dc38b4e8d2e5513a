from appliance.records.outbox import Notice
from appliance.server.notices.content import address_of, body_of, notices_of, subject_of, text_of

ABOUT = {
    "call_id": "CA/1",
    "name": "message-2",
    "number": 2,
    "caller": "+15555550123",
    "called": "+15555550100",
    "dialplan": "Practice",
    "started_at": 1_800_000_000.25,
    "secs": 72.04,
    "ended_by": "silence",
    "transcript": "Call me.",
    "notify": ["office@example.com", "https://example.com/"],
}
BASE = "https://voice.example.com"
ADDRESS = "https://voice.example.com/api/calls/CA%2F1/messages/2"


def test_web_servers_are_told_all_that_is_known() -> None:
    assert body_of(ABOUT, BASE) == {
        "type": "message",
        "call_id": "CA/1",
        "number": 2,
        "from": "+15555550123",
        "to": "+15555550100",
        "dialplan": "Practice",
        "started_at": "2027-01-15T08:00:00.250Z",
        "secs": 72.0,
        "ended_by": "silence",
        "transcript": "Call me.",
        "audio": ADDRESS,
    }
    assert body_of({**ABOUT, "transcript": None}, BASE)["transcript"] is None


def test_a_mail_says_who_called_and_nothing_of_it_in_its_subject() -> None:
    assert subject_of(ABOUT) == "Message of 1:12 for Practice"
    assert text_of(ABOUT, BASE) == (
        "+15555550123 has left a message of 1:12\nat 2027-01-15T08:00:00.250Z, calling +15555550100.\n"
        f"\nCall me.\n\n{ADDRESS}\n"
    )
    unknown = text_of({**ABOUT, "caller": "", "transcript": None}, BASE)
    assert unknown.startswith("Somebody who hides the number has left a message of 1:12\n")


def test_each_address_has_one_notice_and_the_same_one_each_time() -> None:
    first, second = notices_of(ABOUT)
    assert (first.to, second.to) == ("office@example.com", "https://example.com/")
    assert [first, second] == notices_of(dict(ABOUT))
    assert len({first.id, second.id, notices_of({**ABOUT, "name": "message-3"})[0].id}) == 3
    assert notices_of({**ABOUT, "notify": []}) == []
    assert address_of(ABOUT, BASE) == ADDRESS
    assert isinstance(first, Notice)

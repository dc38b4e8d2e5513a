import pytest

from appliance.call.privacy import Privacy
from appliance.records import CallRecord, DeedRecord, TurnRecord
from appliance.redaction import Redactor

REDACTOR = Redactor(["card", "digits"], fields=["pin"])
CALL = CallRecord("CA1", "twilio", "+15555550123", "+15555550100", "Shop", 1.0, metadata={"steps": ["a"]})


def turn(who: str, text: str, heard: str | None = None, **details: object) -> TurnRecord:
    return TurnRecord("CA1", 0, who, text, 1.0, heard, details)  # type: ignore[arg-type]


def masked(*turns: TurnRecord, keep: bool = False) -> list[TurnRecord]:
    privacy = Privacy(REDACTOR, keep=keep)
    return [privacy.of_turn(one) for one in turns]


def test_what_is_said_and_keyed_in_is_masked() -> None:
    assert masked(
        turn("caller", "it is 4111 1111 1111 1111 please"),
        turn("caller", "471122", keys=True),
        turn("bot", "4, 7, 1, 1."),
    ) == [turn("caller", "it is [card] please"), turn("caller", "[number]", keys=True), turn("bot", "4, 7, 1, 1.")]


def test_a_number_that_a_speaker_says_in_several_turns_is_masked_whatever_the_bot_says_between() -> None:
    said = ("one seven one one", "Go on.", "two two", "Go on.", "three")
    turns = [turn("bot" if text == "Go on." else "caller", text) for text in said]
    assert [one.text for one in masked(*turns)] == ["one seven one one", "Go on.", "[number]", "Go on.", "[number]"]


@pytest.mark.parametrize(
    ("heard", "told"),
    [
        (None, None),
        ("", ""),
        ("Your number", "Your number"),
        ("Your number is 4, 7", "Your number is [number]"),
        ("Number 4, 7, 1, 1, 2, 2", "Number [number]"),
    ],
)
def test_what_was_heard_of_the_bot_ends_before_or_after_a_mask(heard: str | None, told: str | None) -> None:
    assert masked(turn("bot", "Your number is 4, 7, 1, 1, 2, 2. Right?", heard)) == [
        turn("bot", "Your number is [number]. Right?", told)
    ]


def test_arguments_and_results_are_masked_by_name_and_by_what_is_in_them() -> None:
    assert masked(
        turn("function", "pay", arguments={"pin": "1", "card": "4111111111111111"}, result="paid 471122")
    ) == [turn("function", "pay", arguments={"pin": "[pin]", "card": "[card]"}, result="paid [number]")]


def test_what_the_dialogue_collected_is_masked() -> None:
    privacy = Privacy(REDACTOR)
    call = CallRecord(*facts(CALL), metadata={"tags": ["a"], "variables": {"pin": "1", "day": "today"}})
    assert privacy.of(call) == CallRecord(
        *facts(CALL), metadata={"tags": ["a"], "variables": {"pin": "[pin]", "day": "today"}}
    )


def facts(call: CallRecord) -> tuple[str, str, str, str, str, float]:
    return call.call_id, call.carrier, call.caller, call.called, call.dialplan, call.started_at


def test_what_is_masked_is_kept_beside_it_where_that_is_wanted() -> None:
    assert masked(
        turn("caller", "471122", keys=True),
        turn("caller", "yes"),
        turn("bot", "So 471122.", "So 47"),
        turn("function", "pay", arguments={"pin": "1"}, result="paid"),
        keep=True,
    ) == [
        turn("caller", "[number]", keys=True, unmasked={"text": "471122"}),
        turn("caller", "yes"),
        turn("bot", "So [number].", "So [number]", unmasked={"text": "So 471122.", "heard": "So 47"}),
        turn("function", "pay", arguments={"pin": "[pin]"}, result="paid", unmasked={"arguments": {"pin": "1"}}),
    ]
    kept = Privacy(REDACTOR, keep=True).of_call(CallRecord(*facts(CALL), metadata={"variables": {"pin": "1"}}))
    assert kept.metadata == {"variables": {"pin": "[pin]"}, "unmasked": {"variables": {"pin": "1"}}}


def test_where_nothing_is_sensitive_records_are_as_they_were() -> None:
    deed = DeedRecord("CA1", 0, 1.0, "ann", "admin", "send-text", "done")
    said = turn("caller", "4111 1111 1111 1111")
    assert [Privacy(Redactor(), keep=True).of(record) for record in (CALL, said, deed)] == [CALL, said, deed]
    assert Privacy(REDACTOR).of(deed) == deed

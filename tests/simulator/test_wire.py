"""Messages word for word, and the carrier's strictness about the server's."""

import json
from typing import Any

import pytest

from appliance.simulator.wire import Clear, InvalidMessageError, Mark, Media, Messages, MinimalMessages, read

SID = "MZ" + "1" * 32


def message(event: str, **more: object) -> dict[str, Any]:
    """A message for the stream."""
    return {"event": event, "streamSid": SID, **more}


VALID = [
    (message("media", media={"payload": "/38="}), Media(b"\xff\x7f")),
    (message("media", media={"payload": ""}), Media(b"")),
    (message("mark", mark={"name": "g1-2"}), Mark("g1-2")),
    (message("clear"), Clear()),
]


@pytest.mark.parametrize(("given", "expected"), VALID)
def test_a_message_as_documented_is_taken(given: dict[str, Any], expected: object) -> None:
    assert read(json.dumps(given), SID) == expected


INVALID = {
    "not JSON": ('{"event":', 31950, 'A message is not JSON: {"event":.'),
    "empty": ("", 31950, "A message is not JSON: ."),
    "no object": ("[]", 31951, "A message has the event None, expected media, mark or clear."),
    "no event": ({"streamSid": SID}, 31951, "A message has the event None, expected media, mark or clear."),
    "unknown event": (message("play"), 31951, "A message has the event 'play', expected media, mark or clear."),
    "event of the wrong type": (
        message("x") | {"event": []},
        31951,
        "A message has the event [], expected media, mark or clear.",
    ),
    "no streamSid": ({"event": "clear"}, 31951, "A clear message lacks streamSid."),
    "wrong streamSid": (
        {"event": "clear", "streamSid": "MZ2"},
        31951,
        f"A clear message is for the stream 'MZ2', not {SID}.",
    ),
    "extra key": (message("clear", sequenceNumber="1"), 31951, "A clear message must not have sequenceNumber."),
    "extra keys and a missing one": (
        message("media", chunk=1, track="outbound"),
        31951,
        "A media message lacks media and must not have chunk and must not have track.",
    ),
    "extra key inside": (
        message("media", media={"payload": "", "track": "outbound"}),
        31951,
        "The object media of a message must not have track.",
    ),
    "media of the wrong type": (
        message("media", media="/w=="),
        31951,
        "The object media of a message is '/w==', expected an object.",
    ),
    "mark without name": (message("mark", mark={}), 31951, "The object mark of a message lacks name."),
    "mark name of the wrong type": (message("mark", mark={"name": 7}), 31951, "mark.name is 7, expected text."),
    "payload of the wrong type": (
        message("media", media={"payload": 7}),
        31951,
        "media.payload is 7, expected base64.",
    ),
    "bad base64": (message("media", media={"payload": "a?=="}), 31951, "media.payload is not base64: a?==."),
    "base64 without padding": (message("media", media={"payload": "/w"}), 31951, "media.payload is not base64: /w."),
    "long rubbish is cut": ("x" * 100, 31950, f"A message is not JSON: {'x' * 57}...."),
}


@pytest.mark.parametrize("case", INVALID.values(), ids=INVALID.keys())
def test_a_message_that_is_not_as_documented_is_refused(case: tuple[object, int, str]) -> None:
    given, code, text = case
    with pytest.raises(InvalidMessageError) as caught:
        read(given if isinstance(given, str) else json.dumps(given), SID)
    assert (caught.value.code, str(caught.value)) == (code, text)


def test_a_streams_messages_are_those_of_the_carriers_documents() -> None:
    messages = Messages(SID, "AC1", "CA1", {"token": "t"})
    told = [messages.connected(), messages.start(), messages.media("/w==", 0), messages.media("/w==", 20)]
    told += [messages.dtmf("#"), messages.mark("m"), messages.stop()]
    media = {"event": "media", "streamSid": SID}
    assert [json.loads(text) for text in told] == [
        {"event": "connected", "protocol": "Call", "version": "1.0.0"},
        {
            "event": "start",
            "sequenceNumber": "1",
            "streamSid": SID,
            "start": {
                "accountSid": "AC1",
                "streamSid": SID,
                "callSid": "CA1",
                "tracks": ["inbound"],
                "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
                "customParameters": {"token": "t"},
            },
        },
        media
        | {"sequenceNumber": "2", "media": {"track": "inbound", "chunk": "1", "timestamp": "0", "payload": "/w=="}},
        media
        | {"sequenceNumber": "3", "media": {"track": "inbound", "chunk": "2", "timestamp": "20", "payload": "/w=="}},
        {"event": "dtmf", "streamSid": SID, "sequenceNumber": "4", "dtmf": {"track": "inbound_track", "digit": "#"}},
        {"event": "mark", "sequenceNumber": "5", "streamSid": SID, "mark": {"name": "m"}},
        {"event": "stop", "sequenceNumber": "6", "streamSid": SID, "stop": {"accountSid": "AC1", "callSid": "CA1"}},
    ]


def test_minimal_messages_have_only_what_cannot_be_left_out() -> None:
    messages = MinimalMessages(SID, "AC1", "CA1", {})
    told = [messages.media("/w==", 0), messages.dtmf("1"), messages.mark("m"), messages.stop()]
    assert [json.loads(text) for text in told] == [
        {"event": "media", "media": {"payload": "/w=="}},
        {"event": "dtmf", "dtmf": {"digit": "1"}},
        {"event": "mark", "mark": {"name": "m"}},
        {"event": "stop"},
    ]

"""Twilio's media stream, decoded and encoded."""

import base64
import contextlib
import json
import random
import re
from pathlib import Path
from typing import Any

import pytest

from appliance.audio.g711 import pcm_to_ulaw, ulaw_to_pcm
from appliance.carriers.base import MarkFrame, StreamStartFrame, StreamStopFrame
from appliance.carriers.twilio.codec import TwilioCodec
from appliance.errors import ProtocolError
from appliance.frames import Frame, InputDTMFFrame

DATA = Path(__file__).parents[2] / "data" / "twilio"
STREAM = "MZ11111111111111111111111111111111"
CALL = "CA22222222222222222222222222222222"


def documented(name: str) -> str:
    return (DATA / f"{name}.json").read_text()


def media(payload: object = "//8=", **more: object) -> str:
    return json.dumps({"event": "media", "media": {"payload": payload, **more}})


def shown(frame: bytes | Frame | None) -> dict[str, Any]:
    """A frame's own fields."""
    assert isinstance(frame, Frame)
    names: tuple[str, ...] = type(frame).__match_args__
    return {"frame": type(frame), **{name: getattr(frame, name) for name in names}}


@pytest.fixture
def codec() -> TwilioCodec:
    return TwilioCodec()


@pytest.fixture
def started(codec: TwilioCodec) -> TwilioCodec:
    codec.decode(documented("start"))
    return codec


def test_connected_needs_no_action(codec: TwilioCodec) -> None:
    assert codec.decode(documented("connected")) is None
    assert (codec.missing_sequence, codec.out_of_order, codec.unknown_events) == (0, 0, 0)


def test_a_start_says_which_call_and_brings_its_parameters(codec: TwilioCodec) -> None:
    assert shown(codec.decode(documented("start"))) == {
        "frame": StreamStartFrame,
        "call_id": CALL,
        "stream_id": STREAM,
        "parameters": {"token": "a token", "language": "en"},
    }


def test_media_is_the_callers_audio_as_pcm(codec: TwilioCodec) -> None:
    ulaw = bytes((0xFF, 0x7F, 0x80, 0x00)) * 40
    assert codec.decode(documented("media")) == ulaw_to_pcm(ulaw)
    assert ulaw_to_pcm(ulaw)[:8] == b"\x00\x00\x00\x00\x7c\x7d\x84\x82"


def test_a_key_a_mark_and_a_stop_are_frames(codec: TwilioCodec) -> None:
    assert shown(codec.decode(documented("dtmf"))) == {"frame": InputDTMFFrame, "button": "1", "by": None}
    assert shown(codec.decode(documented("mark"))) == {"frame": MarkFrame, "name": "g1-1"}
    assert shown(codec.decode(documented("stop"))) == {"frame": StreamStopFrame}


@pytest.mark.parametrize(
    ("digit", "button"), [("0", "0"), ("*", "*"), ("#", "#"), ("D", "D"), ("b", "B"), (7, "7")], ids=repr
)
def test_every_key_of_a_telephone_is_known(codec: TwilioCodec, digit: object, button: str) -> None:
    message = json.dumps({"event": "dtmf", "dtmf": {"digit": digit}})
    assert shown(codec.decode(message)) == {"frame": InputDTMFFrame, "button": button, "by": None}


def test_a_client_that_only_sends_event_and_payload_is_understood(codec: TwilioCodec) -> None:
    assert shown(codec.decode('{"event":"start"}')) == {
        "frame": StreamStartFrame,
        "call_id": "",
        "stream_id": "",
        "parameters": {},
    }
    assert codec.decode(documented("media_of_a_browser")) == bytes(256)
    assert json.loads(codec.encode_clear()) == {"event": "clear", "streamSid": ""}


@pytest.mark.parametrize(
    "message",
    [
        {"event": "start", "streamSid": "MZ7", "start": {"callSid": "CA7", "customParameters": {"token": "t"}}},
        {"event": "start", "start": {"streamSid": "MZ7", "callSid": "CA7", "customParameters": {"token": "t"}}},
        {
            "event": "start",
            "streamSid": "MZ7",
            "start": {"streamSid": "other", "callSid": "CA7", "customParameters": {"token": "t"}, "tracks": 5},
        },
        {
            "event": "start",
            "streamSid": "MZ7",
            "start": {"callSid": "CA7", "customParameters": {"token": "t"}, "mediaFormat": {"sampleRate": "8000"}},
        },
    ],
)
def test_a_start_may_be_incomplete(codec: TwilioCodec, message: object) -> None:
    assert shown(codec.decode(json.dumps(message))) == {
        "frame": StreamStartFrame,
        "call_id": "CA7",
        "stream_id": "MZ7",
        "parameters": {"token": "t"},
    }


@pytest.mark.parametrize("start", [None, 5, [], "x", {"customParameters": [1]}, {"callSid": None}])
def test_a_start_without_anything_usable_names_no_call(codec: TwilioCodec, start: object) -> None:
    frame = codec.decode(json.dumps({"event": "start", "start": start}))
    assert shown(frame) == {"frame": StreamStartFrame, "call_id": "", "stream_id": "", "parameters": {}}


def test_a_second_start_is_refused_and_the_stream_stays_what_it_was(started: TwilioCodec) -> None:
    with pytest.raises(ProtocolError, match=r"^a second start on one stream, expected one$"):
        started.decode('{"event":"start","streamSid":"MZother"}')
    assert json.loads(started.encode_clear()) == {"event": "clear", "streamSid": STREAM}


@pytest.mark.parametrize(
    ("media_format", "found"),
    [
        ({"encoding": "audio/x-l16"}, "audio/x-l16 at 8000 Hz with 1 channels"),
        ({"sampleRate": 16000}, "audio/x-mulaw at 16000 Hz with 1 channels"),
        ({"channels": 2}, "audio/x-mulaw at 8000 Hz with 2 channels"),
    ],
)
def test_audio_that_would_be_noise_is_refused(codec: TwilioCodec, media_format: object, found: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        codec.decode(json.dumps({"event": "start", "start": {"mediaFormat": media_format}}))
    assert str(caught.value) == f"a stream of {found}, expected audio/x-mulaw at 8000 Hz with 1 channel"


@pytest.mark.parametrize("size", [1, 2, 128, 160, 161, 8000, 700_000])
def test_a_payload_may_have_any_size(codec: TwilioCodec, size: int) -> None:
    ulaw = bytes(index * 7 % 256 for index in range(size))
    assert codec.decode(media(base64.b64encode(ulaw).decode())) == ulaw_to_pcm(ulaw)


@pytest.mark.parametrize("track", ["inbound", None])
def test_the_inbound_track_is_the_caller(codec: TwilioCodec, track: object) -> None:
    assert codec.decode(media(track=track)) == bytes(4)


@pytest.mark.parametrize("track", ["outbound", "", 5, ["inbound"]])
def test_other_tracks_are_ignored(codec: TwilioCodec, track: object) -> None:
    assert codec.decode(media(track=track)) is None


def test_an_empty_payload_is_ignored(codec: TwilioCodec) -> None:
    assert codec.decode(media("")) is None


NUMBERS: list[tuple[list[object], int, int]] = [
    (["1", "2", "3"], 0, 0),
    ([1, 2, 3], 0, 0),
    (["7", 8, "9"], 0, 0),
    (["1", "3", "4"], 0, 1),
    (["1", "3", "2", "3"], 0, 2),
    (["1", "1", "1"], 0, 2),
    ([None, None], 2, 0),
    (["1", None, "2"], 1, 0),
    (["", "x", [], {}, "1" * 5000], 5, 0),
]


@pytest.mark.parametrize(("numbers", "missing", "out_of_order"), NUMBERS)
def test_wrong_and_missing_sequence_numbers_are_counted_and_the_audio_is_used(
    codec: TwilioCodec, numbers: list[object], missing: int, out_of_order: int
) -> None:
    for number in numbers:
        message = {"event": "media", "sequenceNumber": number, "media": {"payload": "//8="}}
        assert codec.decode(json.dumps(message)) == bytes(4)
    assert (codec.missing_sequence, codec.out_of_order) == (missing, out_of_order)


def test_a_message_without_a_sequence_number_counts_whatever_its_kind(codec: TwilioCodec) -> None:
    codec.decode('{"event":"mark","mark":{"name":"m"}}')
    codec.decode('{"event":"stop"}')
    assert codec.missing_sequence == 2


@pytest.mark.parametrize("event", ["warning", "", "Media", "\u00e9"])
def test_unknown_events_are_counted(codec: TwilioCodec, event: str) -> None:
    assert codec.decode(json.dumps({"event": event, "media": 5})) is None
    assert codec.unknown_events == 1


NOT_UNDERSTOOD = {
    "": "a message that is not JSON (Input data was truncated), expected one JSON object",
    "x": "a message that is not JSON (JSON is malformed: invalid character (byte 0)), expected one JSON object",
    '{"event":"media"': "a message that is not JSON (Input data was truncated), expected one JSON object",
    '{"event":"\ud800"}': "a message that is not JSON (not valid Unicode), expected one JSON object",
    "null": "a message without an event (Expected `object`, got `null`), expected one JSON object",
    "[]": "a message without an event (Expected `object`, got `array`), expected one JSON object",
    "{}": "a message without an event (Object missing required field `event`), expected one JSON object",
    '{"event":5}': "a message without an event (Expected `str`, got `int` - at `$.event`), expected one JSON object",
    '{"event":"media"}': "a media message that cannot be used (Object missing required field `media`)",
    '{"event":"media","media":{}}': "a media message that cannot be used "
    "(Object missing required field `payload` - at `$.media`)",
    '{"event":"media","media":{"payload":null}}': "a media message that cannot be used "
    "(Expected `bytes`, got `null` - at `$.media.payload`)",
    '{"event":"media","media":{"payload":"!!!!"}}': "a media message that cannot be used "
    "(Invalid base64 encoded string - at `$.media.payload`)",
    '{"event":"media","media":{"payload":"AAA"}}': "a media message that cannot be used "
    "(Invalid base64 encoded string - at `$.media.payload`)",
    '{"event":"mark","mark":{"name":5}}': "a mark message that cannot be used "
    "(Expected `str`, got `int` - at `$.mark.name`)",
    '{"event":"dtmf","dtmf":{}}': "a dtmf message that cannot be used "
    "(Object missing required field `digit` - at `$.dtmf`)",
    '{"event":"dtmf","dtmf":{"digit":"12"}}': "a key of 2 characters, expected one of 0-9, *, # and A-D",
    '{"event":"dtmf","dtmf":{"digit":null}}': "a key of 0 characters, expected one of 0-9, *, # and A-D",
}


@pytest.mark.parametrize(("message", "text"), NOT_UNDERSTOOD.items(), ids=range(len(NOT_UNDERSTOOD)))
def test_what_cannot_be_understood_is_refused_in_one_sentence(codec: TwilioCodec, message: str, text: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        codec.decode(message)
    assert str(caught.value) == text
    assert codec.decode(media()) == bytes(4)


def test_binary_messages_are_refused(codec: TwilioCodec) -> None:
    with pytest.raises(ProtocolError) as caught:
        codec.decode(documented("media").encode())
    size = len(documented("media"))
    assert str(caught.value) == f"a binary message of {size} bytes, expected text that holds one JSON object"


@pytest.mark.parametrize("message", ["[" * 200_000, '{"event":"media","x":' + '{"a":' * 200_000])
def test_nesting_without_end_is_refused(codec: TwilioCodec, message: str) -> None:
    with pytest.raises(ProtocolError):
        codec.decode(message)


def test_a_key_nested_without_end_is_refused(codec: TwilioCodec) -> None:
    with pytest.raises(ProtocolError) as caught:
        codec.decode('{"event":"stop","sequenceNumber":' + "[" * 200_000)
    assert str(caught.value) == "a message that is not JSON (nested too deeply), expected one JSON object"


def test_outbound_messages_have_exactly_the_documented_keys(started: TwilioCodec) -> None:
    pcm = ulaw_to_pcm(bytes(range(256)))
    assert json.loads(started.encode_audio(pcm)) == {
        "event": "media",
        "streamSid": STREAM,
        "media": {"payload": base64.b64encode(pcm_to_ulaw(pcm)).decode()},
    }
    assert json.loads(started.encode_mark("g1-7")) == {
        "event": "mark",
        "streamSid": STREAM,
        "mark": {"name": "g1-7"},
    }
    assert json.loads(started.encode_clear()) == {"event": "clear", "streamSid": STREAM}


@pytest.mark.parametrize("text", ['a"b', "a\\", "\u00e9\u4e16", "\n", '","event":"media'])
def test_names_cannot_break_out_of_a_message(codec: TwilioCodec, text: str) -> None:
    codec.decode(json.dumps({"event": "start", "streamSid": text}))
    assert json.loads(codec.encode_mark(text)) == {"event": "mark", "streamSid": text, "mark": {"name": text}}


def test_audio_comes_back_as_it_went_but_for_the_codecs_steps(started: TwilioCodec) -> None:
    pcm = ulaw_to_pcm(bytes(range(256)) * 16)
    echoed = TwilioCodec().decode(started.encode_audio(pcm))
    assert echoed == pcm


STRANGE = ["null", "1e999", "-1", '""', "[]", "{}", '"\\ud800"', "true", "9" * 400, '"x"', '{"a":[{}]}', "1.5"]


def test_nothing_that_a_stranger_sends_does_more_than_be_refused() -> None:
    chance = random.Random(20)
    messages = [path.read_text() for path in sorted(DATA.glob("*.json"))]
    outcomes = set()
    refusals = []
    for _ in range(5000):
        message = chance.choice(messages)
        for _ in range(chance.randint(1, 4)):
            start, end = sorted(chance.randrange(len(message) + 1) for _ in range(2))
            cut = chance.choice([message[start:end][:3], chance.choice(STRANGE), ""])
            message = message[:start] + cut + message[min(end, start + 20) :]
        codec = TwilioCodec()
        try:
            outcomes.add(type(codec.decode(message)))
        except ProtocolError as error:
            refusals.append(str(error))
    assert outcomes >= {type(None), bytes}
    assert len(refusals) > 1000
    assert max(map(len, refusals)) < 150


@pytest.mark.parametrize("value", STRANGE)
@pytest.mark.parametrize("name", ["connected", "start", "media", "dtmf", "mark", "stop"])
def test_any_value_of_another_type_is_used_ignored_or_refused(name: str, value: str) -> None:
    message = documented(name)
    for found in re.finditer(r': ?("[^"]*"|\d+|\{[^}]*\}|\[[^\]]*\])', message):
        changed = message[: found.start(1)] + value + message[found.end(1) :]
        with contextlib.suppress(ProtocolError):
            outcome = TwilioCodec().decode(changed)
            assert outcome is None or isinstance(outcome, bytes | Frame)

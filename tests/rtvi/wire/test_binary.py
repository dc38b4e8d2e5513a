"""The binary form, byte by byte: see the encoding of Protocol Buffers, and the fields in test_frames_pb2."""

import json
from typing import Any

import pytest

from appliance.errors import ProtocolError
from appliance.rtvi.wire import Audio, audio_frame, message_frame, read_frame
from appliance.rtvi.wire.frames_pb2 import Frame

HELLO = '{"label":"rtvi-ai","type":"client-ready","id":"1","data":{"version":"2.1.0"}}'
GREETING = '{"text":"Grüße"}'


def test_a_message_is_field_four_with_its_text_in_field_one() -> None:
    text = GREETING.encode()
    assert message_frame(text) == b"\x22\x14" + b"\x0a\x12" + text
    assert read_frame(b"\x22\x14" + b"\x0a\x12" + text) == GREETING


def test_sound_goes_out_with_its_number_rate_and_channels() -> None:
    fields = (b"\x08\x05", b"\x1a\x04\1\2\3\4", b"\x20\xc0\xbb\x01", b"\x28\x01")
    assert audio_frame(5, b"\1\2\3\4", 24_000, 1) == b"\x12\x0e" + b"".join(fields)


def test_a_microphone_is_read_as_sound() -> None:
    fields = (b"\x1a\x04\1\2\3\4", b"\x20\x80\x7d", b"\x28\x01")
    assert read_frame(b"\x12\x0b" + b"".join(fields)) == Audio(b"\1\2\3\4", 16_000, 1)


def test_what_is_written_is_read_again() -> None:
    assert read_frame(message_frame(HELLO.encode())) == HELLO
    assert read_frame(audio_frame(1, b"\0\0" * 160, 24_000, 1)) == Audio(b"\0\0" * 160, 24_000, 1)


@pytest.mark.parametrize(
    ("frame", "kind", "data"),
    [
        (Frame(transcription={"id": 7, "text": "yes", "user_id": "x"}), "send-text", {"content": "yes"}),
        (
            Frame(text={"id": 7, "text": "Hello."}),
            "action",
            {"service": "tts", "action": "say", "arguments": [{"name": "text", "value": "Hello."}]},
        ),
        (
            Frame(interruption={"id": 7, "name": "InterruptionFrame#7"}),
            "action",
            {"service": "tts", "action": "interrupt", "arguments": []},
        ),
    ],
    ids=["transcription", "text", "interruption"],
)
def test_frames_that_are_no_messages_become_the_messages_that_mean_the_same(
    frame: Frame, kind: str, data: dict[str, Any]
) -> None:
    text = read_frame(frame.SerializeToString())
    assert isinstance(text, str)
    assert json.loads(text) == {"label": "rtvi-ai", "type": kind, "id": "7", "data": data}


NO_FRAME = "The binary message is no protobuf Frame."
NOTHING_KNOWN = "The binary message is a protobuf Frame without any frame that is known here."


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", NOTHING_KNOWN),
        (b"\x3a\x02hi", NOTHING_KNOWN),
        (b"\0", NO_FRAME),
        (b"rubbish", NO_FRAME),
        (bytes(range(256)), NO_FRAME),
        (b"\x22\x14\x0a\x12{", NO_FRAME),
        (b"\x22\x03\x0a\x01\xff", NO_FRAME),
        (b"\x22" + b"\xff" * 9 + b"\x01", NO_FRAME),
    ],
    ids=["nothing", "unknown field", "zero", "text", "every byte", "cut short", "not UTF-8", "endless length"],
)
def test_rubbish_is_refused_with_a_sentence(data: bytes, problem: str) -> None:
    with pytest.raises(ProtocolError) as refused:
        read_frame(data)
    assert str(refused.value) == problem

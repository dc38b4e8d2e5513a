"""Messages to and from a Realtime server: those that we write are checked with its maker's own types."""

import json

import pytest

from appliance.dialogue.realtime import wire
from appliance.errors import ProtocolError
from appliance.settings.realtime import RealtimeEngine
from tests.stand_ins.realtime_types import wrong_with

ENGINE = RealtimeEngine(kind="openai-realtime")
TOOL = {"type": "function", "function": {"name": "stock", "description": "What.", "parameters": {"type": "object"}}}

WRITTEN = [
    wire.session(ENGINE, "You are Ann.", [TOOL], language="en", silence_secs=0.5),
    wire.session(
        ENGINE.model_copy(update={"turn_detection": "server_vad", "transcription_model": None}),
        "You are Ann.",
        [],
        language="en",
        silence_secs=0.5,
    ),
    wire.session(
        ENGINE.model_copy(update={"turn_detection": "semantic_vad"}), "Ann.", [], language="en", silence_secs=0.5
    ),
    wire.append(b"\xff\x00"),
    wire.COMMIT,
    wire.CLEAR,
    *(wire.create(wire.text_item(role, "Hello.")) for role in ("user", "system", "assistant")),
    wire.create(wire.call_item("call_1", "stock", "{}")),
    wire.create(wire.result_item("call_1", "three")),
    wire.respond("answer-1", may_call=True, max_tokens=500),
    wire.respond("answer-2", may_call=False, max_tokens=4096),
    wire.cancel("resp_1"),
    wire.truncate("item_1", 1200),
]


@pytest.mark.parametrize("message", WRITTEN, ids=lambda message: json.loads(message)["type"])
def test_what_we_write_is_as_its_maker_describes_it(message: str) -> None:
    assert wrong_with(json.loads(message)) is None


def test_the_check_knows_what_is_wrong() -> None:
    event = json.loads(wire.truncate("item_1", 1200))
    assert wrong_with({**event, "audio_end": 1200}) == "unknown keys ['audio_end']"
    del event["audio_end_ms"]
    assert wrong_with(event) is not None


def test_sound_goes_as_it_is() -> None:
    every = bytes(range(256))
    event = json.loads(wire.append(every))
    assert wire.audio_of({"delta": event["audio"]}) == every


@pytest.mark.parametrize("message", ["{", "[" * 100_000, "7", '{"a": 1}', '{"type": 7}', b"\xff"])
def test_what_is_no_event_is_refused(message: str | bytes) -> None:
    with pytest.raises(ProtocolError, match="expected an event"):
        wire.read(message)


def test_what_is_one_is_read() -> None:
    assert wire.read('{"type": "error", "more": 1}') == {"type": "error", "more": 1}

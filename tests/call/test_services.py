"""A running call's options: what they are, what they may be, and that a change is in force."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from appliance.audio.silero import SileroDetector
from appliance.audio.vad import WebRtcDetector
from appliance.call.services import SAMPLE_TEXT, SERVICES
from appliance.dialplan.schema import Turn, Vad
from appliance.errors import EngineError
from appliance.speech.base import SpeechAudio, WordTimes
from appliance.speech.canned import babble
from tests.call.lines import PLAN, TURN, House, Wire
from tests.call.supervisors import Supervisor


class Voices:
    """An engine with two voices; one of a third name hangs, one of a fourth says nothing."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str | None]] = []

    async def synthesize(
        self, text: str, *, language: str, voice: str | None = None
    ) -> AsyncIterator[SpeechAudio | WordTimes]:
        self.said.append((text, voice))
        if voice == "hanging":
            await asyncio.Event().wait()
        if voice not in ("en-us", "deep", "silent"):
            raise EngineError(f"there is no voice {voice}.")
        if voice != "silent":
            yield SpeechAudio(babble(100))


@pytest.fixture
def voices() -> Voices:
    return Voices()


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
async def house(tmp_path: Path, voices: Voices, wire: Wire) -> AsyncIterator[House]:
    house = House(tmp_path, voice=voices)
    stream = house.connect(wire)
    await house.asked()
    yield house
    await house.call.finish("abandoned", "the test is over")
    wire.says(None)
    await asyncio.wait_for(stream, 5)


@pytest.fixture
async def anna(house: House) -> Supervisor:
    return await Supervisor(house.call).ready()


FIRST: dict[str, dict[str, Any]] = {
    "vad": Vad().model_dump(exclude={"detector"}),
    "turn": Turn(no_input_secs=60).model_dump(mode="json"),
    "tts": {"voice": "en-us"},
}
"""What the test's dialplan says."""


async def test_a_calls_options_are_those_of_its_dialplan_and_all_are_typed(anna: Supervisor) -> None:
    assert await anna.config() == FIRST
    described = (await anna.asks("describe-config"))["data"]["config"]
    offered = {name: options for name, options in SERVICES.items() if name != "llm"}
    assert {one["name"]: {each["name"]: each["type"] for each in one["options"]} for one in described} == offered
    assert {name: list(options) for name, options in FIRST.items()} == {
        name: list(options) for name, options in offered.items()
    }


OTHERS: list[tuple[str, str, Any]] = [
    ("vad", "mode", 0),
    ("vad", "confidence", 0.5),
    ("vad", "start_secs", 0.1),
    ("vad", "stop_secs", 0.5),
    ("vad", "min_volume", 0.4),
    ("turn", "silence_secs", 1.5),
    ("turn", "expected_silence_secs", 0.5),
    ("turn", "unfinished_silence_secs", 2),
    ("turn", "longest_utterance_secs", 30),
    ("turn", "no_input_secs", 9),
    ("turn", "between_keys_secs", 2),
    ("turn", "interrupt_after_secs", 1),
    ("turn", "interrupt_words", 3),
    ("turn", "backchannels", ["yes yes"]),
    ("turn", "backchannel_secs", 0.5),
    ("turn", "resume_after_secs", 2),
    ("tts", "voice", "deep"),
]


def in_force(house: House) -> dict[tuple[str, str], Any]:
    """What the parts of the call work with."""
    line, pipeline = house.call.transport.input(), house.call.task.processors
    assert isinstance(line.vad.detector, WebRtcDetector)
    listener, voice = (next(one for one in pipeline if one.name == name) for name in ("UserContext", "TTS"))
    vad = {name: getattr(line.vad.params, name) for name in SERVICES["vad"] if name != "mode"}
    resumption = listener.resumption  # type: ignore[attr-defined]
    assert tuple(resumption.backchannels) == line.turn.params.backchannels
    turn = {name: getattr(line.turn.params, name) for name in SERVICES["turn"] if hasattr(line.turn.params, name)}
    turn["backchannels"] = list(line.turn.params.backchannels)
    return {
        ("vad", "mode"): line.vad.detector.mode,
        ("turn", "no_input_secs"): listener.no_input_secs,  # type: ignore[attr-defined]
        ("turn", "between_keys_secs"): listener.between_keys_secs,  # type: ignore[attr-defined]
        ("turn", "resume_after_secs"): resumption.after_secs,
        ("tts", "voice"): voice.voice,  # type: ignore[attr-defined]
        **{("vad", name): value for name, value in vad.items()},
        **{("turn", name): value for name, value in turn.items()},
    }


def test_every_option_is_tried() -> None:
    assert {(service, option) for service, option, _ in OTHERS} == {
        (service, option) for service, options in SERVICES.items() for option in options if service != "llm"
    }


@pytest.mark.parametrize(("service", "option", "value"), OTHERS)
async def test_a_changed_option_is_in_force_at_once_and_alone(
    house: House, anna: Supervisor, service: str, option: str, value: Any
) -> None:
    before = in_force(house)
    assert before[service, option] != value
    assert await anna.sets(service, **{option: value}) is None
    assert in_force(house) == before | {(service, option): value}
    assert await anna.config() == FIRST | {service: FIRST[service] | {option: value}}


@pytest.mark.parametrize(
    ("service", "option", "value", "problem"),
    [
        ("vad", "mode", 4, "4, expected at most 3"),
        ("vad", "mode", 1.5, "1.5, expected a whole number"),
        ("vad", "confidence", 0, "0, expected at least 0.1"),
        ("vad", "start_secs", 0.31, "0.31, expected at most 0.3"),
        ("vad", "stop_secs", 1e999, None),
        ("turn", "silence_secs", 9, "9, expected at most 5"),
        ("turn", "longest_utterance_secs", -1, "-1, expected at least 1"),
        ("turn", "interrupt_words", 11, "11, expected at most 10"),
        ("tts", "voice", "shrill", "'shrill', expected a voice that the engine has: there is no voice shrill."),
        ("tts", "voice", "silent", "'silent' says nothing, expected a voice that the engine has"),
        ("tts", "voice", "", "'', expected a voice that the engine has: there is no voice ."),
        ("tts", "voice", "hanging", "it took too long"),
    ],
)
async def test_a_value_that_cannot_be_is_refused_by_name_and_nothing_changes(
    house: House, anna: Supervisor, service: str, option: str, value: Any, problem: str | None
) -> None:
    house.call.rtvi.handler_secs = 0.05
    before = in_force(house)
    if problem is None:
        anna.says("update-config", {"config": [{"service": service, "options": [{"name": option, "value": value}]}]})
        await house.until(lambda: "error" in anna.types)  # It was no JSON to begin with.
    else:
        assert await anna.sets(service, **{option: value}) == (
            f"Option {option} of service {service} could not be set: {problem}"
        )
    assert in_force(house) == before
    assert await anna.config() == FIRST


async def test_a_value_that_is_refused_takes_back_those_before_it(house: House, anna: Supervisor) -> None:
    before = in_force(house)
    problem = await anna.sets("turn", silence_secs=1.0, interrupt_words=99)
    assert problem == "Option interrupt_words of service turn could not be set: 99, expected at most 10"
    assert in_force(house) == before
    assert await anna.config() == FIRST


async def test_what_silero_takes_for_speech_may_be_changed_too(tmp_path: Path, voices: Voices, wire: Wire) -> None:
    house = House(tmp_path, voice=voices, plan="vad: {detector: silero}\n" + PLAN)
    stream = house.connect(wire)
    await house.asked()
    anna = await Supervisor(house.call).ready()
    assert await anna.sets("vad", mode=1, min_volume=0.0) is None
    detector = house.call.transport.input().vad.detector
    assert isinstance(detector, SileroDetector)
    assert (detector.mode, detector.quiet_rms) == (1, 0.0)
    await house.call.finish("abandoned", "the test is over")
    wire.says(None)
    await asyncio.wait_for(stream, 5)


async def test_another_voice_has_spoken_a_sample_before_it_speaks_to_the_caller(
    house: House, anna: Supervisor, voices: Voices
) -> None:
    assert await anna.sets("tts", voice="deep") is None
    assert await anna.does("tts:say", text="Here I am.") is True
    await house.until(lambda: house.said()[-1] == "assistant: Here I am.")
    assert voices.said[-2:] == [(SAMPLE_TEXT, "deep"), ("Here I am.", "deep")]


async def test_a_caller_who_may_think_longer_is_not_cut_off_in_a_pause(
    house: House, anna: Supervisor, wire: Wire
) -> None:
    assert await anna.sets("turn", silence_secs=2.0, expected_silence_secs=2.0) is None
    wire.speaks(TURN)
    await house.until(lambda: house.call.transport.input().vad.audio_secs >= len(TURN) / 16_000 - 0.02)
    assert house.call.transport.input().turn.in_turn
    assert await anna.sets("turn", silence_secs=0.2, expected_silence_secs=0.2) is None
    wire.speaks(bytes(320))
    await house.until(lambda: house.call.is_over)
    assert house.said()[1:] == ["user: yes", "assistant: Goodbye."]


TALK = PLAN.replace("yes: done", "yes: talk").replace(
    "  done:",
    "  talk: {llm: {prompt: Hello., temperature: 0.5, model: large}, otherwise: done, opening: Well?}\n  done:",
)


async def test_a_language_models_options_are_its_steps_and_hold_for_the_rest_of_the_call(
    tmp_path: Path, voices: Voices, wire: Wire
) -> None:
    house = House(tmp_path, voice=voices, plan=TALK)
    stream = house.connect(wire)
    await house.asked()
    anna = await Supervisor(house.call).ready()
    assert (await anna.config())["llm"] == {"model": "large", "temperature": 0.5, "longest_answer": 600}
    assert await anna.sets("llm", max_tokens=50, temperature=9) is not None
    assert "max_tokens" not in (await anna.config())["llm"]
    assert house.call._dialogue._options["max_tokens"] is None
    assert await anna.sets("llm", model="small", max_tokens=100) is None
    for option, value, problem in (
        ("temperature", 3, "3, expected at most 2"),
        ("max_tokens", 20.5, "20.5, expected a whole number"),
        ("model", "", "nothing, expected text that is not empty"),
    ):
        assert await anna.sets("llm", **{option: value}) == (
            f"Option {option} of service llm could not be set: {problem}"
        )
    assert await anna.sets("llm", max_tokens=50, temperature=9) is not None
    assert (await anna.config())["llm"] == {
        "model": "small",
        "temperature": 0.5,
        "max_tokens": 100,
        "longest_answer": 600,
    }
    await house.call.finish("abandoned", "the test is over")
    wire.says(None)
    await asyncio.wait_for(stream, 5)

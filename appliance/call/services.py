"""The services whose options supervisors may read and set while a call runs.

They begin with what the dialplan says, are checked by its own rules, and a change is in force with the next piece of
the caller's audio, the next turn, the next sentence or the next answer.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from appliance.audio.silero import SileroDetector
from appliance.audio.vad import WebRtcDetector
from appliance.call.engines import Engines
from appliance.call.wiring import CallPipeline, follow_turns, quiet_rms, turn_params, vad_params
from appliance.dialplan.fields import Part
from appliance.dialplan.llm import LLM
from appliance.dialplan.llm_checks import llm_steps
from appliance.dialplan.schema import Dialplan, Turn, Vad
from appliance.errors import EngineError, RequestError
from appliance.rtvi import RTVIProcessor, RTVIService, RTVIServiceOption, RTVIServiceOptionConfig
from appliance.rtvi.service_messages import OptionType
from appliance.settings.explained import explained
from appliance.speech.base import SpeechAudio, Synthesizer

SERVICES: dict[str, dict[str, OptionType]] = {
    "vad": dict.fromkeys((name for name in Vad.model_fields if name != "detector"), "number"),
    "turn": {**dict.fromkeys(Turn.model_fields, "number"), "backchannels": "array"},
    "tts": {"voice": "string"},
    "llm": {"model": "string", "temperature": "number", "max_tokens": "number", "longest_answer": "number"},
}
"""Each service's options and their types."""

SAMPLE_TEXT = "Hello."
"""What a voice must be able to say before it is taken: one that cannot would end the call."""


class PartOfDialplan:
    """A part of the dialplan as a service: the same names, ranges and meanings."""

    def __init__(self, part: Part, apply: Callable[[Any], None]) -> None:
        self._part = part
        self._apply = apply

    async def set(self, rtvi: RTVIProcessor, service: str, option: RTVIServiceOptionConfig) -> None:
        """Applies a value. Raises RequestError for one that a dialplan could not have."""
        try:
            part = type(self._part).model_validate({**self._part.model_dump(), option.name: option.value})
        except ValidationError as refused:
            raise RequestError(explained(refused.errors(include_url=False)[0])) from None
        self._apply(part)
        self._part = part


class Talking:
    """What a language model is asked with, as a service; by the rules of dialplans, and for all of the call's steps."""

    def __init__(self, llm: LLM, use: Callable[[Mapping[str, Any]], None]) -> None:
        self._llm = llm
        self._use = use

    async def set(self, rtvi: RTVIProcessor, service: str, option: RTVIServiceOptionConfig) -> None:
        """Takes a value from the next answer on. Raises RequestError for one that a dialplan could not have."""
        try:
            llm = LLM.model_validate({**self._llm.model_dump(), option.name: option.value})
        except ValidationError as refused:
            raise RequestError(explained(refused.errors(include_url=False)[0])) from None
        self._llm = llm
        self._use({option.name: getattr(llm, option.name)})


class Voice:
    """The voice that speaks, as a service."""

    def __init__(self, pipeline: CallPipeline, engine: Synthesizer, language: str) -> None:
        self._tts = pipeline.voice
        self._engine = engine
        self._language = language

    async def set(self, rtvi: RTVIProcessor, service: str, option: RTVIServiceOptionConfig) -> None:
        """Takes another voice if it can be heard. Raises RequestError with what the engine says if it cannot."""
        try:
            if not await self._speaks(option.value):
                raise RequestError(f"{option.value!r} says nothing, expected a voice that the engine has")
        except EngineError as error:
            raise RequestError(f"{option.value!r}, expected a voice that the engine has: {error}") from None
        self._tts.voice = option.value

    async def _speaks(self, voice: str) -> bool:
        pieces = self._engine.synthesize(SAMPLE_TEXT, language=self._language, voice=voice)
        async with contextlib.aclosing(pieces) as sample:  # type: ignore[type-var]
            async for piece in sample:
                if isinstance(piece, SpeechAudio) and piece.pcm:
                    return True
        return False


def offer_services(
    pipeline: CallPipeline, plan: Dialplan, engines: Engines, use: Callable[[Mapping[str, Any]], None]
) -> None:
    """Registers the services with the call's RTVI processor; ``use`` gives its language models other options."""

    def apply_vad(vad: Vad) -> None:
        analyzer = pipeline.transport.input().vad
        analyzer.params = vad_params(vad)
        if isinstance(analyzer.detector, WebRtcDetector | SileroDetector):
            analyzer.detector.mode = vad.mode
        if isinstance(analyzer.detector, SileroDetector):
            analyzer.detector.quiet_rms = quiet_rms(vad)

    def apply_turn(turn: Turn) -> None:
        pipeline.transport.input().turn.params = turn_params(turn)
        follow_turns(pipeline.listener, turn)

    values = {
        "vad": plan.vad.model_dump(exclude={"detector"}),
        "turn": plan.turn.model_dump(mode="json"),
        "tts": {"voice": pipeline.voice.voice},
    }
    handlers = {
        "vad": PartOfDialplan(plan.vad, apply_vad).set,
        "turn": PartOfDialplan(plan.turn, apply_turn).set,
        "tts": Voice(pipeline, engines.first_voice or engines.synthesizer, plan.language).set,
    }
    talking = next((step.llm for step in llm_steps(plan).values()), None)
    if talking is not None:
        values["llm"] = talking.model_dump(include={*SERVICES["llm"]}) | {"model": talking.model or engines.model_name}
        handlers["llm"] = Talking(talking, use).set
    for name, handler in handlers.items():
        offered = [RTVIServiceOption(option, kind, handler) for option, kind in SERVICES[name].items()]
        pipeline.task.rtvi.register_service(RTVIService(name, offered), values[name])

"""A call's pipeline, put together from its dialplan and the house's engines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from appliance.audio.level import rms_of_level
from appliance.audio.silero import SileroDetector, shared_model
from appliance.audio.turn import TurnParams, TurnTaking
from appliance.audio.vad import Detector, VADAnalyzer, VADParams, WebRtcDetector
from appliance.call.engines import Engines
from appliance.call.transports import CarrierTransport
from appliance.dialogue.aggregators import ContextAggregatorPair, UserContextAggregator
from appliance.dialogue.base import Dialogue
from appliance.dialogue.listener import CallerListener
from appliance.dialogue.processor import DialogueProcessor
from appliance.dialplan import Dialplan
from appliance.dialplan.llm_checks import talks_directly
from appliance.dialplan.schema import Turn, Vad
from appliance.frames import LLMContext
from appliance.functions import Functions, Surroundings
from appliance.pipeline import BaseObserver, FrameProcessor, Pipeline
from appliance.rtvi import RTVIFunctionCallReportLevel, RTVIObserverParams, RTVIProcessor
from appliance.speech.stt import STTProcessor
from appliance.speech.tts import TTSProcessor
from appliance.task import PipelineParams, PipelineTask

SLACK_SECS = 0.5
"""The engines, which know what they wait for, give up before the call does."""


@dataclass(frozen=True, slots=True)
class CallPipeline:
    """A call's pipeline, and those of its parts that supervisors may turn while it runs."""

    task: PipelineTask
    transport: CarrierTransport
    context: LLMContext
    listener: UserContextAggregator
    voice: TTSProcessor


def vad_params(vad: Vad) -> VADParams:
    """What the detector takes for speech, its mode aside."""
    return VADParams(
        confidence=vad.confidence,
        start_secs=vad.start_secs,
        stop_secs=vad.stop_secs,
        min_volume=vad.min_volume,
    )


def turn_params(turn: Turn) -> TurnParams:
    """How turns are taken."""
    return TurnParams(
        silence_secs=turn.silence_secs,
        expected_silence_secs=turn.expected_silence_secs,
        unfinished_silence_secs=turn.unfinished_silence_secs,
        longest_utterance_secs=turn.longest_utterance_secs,
        interrupt_after_secs=turn.interrupt_after_secs,
        interrupt_words=turn.interrupt_words,
        backchannels=turn.backchannels,
        backchannel_secs=turn.backchannel_secs,
    )


def follow_turns(listener: UserContextAggregator, turn: Turn) -> None:
    """How long nothing is waited for, and when the bot goes on with what it was cut off in."""
    if turn.no_input_secs != listener.no_input_secs:
        listener.no_input_secs = turn.no_input_secs
    listener.between_keys_secs = turn.between_keys_secs
    listener.resumption.after_secs = turn.resume_after_secs
    listener.resumption.backchannels = turn.backchannels


def detector_of(vad: Vad) -> Detector:
    """The dialplan's detector, for one call. ImportError where silero's packages are gone."""
    if vad.detector == "webrtc":
        return WebRtcDetector(vad.mode)
    return SileroDetector(shared_model(), vad.mode, quiet_rms=quiet_rms(vad))


def quiet_rms(vad: Vad) -> float:
    """What is quieter need not be looked at: half of what would count as speech, as 16-bit samples are."""
    return rms_of_level(vad.min_volume) * 32768 / 2


def transport_of(plan: Dialplan, *, marks: bool) -> CarrierTransport:
    """The dialplan's detector and turn-taking."""
    analyzer = VADAnalyzer(vad_params(plan.vad), detector_of(plan.vad))
    return CarrierTransport(analyzer, TurnTaking(turn_params(plan.turn)), marks=marks)


def observer_params(plan: Dialplan) -> RTVIObserverParams:
    """What supervisors are told of a call."""
    levels = {
        name: RTVIFunctionCallReportLevel[level.upper()] for name, level in plan.function_call_report_level.items()
    }
    return RTVIObserverParams(**plan.rtvi.model_dump(), function_call_report_level=levels)


def pipeline_of(
    plan: Dialplan,
    engines: Engines,
    dialogue: Dialogue,
    transport: CarrierTransport,
    observers: Sequence[BaseObserver],
    *,
    surroundings: Surroundings,
    behind: Sequence[FrameProcessor] = (),
    announcement: Callable[[], str | None] = lambda: None,
) -> CallPipeline:
    """The whole pipeline of a call, ready to run.

    ``behind`` are processors that see what the caller has heard, and ``announcement`` is what has to be said first.
    """
    context = LLMContext()
    aggregator = ContextAggregatorPair(context)
    follow_turns(aggregator.user(), plan.turn)
    functions = Functions(plan, surroundings)
    rtvi = RTVIProcessor()
    rtvi.functions.read = functions.read

    voice = TTSProcessor(
        engines.synthesizer,
        language=plan.language,
        voice=plan.voice if isinstance(plan.voice, str) else engines.usual_voice,
        deadline_secs=engines.timeout_secs + SLACK_SECS,
    )
    pipeline = Pipeline(
        [
            transport.input(),
            STTProcessor(
                engines.transcriber,
                language=plan.language,
                deadline_secs=engines.timeout_secs + SLACK_SECS,
                hints=plan.engines.hints,
            ),
            aggregator.user(),
            *([CallerListener(context)] if talks_directly(plan) else []),
            DialogueProcessor(
                dialogue,
                context,
                functions.call,
                rtvi.functions.give_up,
                fallback_to=plan.fallback.transfer,
                announcement=announcement,
            ),
            voice,
            transport.output(),
            *behind,
            aggregator.assistant(),
        ]
    )
    task = PipelineTask(
        pipeline,
        params=PipelineParams(enable_metrics=True, enable_usage_metrics=True),
        observers=observers,
        rtvi_processor=rtvi,
        rtvi_observer_params=observer_params(plan),
        call_id=surroundings.call_id,
    )
    return CallPipeline(task, transport, context, aggregator.user(), voice)

"""A call's pipeline, put together from its dialplan and the house's engines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from appliance.audio.turn import TurnParams, TurnTaking
from appliance.audio.vad import VADAnalyzer, VADParams, WebRtcDetector
from appliance.call.engines import Engines
from appliance.call.transports import CarrierTransport
from appliance.dialogue.aggregators import ContextAggregatorPair
from appliance.dialogue.base import Dialogue
from appliance.dialogue.processor import DialogueProcessor
from appliance.dialplan import Dialplan
from appliance.frames import LLMContext
from appliance.functions.registry import Functions
from appliance.pipeline import BaseObserver, Pipeline
from appliance.rtvi import RTVIFunctionCallReportLevel, RTVIObserverParams, RTVIProcessor
from appliance.speech.stt import STTProcessor
from appliance.speech.tts import TTSProcessor
from appliance.task import PipelineParams, PipelineTask


def transport_of(plan: Dialplan, *, marks: bool) -> CarrierTransport:
    """The dialplan's detector and turn-taking."""
    vad, turn = plan.vad, plan.turn
    analyzer = VADAnalyzer(
        VADParams(
            confidence=vad.confidence,
            start_secs=vad.start_secs,
            stop_secs=vad.stop_secs,
            min_volume=vad.min_volume,
        ),
        WebRtcDetector(vad.mode),
    )
    params = TurnParams(
        silence_secs=turn.silence_secs,
        expected_silence_secs=turn.expected_silence_secs,
        longest_utterance_secs=turn.longest_utterance_secs,
        interrupt_after_secs=turn.interrupt_after_secs,
        interrupt_words=turn.interrupt_words,
    )
    return CarrierTransport(analyzer, TurnTaking(params), marks=marks)


def task_of(
    plan: Dialplan,
    engines: Engines,
    dialogue: Dialogue,
    transport: CarrierTransport,
    observers: Sequence[BaseObserver],
    *,
    call_id: str,
) -> PipelineTask:
    """The whole pipeline of a call, ready to run."""
    context = LLMContext()
    aggregator = ContextAggregatorPair(context, no_input_secs=plan.turn.no_input_secs)
    functions = Functions(plan)
    rtvi = RTVIProcessor()
    rtvi.functions.read = functions.read

    async def call(name: str, arguments: Mapping[str, Any]) -> Any:
        return (await functions.call(name, arguments)).value

    pipeline = Pipeline(
        [
            transport.input(),
            STTProcessor(engines.transcriber, language=plan.language, deadline_secs=engines.timeout_secs),
            aggregator.user(),
            DialogueProcessor(dialogue, context, call, rtvi.functions.give_up),
            TTSProcessor(
                engines.synthesizer,
                language=plan.language,
                voice=plan.voice,
                deadline_secs=engines.timeout_secs,
            ),
            transport.output(),
            aggregator.assistant(),
        ]
    )
    levels = {
        name: RTVIFunctionCallReportLevel[level.upper()] for name, level in plan.function_call_report_level.items()
    }
    return PipelineTask(
        pipeline,
        params=PipelineParams(enable_metrics=True, enable_usage_metrics=True),
        observers=observers,
        rtvi_processor=rtvi,
        rtvi_observer_params=RTVIObserverParams(function_call_report_level=levels),
        call_id=call_id,
    )

"""Plays cases through Pipecat's own pipeline, RTVI processor and observer.

Run by a Python that has Pipecat (``scripts/pipecat`` makes an environment with one); nothing imports this file, and it
imports nothing of ours. Reads cases (see ``case.py``) as a JSON list from standard input, and writes as a JSON list
what the client got in each, and what its messages made of frames.
"""

import asyncio
import base64
import json
import sys
import warnings
from collections.abc import Callable
from typing import Any

from loguru import logger
from pipecat.frames import frames
from pipecat.metrics import metrics
from pipecat.observers.base_observer import FramePushed
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.processors.frameworks.rtvi import frames as rtvi_frames
from pipecat.processors.frameworks.rtvi import models
from pipecat.processors.frameworks.rtvi.models import BotOutputTransformResult
from pipecat.processors.frameworks.rtvi.observer import (
    RTVIFunctionCallReportLevel,
    RTVIObserver,
    RTVIObserverParams,
)
from pipecat.processors.frameworks.rtvi.processor import RTVIProcessor
from pipecat.serializers.twilio import TwilioFrameSerializer
from pipecat.services.google.frames import LLMSearchOrigin, LLMSearchResponseFrame, LLMSearchResult
from pipecat.services.google.rtvi import GoogleRTVIProcessor
from pipecat.services.llm_service import FunctionCallParams
from pipecat.transports.base_output import BaseOutputTransport
from pipecat.transports.base_transport import TransportParams
from pipecat.workers.runner import WorkerRunner

JSON = dict[str, Any]
NOT_THEIRS = {"AssistantMessageFrame"}
"""Frames that Pipecat has not, so that it tells nothing of them."""
JOBS = {
    "group_started": models.UIJobGroupStartedData,
    "job_update": models.UIJobUpdateData,
    "job_completed": models.UIJobCompletedData,
    "group_completed": models.UIJobGroupCompletedData,
}


async def settle() -> None:
    """Returns when the loop has nothing left to do: no queue of Pipecat's tells when it is through."""
    ready = getattr(asyncio.get_running_loop(), "_ready")  # noqa: B009, a private of the standard library
    await asyncio.sleep(0)
    while ready:  # noqa: ASYNC110, tasks that are ready tell nobody that they are done
        await asyncio.sleep(0)


# What a case names, as Pipecat has it.


async def shout(text: str, kind: str, accumulated: str | None = None, remaining: str | None = None) -> Any:
    """Capitals."""
    if accumulated is None or remaining is None:
        return BotOutputTransformResult(text=text.upper())
    return BotOutputTransformResult(
        text=text.upper(), accumulated_text=accumulated.upper(), remaining_text=remaining.upper()
    )


async def old_shout(text: str, kind: str) -> str:
    """Capitals, in the form before word progress."""
    return text.upper()


async def hush(text: str, kind: str, accumulated: str | None = None, remaining: str | None = None) -> Any:
    """Nothing of what was heard."""
    if accumulated is None:
        return BotOutputTransformResult(text=text)
    return BotOutputTransformResult(text=text, accumulated_text="", remaining_text=remaining)


TRANSFORMS: dict[str, Callable[..., Any]] = {"shout": shout, "old_shout": old_shout, "hush": hush}


def params_of(case: JSON, ignored: FrameProcessor) -> RTVIObserverParams:
    """The observer's parameters."""
    params = dict(case["params"])
    if "function_call_report_level" in params:
        params["function_call_report_level"] = levels(params["function_call_report_level"])
    if "bot_output_transforms" in params:
        params["bot_output_transforms"] = [(kind, TRANSFORMS[name]) for kind, name in params["bot_output_transforms"]]
    if "ignored_sources" in params:
        params["ignored_sources"] = [ignored]
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        return RTVIObserverParams(**params)


def levels(words: dict[str, str]) -> dict[str, RTVIFunctionCallReportLevel]:
    """Report levels by function."""
    return {name: RTVIFunctionCallReportLevel(word) for name, word in words.items()}


class Frames:
    """Makes a case's frames, and remembers those that have names."""

    def __init__(self) -> None:
        self.named: dict[str, frames.Frame] = {}
        self.names: dict[int, str] = {}

    def make(self, step: JSON) -> frames.Frame | None:
        """A frame; None for what Pipecat has not."""
        fields = dict(step["fields"])
        if step["push"] in NOT_THEIRS:
            return None
        make = getattr(self, f"_{step['push']}", None)
        module = frames if hasattr(frames, step["push"]) else rtvi_frames
        frame: frames.Frame = (make or getattr(module, step["push"]))(**fields)
        if step.get("name"):
            self.named[step["name"]] = frame
            self.names[frame.id] = step["name"]
        return frame

    def _AggregatedTextFrame(  # noqa: N802, by the frame's name, as all below
        self, text: str, aggregated_by: str = "sentence", will_be_spoken: bool = True, skip_tts: bool | None = None
    ) -> frames.Frame:
        frame = frames.AggregatedTextFrame(text, aggregated_by)
        frame.will_be_spoken, frame.skip_tts = will_be_spoken, skip_tts
        return frame

    def _TTSTextFrame(  # noqa: N802
        self, text: str, aggregated_by: str = "word", segment: str | None = None
    ) -> frames.Frame:
        of = None if segment is None else self.named[segment].id
        frame = frames.TTSTextFrame(text, aggregated_by, segment_id=of)
        frame.will_be_spoken = True
        return frame

    def _AggregatedTextProgressFrame(  # noqa: N802
        self, segment: str, accumulated_text: str, remaining_text: str
    ) -> frames.Frame:
        of: Any = self.named[segment]
        return frames.AggregatedTextProgressFrame(of.id, None, of.text, of.text_type, accumulated_text, remaining_text)

    def _LLMContextFrame(self, messages: list[JSON]) -> frames.Frame:  # noqa: N802
        return frames.LLMContextFrame(LLMContext(messages))

    def _MetricsFrame(self, data: list[JSON]) -> frames.Frame:  # noqa: N802
        return frames.MetricsFrame([measured(one) for one in data])

    def _FunctionCallsStartedFrame(self, function_calls: list[JSON]) -> frames.Frame:  # noqa: N802
        calls = [frames.FunctionCallFromLLM(**call, context=None) for call in function_calls]
        return frames.FunctionCallsStartedFrame(calls)

    def _LLMSearchResponseFrame(  # noqa: N802
        self, search_result: str | None = None, rendered_content: str | None = None, origins: Any = ()
    ) -> frames.Frame:
        found = [
            LLMSearchOrigin(**{**origin, "results": [LLMSearchResult(**hit) for hit in origin["results"]]})
            for origin in origins
        ]
        return LLMSearchResponseFrame(search_result, rendered_content, found)

    def _RTVIUIJobGroupFrame(self, data: JSON) -> frames.Frame:  # noqa: N802
        return rtvi_frames.RTVIUIJobGroupFrame(JOBS[data["kind"]](**data))

    def _RTVIConfigureObserverFrame(self, **fields: Any) -> frames.Frame:  # noqa: N802
        if "function_call_report_level" in fields:
            fields["function_call_report_level"] = levels(fields["function_call_report_level"])
        return rtvi_frames.RTVIConfigureObserverFrame(**fields)

    def _InputAudioRawFrame(self, audio: str, sample_rate: int) -> frames.Frame:  # noqa: N802
        return frames.InputAudioRawFrame(base64.b64decode(audio), sample_rate, 1)

    def _TTSAudioRawFrame(self, audio: str, sample_rate: int) -> frames.Frame:  # noqa: N802
        return frames.TTSAudioRawFrame(base64.b64decode(audio), sample_rate, 1)


def measured(told: JSON) -> metrics.MetricsData:
    """A measurement; what was measured stands under the name that Pipecat has for it."""
    common = {"processor": told["processor"], "model": told.get("model")}
    match told["kind"]:
        case "LLMUsageMetricsData":
            return metrics.LLMUsageMetricsData(**common, value=metrics.LLMTokenUsage(**told["value"]))
        case "STTUsageMetricsData":
            return metrics.STTUsageMetricsData(**common, value=metrics.STTUsage(audio_seconds=told["value"]))
        case "TTFAMetricsData":
            return metrics.TTFAMetricsData(**common, ttfa=told["value"], ttfb=told["value"], leading_silence=0.0)
        case "TTFATMetricsData":
            return metrics.TTFATMetricsData(**common, ttfat=told["value"], ttfb=told["value"], thinking_time=0.0)
        case kind:
            return getattr(metrics, kind)(**common, value=told["value"])


# What a client's message makes of frames: the frame's name, and what is in it.


def shown(frame: frames.Frame, audio_response: bool) -> JSON | None:
    """A frame that is pushed downstream, if it is of interest."""
    match frame:
        case frames.InterruptionFrame() | frames.EndFrame():
            return {"frame": type(frame).__name__}
        case frames.InputDTMFFrame():
            return {"frame": "InputDTMFFrame", "button": str(frame.button.value)}
        case frames.InputAudioRawFrame():
            audio = base64.b64encode(frame.audio).decode()
            return {"frame": "InputAudioRawFrame", "audio": audio, "sample_rate": frame.sample_rate}
        case frames.LLMMessagesAppendFrame():
            appended = {"messages": frame.messages, "run_llm": frame.run_llm, "audio_response": audio_response}
            return {"frame": "LLMMessagesAppendFrame", **appended}
        case frames.FunctionCallResultFrame():
            return {"frame": "FunctionCallResultFrame", **picked(frame, "function_name tool_call_id arguments result")}
        case rtvi_frames.RTVIClientMessageFrame():
            return {"frame": "RTVIClientMessageFrame", **picked(frame, "msg_id type data")}
        case rtvi_frames.RTVIUIEventFrame():
            return {"frame": "RTVIUIEventFrame", **picked(frame, "msg_id event payload")}
        case rtvi_frames.RTVIUISnapshotFrame():
            tree = frame.tree.model_dump(exclude_none=True)
            return {"frame": "RTVIUISnapshotFrame", "msg_id": frame.msg_id, "tree": tree}
        case rtvi_frames.RTVIUICancelJobGroupFrame():
            return {"frame": "RTVIUICancelJobGroupFrame", **picked(frame, "msg_id job_id reason")}
    return None


def picked(frame: frames.Frame, names: str) -> JSON:
    """These attributes."""
    return {name: getattr(frame, name) for name in names.split()}


class Mouth(FrameProcessor):  # type: ignore[misc]  # Any, where there is no Pipecat
    """The bot: answers clients' own messages as the case says, and notes what passes."""

    def __init__(self, player: "Player") -> None:
        super().__init__()
        self._player = player
        self._audio_response = True

    async def process_frame(self, frame: frames.Frame, direction: FrameDirection) -> None:
        """Passes it on."""
        await super().process_frame(frame, direction)
        if isinstance(frame, frames.LLMConfigureOutputFrame):
            self._audio_response = not frame.skip_tts
        if direction is FrameDirection.DOWNSTREAM and frame.id not in self._player.pushed:
            self._player.note(shown(frame, self._audio_response))
        await self.push_frame(frame, direction)
        if isinstance(frame, rtvi_frames.RTVIClientMessageFrame):
            how, value = self._player.case["answers"].get(frame.type, (None, None))
            if how in ("data", "error"):
                await self.push_frame(rtvi_frames.RTVIServerResponseFrame(frame, **{how: value}))


class Ear(BaseOutputTransport):  # type: ignore[misc]  # Any, where there is no Pipecat
    """Stands where the output transport stands, plays nothing, and gets the messages for the client."""

    def __init__(self, player: "Player") -> None:
        super().__init__(TransportParams())
        self._player = player

    async def process_frame(self, frame: frames.Frame, direction: FrameDirection) -> None:
        """Passes it on, as the transport does with what it has played."""
        await FrameProcessor.process_frame(self, frame, direction)
        if isinstance(frame, frames.OutputTransportMessageUrgentFrame):
            await self._player.sent(frame)
        await self.push_frame(frame, direction)


class Player:
    """Plays one case."""

    def __init__(self, case: JSON) -> None:
        self.case = case
        self.pushed: set[int] = set()
        self._frames = Frames()
        self._messages: list[JSON] = []
        self._noted: list[JSON] = []
        mouth, self._ear = Mouth(self), Ear(self)
        self._rtvi = GoogleRTVIProcessor() if case["searches"] else RTVIProcessor()
        self._worker = PipelineWorker(
            Pipeline([mouth, self._ear]),
            params=PipelineParams(),
            rtvi_processor=self._rtvi,
            rtvi_observer_params=params_of(case, self._ear),
            enable_turn_tracking=False,
            idle_timeout_secs=None,
        )
        self._observer = next(each for each in self._worker._observer._observers if isinstance(each, RTVIObserver))
        self._twilio = TwilioFrameSerializer("MZ1", params=TwilioFrameSerializer.InputParams(auto_hang_up=False))

    def note(self, frame: JSON | None) -> None:
        """A frame that the case did not push."""
        if frame is not None:
            self._noted.append(frame)

    async def sent(self, frame: frames.OutputTransportMessageUrgentFrame) -> None:
        """A message leaves the pipeline."""
        if not self.case["by_telephone"] or await self._twilio.serialize(frame) is not None:
            self._messages.append(json.loads(json.dumps(frame.message)))

    async def play(self) -> JSON:
        """What the client got, and what its messages made of frames."""
        started = asyncio.Event()
        self._worker.add_event_handler("on_pipeline_started", lambda *_: started.set())
        self._rtvi.add_event_handler("on_client_message", self._answer)
        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(self._worker)
        running = asyncio.create_task(runner.run())
        await started.wait()
        await settle()
        try:
            await self._play()
            return {"messages": self._messages, "frames": self._noted, "names": self._frames.names}
        finally:
            self._messages, self._noted = [], []
            await self._worker.cancel()
            await running

    async def _play(self) -> None:
        if self.case["ready"]:
            await self._say(self.case["hello"])
            self._messages.clear()
            self._noted.clear()
        for step in self.case["steps"]:
            await self._do(step)
            await settle()

    async def _answer(self, rtvi: RTVIProcessor, message: models.ClientMessage) -> None:
        match self.case["answers"].get(message.type):
            case ["send_server_response", value]:
                await rtvi.send_server_response(message, value)
            case ["send_error_response", value]:
                await rtvi.send_error_response(message, value)

    async def _do(self, step: JSON) -> None:
        match step:
            case {"push": _}:
                await self._push(step)
            case {"say": message, "times": times}:
                for number in range(times):
                    await self._worker.queue_frame(
                        frames.InputTransportMessageFrame({**message, "id": f"{message['id']}.{number}"})
                    )
            case {"say": message}:
                await self._say(message)
            case {"log": line}:
                logger.info(line)
            case {"do": "handle_function_call", "args": [call]}:
                asked = FunctionCallParams(**call, llm=None, pipeline_worker=None, context=None, result_callback=None)
                with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
                    await self._rtvi.handle_function_call(asked)
            case {"do": method, "args": args}:
                await self._configured(method, args)

    async def _configured(self, method: str, args: list[Any]) -> None:
        """A method of the observer's about transforms or sources, or else of the processor's."""
        if method.endswith("_transformer"):
            with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
                getattr(self._observer, method)(TRANSFORMS[args[0]], *args[1:])
        elif method.endswith("_ignored_source"):
            getattr(self._observer, method)(self._ear)
        else:
            await getattr(self._rtvi, method)(*args)

    async def _say(self, message: JSON) -> None:
        await self._worker.queue_frame(frames.InputTransportMessageFrame(message))
        await settle()

    async def _push(self, step: JSON) -> None:
        frame = self._frames.make(step)
        if frame is None:
            return
        self.pushed.add(frame.id)
        if isinstance(frame, LLMSearchResponseFrame):
            # That observer tells of a frame again at every processor that it comes by: one push is asked for.
            now = self._worker._clock.get_time()
            await self._observer.on_push_frame(FramePushed(self._ear, self._ear, frame, FrameDirection.DOWNSTREAM, now))
        elif step["by"] == "ear":
            await self._ear.push_frame(frame)
        else:
            await self._worker.queue_frame(frame)


async def main() -> None:
    """Plays all cases, one after another."""
    cases = json.load(sys.stdin)
    played = [await Player(case).play() for case in cases]
    sys.stdout.write(json.dumps(played))


if __name__ == "__main__":
    logger.remove()
    logger.add(sys.stderr, level="ERROR")
    asyncio.run(main())

"""Plays cases through our own pipeline, RTVI processor and observer."""

import base64
import json
import logging
import warnings
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from pydantic import TypeAdapter

from appliance import frames
from appliance.frames import Frame
from appliance.pipeline import FrameDirection
from appliance.redaction import Redactor
from appliance.rtvi import (
    BotOutputTransformResult,
    RTVIAction,
    RTVIActionArgument,
    RTVIConfigureObserverFrame,
    RTVIFunctionCallReportLevel,
    RTVIObserverParams,
    RTVIService,
    RTVIServiceOption,
    RTVIUIJobGroupFrame,
)
from appliance.rtvi import frames as rtvi_frames
from appliance.rtvi.client_messages import ClientMessage
from appliance.rtvi.processor import RTVIProcessor
from appliance.rtvi.ui_messages import UIJobGroupData
from appliance.rtvi.viewer import Outgoing
from tests.rtvi.comparison.case import JSON, Case, Step, hello
from tests.rtvi.stage import FakeViewer, Relay, Stage

LINE = logging.getLogger("tests.rtvi.comparison")


# What a case names, as we have it.


def shout(text: str, kind: str, accumulated: str | None = None, remaining: str | None = None) -> Any:
    """Capitals."""
    if accumulated is None or remaining is None:
        return BotOutputTransformResult(text.upper())
    return BotOutputTransformResult(text.upper(), accumulated.upper(), remaining.upper())


async def old_shout(text: str, kind: str) -> str:
    """Capitals, in the form before word progress."""
    return text.upper()


async def hush(text: str, kind: str, accumulated: str | None = None, remaining: str | None = None) -> Any:
    """Nothing of what was heard."""
    return BotOutputTransformResult(text, None if accumulated is None else "", remaining)


TRANSFORMS: dict[str, Callable[..., Any]] = {"shout": shout, "old_shout": old_shout, "hush": hush}


def levels(words: dict[str, str]) -> dict[str, RTVIFunctionCallReportLevel]:
    """Report levels by function."""
    return {name: RTVIFunctionCallReportLevel[word.upper()] for name, word in words.items()}


def params_of(case: Case) -> RTVIObserverParams:
    """The observer's parameters; the output transport, as a source to ignore, is named later."""
    params = {name: value for name, value in case.params.items() if name != "ignored_sources"}
    if "function_call_report_level" in params:
        params["function_call_report_level"] = levels(params["function_call_report_level"])
    if "bot_output_transforms" in params:
        params["bot_output_transforms"] = [(kind, TRANSFORMS[name]) for kind, name in params["bot_output_transforms"]]
    return RTVIObserverParams(**params)


class Frames:
    """Makes a case's frames, and remembers those that have names."""

    def __init__(self) -> None:
        self.named: dict[str, Frame] = {}
        self.names: dict[int, str] = {}

    def make(self, step: Step) -> Frame:
        """A frame."""
        fields = dict(step["fields"])
        kind = getattr(frames, step["push"], None) or getattr(rtvi_frames, step["push"])
        frame: Frame = getattr(self, f"_{step['push']}", kind)(**fields)
        if step["name"]:
            self.named[step["name"]] = frame
            self.names[frame.id] = step["name"]
        return frame

    def _AggregatedTextFrame(self, skip_tts: bool | None = None, **fields: Any) -> Frame:  # noqa: N802
        """Text that the voice leaves out is all text that is not spoken: there is a voice in every call."""
        return frames.AggregatedTextFrame(**fields)

    def _TTSTextFrame(self, segment: str | None = None, **fields: Any) -> Frame:  # noqa: N802
        return frames.TTSTextFrame(**fields, segment_id=0 if segment is None else self.named[segment].id)

    def _AggregatedTextProgressFrame(self, segment: str, **fields: Any) -> Frame:  # noqa: N802
        of = self.named[segment]
        assert isinstance(of, frames.AggregatedTextFrame)
        return frames.AggregatedTextProgressFrame(of, **fields)

    def _LLMContextFrame(self, messages: list[JSON]) -> Frame:  # noqa: N802
        return frames.LLMContextFrame(frames.LLMContext(messages))

    def _MetricsFrame(self, data: list[JSON]) -> Frame:  # noqa: N802
        return frames.MetricsFrame([measured(one) for one in data])

    def _FunctionCallsStartedFrame(self, function_calls: list[JSON]) -> Frame:  # noqa: N802
        return frames.FunctionCallsStartedFrame([frames.FunctionCallFromLLM(**call) for call in function_calls])

    def _LLMSearchResponseFrame(self, origins: Any = (), **fields: Any) -> Frame:  # noqa: N802
        found = [
            frames.SearchOrigin(**{**origin, "results": [frames.SearchResult(**hit) for hit in origin["results"]]})
            for origin in origins
        ]
        return frames.LLMSearchResponseFrame(**fields, origins=found)

    def _RTVIUIJobGroupFrame(self, data: JSON) -> Frame:  # noqa: N802
        return RTVIUIJobGroupFrame(TypeAdapter(UIJobGroupData).validate_python(data))

    def _RTVIConfigureObserverFrame(self, **fields: Any) -> Frame:  # noqa: N802
        if "function_call_report_level" in fields:
            fields["function_call_report_level"] = levels(fields["function_call_report_level"])
        return RTVIConfigureObserverFrame(**fields)

    def _InputAudioRawFrame(self, audio: str, sample_rate: int) -> Frame:  # noqa: N802
        return frames.InputAudioRawFrame(base64.b64decode(audio), sample_rate)

    def _TTSAudioRawFrame(self, audio: str, sample_rate: int) -> Frame:  # noqa: N802
        return frames.TTSAudioRawFrame(base64.b64decode(audio), sample_rate)


def measured(told: JSON) -> frames.MetricsData:
    """A measurement."""
    kind: type[frames.MetricsData] = getattr(frames, told["kind"])
    given = told["value"] if isinstance(told["value"], dict) else {"value": told["value"]}
    return kind(told["processor"], told.get("model"), **given)


# What a client's message makes of frames: the frame's name, and what is in it.

SHOWN = {
    "InterruptionFrame": "",
    "EndFrame": "",
    "InputDTMFFrame": "button",
    "InputAudioRawFrame": "audio sample_rate",
    "LLMMessagesAppendFrame": "messages run_llm audio_response",
    "FunctionCallResultFrame": "function_name tool_call_id arguments result",
    "RTVIClientMessageFrame": "msg_id type data",
    "RTVIUIEventFrame": "msg_id event payload",
    "RTVIUISnapshotFrame": "msg_id tree",
    "RTVIUICancelJobGroupFrame": "msg_id job_id reason",
}


def shown(frame: Frame) -> JSON | None:
    """A frame that went downstream, if it is of interest."""
    name = type(frame).__name__
    if name not in SHOWN:
        return None
    plain = {"frame": name} | {each: getattr(frame, each) for each in SHOWN[name].split()}
    if "audio" in plain:
        plain["audio"] = base64.b64encode(plain["audio"]).decode()
    if "tree" in plain:
        plain["tree"] = plain["tree"].model_dump(exclude_none=True)
    return plain


class Watcher(FakeViewer):
    """A viewer that keeps all that it gets in one list."""

    def send(self, outgoing: Outgoing) -> None:
        self.outgoing.append(outgoing)


class Answering(Relay):
    """The bot: answers clients' own messages as the case says."""

    def __init__(self, answers: dict[str, tuple[str, Any]]) -> None:
        super().__init__()
        self._answers = answers

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, rtvi_frames.RTVIClientMessageFrame):
            match self._answers.get(frame.type):
                case ["data", value]:
                    await self.push_frame(rtvi_frames.RTVIServerResponseFrame(frame, data=value))
                case ["error", value]:
                    await self.push_frame(rtvi_frames.RTVIServerResponseFrame(frame, error=value))


async def play(case: Case) -> JSON:
    """What the client got, and what its messages made of frames."""
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        return await Player(case).play()


class Player:
    """Plays one case."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._stage = Stage(params_of(case), mouth=Answering(case.answers))
        self._frames = Frames()
        self._pushed: set[int] = set()
        self._viewers = {False: Watcher(sees_sensitive=not case.sensitive), True: Watcher("other")}
        if case.sensitive:
            self._stage.rtvi.redactor = Redactor(kinds=case.sensitive)
        if "ignored_sources" in case.params:
            self._stage.observer.add_ignored_source(self._stage.ear)
        if case.services:
            register(self._stage.rtvi)

    async def play(self) -> JSON:
        """See above."""
        viewer = self._viewers[False]
        async with self._stage as stage:
            stage.rtvi.add_event_handler("on_client_message", self._answer)
            for each in self._viewers.values():
                stage.rtvi.join(each)
            if self._case.ready:
                await self._say(hello(self._case.version))
                viewer.forget()
                stage.mouth.passed.clear()
            for step in self._case.steps:
                await self._do(step)
                await stage.settle()
        return {"messages": viewer.got, "frames": self._noted(), "names": self._frames.names}

    def _noted(self) -> list[JSON]:
        noted = [shown(frame) for frame in self._stage.mouth.passed if frame.id not in self._pushed]
        return [frame for frame in noted if frame is not None]

    async def _answer(self, rtvi: RTVIProcessor, message: ClientMessage) -> None:
        match self._case.answers.get(message.type):
            case ["send_server_response", value]:
                await rtvi.send_server_response(message, value)
            case ["send_error_response", str(value)]:
                await rtvi.send_error_response(message, value)

    async def _do(self, step: Step) -> None:
        stage = self._stage
        match step:
            case {"push": _}:
                frame = self._frames.make(step)
                self._pushed.add(frame.id)
                await (stage.ear.push_frame(frame) if step["by"] == "ear" else stage.push(frame))
            case {"say": message, "times": times}:
                for number in range(times):
                    self._send({**message, "id": f"{message['id']}.{number}"})
            case {"say": message}:
                await self._say(message, other=step.get("other", False))
            case {"log": line}:
                LINE.warning(line, extra={"call_id": step["call"]})
            case {"do": "handle_function_call", "args": [call]}:
                await stage.rtvi.handle_function_call(SimpleNamespace(**call))
            case {"do": method, "args": args}:
                await self._configure(method, args)

    async def _configure(self, method: str, args: list[Any]) -> None:
        """A method of the observer's about transforms or sources, or else of the processor's."""
        observer = self._stage.observer
        if method.endswith("_transformer"):
            getattr(observer, method)(TRANSFORMS[args[0]], *args[1:])
        elif method.endswith("_ignored_source"):
            getattr(observer, method)(self._stage.ear)
        else:
            await getattr(self._stage.rtvi, method)(*args)

    def _send(self, message: JSON, *, other: bool = False) -> None:
        self._stage.rtvi.receive(self._viewers[other], json.dumps(message))

    async def _say(self, message: JSON, *, other: bool = False) -> None:
        self._send(message, other=other)
        await self._stage.settle()


def register(rtvi: RTVIProcessor) -> None:
    """A service and an action."""

    async def set_voice(rtvi: RTVIProcessor, service: str, option: Any) -> None: ...

    async def say(rtvi: RTVIProcessor, service: str, arguments: JSON) -> Any:
        return arguments["text"]

    rtvi.register_service(RTVIService("tts", [RTVIServiceOption("voice", "string", set_voice)]), {"voice": "ann"})
    rtvi.register_action(RTVIAction("tts", "say", "string", say, [RTVIActionArgument("text", "string")]))

"""What our RTVI observer costs: ``python -m appliance.bench.observing '{...}'``; Pipecat's is beside.

Counted is everything from ``on_push_frame`` to the bytes in each viewer's queue, with what is remembered for viewers
that come back. The queues are emptied between turns; there is no socket. The result is one JSON object.
"""

import asyncio
import sys
import time
from collections.abc import Sequence
from typing import Any

import msgspec

import appliance.frames as frames
from appliance.bench.turn import Told
from appliance.clock import wall
from appliance.frames import AggregatedTextFrame, Frame, FunctionCallFromLLM, LLMContext
from appliance.ops import collector
from appliance.pipeline import FrameDirection, FrameProcessor, FramePushed, Pipeline
from appliance.redaction import Redactor
from appliance.rtvi import RTVIFunctionCallReportLevel, RTVIObserverParams, RTVIProcessor
from appliance.settings import Settings, SupervisionSettings
from appliance.supervision.calls import CallView
from appliance.supervision.feed import Feed
from appliance.supervision.hub import Hub
from appliance.supervision.roles import roles_of
from appliance.task import PipelineTask

CALLER = "+15550100199"
READY = '{"label":"rtvi-ai","type":"client-ready","id":"1","data":{"version":"2.1.0","about":{"library":"bench"}}}'
PARAMS = RTVIObserverParams(function_call_report_level={"*": RTVIFunctionCallReportLevel.FULL})


class Watch(msgspec.Struct, kw_only=True):
    """What is to be measured: a turn in frames, so many times, for so many viewers of a role."""

    turn: list[Told]
    turns: int
    viewers: int
    role: str


class Observed(msgspec.Struct, kw_only=True):
    """What came of it."""

    turn_us: list[float]
    """CPU time of each turn."""
    messages: list[dict[str, Any]]
    """What one viewer got of the last one."""


class Output(FrameProcessor):
    """Stands where the output transport stands: all frames come from it."""

    plays_audio = True


class Turn:
    """Makes the frames of one turn."""

    def __init__(self) -> None:
        self._segments: dict[int, AggregatedTextFrame] = {}

    def frame(self, told: Told) -> Frame:
        """One of them."""
        given = dict(told)
        kind = getattr(frames, given.pop("frame"))
        segment = given.pop("segment", None)
        if kind is frames.AggregatedTextFrame:
            made = self._segments[segment] = frames.AggregatedTextFrame(given["text"])
            return made
        if kind is frames.TTSTextFrame:
            return frames.TTSTextFrame(given["text"], segment_id=self._segments[segment].id)
        if kind is frames.AggregatedTextProgressFrame:
            return frames.AggregatedTextProgressFrame(self._segments[segment], **given)
        if kind is frames.LLMContextFrame:
            return frames.LLMContextFrame(LLMContext(given["messages"]))
        if kind is frames.MetricsFrame:
            return frames.MetricsFrame([_measured(each) for each in given["data"]])
        if kind is frames.FunctionCallsStartedFrame:
            return frames.FunctionCallsStartedFrame([FunctionCallFromLLM(**call) for call in given["calls"]])
        other: Frame = kind(**given)
        return other


def _measured(told: Told) -> frames.MetricsData:
    given = dict(told)
    measured: frames.MetricsData = getattr(frames, given.pop("kind"))(**given)
    return measured


class Watched:
    """A call without a caller, and its viewers."""

    def __init__(self) -> None:
        self.rtvi = RTVIProcessor()
        self.rtvi.redactor = Redactor(literals=[CALLER])  # As in every call; who may see everything gets it as it is.
        self.output = Output()
        self.task = PipelineTask(Pipeline([self.output]), rtvi_processor=self.rtvi)
        self.hub = Hub(SupervisionSettings(), wall)
        self.hub.call_started(CallView("CA1", CALLER, "+15550100002", "turns", wall(), self.rtvi))
        self.payloads: list[bytes] = []

    async def join(self, number: int, role: str) -> Feed:
        """Another viewer."""
        feed = self.hub.new_feed(f"viewer {number}", roles_of(Settings().roles)[role])
        subject = self.hub.subject("CA1")
        assert subject is not None
        self.hub.join(subject, feed, None)
        subject.receive(feed, READY)
        while not feed.ready:  # noqa: ASYNC110, a feed tells nobody
            await asyncio.sleep(0)
        return feed

    async def read(self, payload: bytes) -> None:
        """In place of a socket."""
        self.payloads.append(payload)


async def measure(watch: Watch) -> Observed:
    """Runs the turns."""
    call, took = Watched(), list[float]()
    async with asyncio.TaskGroup() as group:
        running = group.create_task(call.task.run())
        feeds = [await call.join(number, watch.role) for number in range(watch.viewers)]
        writers = [group.create_task(feed.write(call.read)) for feed in feeds]
        observer = call.rtvi.create_rtvi_observer(params=PARAMS)
        collector.relax()
        await _until_read(feeds)
        for _ in range(watch.turns):
            maker = Turn()
            pushed = [_push(call.output, maker.frame(told)) for told in watch.turn]
            call.payloads.clear()
            began = time.thread_time_ns()
            for each in pushed:
                await observer.on_push_frame(each)
            took.append((time.thread_time_ns() - began) / 1000)
            await _until_read(feeds)
        for task in (running, *writers):
            task.cancel()
    messages = call.payloads[: len(call.payloads) // watch.viewers]
    return Observed(turn_us=took, messages=[msgspec.json.decode(each) for each in messages])


async def _until_read(feeds: Sequence[Feed]) -> None:
    while any(len(feed) for feed in feeds):  # noqa: ASYNC110, a feed tells nobody
        await asyncio.sleep(0)


def _push(source: FrameProcessor, frame: Frame) -> FramePushed:
    return FramePushed(source, source, frame, FrameDirection.DOWNSTREAM, time.monotonic_ns())


def main(argv: Sequence[str] | None = None) -> int:
    """Entry of the process: its one argument is a Watch, as JSON."""
    given = sys.argv[1:] if argv is None else list(argv)
    observed = asyncio.run(measure(msgspec.json.decode(given[0], type=Watch)))
    sys.stdout.buffer.write(msgspec.json.encode(observed) + b"\n")
    sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())

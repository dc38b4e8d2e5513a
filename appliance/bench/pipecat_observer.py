"""What Pipecat's RTVI observer costs: ``python -m appliance.bench.pipecat_observer '{...}'``, by a Python that has it.

Nothing imports this file, and it imports nothing of the appliance: see ``pipecat_server``. Its argument is a turn in
frames and how often it is played, as JSON. Counted is what the observer and the RTVI processor do with each frame, and
the encoding of what the processor pushes as JSON; the way of that through pipeline and transport is not, nor how it is
found out whether a frame is pushed for the first time. The result is one JSON object.
"""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from typing import Any

import pipecat.frames.frames as frames
import pipecat.metrics.metrics as metrics
from loguru import logger
from pipecat.frames.frames import Frame, FunctionCallFromLLM
from pipecat.observers.base_observer import FramePushed
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.frame_processor import FrameDirection
from pipecat.processors.frameworks.rtvi import RTVIFunctionCallReportLevel, RTVIObserverParams, RTVIProcessor
from pipecat.transports.base_output import BaseOutputTransport
from pipecat.transports.base_transport import TransportParams

PARAMS = RTVIObserverParams(
    function_call_report_level={"*": RTVIFunctionCallReportLevel.FULL},
    user_input_enabled=False,  # Newer than protocol 2.1, and the same again as user-transcription.
)


class Processor(RTVIProcessor):
    """Pipecat's, with a client of protocol 2.1 and a queue in place of the pipeline behind it."""

    def __init__(self) -> None:
        super().__init__()
        self.queue: list[bytes] = []

    @property
    def client_version(self) -> list[int]:
        """See RTVIProcessor."""
        return [2, 1, 0]

    async def push_frame(self, frame: Frame, direction: FrameDirection = FrameDirection.DOWNSTREAM) -> None:
        """Encodes a message; the processor pushes nothing else here."""
        self.queue.append(json.dumps(frame.message).encode())


class Turn:
    """Makes the frames of one turn."""

    def __init__(self) -> None:
        self._segments: dict[int, Frame] = {}

    def frame(self, told: dict[str, Any]) -> Frame:
        """One frame."""
        given = dict(told)
        kind = getattr(frames, given.pop("frame"))
        segment = given.pop("segment", None)
        if kind is frames.AggregatedTextFrame:
            frame = self._segments[segment] = kind(given["text"], "sentence")
            frame.will_be_spoken = True
            return frame
        if kind is frames.TTSTextFrame:
            word = kind(given["text"], "word", segment_id=self._segments[segment].id)
            word.will_be_spoken = True
            return word
        if kind is frames.AggregatedTextProgressFrame:
            whole = self._segments[segment]
            return kind(whole.id, None, whole.text, "sentence", given["accumulated_text"], given["remaining_text"])
        if kind is frames.LLMContextFrame:
            return kind(LLMContext(given["messages"]))
        if kind is frames.MetricsFrame:
            return kind([_measured(each) for each in given["data"]])
        if kind is frames.FunctionCallsStartedFrame:
            return kind([FunctionCallFromLLM(**call, context=None) for call in given["calls"]])
        if issubclass(kind, frames.TranscriptionFrame | frames.InterimTranscriptionFrame):
            given["user_id"] = ""
        return kind(**given)


def _measured(told: dict[str, Any]) -> Any:
    given = dict(told)
    kind = getattr(metrics, given.pop("kind"))
    if kind is metrics.LLMUsageMetricsData:
        return kind(processor=given.pop("processor"), value=metrics.LLMTokenUsage(**given))
    return kind(**given)


async def measure(turn: list[dict[str, Any]], turns: int) -> dict[str, Any]:
    """CPU time of each turn, and the messages of the last one."""
    rtvi = Processor()
    observer = rtvi.create_rtvi_observer(params=PARAMS)
    output = BaseOutputTransport(TransportParams())
    took = []
    for _ in range(turns):
        maker = Turn()
        pushed = [_push(output, maker.frame(told)) for told in turn]
        rtvi.queue.clear()
        began = time.thread_time_ns()
        for each in pushed:
            await observer.on_push_frame(each)
        took.append((time.thread_time_ns() - began) / 1000)
    return {"turn_us": took, "messages": [json.loads(each) for each in rtvi.queue]}


def _push(source: Any, frame: Frame) -> FramePushed:
    return FramePushed(source, source, frame, FrameDirection.DOWNSTREAM, time.monotonic_ns())


def main(argv: Sequence[str] | None = None) -> int:
    """Entry of the process."""
    (given,) = sys.argv[1:] if argv is None else argv
    wanted = json.loads(given)
    logger.remove()
    logger.add(sys.stderr, level="WARNING")
    sys.stdout.write(json.dumps(asyncio.run(measure(wanted["turn"], wanted["turns"]))) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

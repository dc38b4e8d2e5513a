"""A call's transport over whatever stream the carrier has opened last; between streams it plays to nobody."""

from __future__ import annotations

from typing import Protocol

from appliance.audio.turn import TurnTaking
from appliance.audio.vad import VADAnalyzer
from appliance.call.line import Line
from appliance.carriers.base import MarkFrame, StreamStopFrame
from appliance.clock import Clock, monotonic
from appliance.frames import Frame, InputDTMFFrame, InterruptionFrame, LineBackFrame, LineLostFrame
from appliance.pipeline import FrameDirection
from appliance.pipeline.transport import BaseInputTransport, BaseOutputTransport


class Recorder(Protocol):
    """Follows what a carrier plays; must return at once."""

    def play(self, pcm: bytes) -> None:
        """Audio was given to the carrier."""

    def clear(self) -> None:
        """It was told to play nothing of what it has left."""


class CarrierOutput(BaseOutputTransport):
    """Writes to the stream's line."""

    def __init__(self, *, marks: bool, clock: Clock = monotonic) -> None:
        super().__init__(marks=marks, clock=clock, name="Output")
        self.line: Line | None = None
        self.recorder: Recorder | None = None
        """Who is told of all that the carrier is given to play."""

    def write_audio(self, pcm: bytes) -> None:
        """See the base class; audio for a lost line is lost."""
        if self.line is not None:
            self.line.play(pcm)
            if self.recorder is not None:
                self.recorder.play(pcm)

    def write_mark(self, name: str) -> None:
        """See the base class."""
        if self.line is not None:
            self.line.mark(name)

    def write_clear(self) -> None:
        """See the base class."""
        if self.line is not None:
            self.line.clear()
        if self.recorder is not None:
            self.recorder.clear()


class CarrierTransport:
    """Both ends of a call's pipeline, and the stream they are attached to."""

    def __init__(self, vad: VADAnalyzer, turn: TurnTaking, *, marks: bool, clock: Clock = monotonic) -> None:
        self._input = BaseInputTransport(vad, turn, name="Input")
        self._output = CarrierOutput(marks=marks, clock=clock)

    def input(self) -> BaseInputTransport:
        """The first processor of the call."""
        return self._input

    def output(self) -> CarrierOutput:
        """The one that the caller hears."""
        return self._output

    def attach(self, line: Line) -> None:
        """A stream is there; one that comes back is told to the dialogue."""
        self._output.line = line

    def back(self) -> None:
        """The dialogue shall go on where it was."""
        self._put(LineBackFrame())

    def detach(self) -> None:
        """The stream is gone: the bot falls silent, and nobody is waited for."""
        self._output.line = None
        self._put(InterruptionFrame())
        self._put(LineLostFrame())

    def receive(self, frame: Frame) -> bool:
        """Takes a carrier's frame other than audio; False when it says that the stream is over."""
        match frame:
            case InputDTMFFrame():
                self._input.receive_key(frame.button)
            case MarkFrame():
                self._output.marked(frame.name)
            case StreamStopFrame():
                return False
        return True

    def _put(self, frame: Frame) -> None:
        self._input.inbox.put(self._input, frame, FrameDirection.DOWNSTREAM)

"""Frames of the recording of a whole call."""

from dataclasses import dataclass

from appliance.frames.frame import ControlFrame, SystemFrame, UninterruptibleFrame


@dataclass(slots=True)
class RecordingAnnouncedFrame(ControlFrame):
    """The caller has heard that the call is recorded, once this comes out of the output: from here on it is."""


@dataclass(slots=True)
class RecordingPausedFrame(SystemFrame):
    """From now on silence is recorded."""


@dataclass(slots=True)
class RecordingResumedFrame(ControlFrame, UninterruptibleFrame):
    """Once all that was said before has been heard, the call is recorded again."""

"""Frames of sound and of keys. Audio is 16-bit little-endian PCM."""

from dataclasses import dataclass

from appliance.frames.frame import DataFrame, SystemFrame


@dataclass(slots=True)
class InputAudioRawFrame(SystemFrame):
    """What the caller's line carried."""

    audio: bytes
    sample_rate: int = 8000
    num_channels: int = 1


@dataclass(slots=True)
class OutputAudioRawFrame(DataFrame):
    """What the caller is to hear."""

    audio: bytes
    sample_rate: int = 8000
    num_channels: int = 1


@dataclass(slots=True)
class TTSAudioRawFrame(OutputAudioRawFrame):
    """Speech of the synthesis; ``segment_id`` names the AggregatedTextFrame it speaks."""

    segment_id: int = 0


@dataclass(slots=True)
class InputDTMFFrame(SystemFrame):
    """The caller pressed a key: one of ``0``-``9``, ``*``, ``#``, ``A``-``D``; or ``by`` a supervisor in the caller's
    place.
    """

    button: str
    by: str | None = None

"""Sounds as a telephone line carries them: mu-law at 8000 Hz, in frames of 20 ms that are encoded once."""

import binascii
from pathlib import Path

import numpy as np
import numpy.typing as npt

from appliance.audio import g711, wav
from appliance.errors import ProtocolError

SAMPLE_RATE_HZ = 8000
TICK_SECS = 0.02
FRAME_SAMPLES = 160
AUDIBLE_LEVEL = 300
"""A 16-bit sample this far from zero (-41 dBFS) is heard; line noise and the tail of a synthesis are not."""

Frame = tuple[bytes, str]
"""20 ms: 160 bytes of mu-law, and the same as base64."""

SILENT_BYTE = bytes([g711.ULAW_SILENCE])


def decode(mulaw: bytes) -> npt.NDArray[np.int16]:
    """Mu-law -> 16-bit samples."""
    return np.frombuffer(g711.ulaw_to_pcm(mulaw), np.int16)


_LOUD_CODES = bytes(int(abs(int(value)) >= AUDIBLE_LEVEL) for value in decode(bytes(range(256))))


def is_audible(mulaw: bytes) -> bool:
    """Whether any sample of it reaches AUDIBLE_LEVEL; cheap enough for every frame of every call."""
    return 1 in mulaw.translate(_LOUD_CODES)


def audible_samples(mulaw: bytes) -> npt.NDArray[np.intp]:
    """The indices of all samples that reach AUDIBLE_LEVEL, in order."""
    return np.flatnonzero(np.frombuffer(mulaw.translate(_LOUD_CODES), np.uint8))


def base64_text(mulaw: bytes) -> str:
    """Base64 as it stands in a media message."""
    return binascii.b2a_base64(mulaw, newline=False).decode()


class Sound:
    """Something that can be said into a line, as often and on as many calls as one likes.

    ``onset`` and ``end`` are the samples between which it is audible (``end`` is the first after), both 0 when it
    never is.
    """

    __slots__ = ("end", "frames", "label", "mulaw", "onset")

    def __init__(self, mulaw: bytes, label: str = "") -> None:
        self.label = label
        self.mulaw = mulaw + SILENT_BYTE * (-len(mulaw) % FRAME_SAMPLES)
        raw = (self.mulaw[at : at + FRAME_SAMPLES] for at in range(0, len(self.mulaw), FRAME_SAMPLES))
        self.frames: tuple[Frame, ...] = tuple((frame, base64_text(frame)) for frame in raw)
        loud = audible_samples(self.mulaw)
        self.onset = int(loud[0]) if loud.size else 0
        self.end = int(loud[-1]) + 1 if loud.size else 0

    @classmethod
    def from_pcm(cls, pcm: bytes, label: str = "") -> "Sound":
        """From 16-bit mono PCM at 8000 Hz."""
        return cls(g711.pcm_to_ulaw(pcm), label)

    @classmethod
    def from_wav(cls, path: Path) -> "Sound":
        """From a WAV file of any rate and number of channels. ProtocolError when it cannot be read."""
        try:
            return cls.from_pcm(wav.mono_8k(wav.read_wav(path)), path.name)
        except OSError as error:
            raise ProtocolError(f"{path} cannot be read: {error.strerror}.") from error
        except ValueError as error:
            raise ProtocolError(f"{error}.") from error

    @classmethod
    def silence(cls, secs: float) -> "Sound":
        """Nothing, for a while; at least one frame."""
        return cls(SILENT_BYTE * max(FRAME_SAMPLES, round(secs * SAMPLE_RATE_HZ)))

    @property
    def secs(self) -> float:
        """How long it lasts, in whole frames."""
        return len(self.mulaw) / SAMPLE_RATE_HZ


def write_stereo(path: Path, left: bytes, right: bytes) -> None:
    """Writes two tracks of mu-law as one 16-bit stereo WAV file at 8000 Hz; left is the caller."""
    both = wav.interleave(g711.ulaw_to_pcm(left), g711.ulaw_to_pcm(right))
    wav.write_wav(path, both, SAMPLE_RATE_HZ, channels=2)


def _noise(amplitude: int = 40) -> Sound:
    noise = np.random.default_rng(8000).integers(-amplitude, amplitude, SAMPLE_RATE_HZ, np.int16)
    return Sound.from_pcm(noise.tobytes())


SILENCE = Sound.silence(TICK_SECS)
LINE_NOISE = _noise()
"""One second of an open line's faint noise (below -58 dBFS), to be repeated."""


def _music() -> bytes:
    """Whole waves in each frame, so that it can be repeated."""
    at = np.arange(FRAME_SAMPLES) / SAMPLE_RATE_HZ
    wave = 600 * np.sin(2 * np.pi * 250 * at) + 600 * np.sin(2 * np.pi * 300 * at)
    return Sound.from_pcm(wave.astype(np.int16).tobytes()).mulaw


MUSIC = _music()
"""20 ms that stand for whatever a caller hears of others than the bot."""

"""Who is speaking: voice activity from 10 ms frames, smoothed into a state.

This runs 100 times a second for every call, so it works with plain integers: the recent past is one bit mask
(bit 0 is the newest frame, 1 is voiced). Times are audio time: they count frames, not the clock.

The WebRTC detector hangs on: it calls about 100 ms after the end of speech voiced. So ``silence_secs`` begins
that much late, and a stop comes about 100 ms after what ``stop_secs`` says.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

import _webrtcvad

from appliance.audio import _audioop as audioop
from appliance.audio.level import rms_of_level
from appliance.audio.tones import is_tone
from appliance.audio.voice import is_hiss, is_voice

FRAME_BYTES = 160
"""10 ms at 8 kHz."""
FRAMES_PER_SEC = 100

_LONGEST_STOP_SECS = 5.0
_HISTORY_MASK = (1 << round(_LONGEST_STOP_SECS * FRAMES_PER_SEC)) - 1
_KEPT_BYTES = 32 * FRAME_BYTES
"""How much audio is kept for a closer look: at least the longest start."""
_LONGEST_START_SECS = 0.3
_SHORTEST_SECS = 0.05
_STOP_VOICED = 0.1
"""So much of the stop window may be voiced, a click or a breath, and it is still silence."""
_DOUBT_FRAMES = 5
"""What proved to be a tone or noise is looked at again after so many frames: a voice may have joined in."""
_TONE_AGAIN_FRAMES = 200
"""While speech lasts without the smallest gap, which tones do and people hardly, it is looked at this often."""
_HISS_AGAIN_FRAMES = 10
"""While speech lasts it is asked this often, cheaply, whether only noise is left of it."""
_LOOK_FRAMES = 20
_LOOK_MASK = (1 << _LOOK_FRAMES) - 1
_HISS_MASK = (1 << _LOOK_FRAMES // 2) - 1
"""Only the newer half is taken back, lest a long "s" ends a sentence."""
_HISS_CROSSINGS = 650
"""Zero crossings in 200 ms: white noise has 800, vowels 100 to 400; what has more than this is looked at closely."""


_FRAME_SAMPLES = FRAME_BYTES // 2
_process = _webrtcvad.process
"""The extension's own function: a hundred frames a second for each call make the module's checks of it a cost."""


class Detector(Protocol):
    """Says whether 10 ms hold voice."""

    def is_speech(self, pcm_10ms: bytes) -> bool:
        """Takes exactly ``FRAME_BYTES`` of 8 kHz PCM, one frame after the other."""


class WebRtcDetector:
    """WebRTC's detector; mode 0 (misses nothing) to 3 (believes little). Noise is its strength, tones its weakness."""

    def __init__(self, mode: int = 3) -> None:
        """Raises ValueError for another mode."""
        self._state = _webrtcvad.create()
        _webrtcvad.init(self._state)
        self.mode = mode

    @property
    def mode(self) -> int:
        """May be changed at any time; what the detector has learnt of the line stays."""
        return self._mode

    @mode.setter
    def mode(self, mode: int) -> None:
        if mode not in (0, 1, 2, 3):
            raise ValueError(f"VAD mode {mode}; expected 0 to 3")
        self._mode = mode
        _webrtcvad.set_mode(self._state, mode)

    def is_speech(self, pcm_10ms: bytes) -> bool:
        """See ``Detector``."""
        voiced: bool = _process(self._state, 8000, pcm_10ms, _FRAME_SAMPLES)
        return voiced


@dataclass(frozen=True, slots=True)
class VADParams:
    """When speech starts and stops. Raises ValueError for a value that cannot work."""

    confidence: float = 0.7
    """The share of the start window, 0.1..1, that must be voiced."""
    start_secs: float = 0.2
    """The start window, 0.05..0.3: onset is noticed after about ``confidence * start_secs`` of speech."""
    stop_secs: float = 0.2
    """The stop window, 0.05..5: speech has stopped when at most a tenth of it is voiced."""
    min_volume: float = 0.2
    """The level (as ``level.level`` measures it, 0..1) under which nothing is speech: 0.2 is -48 dBFS."""

    def __post_init__(self) -> None:
        for name, (low, high) in _LIMITS.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise ValueError(f"VAD {name} {value}; expected {low} to {high}")


_LIMITS = {
    "confidence": (0.1, 1.0),
    "start_secs": (_SHORTEST_SECS, _LONGEST_START_SECS),
    "stop_secs": (_SHORTEST_SECS, _LONGEST_STOP_SECS),
    "min_volume": (0.0, 1.0),
}


class VADState(Enum):
    """What the line is doing. QUIET -> STARTING -> SPEAKING -> STOPPING -> QUIET, or back from both in-betweens."""

    QUIET = "quiet"
    STARTING = "starting"
    SPEAKING = "speaking"
    STOPPING = "stopping"


class VADAnalyzer:
    """Turns one call's audio into a state. Not for use by two calls: it and its detector remember."""

    def __init__(self, params: VADParams | None = None, detector: Detector | None = None) -> None:
        self.state = VADState.QUIET
        self.changed = False
        """Whether the last ``process`` ended in another state than it began in."""
        self.detector = detector or WebRtcDetector()
        self._is_speech = self.detector.is_speech
        self._kept = bytearray(_KEPT_BYTES)
        self._heard = 0
        self._history = 0
        self._last_voiced = 0
        self._onset = 0
        self._look_at = 0
        self._tone_at = 0
        self._tail = b""
        self.params = params or VADParams()

    @property
    def params(self) -> VADParams:
        """May be exchanged at any time, in the middle of speech too; then it holds from the next frame on."""
        return self._params

    @params.setter
    def params(self, params: VADParams) -> None:
        self._params = params
        start_frames = round(params.start_secs * FRAMES_PER_SEC)
        stop_frames = round(params.stop_secs * FRAMES_PER_SEC)
        self._start_frames = start_frames
        self._start_mask = (1 << start_frames) - 1
        self._start_voiced = max(1, round(params.confidence * start_frames))
        self._stop_mask = (1 << stop_frames) - 1
        self._stop_voiced = int(_STOP_VOICED * stop_frames)
        self._least_rms = rms_of_level(params.min_volume) * 32768

    @property
    def audio_secs(self) -> float:
        """How much audio was analysed."""
        return self._heard / FRAMES_PER_SEC

    @property
    def silence_secs(self) -> float:
        """Audio since the last frame the detector called voiced (tones too); all of it if there was none."""
        return (self._heard - self._last_voiced) / FRAMES_PER_SEC

    @property
    def speech_secs(self) -> float:
        """Audio since the onset of what is being said (pauses included); 0 unless SPEAKING or STOPPING."""
        if self.state is VADState.SPEAKING or self.state is VADState.STOPPING:
            return (self._heard - self._onset) / FRAMES_PER_SEC
        return 0.0

    def process(self, pcm: bytes) -> VADState:
        """Takes the next audio, of any length; what does not fill a frame waits for more.

        Pieces under 50 ms hide no change: in longer ones a whole word may start and stop between two looks
        at ``state``.
        """
        before = self.state
        if self._tail:
            pcm = self._tail + pcm
            self._tail = b""
        end = len(pcm) - FRAME_BYTES
        start = 0
        while start <= end:
            self._frame(pcm[start : start + FRAME_BYTES])
            start += FRAME_BYTES
        if start < len(pcm):
            self._tail = pcm[start:]
        if len(self._kept) > 2 * _KEPT_BYTES:
            del self._kept[:-_KEPT_BYTES]
        self.changed = self.state is not before
        return self.state

    def _frame(self, frame: bytes) -> None:
        self._heard = heard = self._heard + 1
        self._kept += frame
        if self._is_speech(frame):
            self._last_voiced = heard
            self._history = self._history << 1 & _HISTORY_MASK | 1
            self._on_voice()
        elif self._history:
            self._history = self._history << 1 & _HISTORY_MASK
            self._on_silence()

    def _on_voice(self) -> None:
        state = self.state
        if state is VADState.SPEAKING or state is VADState.STOPPING:
            self.state = VADState.SPEAKING
            if self._heard >= self._look_at:
                self._doubt()
            return
        if self._heard < self._look_at:
            return
        self.state = VADState.STARTING
        if (self._history & self._start_mask).bit_count() >= self._start_voiced and self._is_loud():
            self._confirm()

    def _on_silence(self) -> None:
        state = self.state
        if state is VADState.SPEAKING:
            self.state = state = VADState.STOPPING
        if state is VADState.STOPPING:
            if (self._history & self._stop_mask).bit_count() <= self._stop_voiced:
                self._end()
        elif state is VADState.STARTING and not self._history & self._start_mask:
            self._end()

    def _confirm(self) -> None:
        if not is_voice(self._recent(), self._least_rms):
            self.state = VADState.QUIET
            self._look_at = self._heard + _DOUBT_FRAMES
            return
        self.state = VADState.SPEAKING
        self._onset = self._heard - (self._history & self._start_mask).bit_length()
        self._look_at = self._heard + _HISS_AGAIN_FRAMES
        self._tone_at = self._heard + _TONE_AGAIN_FRAMES
        self._history = _HISTORY_MASK  # a stop window longer than the speech so far must not find it empty

    def _doubt(self) -> None:
        """Takes back voiced frames that are hiss, and ends "speech" that is a tone: neither would ever end."""
        self._look_at = self._heard + _HISS_AGAIN_FRAMES
        recent = self._last(_LOOK_FRAMES)
        if audioop.cross(recent, 2) >= _HISS_CROSSINGS and is_hiss(recent):
            self._history &= ~_HISS_MASK
            self._last_voiced = max(self._onset, self._heard - _LOOK_FRAMES // 2)
            self._on_silence()
        elif self._heard >= self._tone_at:
            self._tone_at = self._heard + _TONE_AGAIN_FRAMES
            if self._history & _LOOK_MASK == _LOOK_MASK and is_tone(recent):
                self._end()
                self._look_at = self._heard + _DOUBT_FRAMES

    def _end(self) -> None:
        self.state = VADState.QUIET
        self._history = 0
        self._look_at = 0

    def _is_loud(self) -> bool:
        return audioop.rms(self._recent(), 2) >= self._least_rms

    def _recent(self) -> bytes:
        """The start window's audio, from its first voiced frame on."""
        return self._last((self._history & self._start_mask).bit_length())

    def _last(self, frames: int) -> bytes:
        return bytes(self._kept[-frames * FRAME_BYTES :])

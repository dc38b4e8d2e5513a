"""One utterance in the recogniser: telephone audio in, in pieces as it is spoken; text so far, and at the end, out.

Audio is brought to the telephone's band, to -22 dBFS (the recogniser hears nothing 20 dB below) by a gain that is found
from the first 200 ms of speech and then follows slowly, and to 16 kHz. All is decoded as it comes, so that little is
left to do at the end.
"""

import math
import warnings
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from appliance.audio.resample import Resampler
from appliance.speech.base import SAMPLE_RATE_HZ
from appliance.speech.local.band import TelephoneBand
from appliance.speech.local.decoders import MEANS, DecoderPool, GrammarEars

MODEL_HZ = 16_000
_BLOCK = SAMPLE_RATE_HZ // 50
_BLOCK_MS = 20
_TARGET_DBFS = -22.0
_MOST_GAIN_DB = 30.0
_GAIN_STEP_DB = 1.0
_NEEDED_SPEECH_MS = 200
_LOUDNESS_SPAN_DB = 20.0
SHORTEST_SPEECH_MS = 120
QUIETEST_SPEECH_DBFS = -52.0
LEAST_LIKELIHOOD = -20.0
MOST_UNEXPLAINED = 0.45
"""What these two are worth is measured: see the class Judgement."""

_MEANS = np.array([float(number) for number in MEANS.split(",")])
_ENGINE_WEIGHT_FRAMES = 500
"""What ``set_cmn`` weighs: CMN_WIN in the engine's cmn.h."""
_LINE_WEIGHT_FRAMES = 80


class Loudness:
    """How loud the speech in an utterance is, found from blocks of 20 ms: those within 20 dB of the loudest."""

    def __init__(self) -> None:
        self._powers: list[float] = []
        self._rest = np.zeros(0, np.int16)
        self._gain_db: float | None = None

    def hear(self, samples: npt.NDArray[np.int16]) -> None:
        """Takes what came in."""
        samples = np.concatenate((self._rest, samples))
        whole = len(samples) // _BLOCK * _BLOCK
        self._rest = samples[whole:]
        blocks = samples[:whole].reshape(-1, _BLOCK).astype(np.float64) / 32768
        self._powers += (blocks**2).mean(axis=1).tolist()

    def speech(self) -> tuple[int, float]:
        """How many ms of speech there were, and its level in dBFS."""
        powers = np.array(self._powers or [0.0])
        floor = max(powers.max() / 10 ** (_LOUDNESS_SPAN_DB / 10), 1e-9)
        loud = powers[powers >= floor]
        return len(loud) * _BLOCK_MS, 10 * math.log10(loud.mean()) if len(loud) else -96.0

    def gain(self, *, at_once: bool) -> float | None:
        """The factor for the audio heard last; None while there is too little speech to tell, unless ``at_once``."""
        speech_ms, dbfs = self.speech()
        wanted = min(_TARGET_DBFS - dbfs, _MOST_GAIN_DB)
        if self._gain_db is None:
            if speech_ms < _NEEDED_SPEECH_MS and not at_once:
                return None
            self._gain_db = wanted
        self._gain_db += max(-_GAIN_STEP_DB, min(_GAIN_STEP_DB, wanted - self._gain_db))
        return float(10 ** (self._gain_db / 20))


class Hearing(Protocol):
    """One utterance."""

    def hear(self, pcm: bytes) -> str:
        """Takes 8 kHz 16-bit PCM; what it sounds like so far."""

    def end(self) -> str:
        """What was said in all; empty for "no match". Gives the decoders back."""

    def drop(self) -> None:
        """Gives the decoders back."""


class _Line:
    """8 kHz audio on its way to the model's band, level and rate; held back until its level is known."""

    def __init__(self) -> None:
        self.loudness = Loudness()
        self._held = np.zeros(0, np.int16)
        self._band = TelephoneBand()
        self._resampler = Resampler(SAMPLE_RATE_HZ, MODEL_HZ)

    def pass_on(self, pcm: bytes) -> bytes:
        """What can be decoded now, as 16 kHz PCM."""
        return self._pass(self._band.process(np.frombuffer(pcm, np.int16)), last=False)

    def flush(self) -> bytes:
        """What is left to decode."""
        return self._pass(self._band.flush(), last=True)

    def is_speech(self) -> bool:
        """Whether it was long and loud enough to be a word."""
        speech_ms, dbfs = self.loudness.speech()
        return speech_ms >= SHORTEST_SPEECH_MS and dbfs >= QUIETEST_SPEECH_DBFS

    def _pass(self, samples: npt.NDArray[np.int16], *, last: bool) -> bytes:
        self.loudness.hear(samples)
        gain = self.loudness.gain(at_once=last)
        self._held = np.concatenate((self._held, samples))
        if gain is None:
            return b""
        louder = np.clip(self._held * gain, -32768, 32767).astype(np.int16)
        self._held = self._held[:0]
        return self._resampler.process(louder.tobytes())


class _Means:
    """The cepstral means of one utterance: those of our line, drawn towards those of this caller as audio comes in.

    The engine itself would weigh what it was given like 5 s of speech, which is more than most utterances have.
    """

    def __init__(self) -> None:
        self._given = _MEANS
        self._sums = np.zeros(len(_MEANS))
        self._frames = 0

    def follow(self, decoder: Any) -> str:
        """The means after what ``decoder`` has taken in since the last time; to be given to all decoders."""
        new = decoder.n_frames() - self._frames
        if new > 0:
            mixed = np.array([float(number) for number in decoder.get_cmn(True).split(",")])
            self._sums += mixed * (_ENGINE_WEIGHT_FRAMES + new) - self._given * _ENGINE_WEIGHT_FRAMES
            self._frames += new
            self._given = (_MEANS * _LINE_WEIGHT_FRAMES + self._sums) / (_LINE_WEIGHT_FRAMES + self._frames)
        return ",".join(f"{number:.3f}" for number in self._given)


@dataclass(frozen=True, slots=True)
class Judgement:
    """How much of what was heard the grammar accounts for.

    ``likelihood`` is that of the grammar's words against a free sequence of phones, in the engine's units (1e-4 of a
    natural logarithm) a frame; ``unexplained`` the share of what sounds like phones that the grammar takes for silence.
    With the limits above, of synthetic speech, 4 in 100 answers are refused, and of sentences that have nothing to do
    with the grammar 85 (ten intents) to 98 (yes or no) in 100.
    """

    likelihood: float
    unexplained: float

    @property
    def is_likely(self) -> bool:
        """Whether to believe the words."""
        return self.likelihood >= LEAST_LIKELIHOOD and self.unexplained <= MOST_UNEXPLAINED


def judge(words: Any, phones: Any) -> Judgement:
    """Compares what two decoders made of the same audio."""
    said, sounded = words.hyp(), phones.hyp()
    if said is None or sounded is None or not said.hypstr:
        return Judgement(-math.inf, 1.0)
    likelihood = (_log(said.score) - _log(sounded.score)) / max(1, words.n_frames())
    heard = {frame for segment in phones.seg() if not _is_silent(segment) for frame in _frames(segment)}
    silent = {frame for segment in words.seg() if _is_silent(segment) for frame in _frames(segment)}
    return Judgement(likelihood, len(heard & silent) / max(1, len(heard)))


def _frames(segment: Any) -> range:
    return range(segment.start_frame, segment.end_frame + 1)


def _is_silent(segment: Any) -> bool:
    """Silence and noises: ``SIL`` and ``+NSN+`` among phones, ``<sil>`` and ``[NOISE]`` among words."""
    return str(segment.word).startswith(("SIL", "+", "<", "["))


class GrammarHearing:
    """An utterance of which is known what it may be."""

    def __init__(self, pool: DecoderPool, grammar: str, language: str) -> None:
        self._pool = pool
        self._ears: GrammarEars = pool.borrow(grammar, language)
        self._line = _Line()
        self._means = _Means()
        self.judgement = Judgement(-math.inf, 1.0)
        """After the end: how likely the text is."""
        for decoder in (self._ears.words, self._ears.phones):
            _begin(decoder)

    def hear(self, pcm: bytes) -> str:
        """See Hearing."""
        self._decode(self._line.pass_on(pcm))
        return _text(self._ears.words)

    def end(self) -> str:
        """See Hearing."""
        self._decode(self._line.flush())
        text = self._finish()
        return text if self._line.is_speech() and self.judgement.is_likely else ""

    def drop(self) -> None:
        """See Hearing."""
        self._finish()

    def _decode(self, pcm: bytes) -> None:
        """The phones come first: they tell the means for the words."""
        if not pcm:
            return
        words, phones = self._ears.words, self._ears.phones
        phones.process_raw(pcm, False, False)
        means = self._means.follow(phones)
        phones.set_cmn(means)
        words.set_cmn(means)
        words.process_raw(pcm, False, False)

    def _finish(self) -> str:
        words, phones = self._ears.words, self._ears.phones
        words.end_utt()
        phones.end_utt()
        self.judgement = judge(words, phones)
        text = _text(words)
        self._pool.give_back(self._ears)
        return text


class OpenHearing:
    """An utterance of which nothing is known. On the telephone two words in three come out wrong."""

    def __init__(self, pool: DecoderPool) -> None:
        self._pool = pool
        self._decoder = pool.borrow_language_model()
        self._line = _Line()
        _begin(self._decoder)

    def hear(self, pcm: bytes) -> str:
        """See Hearing."""
        self._decode(self._line.pass_on(pcm))
        return _text(self._decoder)

    def end(self) -> str:
        """See Hearing."""
        self._decode(self._line.flush())
        text = self._finish()
        return text if self._line.is_speech() else ""

    def drop(self) -> None:
        """See Hearing."""
        self._finish()

    def _decode(self, pcm: bytes) -> None:
        if pcm:
            self._decoder.process_raw(pcm, False, False)

    def _finish(self) -> str:
        self._decoder.end_utt()
        text = _text(self._decoder)
        self._pool.give_back_language_model(self._decoder)
        return text


def _begin(decoder: Any) -> None:
    """A new utterance, to which nothing is left of the last: neither its means nor its noise."""
    with warnings.catch_warnings():
        # Announced to go, yet without it an utterance's scores depend on what the decoder heard before.
        warnings.simplefilter("ignore", DeprecationWarning)
        decoder.start_stream()
    decoder.set_cmn(MEANS)
    decoder.start_utt()


def _text(decoder: Any) -> str:
    said = decoder.hyp()
    return said.hypstr if said is not None else ""


def _log(score: float) -> float:
    return math.log(score) * 1e4 if score > 0 else -1e10

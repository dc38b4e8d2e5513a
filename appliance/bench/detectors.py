"""The detectors side by side: what each costs for many calls, and what it hears through noise, babble and music.

No service and no network: the callers' audio goes straight through the detectors, in the order in which a service would
see it. What is said is synthetic, so the figures rank detectors; they promise nothing about people.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from appliance.audio.level import rms_of_level
from appliance.audio.silero import SileroDetector, SileroModel
from appliance.audio.vad import Detector, VADAnalyzer, VADParams, VADState, WebRtcDetector
from appliance.bench.plans import ORDERS, THINGS
from appliance.bench.stage import VOICES, percentile, spoken
from appliance.dialplan.detectors import missing_packages
from appliance.simulator import Sound
from appliance.simulator.sound import SAMPLE_RATE_HZ, decode
from appliance.speech.local.embedded_voice import EmbeddedVoice

CALLS, QUICK_CALLS = 100, 20
SECS, QUICK_SECS = 10.0, 3.0
PAUSE_SECS = 1.5
TICK_BYTES = 320
"""20 ms, as messages bring it."""
GRACE_SECS = 0.3
"""A voice that is heard so long after its end was heard in time."""
_MUSIC_HZ = ((220, 277, 330), (196, 247, 294), (175, 220, 262), (196, 247, 294))

Samples = npt.NDArray[np.float64]


class Condition(NamedTuple):
    """What there is behind the voices: a noise, and how much louder than that they are."""

    noise: str
    snr_db: float


CONDITIONS = (
    Condition("quiet line", 50),
    Condition("white noise", 10),
    Condition("babble", 20),
    Condition("babble", 10),
    Condition("music", 20),
    Condition("music", 10),
)
COSTLY = (CONDITIONS[0], CONDITIONS[1])
"""What a call usually is, and one that is never quiet."""


class Cost(NamedTuple):
    """Process CPU for each second of each call, of detector and analyzer."""

    detector: str
    condition: str
    calls: int
    cpu_ms: float


class Hearing(NamedTuple):
    """What a detector made of utterances whose places are known."""

    detector: str
    condition: str
    utterances: int
    missed: int
    """Began nothing: not heard, or swallowed by what was heard before."""
    onset_p50_ms: float
    onset_p95_ms: float
    """From the first audible sample to speech."""
    end_p50_ms: float
    """From the last audible sample to the end of speech."""
    false_starts: int
    """Speech where nobody spoke."""


class Detectors(NamedTuple):
    """All of it."""

    costs: Sequence[Cost]
    hearings: Sequence[Hearing]


class Track(NamedTuple):
    """A caller's line, and when somebody speaks on it, in seconds."""

    pcm: bytes
    spoken: Sequence[tuple[float, float]]


async def detectors(*, quick: bool) -> Detectors:
    """Measures every detector that is installed here."""
    sounds = await said()
    makes = [make for make in (webrtc, silero) if not missing_packages(make.__name__)]  # type: ignore[arg-type]
    tracks = {condition: track(sounds, condition) for condition in CONDITIONS}
    calls, secs = (QUICK_CALLS, QUICK_SECS) if quick else (CALLS, SECS)
    costs = [cost(make, tracks[condition], condition, calls, secs) for condition in COSTLY for make in makes]
    return Detectors(costs, [hearing(make, tracks[one], one) for one in CONDITIONS for make in makes])


async def said() -> list[Sound]:
    """Utterances in all voices."""
    texts = [*THINGS, *map(spoken, ORDERS)]
    async with EmbeddedVoice() as voice:
        return [
            Sound.from_pcm(await voice.speak(text, voice=VOICES[number % len(VOICES)]), text)
            for number, text in enumerate(texts)
        ]


Crowd = tuple[Sequence[Detector], Callable[[], None]]
"""A detector for each call, and what is to be called after each 20 ms of all calls."""


def webrtc(calls: int) -> Crowd:
    """WebRTC's."""
    return [WebRtcDetector() for _ in range(calls)], lambda: None


def silero(calls: int) -> Crowd:
    """Silero's, judging what all calls have said in 20 ms at once."""
    due: list[Callable[[], None]] = []
    model = SileroModel(due.append)
    quiet_rms = rms_of_level(VADParams().min_volume) * 32768 / 2

    def tick() -> None:
        while due:
            due.pop()()

    return [SileroDetector(model, quiet_rms=quiet_rms) for _ in range(calls)], tick


def cost(make: Callable[[int], Crowd], one: Track, condition: Condition, calls: int, secs: float) -> Cost:
    """The CPU of ``calls`` calls that hear the same line, each from another place on."""
    crowd, tick = make(calls)
    analyzers = [VADAnalyzer(VADParams(), detector) for detector in crowd]
    pieces = [one.pcm[at : at + TICK_BYTES] for at in range(0, len(one.pcm) - TICK_BYTES, TICK_BYTES)]
    began = time.process_time()
    for number in range(round(secs * 50)):
        for call, analyzer in enumerate(analyzers):
            analyzer.process(pieces[(number + 37 * call) % len(pieces)])
        tick()
    cpu_ms = (time.process_time() - began) * 1000 / calls / secs
    return Cost(make.__name__, name_of(condition), calls, cpu_ms)


def hearing(make: Callable[[int], Crowd], one: Track, condition: Condition) -> Hearing:
    """What the detector makes of a line."""
    stretches = list(heard(make, one.pcm))
    onsets, ends, false = [], [], 0
    own: dict[int, tuple[float, float]] = {}
    for began, ended in stretches:
        places = (at for at, (first, last) in enumerate(one.spoken) if first <= began <= last + GRACE_SECS)
        place = next(places, None)
        if place is None:
            false += 1
        else:
            own.setdefault(place, (began, ended))
            own[place] = (own[place][0], ended)
    for place, (began, ended) in own.items():
        onsets.append((began - one.spoken[place][0]) * 1000)
        ends.append((ended - one.spoken[place][1]) * 1000)
    delays = percentile(onsets, 50), percentile(onsets, 95), percentile(ends, 50)
    utterances = len(one.spoken)
    return Hearing(make.__name__, name_of(condition), utterances, utterances - len(own), *delays, false)


def heard(make: Callable[[int], Crowd], pcm: bytes) -> Iterator[tuple[float, float]]:
    """When the analyzer says that somebody speaks."""
    (detector,), tick = make(1)
    analyzer = VADAnalyzer(VADParams(), detector)
    began: float | None = None
    for at in range(0, len(pcm), TICK_BYTES):
        speaks = analyzer.process(pcm[at : at + TICK_BYTES]) in (VADState.SPEAKING, VADState.STOPPING)
        tick()
        if speaks and began is None:
            began = analyzer.audio_secs
        elif not speaks and began is not None:
            yield began, analyzer.audio_secs
            began = None
    if began is not None:
        yield began, analyzer.audio_secs


def track(sounds: Sequence[Sound], condition: Condition) -> Track:
    """The utterances one after the other with pauses between them, and the noise behind all of it."""
    pause = np.zeros(round(PAUSE_SECS * SAMPLE_RATE_HZ))
    parts: list[Samples] = [pause]
    places, at = [], len(pause)
    for sound in sounds:
        places.append(((at + sound.onset) / SAMPLE_RATE_HZ, (at + sound.end) / SAMPLE_RATE_HZ))
        parts += [decode(sound.mulaw).astype(np.float64), pause]
        at += len(sound.mulaw) + len(pause)
    line = np.concatenate(parts)
    loudness = _rms(np.concatenate([decode(one.mulaw[one.onset : one.end]).astype(np.float64) for one in sounds]))
    noise = NOISES[condition.noise](len(line), sounds)
    mixed = line + noise * (loudness / _rms(noise) / 10 ** (condition.snr_db / 20))
    return Track(np.clip(mixed, -32768, 32767).astype("<i2").tobytes(), places)


def _white(samples: int, sounds: Sequence[Sound]) -> Samples:
    return np.random.default_rng(8000).normal(0, 1, samples)


def _babble(samples: int, sounds: Sequence[Sound]) -> Samples:
    """Six people at once, none of whom pauses."""
    random = np.random.default_rng(8001)
    mixed = np.zeros(samples)
    for _ in range(6):
        order = random.permutation(len(sounds))
        one = np.concatenate([decode(sounds[at].mulaw[sounds[at].onset : sounds[at].end]) for at in order])
        mixed += np.resize(np.roll(one, int(random.integers(len(one)))).astype(np.float64), samples)
    return mixed


def _music(samples: int, sounds: Sequence[Sound]) -> Samples:
    """Chords of tones with overtones, two a second, each dying away."""
    length = SAMPLE_RATE_HZ // 2
    t = np.arange(length) / SAMPLE_RATE_HZ
    chords = [
        sum((np.sin(2 * np.pi * hz * n * t) / n for hz in chord for n in range(1, 6)), np.zeros(length))
        * np.exp(-3 * t)
        for chord in _MUSIC_HZ
    ]
    return np.resize(np.concatenate(chords), samples)


NOISES: Mapping[str, Callable[[int, Sequence[Sound]], Samples]] = {
    "quiet line": _white,
    "white noise": _white,
    "babble": _babble,
    "music": _music,
}


def name_of(condition: Condition) -> str:
    """The condition in words."""
    return f"{condition.noise} {condition.snr_db:g} dB"


def _rms(samples: Samples) -> float:
    return float(np.sqrt(np.mean(np.square(samples))))


HOW = """\
Detectors in this process, with the analyzer behind them, over synthetic voices with pauses of 1.5 s and something
behind them, so many decibels softer. CPU is this process's, for each second of each call; what all calls say in 20 ms
is judged at once. Onset and end are from the voice's first and last audible sample."""


def lines(measured: Detectors) -> Iterator[str]:
    """For people."""
    yield "detector   behind the voice     calls   CPU ms per call and second"
    for one in measured.costs:
        yield f"{one.detector:10} {one.condition:18} {one.calls:7} {one.cpu_ms:8.2f}"
    yield ""
    yield "detector   behind the voice    said   missed   onset p50      p95   end p50   false starts"
    for each in measured.hearings:
        yield (
            f"{each.detector:10} {each.condition:18} {each.utterances:5} {each.missed:8} {each.onset_p50_ms:8.0f} ms "
            f"{each.onset_p95_ms:5.0f} ms {each.end_p50_ms:6.0f} ms {each.false_starts:14}"
        )

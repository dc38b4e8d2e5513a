"""The bench of detectors counts what it says, on voices of known places."""

import itertools
from collections.abc import Callable, Iterator

import pytest

from appliance.audio.vad import FRAME_BYTES
from appliance.bench import detectors
from appliance.bench.detectors import CONDITIONS, Condition, Cost, Crowd, Track, cost, heard, hearing, silero, webrtc
from appliance.simulator import Sound
from appliance.speech.canned import babble

QUIET = CONDITIONS[0]


@pytest.fixture(scope="module")
def sounds() -> list[Sound]:
    """Three utterances, of half a second each."""
    return [Sound.from_pcm(bytes(800 * number) + babble(500)) for number in (1, 2, 3)]


class Scripted:
    """Calls what it is told to a voice: (first, last) seconds."""

    def __init__(self, voiced: list[tuple[float, float]]) -> None:
        self._voiced = voiced
        self._frames: Iterator[int] = itertools.count()

    def is_speech(self, pcm_10ms: bytes) -> bool:
        assert len(pcm_10ms) == FRAME_BYTES
        at = next(self._frames) / 100
        return any(first <= at < last for first, last in self._voiced)


def scripted(*voiced: tuple[float, float]) -> Callable[[int], Crowd]:
    def made(calls: int) -> Crowd:
        return [Scripted(list(voiced)) for _ in range(calls)], lambda: None

    return made


def test_each_utterance_lies_where_the_track_says(sounds: list[Sound]) -> None:
    one = detectors.track(sounds, QUIET)
    assert len(one.spoken) == 3
    for sound, (first, last) in zip(sounds, one.spoken, strict=True):
        assert last - first == pytest.approx((sound.end - sound.onset) / 8000)
    assert one.spoken[0][0] == pytest.approx(detectors.PAUSE_SECS + sounds[0].onset / 8000)


@pytest.mark.parametrize("condition", CONDITIONS)
def test_there_is_a_noise_behind_every_condition(sounds: list[Sound], condition: Condition) -> None:
    quiet, noisy = (detectors.track(sounds, Condition(condition.noise, snr)).pcm for snr in (200, condition.snr_db))
    assert len(quiet) == len(noisy)
    assert quiet != noisy


def loud(secs: float) -> bytes:
    """A voice all the time: only the script decides what is heard."""
    return babble(round(secs * 1000))


def test_onset_end_misses_and_false_starts_are_counted_from_the_places() -> None:
    places = [(1.0, 2.0), (3.0, 4.0), (5.0, 6.0)]
    found = hearing(scripted((1.0, 2.0), (5.1, 6.0), (7.0, 7.5)), Track(loud(9), places), QUIET)
    assert (found.utterances, found.missed, found.false_starts) == (3, 1, 1)
    assert found.onset_p50_ms == pytest.approx(240, abs=30)
    assert found.end_p50_ms == pytest.approx(200, abs=30)


def test_an_utterance_that_is_swallowed_by_the_one_before_is_missed() -> None:
    places = [(1.0, 2.0), (2.5, 3.5)]
    found = hearing(scripted((1.0, 3.5)), Track(loud(5), places), QUIET)
    assert (found.missed, found.false_starts) == (1, 0)


def test_speech_that_never_ends_ends_with_the_track() -> None:
    assert [round(ended, 1) for _, ended in heard(scripted((1.0, 9.0)), loud(3))] == [3.0]


@pytest.mark.parametrize("make", [webrtc, silero])
def test_each_detector_s_cost_is_that_of_a_call_and_second(sounds: list[Sound], make: Callable[[int], Crowd]) -> None:
    one = cost(make, detectors.track(sounds, QUIET), QUIET, calls=3, secs=0.5)
    assert one._replace(cpu_ms=0) == Cost(make.__name__, "quiet line 50 dB", 3, 0)
    assert one.cpu_ms > 0

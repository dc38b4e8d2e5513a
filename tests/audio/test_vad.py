"""Who is speaking, in audio time."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from appliance.audio import g711, tones
from appliance.audio.tones import frames_of, loud_stretches
from appliance.audio.vad import FRAME_BYTES, VADAnalyzer, VADParams, VADState, WebRtcDetector
from appliance.audio.wav import read_wav

DATA = Path(__file__).parent.parent / "data"
SPEECH = sorted(DATA.glob("speech_*.wav"))
LEAD_SECS = 0.1
"""The recordings begin with so much silence."""

QUIET, STARTING, SPEAKING, STOPPING = VADState
VOICE = (DATA / "speech_table.wav", 0.3)
"""A stretch of real sound that the second opinion accepts, for scripted detectors."""


class ScriptedDetector:
    """Hears what a string says: ``x`` is 10 ms of voice, anything else none; after its end nothing."""

    def __init__(self, script: str) -> None:
        self._script = iter(script)

    def is_speech(self, pcm_10ms: bytes) -> bool:
        assert len(pcm_10ms) == FRAME_BYTES
        return next(self._script, ".") == "x"


def _voice(frames: int) -> bytes:
    path, start_secs = VOICE
    start = round(start_secs * 16000)
    sound = read_wav(path).pcm[start : start + 40 * FRAME_BYTES]
    return (sound * (frames // 40 + 1))[: frames * FRAME_BYTES]


def _changes(script: str, params: VADParams | None = None) -> list[tuple[float, VADState]]:
    """When (in s) which state was reached."""
    analyzer = VADAnalyzer(params, ScriptedDetector(script))
    sound = _voice(len(script))
    changes = []
    for at in range(0, len(sound), FRAME_BYTES):
        state = analyzer.process(sound[at : at + FRAME_BYTES])
        if analyzer.changed:
            changes.append((analyzer.audio_secs, state))
    return changes


def _on_a_line(pcm: bytes, noise_dbfs: float = -60.0) -> bytes:
    samples = np.frombuffer(pcm, "<i2") + np.random.default_rng(11).normal(
        0, 32768 * 10 ** (noise_dbfs / 20), len(pcm) // 2
    )
    return g711.ulaw_to_pcm(g711.pcm_to_ulaw(np.clip(samples, -32768, 32767).astype("<i2").tobytes()))


def _run(pcm: bytes, analyzer: VADAnalyzer | None = None) -> list[tuple[float, VADState]]:
    """As a carrier delivers it: 20 ms at a time. STARTING and STOPPING are left out."""
    analyzer = analyzer or VADAnalyzer()
    seen = [(0.0, QUIET)]
    for at in range(0, len(pcm), 2 * FRAME_BYTES):
        state = analyzer.process(pcm[at : at + 2 * FRAME_BYTES])
        if state in (QUIET, SPEAKING):
            seen.append((analyzer.audio_secs, state))
    settled = [seen[0], *(after for before, after in pairwise(seen) if after[1] is not before[1])]
    return [
        (secs, state) for (secs, state), before in zip(settled[1:], settled, strict=False) if state is not before[1]
    ]


def test_speech_goes_through_all_states() -> None:
    assert _changes("." * 5 + "x" * 20 + "." * 30) == [
        (0.06, STARTING),
        (0.19, SPEAKING),
        (0.26, STOPPING),
        (0.43, QUIET),
    ]


def test_a_short_noise_starts_nothing() -> None:
    assert _changes("x" * 13 + "." * 30) == [(0.01, STARTING), (0.33, QUIET)]


def test_a_pause_shorter_than_the_stop_window_interrupts_nothing() -> None:
    assert _changes("x" * 20 + "." * 15 + "x" * 5 + "." * 30) == [
        (0.01, STARTING),
        (0.14, SPEAKING),
        (0.21, STOPPING),
        (0.36, SPEAKING),
        (0.41, STOPPING),
        (0.58, QUIET),
    ]


def test_a_click_does_not_prolong_silence() -> None:
    assert _changes("x" * 20 + "." * 10 + "x" + "." * 30)[-1] == (0.39, QUIET)


def test_a_stop_window_longer_than_the_speech_is_waited_for() -> None:
    assert _changes("x" * 20 + "." * 400, VADParams(stop_secs=2.0))[-1] == (2.0, QUIET)


def test_the_next_speech_starts_afresh_after_a_stop() -> None:
    changes = _changes(("x" * 20 + "." * 20) * 2)
    assert [state for _, state in changes] == [STARTING, SPEAKING, STOPPING, QUIET] * 2


def test_stop_secs_can_be_changed_while_somebody_speaks() -> None:
    analyzer = VADAnalyzer(VADParams(), ScriptedDetector("x" * 30))
    analyzer.process(_voice(40))
    assert analyzer.state is STOPPING
    analyzer.params = VADParams(stop_secs=0.5)
    analyzer.process(_voice(34))
    assert analyzer.state is STOPPING
    analyzer.process(_voice(1))
    assert analyzer.state is QUIET


def test_times_are_audio_times() -> None:
    analyzer = VADAnalyzer(VADParams(stop_secs=1.0), ScriptedDetector("." * 10 + "x" * 20))
    analyzer.process(_voice(10))
    assert (analyzer.audio_secs, analyzer.silence_secs, analyzer.speech_secs) == (0.1, 0.1, 0.0)
    analyzer.process(_voice(20))
    assert (analyzer.audio_secs, analyzer.silence_secs, analyzer.speech_secs) == (0.3, 0.0, 0.2)
    analyzer.process(_voice(5))
    assert (analyzer.state, analyzer.silence_secs, analyzer.speech_secs) == (STOPPING, 0.05, 0.25)
    analyzer.process(_voice(100))
    assert (analyzer.state, analyzer.silence_secs, analyzer.speech_secs) == (QUIET, 1.05, 0.0)


@pytest.mark.parametrize("piece_bytes", [1, 159, 160, 161, 320, 333, 640])
def test_audio_may_come_in_pieces_of_any_length(piece_bytes: int) -> None:
    pcm = _on_a_line(read_wav(DATA / "speech_yes.wav").pcm)
    pieces, frames = VADAnalyzer(), VADAnalyzer()
    for at in range(0, len(pcm), piece_bytes):
        pieces.process(pcm[at : at + piece_bytes])
    for at in range(0, len(pcm), FRAME_BYTES):
        frames.process(pcm[at : at + FRAME_BYTES])
    assert (pieces.state, pieces.audio_secs, pieces.silence_secs) == (
        frames.state,
        frames.audio_secs,
        frames.silence_secs,
    )


@pytest.mark.parametrize("path", SPEECH, ids=lambda path: path.stem)
def test_an_utterance_is_noticed_in_time_for_barge_in_and_its_end_soon(path: Path) -> None:
    pcm = read_wav(path).pcm
    changes = _run(_on_a_line(tones.silence(1.0) + pcm + tones.silence(1.0)))
    assert [state for _, state in changes] == [SPEAKING, QUIET]
    onset_secs, stop_secs = (secs for secs, _ in changes)
    assert 0.1 <= onset_secs - 1.0 - LEAD_SECS <= 0.24
    *_, (_, last_loud) = loud_stretches(frames_of(pcm))
    assert 0.1 <= stop_secs - 1.0 - last_loud / 100 <= 0.5


@pytest.mark.parametrize(
    "pcm",
    [
        tones.dtmf("123A456B789C*0#D"),
        tones.dtmf("159#", on_secs=0.05, off_secs=0.05),
        tones.ringback(7.0),
        tones.beep() + tones.silence(0.5) + tones.beep(1.0),
        tones.tone(tones.DIAL_TONE_HZ, 2.0),
        tones.tone((1100,), 0.5) + tones.silence(1.0) + tones.tone((2100,), 2.0),
        tones.silence(5.0),
        g711.ulaw_to_pcm(bytes([g711.ULAW_SILENCE]) * 8000),
    ],
    ids=["DTMF", "fast DTMF", "ringback", "beeps", "dial tone", "fax", "noise at -60 dBFS", "mu-law silence"],
)
def test_what_no_voice_made_never_speaks(pcm: bytes) -> None:
    assert _run(_on_a_line(pcm + tones.silence(0.5))) == []


def test_tones_on_a_noisy_line_never_speak() -> None:
    noisy = _on_a_line(tones.silence(3.0) + tones.dtmf("159#") + tones.ringback(2.0) + tones.silence(1.0), -35)
    assert _run(noisy) == []


def test_hiss_that_sets_in_suddenly_never_speaks() -> None:
    assert _run(_on_a_line(tones.silence(2.0)) + _on_a_line(tones.silence(2.0), -32)) == []


def test_a_voice_that_joins_a_tone_is_noticed_when_it_is_as_loud() -> None:
    ringing = tones.tone(tones.RINGBACK_HZ, 1.0, dbfs=-40)
    voice = read_wav(DATA / "speech_table.wav").pcm
    assert SPEAKING in [state for _, state in _run(_on_a_line(ringing + voice))]


def test_a_tone_that_takes_over_from_a_voice_ends_the_speech() -> None:
    voice = read_wav(DATA / "speech_table.wav").pcm[: 16000 + 3200]
    changes = _run(_on_a_line(voice + tones.tone((1000,), 4.0)))
    assert [state for _, state in changes] == [SPEAKING, QUIET]
    assert changes[-1][0] < 2.5


def test_noise_does_not_hide_the_end_of_speech() -> None:
    voice = read_wav(DATA / "speech_table.wav").pcm
    noisy = _on_a_line(tones.silence(3.0) + voice + tones.silence(2.0), -32)
    changes = _run(noisy)
    assert [state for _, state in changes] == [SPEAKING, QUIET]
    assert changes[-1][0] - 3.0 - len(voice) / 16000 < 0.4


def test_hiss_in_the_middle_of_speech_as_long_as_an_s_does_not_end_it() -> None:
    voice = read_wav(DATA / "speech_table.wav").pcm[3200:16000]
    hiss = np.random.default_rng(13).normal(0, 2000, 1200).astype("<i2").tobytes()
    changes = _run(_on_a_line(tones.silence(0.5) + voice + hiss + voice + tones.silence(1.0)))
    assert [state for _, state in changes] == [SPEAKING, QUIET]


def test_what_is_under_the_minimum_volume_is_no_speech() -> None:
    faint = np.frombuffer(read_wav(DATA / "speech_table.wav").pcm, "<i2") // 16
    assert _run(faint.astype("<i2").tobytes(), VADAnalyzer(VADParams(min_volume=0.4))) == []
    assert _run(faint.astype("<i2").tobytes(), VADAnalyzer(VADParams(min_volume=0.0))) != []


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"confidence": 0.0}, "VAD confidence 0.0; expected 0.1 to 1.0"),
        ({"start_secs": 0.5}, "VAD start_secs 0.5; expected 0.05 to 0.3"),
        ({"stop_secs": 0.0}, "VAD stop_secs 0.0; expected 0.05 to 5.0"),
        ({"stop_secs": float("nan")}, "VAD stop_secs nan; expected 0.05 to 5.0"),
        ({"min_volume": 2.0}, "VAD min_volume 2.0; expected 0.0 to 1.0"),
    ],
)
def test_values_that_cannot_work_are_refused(changed: dict[str, float], problem: str) -> None:
    with pytest.raises(ValueError, match="VAD") as raised:
        VADParams(**changed)
    assert str(raised.value) == problem


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^VAD mode 4; expected 0 to 3$"):
        WebRtcDetector(4)


def test_a_detectors_strictness_may_change_while_it_listens() -> None:
    detector = WebRtcDetector(3)
    detector.mode = 0
    assert detector.mode == 0
    with pytest.raises(ValueError, match=r"^VAD mode 4; expected 0 to 3$"):
        detector.mode = 4
    assert detector.mode == 0
    noise = _on_a_line(bytes(FRAME_BYTES * 200), -36.0)
    believed = {}
    for mode in (0, 3):
        changed = WebRtcDetector(3 - mode)
        changed.mode = mode
        believed[mode] = sum(
            changed.is_speech(noise[at : at + FRAME_BYTES]) for at in range(0, len(noise), FRAME_BYTES)
        )
    assert believed[0] > believed[3]

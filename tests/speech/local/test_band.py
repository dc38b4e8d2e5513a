import numpy as np
import numpy.typing as npt
import pytest

from appliance.speech.local.band import TelephoneBand


def tone(hz: float) -> npt.NDArray[np.int16]:
    return np.asarray(8000 * np.sin(2 * np.pi * hz * np.arange(8000) / 8000), np.int16)


@pytest.mark.parametrize(
    ("hz", "least_db", "most_db"), [(50, -99, -40), (150, -99, -40), (400, -1, 1), (1000, -1, 1), (3200, -1, 1)]
)
def test_the_telephones_band_passes_and_hum_does_not(hz: float, least_db: float, most_db: float) -> None:
    out = TelephoneBand().process(tone(hz)).astype(float)[400:]
    assert least_db <= 20 * np.log10(np.sqrt((out**2).mean()) / (8000 / np.sqrt(2))) <= most_db


def test_a_stream_in_pieces_is_the_same_as_in_one() -> None:
    whole, pieces = TelephoneBand(), TelephoneBand()
    sound = tone(700)
    once = np.concatenate((whole.process(sound), whole.flush()))
    cut = [pieces.process(sound[at : at + 33]) for at in range(0, len(sound), 33)]
    assert np.array_equal(np.concatenate((*cut, pieces.flush())), once)
    assert len(once) == len(sound)

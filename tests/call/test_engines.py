from dataclasses import FrozenInstanceError

import pytest

from appliance.call import Engines
from appliance.speech.canned import CannedSynthesizer, CannedTranscriber


def test_the_engines_of_a_house_stay_the_same() -> None:
    engines = Engines(CannedTranscriber("yes"), CannedSynthesizer())
    with pytest.raises(FrozenInstanceError):
        engines.transcriber = CannedTranscriber("no")  # type: ignore[misc]

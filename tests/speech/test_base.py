import inspect
from typing import Any

import pytest

from appliance.speech import base
from appliance.speech.canned import CannedSynthesizer, CannedTranscriber
from appliance.speech.wyoming import WyomingTranscriber
from appliance.speech.wyoming_voice import WyomingSynthesizer


def methods(contract: type[Any]) -> dict[str, list[str]]:
    """The contract's public methods and their parameters."""
    found = inspect.getmembers(contract, inspect.isfunction)
    return {name: list(inspect.signature(one).parameters) for name, one in found if not name.startswith("_")}


@pytest.mark.parametrize(
    ("engine", "contract"),
    [
        (CannedTranscriber, base.Transcriber),
        (WyomingTranscriber, base.Transcriber),
        (CannedSynthesizer, base.Synthesizer),
        (WyomingSynthesizer, base.Synthesizer),
    ],
)
def test_every_engine_has_the_contracts_methods(engine: type[Any], contract: type[Any]) -> None:
    has = methods(engine)
    assert {name: has.get(name) for name in methods(contract)} == methods(contract)

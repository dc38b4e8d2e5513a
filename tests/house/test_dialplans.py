"""The example dialplans are stories that a reader can play: each loads, and they go together."""

from pathlib import Path

import pytest

from appliance.dialplan import load_dialplan, load_dialplans
from appliance.dialplan.loaded import LoadedDialplan
from tests.house.checkout import ROOT, files


@pytest.mark.parametrize("path", files("dialplans/**/*.y*ml"), ids=str)
def test_each_example_dialplan_loads(path: Path) -> None:
    loaded = load_dialplan(ROOT / path)
    assert isinstance(loaded, LoadedDialplan), [str(problem) for problem in loaded]


def test_the_example_dialplans_serve_together() -> None:
    loaded = load_dialplans(ROOT / "dialplans")
    assert [str(problem) for problem in loaded.problems] == []
    assert len(loaded.plans) == len(files("dialplans/**/*.y*ml")) >= 2

"""appliance schema."""

import json

import pytest

from appliance.cli import main
from appliance.dialplan.json_schema import json_schema


def test_it_prints_the_schema_of_dialplans(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    out, err = capsys.readouterr()
    assert (json.loads(out), err) == (json_schema(), "")

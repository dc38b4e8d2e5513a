"""`appliance bench`, its command line."""

import json
import sys

import pytest

from appliance.bench import processes
from appliance.cli import bench, main


def test_help_says_what_can_be_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["bench", "--help"])
    assert "--only {load,talk,crowd,pauses}" in capsys.readouterr().out


def test_one_core_is_too_few(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(bench, "cores", lambda: processes.cores()[:1])
    assert main(["bench"]) == 3
    assert capsys.readouterr().err == (
        "appliance: the bench needs Linux and two cores: one for the service, one for its callers\n"
    )


@pytest.mark.skipif(sys.platform != "linux", reason="two cores")
def test_json_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--quick", "--json", "--only", "crowd"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["crowd"]["calls"], told["crowd"]["failed"], told["load"]) == (4, 0, [])

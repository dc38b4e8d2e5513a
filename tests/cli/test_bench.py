"""`appliance bench`, its command line."""

import json
import sys

import pytest

from appliance.bench import processes
from appliance.bench.load import APPLIANCE, LoadBench, Row
from appliance.bench.report import Report
from appliance.bench.systems import System
from appliance.cli import bench, main


def test_help_says_what_can_be_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["bench", "--help"])
    assert "--only {load,talk,crowd,pauses,detectors,dialplans" in capsys.readouterr().out


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


class Holding(LoadBench):
    """A core that holds so many calls of each system."""

    def __init__(self, **limits: int) -> None:
        self._limits = {"canned": 1000, **{f"pipecat-{vad}": limit for vad, limit in limits.items()}}

    async def row(self, calls: int, system: System = APPLIANCE) -> Row:
        lost = max(0, calls - self._limits[system.name])
        return Row(system.name, calls, 4.0, 0.3, 0.4, 0.2, 90.0, 120.0, 30.0, 400, lost, 0.1, 1.0, 2.0, 50)


@pytest.fixture
def pipecat(monkeypatch: pytest.MonkeyPatch) -> None:
    async def version(python: str) -> str:
        return f"1.14.0 of {python}"

    monkeypatch.setattr(bench, "pipecat_version", version)


def loads(report: Report) -> list[tuple[str, int]]:
    return [(row.system, row.calls) for row in report.rows]


@pytest.mark.usefixtures("pipecat")
async def test_the_load_on_pipecat_grows_until_it_is_not_held_twice_and_then_is_half_a_step_less() -> None:
    report = await bench._beside_pipecat(Report(), Holding(silero=37, webrtcvad=1000), "python", quick=False)
    assert report.pipecat == "1.14.0 of python"
    assert loads(report) == [
        *(("pipecat-silero", calls) for calls in (20, 30, 40, 40, 35)),
        *(("pipecat-webrtcvad", calls) for calls in (20, 30, 40, 50, 60, 70, 80, 90, 100)),
    ]


@pytest.mark.usefixtures("pipecat")
async def test_a_quick_bench_compares_what_a_call_costs() -> None:
    report = await bench._beside_pipecat(Report(), Holding(silero=37, webrtcvad=50), "python", quick=True)
    assert loads(report) == [("canned", 20), ("pipecat-silero", 20), ("pipecat-webrtcvad", 20)]


async def test_without_pipecat_the_rest_of_the_bench_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    before = Report(rows=[await Holding().row(100)])
    assert await bench._beside_pipecat(before, Holding(), "/nowhere/python", quick=False) == before
    assert capsys.readouterr().err == (
        "... no more of Pipecat is measured: /nowhere/python does not run: No such file or directory\n"
    )

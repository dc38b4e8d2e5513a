"""What a load is put on."""

import sys
from pathlib import Path

import pytest

from appliance.bench.processes import cores
from appliance.bench.systems import VADS, Appliance, Pipecat, System, pipecat_version
from appliance.errors import StartError

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc and cores")


def test_each_system_has_a_name_in_the_report() -> None:
    systems: list[System] = [Appliance(), Appliance("wyoming"), *(Pipecat("python", vad) for vad in VADS)]
    assert [system.name for system in systems] == ["canned", "wyoming", "pipecat-silero", "pipecat-webrtcvad"]


@pytest.mark.parametrize("engines", ["canned", "wyoming"])
async def test_the_appliance_serves_and_can_be_watched(engines: str, tmp_path: Path) -> None:
    async with Appliance(engines).serving(tmp_path, cores()[:1], cores()[-1:]) as served:
        assert served.server.said.startswith("http://127.0.0.1:")
        assert (served.watched, bool(served.token)) == (True, True)
    assert served.server.process.returncode is not None


async def test_an_environment_without_pipecat_is_a_failed_start(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(StartError, match=r"^appliance\.bench\.pipecat_server failed with status 1$"):
        await pipecat_version(sys.executable)
    assert capfd.readouterr().err.splitlines()[-1].startswith("ModuleNotFoundError: No module named '")

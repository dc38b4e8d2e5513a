"""Pipecat as the bench runs it: in its own environment, under the same web server, answering as ours does."""

import ast
import re
import sys
from pathlib import Path

import pytest

from appliance.bench.load import cycle
from appliance.bench.processes import cores
from appliance.bench.systems import VADS, Pipecat
from appliance.bench.telephones import Load, run

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc and cores")
CHECKOUT = Path(__file__).parents[2]
ENVIRONMENT = ".venv-pipecat/requirements-pipecat.installed"
SAME = {"numpy", "starlette", "uvicorn", "uvloop", "webrtcvad-wheels", "websockets"}


@pytest.mark.needs(ENVIRONMENT)
@pytest.mark.parametrize("vad", VADS)
async def test_each_turn_is_answered_with_two_seconds_to_the_byte(vad: str, tmp_path: Path) -> None:
    system = Pipecat(str(CHECKOUT / ".venv-pipecat/bin/python"), vad)
    frames = await cycle(tmp_path)
    async with system.serving(tmp_path, cores(), cores()) as served:
        load = Load(
            url=served.server.said,
            number="+15550100300",
            token=served.token,
            frames=str(frames),
            calls=1,
            secs=9.0,
            server_pid=served.server.pid,
            server_core=cores()[0],
            watched=served.watched,
            ramp_secs=0,
        )
        measured = await run(load)
    assert (measured.turns, len(measured.latencies)) == (2, 2)
    assert (measured.unanswered, measured.early, measured.dropped) == (0, 0, 0)


def pins(name: str) -> set[str]:
    text = (CHECKOUT / name).read_text(encoding="utf-8")
    return {line for line in re.findall(r"^(\S+==.*?) ?\\?$", text, re.MULTILINE) if line.split("==")[0] in SAME}


def test_what_carries_the_load_is_pinned_alike_on_both_sides() -> None:
    theirs, ours = pins("requirements-pipecat.txt"), pins("requirements.txt")
    assert {line.split("==")[0] for line in theirs} == SAME
    assert theirs == ours


def imported(path: Path) -> set[str]:
    """The modules that a file imports, wherever in it."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    plain = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    return plain | {
        f"{node.module}.{name.name}" for node in nodes if isinstance(node, ast.ImportFrom) for name in node.names
    }


def test_the_appliance_imports_neither_pipecat_nor_what_serves_it() -> None:
    apart = set(CHECKOUT.glob("appliance/bench/pipecat_*.py"))
    assert CHECKOUT / "appliance/bench/pipecat_server.py" in apart
    names = {name for path in set(CHECKOUT.glob("appliance/**/*.py")) - apart for name in imported(path)}
    assert "appliance.bench.processes.running" in names
    assert {name for name in names if re.match(r"pipecat\b|appliance\.bench\.pipecat_", name)} == set()


def test_what_serves_pipecat_needs_nothing_of_the_appliance() -> None:
    names = imported(CHECKOUT / "appliance/bench/pipecat_server.py")
    assert {name for name in names if name.startswith("appliance")} == set()

"""``appliance bench``: how many calls one core holds, what each costs, and how long callers wait."""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from appliance.bench.comparison import COMPARED_CALLS
from appliance.bench.crowd import crowd
from appliance.bench.detectors import detectors
from appliance.bench.dialplans import COUNT, QUICK_COUNT, choices
from appliance.bench.engines import FULL as ENGINES
from appliance.bench.engines import QUICK as QUICK_ENGINES
from appliance.bench.engines import engines
from appliance.bench.load import APPLIANCE, LoadBench, Row, cycle
from appliance.bench.pauses import pauses
from appliance.bench.plans import THINGS
from appliance.bench.processes import cores
from appliance.bench.report import Report, as_json, lines
from appliance.bench.rtvi import FULL, QUICK, rtvi
from appliance.bench.systems import VADS, Appliance, Pipecat, System, pipecat_version
from appliance.bench.talk import talk
from appliance.errors import StartError

PARTS = ("load", "talk", "crowd", "pauses", "detectors", "dialplans", "rtvi", "engines")
PIPECAT_PYTHON = Path(".venv-pipecat/bin/python")
"""Where scripts/pipecat puts it. What takes only seconds is measured of Pipecat whenever it is there."""
LOADS, QUICK_LOADS = (20, 100, 200), (200,)
SEARCH_FROM, SEARCH_TO = 300, 1000
WYOMING_CALLS = 100
PIPECAT_STEP, PIPECAT_TO = 10, 100
QUICK_CROWD = 4
SECS, QUICK_SECS = 10.0, 5.0
ROUNDS, QUICK_ROUNDS = 4, 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's options."""
    parser.add_argument("--quick", action="store_true", help="less of everything, in under two minutes")
    parser.add_argument("--json", action="store_true", help="one object instead of tables")
    parser.add_argument(
        "--only", choices=PARTS, action="append", help="only this part; may be repeated (all: %(choices)s)"
    )
    parser.add_argument(
        "--pipecat",
        metavar="PYTHON",
        help="put the load on Pipecat, too, by the Python of an environment that has it (scripts/pipecat makes one)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Measures and prints; returns 0."""
    if sys.platform != "linux" or len(cores()) < 2:
        raise StartError("the bench needs Linux and two cores: one for the service, one for its callers")
    parts = arguments.only or PARTS
    with TemporaryDirectory(prefix="appliance-bench-") as temporary:
        report = asyncio.run(_measure(Path(temporary), parts, arguments.pipecat, quick=arguments.quick))
    print(json.dumps(as_json(report), indent=2) if arguments.json else "\n".join(lines(report)))
    return 0


async def _measure(directory: Path, parts: Sequence[str], pipecat: str | None, *, quick: bool) -> Report:
    report = Report()
    rounds = QUICK_ROUNDS if quick else ROUNDS
    if "load" in parts:
        bench = LoadBench(directory, await cycle(directory), QUICK_SECS if quick else SECS, _tell)
        report = report._replace(rows=await _loads(bench, quick=quick))
        if pipecat:
            report = await _beside_pipecat(report, bench, pipecat, quick=quick)
    if "talk" in parts:
        _tell("one call on the embedded engines")
        report = report._replace(talk=await talk(directory, rounds))
    if "crowd" in parts:
        _tell("many calls at once on the embedded engines")
        report = report._replace(crowd=await crowd(directory, QUICK_CROWD if quick else len(THINGS)))
    if "pauses" in parts and not quick:
        _tell("numbers with pauses, and noises")
        turns, starts = await pauses(directory)
        report = report._replace(turns=turns, false_starts=starts)
    if "detectors" in parts:
        _tell("detectors side by side")
        report = report._replace(detectors=await detectors(quick=quick))
    if "dialplans" in parts:
        _tell("many dialplans")
        report = report._replace(choices=choices(directory / "choices", QUICK_COUNT if quick else COUNT))
    if "rtvi" in parts:
        _tell("calls that many watch")
        report = report._replace(rtvi=await rtvi(directory, pipecat or _pipecat_beside(), QUICK if quick else FULL))
    if "engines" in parts:
        loads = QUICK_ENGINES if quick else ENGINES
        report = report._replace(engines=await engines(directory, await cycle(directory), loads, _tell))
    return report


def _pipecat_beside() -> str | None:
    return str(PIPECAT_PYTHON) if PIPECAT_PYTHON.exists() else None


async def _loads(bench: LoadBench, *, quick: bool) -> list[Row]:
    rows = [await bench.row(calls) for calls in (QUICK_LOADS if quick else LOADS)]
    if not quick:
        for calls in range(SEARCH_FROM, SEARCH_TO + 1, 100):
            if not await _is_held(rows, bench, calls, APPLIANCE):
                break
        rows.append(await bench.row(WYOMING_CALLS, Appliance("wyoming")))
    return rows


async def _beside_pipecat(report: Report, bench: LoadBench, python: str, *, quick: bool) -> Report:
    """Adds what can be measured of Pipecat; the rest of the bench does not depend on it."""
    rows = [*report.rows, *([await bench.row(COMPARED_CALLS)] if quick else [])]
    ours, version = len(rows), ""
    try:
        version = await pipecat_version(python)
        for system in (Pipecat(python, vad) for vad in VADS):
            if quick:
                rows.append(await bench.row(COMPARED_CALLS, system))
            else:
                await _search(rows, bench, system)
    except StartError as error:
        _tell(f"no more of Pipecat is measured: {error}")
    return report._replace(rows=rows, pipecat=version if len(rows) > ours else "")


async def _search(rows: list[Row], bench: LoadBench, system: Pipecat) -> None:
    """Loads that grow by a step until one is not held, and then one half a step below that."""
    for calls in range(COMPARED_CALLS, PIPECAT_TO + 1, PIPECAT_STEP):
        if not await _is_held(rows, bench, calls, system):
            await _is_held(rows, bench, calls - PIPECAT_STEP // 2, system)
            return


async def _is_held(rows: list[Row], bench: LoadBench, calls: int, system: System) -> bool:
    """Puts a load on, and a second time if it is not held: something else may have had the core."""
    for _ in range(2):
        rows.append(await bench.row(calls, system))
        if rows[-1].holds:
            return True
    return False


def _tell(what: str) -> None:
    print(f"... {what}", file=sys.stderr, flush=True)

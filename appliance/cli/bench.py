"""``appliance bench``: how many calls one core holds, what each costs, and how long callers wait."""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from appliance.bench.crowd import crowd
from appliance.bench.load import LoadBench, Row, cycle
from appliance.bench.pauses import pauses
from appliance.bench.plans import THINGS
from appliance.bench.processes import cores
from appliance.bench.report import Report, as_json, lines
from appliance.bench.talk import talk
from appliance.errors import StartError

PARTS = ("load", "talk", "crowd", "pauses")
LOADS, QUICK_LOADS = (20, 100, 200), (200,)
SEARCH_FROM, SEARCH_TO = 300, 1000
WYOMING_CALLS = 100
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


def run(arguments: argparse.Namespace) -> int:
    """Measures and prints; returns 0."""
    if sys.platform != "linux" or len(cores()) < 2:
        raise StartError("the bench needs Linux and two cores: one for the service, one for its callers")
    parts = arguments.only or PARTS
    with TemporaryDirectory(prefix="appliance-bench-") as temporary:
        report = asyncio.run(_measure(Path(temporary), parts, quick=arguments.quick))
    print(json.dumps(as_json(report), indent=2) if arguments.json else "\n".join(lines(report)))
    return 0


async def _measure(directory: Path, parts: Sequence[str], *, quick: bool) -> Report:
    report = Report()
    rounds = QUICK_ROUNDS if quick else ROUNDS
    if "load" in parts:
        report = report._replace(rows=await _loads(directory, quick=quick))
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
    return report


async def _loads(directory: Path, *, quick: bool) -> list[Row]:
    bench = LoadBench(directory, await cycle(directory), QUICK_SECS if quick else SECS, _tell)
    rows = [await bench.row(calls) for calls in (QUICK_LOADS if quick else LOADS)]
    if not quick:
        for calls in range(SEARCH_FROM, SEARCH_TO + 1, 100):
            rows.append(await bench.row(calls))
            if not rows[-1].holds:
                break
        rows.append(await bench.row(WYOMING_CALLS, "wyoming"))
    return rows


def _tell(what: str) -> None:
    print(f"... {what}", file=sys.stderr, flush=True)

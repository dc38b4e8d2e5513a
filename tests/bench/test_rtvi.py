"""Figures of watched calls, from a small run and from given counts."""

import sys
from pathlib import Path

import msgspec
import pytest

from appliance.bench.event_cost import Cost, Costs
from appliance.bench.rtvi import DEAF, NOBODY, READ, READERS, Rtvi, Size, _watched, ends_of, phases_of
from appliance.bench.watched import Part, Watched
from appliance.supervision.feed import MAX_BYTES
from tests.bench.test_load import MEASURED

SIZE = Size(10, 10.0, 0.0, 1.0, 1, 1)
PART = Part(measured=MEASURED, delays_secs=[], messages=0, waiting_bytes=0, needed_mb=100.0, rss_mb=[101.0, 104.0])
READ_BY_ALL = msgspec.structs.replace(PART, delays_secs=[0.002] * 19 + [0.004], messages=500, needed_mb=101.0)
WATCHED = Watched(
    parts=[PART, READ_BY_ALL, msgspec.structs.replace(READ_BY_ALL, waiting_bytes=900_000, needed_mb=102.0)],
    readers=50,
    unlike=0,
    missing=0,
    not_ended=0,
    deaf=10,
    told=4,
    cut=6,
    stayed=0,
    needed_mb=102.0,
)
COSTS = Costs([Cost("ours", 1, False, 9, 4.0), Cost("ours", 20, False, 9, 9.7), Cost("ours", 1, True, 9, 18.0)])


def found(watched: Watched) -> Rtvi:
    return Rtvi(phases_of(watched, SIZE), ends_of(watched), COSTS, "")


def test_each_part_has_its_figures() -> None:
    phases = found(WATCHED).phases
    assert [(phase.watching, phase.viewers) for phase in phases] == [(NOBODY, 0), (READ, 50), (DEAF, 60)]
    assert [round(phase.p99_ms) for phase in phases] == [100, 100, 100]
    assert (phases[0].event_p95_ms, phases[1].event_p50_ms, phases[1].events_per_sec) == (None, 2.0, 50.0)
    assert (phases[0].cpu_share, phases[0].core_share, phases[0].rss_mb) == (0.1, 0.2, 104.0)


def test_what_viewers_take_of_the_memory_is_told_for_each() -> None:
    ends = found(WATCHED).ends
    assert (ends.reader_kb, ends.deaf_kb, ends.kept_kb) == (40.0, 200.0, 0.0)
    assert ends.waiting_bytes == 900_000


def test_it_holds_when_nobody_notices_anything() -> None:
    assert found(WATCHED).holds


@pytest.mark.parametrize(
    "change",
    [{"unlike": 1}, {"missing": 1}, {"not_ended": 1}, {"stayed": 1}, {"told": 3}],
    ids=lambda change: next(iter(change)),
)
def test_it_does_not_hold_when_viewers_miss_something_or_stay(change: dict[str, int]) -> None:
    assert not found(msgspec.structs.replace(WATCHED, **change)).holds


@pytest.mark.parametrize(
    "change",
    [
        {"delays_secs": [0.02]},
        {"waiting_bytes": MAX_BYTES + 1},
        {"measured": msgspec.structs.replace(MEASURED, unanswered=1)},
        {"measured": msgspec.structs.replace(MEASURED, latencies=[0.405] * 20)},
        {"measured": msgspec.structs.replace(MEASURED, latencies=[])},
    ],
    ids=["late events", "too much waits", "a lost answer", "later answers", "no answers"],
)
def test_it_does_not_hold_when_a_watched_part_is_worse(change: dict[str, object]) -> None:
    nobody, read, deaf = WATCHED.parts
    parts = [nobody, msgspec.structs.replace(read, **change), deaf]
    assert not found(msgspec.structs.replace(WATCHED, parts=parts)).holds


@pytest.mark.skipif(sys.platform != "linux", reason="/proc and cores")
async def test_watched_calls_are_really_run(tmp_path: Path) -> None:
    watched = await _watched(tmp_path, Size(2, 5.5, 0.0, 4.0, 1, 1))
    one = Rtvi(phases_of(watched, SIZE), ends_of(watched), COSTS, "")
    assert (one.ends.readers, one.ends.unlike, one.ends.missing, one.ends.not_ended) == (2 * len(READERS), 0, 0, 0)
    assert one.ends.deaf == 2
    assert one.ends.waiting_bytes > 0
    assert [phase.answers > 0 for phase in one.phases] == [True] * 3
    assert one.phases[1].events_per_sec > 0
    assert (one.phases[1].event_p95_ms or 0) > 0

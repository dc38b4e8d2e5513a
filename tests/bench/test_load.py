"""A load's figures, from a small load that is really run."""

import base64
import sys
from pathlib import Path

import pytest

from appliance.bench.load import LoadBench, cycle, row_of
from appliance.bench.telephones import CYCLE_FRAMES, Measured
from appliance.simulator.sound import is_audible

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc and cores")


async def test_the_cycle_is_two_seconds_of_speech_to_the_frame_and_three_of_noise(tmp_path: Path) -> None:
    frames = [base64.b64decode(line) for line in (await cycle(tmp_path)).read_bytes().split()]
    assert (len(frames), {len(frame) for frame in frames}) == (CYCLE_FRAMES, {160})
    assert is_audible(frames[99])
    assert not any(is_audible(frame) for frame in frames[100:])


async def test_a_load_is_carried_and_measured(tmp_path: Path) -> None:
    told: list[str] = []
    row = await LoadBench(tmp_path, await cycle(tmp_path), 5.5, told.append).row(2)
    assert told == ["a single call, canned", "2 calls, canned"]
    assert (row.system, row.calls) == ("canned", 2)
    assert row.answers > 0
    assert row.cpu_ms > 0
    assert row.viewer_messages > 0


MEASURED = Measured(
    calls=10,
    secs=10.0,
    server_cpu_secs=1.0,
    server_core_secs=2.0,
    client_cpu_secs=0.5,
    rss_mb_before=100.0,
    rss_mb=102.0,
    sent=5000,
    latencies=[0.3] * 19 + [0.4],
    turns=20,
    unanswered=0,
    early=0,
    dropped=0,
    clears=0,
    viewer_messages=7,
    worst_tick_secs=0.002,
)


def test_the_figures_are_per_call_and_second_and_less_the_turns_silence() -> None:
    row = row_of(MEASURED, "canned", alone_ms=290.0)
    assert (row.cpu_ms, row.cpu_share, row.core_share, row.rss_mb) == (10.0, 0.1, 0.2, 0.2)
    assert (round(row.p50_ms), round(row.p95_ms), round(row.added_p95_ms)) == (100, 100, 10)
    assert (row.lost, row.sent_share, row.holds) == (0, 1.0, True)


@pytest.mark.parametrize("change", [{"unanswered": 1}, {"early": 1}, {"dropped": 1}])
def test_what_is_lost_is_not_held(change: dict[str, int]) -> None:
    values = {name: getattr(MEASURED, name) for name in MEASURED.__struct_fields__} | change
    row = row_of(Measured(**values), "canned", alone_ms=290.0)
    assert (row.lost, row.holds) == (1, False)


def test_a_core_that_others_have_more_than_a_tenth_of_was_shared() -> None:
    row = row_of(MEASURED, "canned", alone_ms=290.0)
    assert [row._replace(core_share=share).was_shared for share in (0.1, 0.19, 0.21)] == [False, False, True]


def test_late_answers_are_not_held() -> None:
    assert not row_of(MEASURED, "canned", alone_ms=190.0).holds

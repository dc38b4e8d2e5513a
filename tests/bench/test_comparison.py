"""A ratio to Pipecat has two sides, both of this run."""

import pytest

from appliance.bench.comparison import Ratio, most_calls, ratios
from appliance.bench.load import Row

OURS = Row("canned", 20, 4.0, 0.3, 0.3, 0.2, 90.0, 120.0, 30.0, 400, 0, 0.1, 1.0, 2.0, 50)
OURS_MORE = OURS._replace(calls=600)
OURS_FAILS = OURS._replace(calls=700, lost=1)
SILERO = OURS._replace(system="pipecat-silero", cpu_ms=30.0)
SILERO_FAILS = SILERO._replace(calls=30, lost=1)
WEBRTC = SILERO._replace(system="pipecat-webrtcvad", cpu_ms=18.0)
SILERO_CALLS = Ratio("pipecat-silero", "calls", 20, 600, 30.0)
SILERO_CPU = Ratio("pipecat-silero", "cpu_ms", 30.0, 4.0, 7.5)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], []),
        ([OURS], []),
        ([SILERO, SILERO_FAILS], []),
        ([OURS, SILERO], [SILERO_CPU]),
        ([OURS._replace(lost=1), SILERO], []),
        ([OURS, SILERO._replace(lost=1)], []),
        ([OURS, SILERO._replace(added_p95_ms=100.0)], [SILERO_CPU]),
        ([OURS_MORE, OURS_FAILS, SILERO, SILERO_FAILS], [SILERO_CALLS]),
        ([OURS_MORE, SILERO, SILERO_FAILS], [SILERO_CALLS]),
        ([OURS_MORE, OURS_FAILS, SILERO], []),
        ([OURS_MORE, OURS_FAILS._replace(core_share=0.5), SILERO, SILERO_FAILS], []),
        ([OURS_MORE, OURS_FAILS, SILERO, SILERO_FAILS._replace(core_share=0.5)], []),
        ([OURS_MORE._replace(system="wyoming"), SILERO, SILERO_FAILS], []),
        (
            [OURS, OURS_MORE, OURS_FAILS, SILERO, SILERO_FAILS, WEBRTC],
            [
                SILERO_CPU,
                SILERO_CALLS,
                Ratio("pipecat-webrtcvad", "cpu_ms", 18.0, 4.0, 4.5),
            ],
        ),
    ],
)
def test_each_ratio_needs_both_sides_and_that_of_limits_a_core_without_others(
    rows: list[Row], expected: list[Ratio]
) -> None:
    assert list(ratios(rows)) == expected


def test_the_most_calls_are_those_of_one_system_that_were_held() -> None:
    rows = [OURS, OURS_MORE, OURS._replace(calls=700, lost=1), SILERO]
    assert [most_calls(rows, system) for system in ("canned", "pipecat-silero", "wyoming")] == [600, 20, 0]

"""What an event costs, and what share of Pipecat's that is."""

import sys

import pytest

from appliance.bench.event_cost import Cost, Costs, event_costs

OURS = [
    Cost("ours", 1, False, 112, 4.0),
    Cost("ours", 20, False, 112, 4.0 + 19 * 0.5),
    Cost("ours", 1, True, 90, 12.0),
]


def test_further_viewers_cost_what_twenty_cost_more_than_one() -> None:
    costs = Costs(OURS)
    assert (costs.one_us, costs.further_us, costs.masked_us) == (4.0, 0.5, 12.0)
    assert (costs.pipecat_us, costs.of_pipecat) == (None, None)


def test_shares_are_of_pipecats_one_viewer() -> None:
    costs = Costs([*OURS, Cost("pipecat", 1, False, 112, 10.0)])
    assert (costs.pipecat_us, costs.of_pipecat) == (10.0, {"one": 0.4, "further": 0.05})


@pytest.mark.skipif(sys.platform != "linux", reason="/proc and cores")
async def test_without_pipecat_ours_are_measured() -> None:
    costs = await event_costs(None, turns=3, rounds=1)
    assert [cost[:4] for cost in costs.costs[:2]] == [("ours", 1, False, 112), ("ours", 20, False, 112)]
    assert costs.costs[2][:3] == ("ours", 1, True)
    assert all(cost.event_us > 0 for cost in costs.costs)

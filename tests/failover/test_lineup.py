"""Which engine is asked next, and for how long."""

import pytest

from appliance.failover import Health, Lineup, Member, Share
from appliance.failover.health import MOST_FAILURES


def member(name: str, patience_secs: float | None = None) -> Member[str]:
    return Member(name, Health("synthesizer", name), patience_secs=patience_secs)


async def test_engines_that_are_down_are_asked_last() -> None:
    lineup = Lineup((member("a"), member("b"), member("c")))
    assert [(turn.member.name, turn.rest) for turn in lineup.turns()] == [("a", 2), ("b", 1), ("c", 0)]
    for _ in range(MOST_FAILURES):
        lineup.members[0].health.failed("gone")
    assert [(turn.member.name, turn.rest) for turn in lineup.turns()] == [("b", 2), ("c", 1), ("a", 0)]
    await lineup.members[0].health.close()


def test_the_time_is_shared_and_the_last_may_take_all_that_is_left() -> None:
    assert (Share(member("a"), 1).secs(4), Share(member("a"), 3).secs(4), Share(member("a"), 0).secs(3)) == (2, 1, 3)


def test_an_engine_may_have_less_than_its_share_while_there_are_others() -> None:
    assert Share(member("a", 1.5), 1).secs(4) == 1.5
    assert Share(member("a", 9), 1).secs(4) == 2
    assert Share(member("a", 1), 0).secs(3) == 3


def test_a_lineup_has_an_engine() -> None:
    with pytest.raises(AssertionError):
        Lineup(())

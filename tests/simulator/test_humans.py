"""Whom a call may meet."""

from appliance.simulator.humans import HUMANS


def test_who_presses_a_key_has_picked_up_and_only_one_takes_the_call() -> None:
    assert [name for name, human in HUMANS.items() if human.key and not human.picks_up] == []
    assert [name for name, human in HUMANS.items() if human.talks] == ["answers"]
    assert {human.status for human in HUMANS.values()} == {"completed", "busy", "no-answer", "failed"}

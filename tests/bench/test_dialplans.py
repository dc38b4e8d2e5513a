"""What many dialplans cost is measured on dialplans that serve."""

from pathlib import Path

from appliance.bench.dialplans import QUESTIONS, choices, write
from appliance.dialplan import Arrival, load_dialplans


def test_every_dialplan_serves_and_no_two_are_alike(tmp_path: Path) -> None:
    write(tmp_path, 25)
    dialplans = load_dialplans(tmp_path)
    assert list(dialplans.problems) == []
    assert {len(one.plan.steps) for one in dialplans.plans} == {QUESTIONS + 2}
    assert len({one.expectations["q0"].grammar() for one in dialplans.plans}) == 25
    found = [dialplans.match(Arrival(f"+1555{number:07}", "+4930123456", "twilio")) for number in (0, 24)]
    assert [match.loaded.id for match in found if match] == ["shop0", "shop24"]


def test_all_of_them_are_loaded_and_asked_for(tmp_path: Path) -> None:
    figures = choices(tmp_path, 20)
    assert figures.dialplans == len(list(tmp_path.rglob("*.yaml"))) == 20
    assert 0 < figures.match_p50_us <= figures.match_p99_us
    assert min(figures.load_secs, figures.load_cpu_secs) > 0

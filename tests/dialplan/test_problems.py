"""How a problem reads."""

from pathlib import Path

import pytest

from appliance.dialplan.problems import Place, Problem, spelled


def test_a_problem_is_one_line_that_an_editor_can_follow() -> None:
    problem = Problem(Path("dialplans/a.yaml"), 7, "steps.menu", "nobody gets here")
    assert str(problem) == "dialplans/a.yaml:7: steps.menu: nobody gets here"
    assert str(Problem(Path("a.yaml"), 1, "", "is empty")) == "a.yaml:1: is empty"


@pytest.mark.parametrize(
    ("place", "text"),
    [((), ""), (("name",), "name"), (("steps", "menu", "say", 0), "steps.menu.say[1]"), (("numbers", 2), "numbers[3]")],
)
def test_a_place_reads_from_the_top_and_counts_from_one(place: Place, text: str) -> None:
    assert spelled(place) == text

"""Report levels."""

import pytest

from appliance.rtvi.levels import RTVIFunctionCallReportLevel as Level
from appliance.rtvi.levels import level_of


def test_the_lower_of_two_is_the_stricter() -> None:
    assert sorted(Level) == [Level.DISABLED, Level.NONE, Level.NAME, Level.FULL]
    assert min(Level.FULL, Level.NAME) is Level.NAME


@pytest.mark.parametrize("level", Level)
def test_a_dialplans_word_is_a_level(level: Level) -> None:
    assert Level(level.name.lower()) is level  # type: ignore[call-arg, arg-type, unused-ignore]


@pytest.mark.parametrize("wrong", ["", "all", 7, None])
def test_another_word_is_none(wrong: object) -> None:
    with pytest.raises(ValueError, match="is not a valid RTVIFunctionCallReportLevel"):
        Level(wrong)  # type: ignore[call-arg, arg-type, unused-ignore]


def test_a_function_has_its_own_level_else_that_of_all_others_else_none() -> None:
    levels = {"*": Level.NAME, "weather": Level.FULL}
    assert (level_of(levels, "weather"), level_of(levels, "time"), level_of({}, "time")) == (
        Level.FULL,
        Level.NAME,
        Level.NONE,
    )

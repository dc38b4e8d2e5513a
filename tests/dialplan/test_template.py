"""Texts with gaps."""

import pytest

from appliance.dialplan.template import Gap, Value, fill, gaps

VALUES: dict[str, Value] = {"name": "Ann", "order": "4711", "row": {"state": "here"}}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("Hello {name}.", "Hello Ann."),
        ("{ name }{name}", "AnnAnn"),
        ("It is {row.state}.", "It is here."),
        ("Order {order:digits}.", "Order 4, 7, 1, 1."),
        ("{{name}} {{", "{name} {"),
        ("{unheard} of", " of"),
        ("{row} {row.nothing} {name.x}", "  Ann"),
        ("", ""),
    ],
)
def test_gaps_are_filled_and_what_is_not_known_is_left_out(text: str, filled: str) -> None:
    assert fill(text, VALUES) == filled


def test_every_gap_is_found() -> None:
    assert gaps("{a} {{b}} {c.d:digits}") == [Gap("a", None, None), Gap("c", "d", "digits")]


@pytest.mark.parametrize(
    "text", ["{", "}", "{}", "{a", "a}", "{1}", "{a.b.c}", "{a!r}", "{a[0]}", "{a.__class__.x}", "{a:x}"]
)
def test_gaps_that_are_not_written_as_they_should_be_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        gaps(text)


def test_a_value_is_never_read_as_a_template_itself() -> None:
    assert fill("{a}", {"a": "{b}", "b": "secret"}) == "{b}"

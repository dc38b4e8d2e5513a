"""What a dialplan's texts do with values."""

from typing import Any

import pytest

from appliance.dialplan.template import fill


@pytest.mark.parametrize(
    ("filters", "value", "said"),
    [
        ("digits", "4711", "4, 7, 1, 1"),
        ("digits", 4711, "4, 7, 1, 1"),
        ("digits", 12.0, "1, 2"),
        ("digits", "+1 555-0100", "plus, 1, 5, 5, 5, 0, 1, 0, 0"),
        ("digits", "anonymous", "anonymous"),
        ("digits", None, ""),
        ("spell", "ab-7", "A, B, dash, 7"),
        ("spell", "ann.lee@example.com", "A, N, N, dot, L, E, E, at, E, X, A, M, P, L, E, dot, C, O, M"),
        ("date", "2026-11-24", "Tuesday, November 24"),
        ("date", "2026-01-02T14:30:00+01:00", "Friday, January 2"),
        ("date", "next week", "next week"),
        ("time", "2026-11-24T14:30:00Z", "2:30 PM"),
        ("time", "2026-11-24T09:00", "9 AM"),
        ("time", "00:05", "12:05 AM"),
        ("time", "12:00:00", "12 PM"),
        ("time", "soon", "soon"),
        ("join(', ')", ["a", 1, None, True], "a, 1, , true"),
        ("join(' and ', 'name')", [{"name": "a"}, {"name": "b"}, {}], "a and b and "),
        ("map(attribute='name') | join('/')", [{"name": "a"}, {"name": "b"}], "a/b"),
        ("selectattr('free') | map(attribute='at') | first", [{"free": False}, {"free": True, "at": 9}], "9"),
        ("replace('a', 'o')", "banana", "bonono"),
        ("round(1)", "2.345", "2.3"),
        ("round", 2.5, "2"),
        ("round(1000000000)", 2.5, "2.5"),
        ("tojson", {"a": [1, "ä", None, True]}, '{"a": [1, "ä", null, true]}'),
        ("map('upper') | list", ["a"], '["A"]'),
        ("map('upper')", ["a"], '["A"]'),
        ("urlencode", "a b&c", "a%20b%26c"),
        ("default('none')", None, ""),
        ("default('none', true)", None, "none"),
        ("length", "abc", "3"),
        ("float + 1", "2", "3"),
        ("lower", object(), "<object"),
    ],
)
def test_a_filter_says_it_as_one_says_it_on_the_telephone(filters: str, value: Any, said: str) -> None:
    text = f"{{{{ value | {filters} }}}}"
    assert fill(text, {"value": value})[: len(said) if said.startswith("<") else None] == said


def test_what_is_no_json_is_not_said() -> None:
    assert fill("{{ value }}", {"value": object()}) == ""

"""Texts that machines read."""

from typing import Any

import pytest

from appliance.dialplan.machine_texts import fill_address, texts_in, value_of, values_of
from appliance.errors import EngineError

VALUES = {
    "guests": 4,
    "name": "Zoë & Co/7?x=1#y",
    "late": True,
    "slots": [{"day": "Friday", "hours": [9, 10]}, {"day": "Sunday", "hours": []}],
    "nothing": None,
    "price": 12.5,
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{{ guests }}", 4),
        ("  {{ guests }}\n", 4),
        ("{{ guests + 1 }}", 5),
        ("{{ price }}", 12.5),
        ("{{ late }}", True),
        ("{{ not late }}", False),
        ("{{ nothing }}", None),
        ("{{ unknown }}", None),
        ("{{ unknown.deeper[0] }}", None),
        ("{{ slots[0].day }}", "Friday"),
        ("{{ slots[7].day }}", None),
        ("{{ slots[0] }}", {"day": "Friday", "hours": [9, 10]}),
        ("{{ slots | map(attribute='day') }}", ["Friday", "Sunday"]),
        ("{{ slots | map(attribute='day') | join(', ') }}", "Friday, Sunday"),
        ("{{ slots[0].items() }}", [["day", "Friday"], ["hours", [9, 10]]]),
        ("{{ 2 }}", 2),
        ("{{ {'a': [unknown, 1]} }}", {"a": [None, 1]}),
        ("{{ guests }} guests", "4 guests"),
        ("{{ guests }}{{ guests }}", "44"),
        ("for {{ guests }}", "for 4"),
        ("{% if late %}{{ guests }}{% endif %}", "4"),
        ("plain", "plain"),
        ("", ""),
    ],
)
def test_a_single_gap_keeps_its_type_and_any_other_text_is_a_text(text: str, value: Any) -> None:
    found = value_of(text, VALUES)
    assert (found, type(found)) == (value, type(value))


def test_all_texts_within_mappings_and_lists_are_filled() -> None:
    written = {"who": {"name": "{{ name }}"}, "guests": ["{{ guests }}", "of {{ guests }}"], "plain": "1"}
    assert values_of(written, VALUES) == {
        "who": {"name": "Zoë & Co/7?x=1#y"},
        "guests": [4, "of 4"],
        "plain": "1",
    }
    assert list(texts_in(written, ("body",))) == [
        (("body", "who", "name"), "{{ name }}"),
        (("body", "guests", 0), "{{ guests }}"),
        (("body", "guests", 1), "of {{ guests }}"),
        (("body", "plain"), "1"),
    ]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://a.example/o/{{ guests }}", "https://a.example/o/4"),
        ("https://a.example/o/{{ name }}/x", "https://a.example/o/Zo%C3%AB%20%26%20Co%2F7%3Fx%3D1%23y/x"),
        ("https://a.example/o?n={{ name | lower }}", "https://a.example/o?n=zo%C3%AB%20%26%20co%2F7%3Fx%3D1%23y"),
        ("https://a.example/{{ 'a/b' }}", "https://a.example/a%2Fb"),
        ("https://a.example/{% if late %}late{% endif %}", "https://a.example/late"),
    ],
)
def test_what_fills_an_address_stays_within_its_part(text: str, address: str) -> None:
    assert fill_address(text, VALUES) == address


@pytest.mark.parametrize("value", ["", ".", "..", None])
def test_a_gap_that_would_lead_elsewhere_is_refused(value: str | None) -> None:
    with pytest.raises(EngineError, match="An address has a gap for which there is nothing"):
        fill_address("https://a.example/orders/{{ id }}/notes", {"id": value})


def test_what_costs_too_much_is_refused_as_everywhere() -> None:
    with pytest.raises(EngineError, match="cannot be filled"):
        value_of("{{ range(99999999) }}", {})

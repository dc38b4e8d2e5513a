"""The bounds of what a text may cost; what it may not do at all is in test_template.py."""

import pytest
from jinja2 import nodes

from appliance.dialplan.filters import TooMuchError
from appliance.dialplan.sandbox import METHODS, MOST_TURNS, Budget, Sandbox
from appliance.dialplan.template import fill, read


def test_a_budget_is_spent_by_size() -> None:
    budget = Budget()
    for value in (1, "a" * 100, [1, 2], range(MOST_TURNS - 7)):
        budget.spend(value)
    with pytest.raises(TooMuchError, match="more than 10000 turns of its loops and filters"):
        budget.spend(None)


def test_each_text_has_a_budget_of_its_own() -> None:
    text = "{% for i in range(9000) %}{% endfor %}{{ a }}"
    assert [fill(text, {"a": "b"}) for _ in range(3)] == ["b", "b", "b"]


def test_what_comes_one_by_one_is_counted_one_by_one() -> None:
    sandbox = Sandbox()
    template = sandbox.from_string("{{ ([big] * 5000) | map('upper') | list | length }}")
    with pytest.raises(TooMuchError):
        template.render({"big": "a" * 10_000, Budget.KEY: Budget()})


def test_what_is_counted_changes_nothing_that_is_said() -> None:
    plain = Sandbox().overlay()
    text = "{% for a in b %}{{ loop.index }}{{ a }}{{ ',' if not loop.last }}{% else %}none{% endfor %}"
    assert plain.from_string(text).render({"b": ["x", "y"], Budget.KEY: Budget()}) == "1x,2y"
    assert fill(text, {"b": ["x", "y"]}) == "1x,2y"
    assert fill(text, {"b": []}) == "none"


@pytest.mark.parametrize("method", sorted(METHODS))
def test_every_method_that_may_be_called_can_be_called(method: str) -> None:
    argument = "'a'" if method in ("get", "startswith", "endswith") else ""
    text = f"{{{{ value.{method}({argument}) }}}}"
    read(text)
    value = {"a": "b"} if method in ("get", "items", "keys", "values") else "ab"
    said = {
        "get": "b",
        "items": '[["a", "b"]]',
        "keys": '["a"]',
        "values": '["b"]',
        "endswith": "false",
        "startswith": "true",
        "split": '["ab"]',
        "title": "Ab",
        "upper": "AB",
    }
    assert fill(text, {"value": value}) == said.get(method, "ab")


def test_nothing_can_be_changed() -> None:
    values = {"rows": [1], "row": {"a": 1}}
    assert fill("{{ rows.append(2) }}{{ row.clear() }}{{ row.update({'b': 1}) }}", values) == ""
    assert values == {"rows": [1], "row": {"a": 1}}


def test_texts_put_together_are_put_together_by_a_filter() -> None:
    tree = Sandbox().parse("{{ a ~ b }}")
    assert tree.find(nodes.Concat) is not None
    assert "str_join((" not in str(Sandbox().compile(tree, raw=True))

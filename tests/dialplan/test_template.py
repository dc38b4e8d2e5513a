"""Texts with gaps."""

import time

import pytest

from appliance.dialplan import template
from appliance.dialplan.template import Reading, Value, fill, read
from appliance.errors import EngineError

VALUES: dict[str, Value] = {
    "name": "Ann",
    "order": "4711",
    "row": {"state": "here", "items": [{"name": "a shoe"}, {"name": "a hat"}]},
    "count": 3,
    "weight": 2.0,
    "late": True,
    "nothing": None,
}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("Hello {{ name }}.", "Hello Ann."),
        ("{{name}}{{ name }}", "AnnAnn"),
        ("It is {{ row.state }}, {{ row['state'] }}.", "It is here, here."),
        ("{{ row.items[1].name }}", "a hat"),
        ("Order {{ order | digits }}.", "Order 4, 7, 1, 1."),
        ("{{ count }} of {{ weight }} are {{ late }}", "3 of 2 are true"),
        ("{% for one in row.items %}{{ one.name }}{{ ' and ' if not loop.last }}{% endfor %}", "a shoe and a hat"),
        ("{% if count > 2 %}many{% else %}few{% endif %}", "many"),
        ("{% set there = row.state %}{{ there | upper }} {# not said #}", "HERE "),
        ("{{ name ~ '-' ~ count ~ unheard }}", "Ann-3"),
        ("{{ row.keys() | join(' and ') }}; {{ name.upper() }}", "state and items; ANN"),
        ("{{ row }}", '{"state": "here", "items": [{"name": "a shoe"}, {"name": "a hat"}]}'),
        ('Answer with {"name": "...", "more": {"a": []}}.\n', 'Answer with {"name": "...", "more": {"a": []}}.\n'),
        ("{{ '{name}' }} {% raw %}{{ name }}{% endraw %}", "{name} {{ name }}"),
        ("", ""),
    ],
)
def test_gaps_are_filled(text: str, filled: str) -> None:
    read(text)
    assert fill(text, VALUES) == filled


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{{ unheard }} of", " of"),
        ("{{ unheard.of.it[0] }}{{ row.nothing }}{{ name.x }}{{ row.items[9].name }}", ""),
        ("{{ nothing }}{{ unheard | digits }}{{ unheard | upper }}{{ unheard | join }}", ""),
        ("{{ unheard + 1 }} {{ 'a' + unheard }} {{ unheard * 2 }}", "1 a "),
        ("{% if unheard > 3 %}more{% else %}not more{% endif %}", "not more"),
        ("{% for one in unheard %}one{% else %}none{% endfor %}", "none"),
        ("{{ unheard | default('nothing yet') }}", "nothing yet"),
    ],
)
def test_what_is_not_known_is_left_out(text: str, filled: str) -> None:
    read(text)
    assert fill(text, VALUES) == filled


def test_what_a_text_has_gaps_for_is_known_before_any_call() -> None:
    assert read("Hello.") == Reading()
    text = "{{ a }}{{ b | digits }}{{ c.d[0].e }}{% for f in g.h %}{{ f.i }}{% endfor %}{{ j[k].l }}{{ m.items() }}"
    assert read(text) == Reading(
        names=frozenset("abcgjkm"),
        paths=(("a",), ("b",), ("c", "d", 0, "e"), ("g", "h"), ("j",), ("k",), ("m",)),
        spoken=frozenset("a"),
    )


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("{order}", "'{order}' is not filled, expected {{ order }}"),
        ("{ row.state }", "'{ row.state }' is not filled, expected {{ row.state }}"),
        ("{order:digits}", "'{order:digits}' is not filled, expected {{ order | digits }}"),
        ("{{ name", "is no template: unexpected end of template, expected 'end of print statement'"),
        ("{{ name }", "is no template: unexpected '}', expected text such as Hello {{ name }}"),
        ("{{ }}", "is no template: expected an expression, got 'end of print statement'"),
        ("a\nb {{ x y }}", "is no template: expected token 'end of print statement', got 'y' (line 2 of the text)"),
        ("{% if x %}", "is no template: {% if %} is not closed, expected {% endif %}"),
        ("{% frob %}", "is no template: encountered unknown tag 'frob', expected text such as Hello {{ name }}"),
        ("{# x", "is no template: missing end of comment tag, expected text such as Hello {{ name }}"),
        ("{{ x | digit }}", "unknown filter 'digit', did you mean 'digits'?"),
        ("{{ x | map('uper') | list }}", "unknown filter 'uper', did you mean 'upper'?"),
        ("{{ x | selectattr('y', 'definde') | list }}", "unknown test 'definde', did you mean 'defined'?"),
        ("{{ x is definde }}", "unknown test 'definde', did you mean 'defined'?"),
        ("{{ x.uper() }}", "unknown method 'uper', did you mean 'upper'?"),
        (
            "{{ greet(x) }}",
            "greet() cannot be called, expected range() or a filter such as {{ name | upper }}",
        ),
        (
            "{{ x[0](1) }}",
            "this cannot be called, expected range() or a filter such as {{ name | upper }}",
        ),
        ("{% macro a() %}{% endmacro %}", "{% macro %} is left out here, expected if, for, set and expressions"),
        ("{% include 'x' %}", "{% include %} is left out here, expected if, for, set and expressions"),
        (
            "{% set a %}b{% endset %}",
            "{% set %} with {% endset %} is left out here, expected if, for, set and expressions",
        ),
        ("{{ 2 ** 3 }}", "** is left out here, expected if, for, set and expressions"),
        ("{% set a, b = 1, 2 %}", "{% set %} of more than one variable, expected one name"),
        ("{% for a in b recursive %}{% endfor %}", "a loop that is recursive, expected a plain one"),
        ("{{ " + "[" * 70 + "]" * 70 + " }}", "is more than 60 levels deep, expected fewer"),
        ("{{ a }}" * 1001, "has 1001 gaps, expected at most 1000"),
        ("{{ " + "(" * 5000 + "1", "is no template that can be read, expected one that is not so deep"),
    ],
)
def test_what_is_not_written_as_it_should_be_is_refused(text: str, refused: str) -> None:
    with pytest.raises(ValueError, match=r".") as error:
        read(text)
    assert str(error.value) == refused


@pytest.mark.parametrize(
    ("text", "is_plain"),
    [
        ("Hello {{ name }}.", True),
        ("{{name}}{{ order.items.first | digits|upper }} }} {{ a_1 }}{{ name }}", True),
        ("{{ none }}", False),
        ("{{ range }}", False),
        ("{{ name | nothing }}", False),
        ("{{ a[0] }}", False),
        ("{{ a.0 }}", False),
        ("{{- a -}}", False),
        ("{{ größe }}", False),
        ('{"a": {{ a }}}', False),
        ("{{ a }}{# no #}", False),
        ("{% raw %}{{ a }}{% endraw %}", False),
        ("{{ a }} {b}", False),
        ("{{{ a }}}", False),
    ],
)
def test_plain_texts_are_read_the_quick_way_with_the_same_result(text: str, is_plain: bool) -> None:
    quickly = template._read_plain(text)
    assert (quickly is not None) is is_plain
    if quickly is not None:
        assert quickly == template._read_any(text)


@pytest.mark.parametrize(("gaps", "is_ready"), [(16, False), (17, True)])
def test_a_text_with_many_gaps_is_ready_before_the_first_call(gaps: int, is_ready: bool) -> None:
    template._compiled.cache_clear()
    template._read.cache_clear()
    read("{{ a }}" * gaps)
    assert template._compiled.cache_info().currsize == is_ready


def test_a_value_is_never_read_as_a_template_itself() -> None:
    assert fill("{{ a }}", {"a": "{{ b }}", "b": "secret"}) == "{{ b }}"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{{ 'a' * 1000000000 }}", ": more than 100000 characters by *."),
        ("{{ [1] * 1000000000 }}", ": more than 100000 characters by *."),
        ("{{ 9" + "9" * 99 + " * 9" + "9" * 99 + " }}", ": more than 100000 characters by *."),
        ("{{ '%1000000000d' % 1 }}", ": % of a text."),
        ("{{ 'a' | replace('', 'b' * 100000) }}", ": more than 100000 characters."),
        ("{% set a = 'ab' %}" + "{% set a = a ~ a %}" * 40, ": more than 100000 characters."),
        ("{% set a = 'ab' %}" + "{% set a = a + a %}" * 40, ": more than 100000 characters by +."),
        ("{% for i in range(100000) %}{% endfor %}", ": more than 10000 turns of its loops and filters."),
        ("{% for i in range(100000000) %}{% endfor %}", " (OverflowError)."),
        ("{{ [range(90000)] * 1000 }}", ": more than 100000 values."),
        (
            "{% for i in range(5000) %}{% for j in range(5000) %}{% endfor %}{% endfor %}",
            ": more than 10000 turns of its loops and filters.",
        ),
        ("{{ range(100000) | list }}", ": more than 10000 turns of its loops and filters."),
        ("{% for i in range(9000) %}{{ name }} and so on for ever{% endfor %}", ": more than 100000 characters."),
        ("{{ 1 / 0 }}", " (ZeroDivisionError)."),
        ("{{ name + 1 }}", " (TypeError)."),
    ],
)
def test_a_text_that_cannot_be_filled_is_an_engines_error_and_costs_little(text: str, why: str) -> None:
    read(text)
    began = time.process_time()
    with pytest.raises(EngineError) as failed:
        fill(text, VALUES)
    assert str(failed.value) == f"The text {text if len(text) <= 60 else text[:60] + '...'!r} cannot be filled{why}"
    assert time.process_time() - began < 5


@pytest.mark.parametrize("attribute", ["__class__", "__init__.__globals__", "format", "encode", "_x"])
def test_nothing_of_the_program_can_be_reached(attribute: str) -> None:
    assert fill(f"{{{{ name.{attribute} }}}}{{{{ row.{attribute} }}}}{{{{ unheard.{attribute} }}}}", VALUES) == ""
    assert fill(f"{{{{ name['{attribute}'] }}}}{{{{ [name] | map(attribute='{attribute}') | join }}}}", VALUES) == ""

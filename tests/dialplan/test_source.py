"""YAML as text, with lines."""

from pathlib import Path

import pytest
import yaml

from appliance.dialplan import source as reading
from appliance.dialplan.source import Source
from tests.dialplan.stories import EXAMPLES

FILE = Path("a.yaml")


def read(text: str) -> Source:
    return Source(FILE, text)


def test_every_scalar_stays_the_text_that_was_written() -> None:
    text = "a: +15551234567\nb: yes\nc: 0123\nd: 1.50\ne: null\nf: ~\ng: 2026-11-20\nh: 12:30\ni:\nj: ''\nk: 0x1f\n"
    assert read(text).data == {
        "a": "+15551234567",
        "b": "yes",
        "c": "0123",
        "d": "1.50",
        "e": "null",
        "f": "~",
        "g": "2026-11-20",
        "h": "12:30",
        "i": None,
        "j": "",
        "k": "0x1f",
    }


def test_keys_are_text_too_and_keep_their_order() -> None:
    assert list(read("no: 1\nyes: 2\n007: 3\n").data) == ["no", "yes", "007"]


def test_each_key_and_item_knows_its_line() -> None:
    source = read("a:\n  b: 1\n  c:\n    - x\n\n    - y\n")
    places = [("a",), ("a", "b"), ("a", "c", 0), ("a", "c", 1), ("a", "d"), ("z",), ()]
    assert [source.line(place) for place in places] == [1, 2, 4, 6, 1, 1, 1]


def test_an_empty_file_has_no_data_and_no_problem() -> None:
    assert (read("").data, read("# nothing\n").data, read("").problems) == (None, None, [])


@pytest.mark.parametrize(
    "text", ["a: &x 1\nb: 2\n", "a: *x\n", "a: &x [1]\nb: [*x, *x]\n", "x: &x {<<: *x}\n", "- &a [*a]\n", "*: 1\n"]
)
def test_anchors_and_aliases_are_refused_so_that_nothing_grows_without_bounds(text: str) -> None:
    assert [problem.what for problem in read(text).problems] == [
        'an unquoted * or & at the start of a value, expected it in quotes, such as "*"'
    ]


def test_a_key_that_is_no_text_is_refused() -> None:
    assert [str(problem) for problem in read("a:\n  [b]: 1\n").problems] == [
        "a.yaml:2: a: a key that is a list or mapping, expected text (in quotes if it begins with [ or {)"
    ]


def test_a_depth_that_no_dialplan_has_is_refused_and_not_a_crash() -> None:
    problems = read("[" * 5000).problems
    assert [problem.what for problem in problems] == [
        "cannot be read as YAML, expected text without control codes and not so deep"
    ]


def test_control_codes_are_refused() -> None:
    assert [str(problem) for problem in read("a: \x07\n").problems] == [
        "a.yaml:1: cannot be read as YAML, expected text without control codes and not so deep"
    ]


def test_two_documents_in_a_file_are_refused() -> None:
    assert [str(problem) for problem in read("a: 1\n---\nb: 2\n").problems] == [
        "a.yaml:2: a second document, expected one dialplan in a file"
    ]


def test_tags_have_no_effect() -> None:
    assert read("a: !!int 5\nb: !!python/object:os.system {}\n").data == {"a": "5", "b": {}}


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.yaml")), ids=lambda file: file.stem)
def test_it_is_read_the_same_where_the_fast_parser_is_missing(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = file.read_text()
    fast = read(text)
    monkeypatch.setattr(reading, "_LOADERS", (yaml.SafeLoader,))
    slow = read(text)
    assert (slow.data, slow._lines) == (fast.data, fast._lines)


def test_every_problem_of_keys_is_told() -> None:
    found = read("a:\n  b: 1\n? [x]\n: {c: 2}\na:\n\n  b: 3\n")
    assert [str(problem) for problem in found.problems] == [
        "a.yaml:3: a key that is a list or mapping, expected text (in quotes if it begins with [ or {)",
        "a.yaml:5: a: is written twice (first in line 1), expected each key once",
    ]


GAP = 'a text with {{ or {% that is not in quotes, expected quotes, such as "{{ order }}"'


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: {{ order }}", f"a.yaml:1: a: {GAP}"),
        ("a: {{ order | digits }}", f"a.yaml:1: a: {GAP}"),
        ("a:\n  b:\n  - {{ order }}", f"a.yaml:3: a.b[1]: {GAP}"),
        ("a: {say: {{ order }}, next: b}", f"a.yaml:1: a.say: {GAP}"),
        ("a: [{{ order }}, b]", f"a.yaml:1: a[1]: {GAP}"),
        ("a: {{ order }} it is\nb: c", f"a.yaml:1: {GAP}"),
        ("a: {{ order[0] }}", f"a.yaml:1: {GAP}"),
        ("a: {say: It is {{ order }}., next: b}", f"a.yaml:1: {GAP}"),
        ("a: {% if b %}c{% endif %}", f"a.yaml:1: {GAP}"),
        ("a: {# nothing #}", f"a.yaml:1: {GAP}"),
    ],
)
def test_a_gap_that_lacks_its_quotes_is_told_once_and_as_what_it_is(text: str, problem: str) -> None:
    assert [str(one) for one in read(f"{text}\n").problems] == [problem]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (
            'a: "{{ order }}"\nb: c: d',
            "a.yaml:2: a colon inside a text, expected the text in quotes, or this line is indented too far",
        ),
        (
            "a: It is {{ order }}\nb: c: d",
            "a.yaml:2: a colon inside a text, expected the text in quotes, or this line is indented too far",
        ),
        ("a: 'x\nb: {{ order }}'\nc: *d", "an unquoted * or &"),
    ],
)
def test_another_mistake_beside_a_gap_is_told_as_what_it_is(text: str, what: str) -> None:
    (problem,) = read(text).problems
    assert what in str(problem)


@pytest.mark.parametrize(
    "text", ['"{{ order }}"', "It is {{ order }}.", "|\n  {{ order }}\n  {% if a %}b{% endif %}", "'{# nothing #}'"]
)
def test_a_gap_within_a_text_or_in_quotes_is_text(text: str) -> None:
    found = read(f"a: {text}\n")
    assert found.problems == []
    assert found.data["a"].strip(" \n\"'") == yaml.safe_load(f"a: {text}\n")["a"].strip()

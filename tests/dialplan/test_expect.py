"""What a question waits for: grammar and answers."""

from pathlib import Path

import pytest

from appliance.dialplan import MORE, Answer, Expectation, load_dialplans
from appliance.dialplan.phrases import expansions
from tests.dialplan.stories import EXAMPLES, ask

ANYWHERE = 'anywhere: {person: {say: "a person [please]", keys: "0", next: end}}'
TABLE = 'functions: {orders: {table: {"4711": x, "2580": y, "0815": z}}}'


def expectation(tmp_path: Path, step: str, top: str = "") -> Expectation:
    return ask(tmp_path, step, top).expectations["q"]


def test_the_grammar_has_every_answer_in_lower_case(tmp_path: Path) -> None:
    step = 'expect: {hours: {say: ["[your] Opening Hours", When are you OPEN], keys: "1"}, key: {keys: "2"}}'
    assert expectation(tmp_path, step, ANYWHERE).grammar() == (
        "#JSGF V1.0;\n"
        "grammar expected;\n"
        "public <expected> = [um | uh | well] (<answer0> | <answer2>) [please];\n"
        "<answer0> = opening hours | your opening hours | when are you open;\n"
        "<answer2> = a person | a person please;\n"
    )


def test_the_grammar_of_numbers_lists_exactly_those_there_are(tmp_path: Path) -> None:
    grammar = expectation(tmp_path, "digits: {from: orders}", TABLE).grammar()
    assert grammar.splitlines()[-1] == (
        "<digits> = (zero | oh) eight one five | (zero | oh) eight fifteen | two five eight (zero | oh) | "
        "twenty five eighty | four seven one one | four seven double one | forty seven eleven;"
    )


def test_a_question_that_takes_only_keys_has_no_grammar(tmp_path: Path) -> None:
    assert expectation(tmp_path, 'expect: {a: {keys: "1"}}').grammar() == ""


@pytest.mark.parametrize(
    ("text", "name", "complete"),
    [
        ("opening hours", "hours", True),
        ("Your opening hours, please.", "hours", True),
        ("um, when are you open", "hours", True),
        ("Yes, please.", "yes", True),
        ("no thank you", "no", True),
        ("no, that's wrong", "no", True),
        ("A PERSON PLEASE", "person", True),
        ("4711", "digits", True),
        ("47 11", "digits", True),
        ("forty seven eleven", "digits", True),
        ("it's oh eight fifteen", "digits", False),
        ("My number is 2580!", "digits", False),
    ],
)
def test_transcripts_of_any_recogniser_are_answers(tmp_path: Path, text: str, name: str, complete: bool) -> None:
    step = 'expect: {hours: {say: ["[your] opening hours", when are you open]}}, yes_no: {yes: end, no: q}, '
    answer = expectation(tmp_path, step + "digits: {from: orders}", f"{ANYWHERE}\n{TABLE}").interpret(text)
    assert answer is not None
    assert (answer.name, answer.complete) == (name, complete)


@pytest.mark.parametrize("text", ["", "...", "hello", "yes no", "4712", "I know", "person a", "opening"])
def test_what_is_no_answer_is_none(tmp_path: Path, text: str) -> None:
    step = "expect: {hours: {say: opening hours}}, yes_no: {yes: end, no: q}, digits: {from: orders}"
    assert expectation(tmp_path, step, f"{ANYWHERE}\n{TABLE}").interpret(text) is None


def test_the_first_part_of_a_number_is_known_as_one(tmp_path: Path) -> None:
    digits = expectation(tmp_path, "digits: {length: 4}")
    assert [digits.is_begun(text) for text in ("um four seven", "Four, seven.", "four seven one one", "yes")] == [
        True, True, False, False
    ]  # fmt: skip
    assert not expectation(tmp_path, "yes_no: {yes: end, no: end}").is_begun("four")


def test_an_answer_says_where_it_leads_and_what_it_sets(tmp_path: Path) -> None:
    step = 'expect: {a: {say: of course, next: q, set: {x: "1"}}, b: {say: by no means}}, digits: {length: 2}'
    found = expectation(tmp_path, step)
    assert [found.interpret(text) for text in ("of course", "by no means", "one two")] == [
        Answer("a", "a", "q", {"x": "1"}),
        Answer("b", "b", "end"),
        Answer("digits", "12", "end"),
    ]


def test_an_answer_that_may_still_become_another_is_not_complete(tmp_path: Path) -> None:
    step = "expect: {a: {say: the morning}, b: {say: the morning after}, c: {say: [good, good grief]}}"
    found = expectation(tmp_path, step)
    answers = [found.interpret(text) for text in ("the morning", "the morning after", "good")]
    assert [answer and (answer.name, answer.complete) for answer in answers] == [("a", False), ("b", True), ("c", True)]


def test_numbers_in_phrases_are_heard_as_words_and_as_digits(tmp_path: Path) -> None:
    found = expectation(tmp_path, "expect: {all_day: {say: open 24 hours}}")
    assert "<answer0> = open twenty four hours;" in found.grammar()
    assert (
        found.interpret("Open 24 hours.")
        == found.interpret("open twenty four hours")
        == Answer("all_day", "all_day", "end")
    )


@pytest.mark.parametrize(
    ("pressed", "complete", "name"),
    [
        ("1", False, "yes"),
        ("2", False, MORE),
        ("2", True, "no"),
        ("25", False, MORE),
        ("2580", False, "digits"),
        ("2580#", False, "digits"),
        ("25#", False, None),
        ("0", False, MORE),
        ("0", True, "person"),
        ("0815", False, "digits"),
        ("7", False, None),
        ("*", False, MORE),
        ("*9", False, "service"),
        ("#", False, None),
        ("", False, MORE),
    ],
)
def test_keys_are_an_answer_the_beginning_of_one_or_none(
    tmp_path: Path, pressed: str, complete: bool, name: object
) -> None:
    step = 'yes_no: {yes: end, no: q}, expect: {service: {keys: "*9"}}, digits: {from: orders}'
    found = expectation(tmp_path, step, f"{ANYWHERE}\n{TABLE}").interpret_keys(pressed, complete=complete)
    assert (found.name if isinstance(found, Answer) else found) == name


def test_the_end_key_ends_a_row_of_any_length(tmp_path: Path) -> None:
    found = expectation(tmp_path, 'digits: {min: 2, max: 6, end_key: "*"}')
    assert found.interpret_keys("123") is MORE
    assert found.interpret_keys("123*") == found.interpret_keys("123", complete=True) == Answer("digits", "123", "end")
    assert found.interpret_keys("1*") is None


def spoken(grammar: str) -> list[str]:
    """Every sentence of a grammar, by the rules of phrases, which are a part of JSGF."""
    rules = [line.partition(" = ")[2].rstrip(";") for line in grammar.splitlines()[3:]]
    return [" ".join(words) for rule in rules for words in expansions(rule)]


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.yaml")), ids=lambda file: file.stem)
def test_every_sentence_of_every_grammar_of_the_examples_is_an_answer(file: Path) -> None:
    for loaded in load_dialplans(file).plans:
        for step, found in loaded.expectations.items():
            sentences = spoken(found.grammar())
            assert sentences
            assert [text for text in sentences if not found.interpret(text)] == [], step
            assert {word for text in sentences for word in text.split()} <= found.words

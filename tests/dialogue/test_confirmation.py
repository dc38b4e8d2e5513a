"""Answers that are said back before they count, as a caller hears it."""

from pathlib import Path

import pytest

from appliance.dialogue.base import TurnKind
from appliance.dialogue.confirmation import MOST_UNCLEAR
from appliance.dialplan import load_dialplan
from tests.dialogue.test_scripted import Conversation
from tests.dialplan.stories import loaded

PLAN = """\
name: Story
numbers: ["*"]
anywhere: {person: {say: a person please, keys: "0", next: person}}
steps:
  order:
    ask: Which order?
    digits: {length: 4}
    expect: {none: {say: i have none, keys: "#", next: bye}}
    save_as: order
    confirm: Order {{ order | digits }}. Is that right?
    tries: 3
    otherwise: person
    next: done
  done: {hang_up: "Order {{ order }} it is."}
  bye: {hang_up: Bye.}
  person: {hang_up: A person.}
"""
QUESTION = "Order 4, 7, 1, 1. Is that right?"
UNCLEAR = "Please say yes or no, or press 1 for yes and 2 for no."


@pytest.fixture
async def talk(tmp_path: Path) -> Conversation:
    conversation = Conversation(loaded(tmp_path, PLAN))
    assert await conversation.turn(TurnKind.GREETING) == ["Which order?"]
    return conversation


async def answered(talk: Conversation, text: str = "four seven one one") -> None:
    assert await talk.turn(TurnKind.SPEECH, text) == [QUESTION]


@pytest.mark.parametrize(("kind", "text"), [(TurnKind.SPEECH, "yes that is right"), (TurnKind.KEYS, "1")])
async def test_after_a_yes_the_answer_counts(talk: Conversation, kind: TurnKind, text: str) -> None:
    await answered(talk)
    assert (await talk.turn(kind, text))[0] == "Order 4711 it is."


@pytest.mark.parametrize(("kind", "text"), [(TurnKind.SPEECH, "no"), (TurnKind.KEYS, "2")])
async def test_after_a_no_the_question_comes_again(talk: Conversation, kind: TurnKind, text: str) -> None:
    await answered(talk)
    assert await talk.turn(kind, text) == ["Which order?"]
    assert await talk.turn(TurnKind.SPEECH, "two five eight zero") == ["Order 2, 5, 8, 0. Is that right?"]
    assert (await talk.turn(TurnKind.SPEECH, "yes"))[0] == "Order 2580 it is."


async def test_each_no_is_a_try(talk: Conversation) -> None:
    for _ in range(2):
        await answered(talk)
        assert await talk.turn(TurnKind.SPEECH, "no") == ["Which order?"]
    await answered(talk)
    assert (await talk.turn(TurnKind.SPEECH, "no"))[0] == "A person."


async def test_who_says_neither_is_asked_again_and_then_it_was_a_no(talk: Conversation) -> None:
    await answered(talk)
    assert await talk.turn(TurnKind.NO_MATCH) == [UNCLEAR]
    assert await talk.turn(TurnKind.NO_INPUT) == [QUESTION]
    assert MOST_UNCLEAR == 3
    assert await talk.turn(TurnKind.SPEECH, "perhaps") == ["Which order?"]


async def test_what_may_be_said_anywhere_is_neither_confirmed_nor_kept_from_the_caller(talk: Conversation) -> None:
    await answered(talk)
    assert (await talk.turn(TurnKind.SPEECH, "a person please"))[0] == "A person."


async def test_an_answer_by_name_is_confirmed_too(talk: Conversation) -> None:
    assert await talk.turn(TurnKind.SPEECH, "i have none") == ["Order none. Is that right?"]
    assert (await talk.turn(TurnKind.SPEECH, "yes"))[0] == "Bye."


async def test_only_yes_and_no_are_listened_for(talk: Conversation) -> None:
    await answered(talk)
    assert talk.expectation is not None
    assert talk.expectation.grammar is not None
    assert "yes please" in talk.expectation.grammar
    assert "i have none" not in talk.expectation.grammar


def test_what_may_be_said_anywhere_must_be_neither_yes_nor_no(tmp_path: Path) -> None:
    file = tmp_path / "story.yaml"
    file.write_text(PLAN.replace('keys: "0"', 'keys: "2"'))
    problems = load_dialplan(file)
    assert isinstance(problems, list)
    assert [str(problem).partition(": ")[2] for problem in problems] == [
        "anywhere.person.keys: '2' is also the key for 'no', expected another"
    ]


async def test_a_line_that_was_lost_hears_the_question_from_the_start(talk: Conversation) -> None:
    await answered(talk)
    assert (await talk.turn(TurnKind.RESUMED))[-1] == "Which order?"
    await answered(talk)

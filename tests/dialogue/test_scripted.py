from pathlib import Path
from typing import Any

import pytest

from appliance.dialogue.base import CallFunction, End, Expect, PassOn, Say, Turn, TurnKind
from appliance.dialogue.expectations import AskExpectation
from appliance.dialogue.scripted import ScriptedDialogue
from appliance.dialplan import Transfer, load_dialplan
from appliance.dialplan.loaded import LoadedDialplan
from appliance.errors import EngineError
from appliance.frames import LLMContext

RECEPTION = Path(__file__).parents[2] / "dialplans" / "reception.yaml"

PLAN = """
name: test
numbers: ["+15555550100"]
greeting: Hello.
fallback: {say: Sorry., transfer: "+15555550199"}
functions:
  stock:
    table: {"12": {left: three}, "34": {left: none}}
variables: {shop: Smith}
steps:
  item:
    ask: Which item at {{ shop }}?
    digits: {from: stock}
    save_as: item
    no_input: I hear nothing.
    no_match: No such item.
    tries: 2
    otherwise: person
    next: look
  look:
    call: stock
    with: {number: "{{ item }}"}
    save_as: found
    found: size
    not_found: person
  size:
    branch: "{{ found.left }}"
    when: {none: none_left}
    otherwise: left
  none_left:
    set: {shop: Jones}
    next: item
  left:
    say: There are {{ found.left }}.
    next: bye
  bye:
    hang_up: Bye.
  person:
    transfer: {to: "+15555550111", say: One moment.}
"""


@pytest.fixture
def loaded(tmp_path: Path) -> LoadedDialplan:
    file = tmp_path / "plan.yaml"
    file.write_text(PLAN)
    loaded = load_dialplan(file)
    assert isinstance(loaded, LoadedDialplan), loaded
    return loaded


class Conversation:
    """Plays turns, and gives back what came out: texts, calls and ends."""

    def __init__(self, loaded: LoadedDialplan) -> None:
        self.loaded = loaded
        self.dialogue = ScriptedDialogue(loaded.plan, loaded.expectations, caller="+1", called="+2")
        self.expectation: AskExpectation | None = None

    async def turn(self, kind: TurnKind, text: str = "") -> list[Any]:
        outputs: list[Any] = []
        generator = self.dialogue.reply(Turn(kind, LLMContext(), text))
        result: Any = None
        while True:
            try:
                output = await generator.asend(result)
            except StopAsyncIteration:
                return outputs
            result = None
            match output:
                case Say():
                    outputs.append(output.text.strip())
                case Expect():
                    self.expectation = output.expectation  # type: ignore[assignment]
                case CallFunction():
                    outputs.append((output.name, dict(output.arguments)))
                    table = self.loaded.plan.functions[output.name].table or {}
                    result = table.get(output.arguments["number"])
                case End() | PassOn():
                    outputs.append(output)


@pytest.fixture
def talk(loaded: LoadedDialplan) -> Conversation:
    return Conversation(loaded)


async def test_the_greeting_leads_to_the_first_question(talk: Conversation) -> None:
    assert await talk.turn(TurnKind.GREETING) == ["Hello.", "Which item at Smith?"]


async def test_an_answer_is_looked_up_and_read_out(talk: Conversation) -> None:
    await talk.turn(TurnKind.GREETING)
    assert await talk.turn(TurnKind.SPEECH, "one two") == [
        ("stock", {"number": "12"}),
        "There are three.",
        "Bye.",
        End("completed"),
    ]


async def test_keys_answer_as_well(talk: Conversation) -> None:
    await talk.turn(TurnKind.GREETING)
    assert (await talk.turn(TurnKind.KEYS, "12"))[0] == ("stock", {"number": "12"})


async def test_another_answer_takes_another_way(talk: Conversation) -> None:
    await talk.turn(TurnKind.GREETING)
    assert await talk.turn(TurnKind.SPEECH, "three four") == [("stock", {"number": "34"}), "Which item at Jones?"]


async def test_what_is_not_understood_is_asked_again_and_then_a_human_takes_over(talk: Conversation) -> None:
    await talk.turn(TurnKind.GREETING)
    assert await talk.turn(TurnKind.NO_MATCH) == ["No such item."]
    assert await talk.turn(TurnKind.NO_INPUT) == ["One moment.", PassOn(Transfer("+15555550111"))]


async def test_a_caller_whom_nobody_took_is_told_and_asked_again(talk: Conversation) -> None:
    await talk.turn(TurnKind.GREETING)
    await talk.turn(TurnKind.NO_MATCH)
    await talk.turn(TurnKind.NO_INPUT)
    assert await talk.turn(TurnKind.NOT_TAKEN) == ["I am sorry, nobody could take your call.", "Which item at Smith?"]


async def test_silence_has_its_own_words(talk: Conversation) -> None:
    await talk.turn(TurnKind.GREETING)
    assert await talk.turn(TurnKind.NO_INPUT) == ["I hear nothing."]


async def test_a_bot_that_is_to_go_on_asks_the_open_question_again_and_counts_no_try(talk: Conversation) -> None:
    await talk.turn(TurnKind.GREETING)
    for _ in range(3):
        assert await talk.turn(TurnKind.CONTINUE) == ["Which item at Smith?"]
    assert await talk.turn(TurnKind.NO_MATCH) == ["No such item."]


async def test_a_bot_that_is_to_go_on_before_its_first_question_begins_with_it(talk: Conversation) -> None:
    assert await talk.turn(TurnKind.CONTINUE) == ["Which item at Smith?"]


async def test_a_lost_line_comes_back_to_the_open_question(talk: Conversation) -> None:
    await talk.turn(TurnKind.GREETING)
    assert await talk.turn(TurnKind.RESUMED) == ["Sorry, we were cut off.", "Which item at Smith?"]


async def test_an_engine_that_fails_once_costs_a_question_twice_the_bot(talk: Conversation) -> None:
    await talk.turn(TurnKind.GREETING)
    assert await talk.turn(TurnKind.ENGINE_FAILED, "stt") == [
        "Sorry, something went wrong on our side.",
        "Which item at Smith?",
    ]
    assert await talk.turn(TurnKind.ENGINE_FAILED, "stt") == [End("engine failed", "+15555550199", apology=True)]


async def test_without_a_voice_the_carrier_apologises(talk: Conversation) -> None:
    await talk.turn(TurnKind.GREETING)
    assert await talk.turn(TurnKind.ENGINE_FAILED, "tts") == [End("engine failed", "+15555550199", apology=True)]


async def test_the_expectation_knows_complete_answers_and_keys(talk: Conversation) -> None:
    await talk.turn(TurnKind.GREETING)
    expectation = talk.expectation
    assert expectation is not None
    assert [expectation.is_complete(text) for text in ("one two", "one", "hello")] == [True, False, False]
    assert [expectation.keys_complete(keys) for keys in ("1", "12")] == [False, True]
    assert expectation.grammar is not None
    assert expectation.grammar.startswith("#JSGF V1.0;")


async def test_nothing_is_said_once_the_call_is_to_end(talk: Conversation) -> None:
    await talk.turn(TurnKind.GREETING)
    await talk.turn(TurnKind.SPEECH, "one two")
    assert await talk.turn(TurnKind.SPEECH, "one two") == []


async def test_the_record_knows_the_way_and_what_was_collected(talk: Conversation) -> None:
    await talk.turn(TurnKind.GREETING)
    await talk.turn(TurnKind.SPEECH, "one two")
    assert talk.dialogue.facts() == {
        "steps": ["item", "look", "size", "left", "bye"],
        "variables": {"shop": "Smith", "item": "12", "found": {"left": "three"}},
        "metadata": {},
    }


async def test_the_reception_reads_back_and_finds_the_order() -> None:
    loaded = load_dialplan(RECEPTION)
    assert isinstance(loaded, LoadedDialplan)
    talk = Conversation(loaded)
    await talk.turn(TurnKind.GREETING)
    assert await talk.turn(TurnKind.SPEECH, "order status") == [
        "What is your order number? Say it digit by digit, or key it in."
    ]
    assert await talk.turn(TurnKind.KEYS, "4711") == ["Order 4, 7, 1, 1. Is that right?"]
    assert await talk.turn(TurnKind.SPEECH, "Yes.") == [
        ("order_status", {"number": "4711"}),
        "Your order was shipped yesterday. It arrives tomorrow.",
        "Can I do anything else for you?",
    ]


async def test_a_language_models_step_without_a_model_is_an_engine_that_fails(tmp_path: Path) -> None:
    text = 'name: A\nnumbers: ["*"]\nsteps:\n  talk: {llm: Be Ann., may: hang_up, otherwise: talk}\n'
    (tmp_path / "a.yaml").write_text(text)
    plan = load_dialplan(tmp_path / "a.yaml")
    assert isinstance(plan, LoadedDialplan)
    dialogue = ScriptedDialogue(plan.plan, plan.expectations)
    assert dialogue.reads_context
    with pytest.raises(EngineError, match="dialplan 'A' needs a language model, and there is none"):
        await anext(dialogue.reply(Turn(TurnKind.GREETING, LLMContext())))


async def test_a_text_that_cannot_be_filled_is_an_engine_that_fails_and_says_which(tmp_path: Path) -> None:
    text = 'name: A\nnumbers: ["*"]\ngreeting: Hello.\nsteps: {end: {hang_up: "You called {{ called / 2 }}."}}\n'
    (tmp_path / "a.yaml").write_text(text)
    plan = load_dialplan(tmp_path / "a.yaml")
    assert isinstance(plan, LoadedDialplan)
    reply = ScriptedDialogue(plan.plan, plan.expectations, called="+2").reply(Turn(TurnKind.GREETING, LLMContext()))
    assert await anext(reply) == Say("Hello. ")
    assert await anext(reply) == Expect(None)
    with pytest.raises(EngineError, match=r"^The text .* cannot be filled \(TypeError\)\.$"):
        await anext(reply)


def test_a_dialplan_of_steps_alone_does_not_read_its_context(loaded: LoadedDialplan) -> None:
    assert not ScriptedDialogue(loaded.plan, loaded.expectations).reads_context

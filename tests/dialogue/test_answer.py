"""One answer: what is called, what comes of it, and what the context keeps of it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from appliance.dialogue import answer
from appliance.dialogue.answer import CANCELLED, GOES_ON, MOST_ROUNDS, content_of
from appliance.dialogue.base import (
    CallFunction,
    CallFunctions,
    Failed,
    FunctionFailed,
    Say,
    Serves,
    Turn,
    TurnKind,
    Used,
)
from appliance.dialogue.chat import ChatModel
from appliance.dialogue.failover_chat import BROKEN_OFF, FailoverChat
from appliance.dialogue.openai_chat import OpenAIChat
from appliance.dialogue.scripted import ScriptedDialogue
from appliance.failover import Health, Lineup, Member
from appliance.settings import LLMSettings
from tests.dialogue.conversations import PLAN, Conversation, talking
from tests.stand_ins.chat import ChatServer, breaks_off, calls, refuses, says

AGAIN = "I am sorry, could you say that again?"


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Conversation]:
    """The caller has been asked how to help."""
    async with talking(tmp_path) as conversation:
        await conversation.begin()
        yield conversation


async def test_functions_are_called_at_the_same_time_and_their_results_told(talk: Conversation) -> None:
    talk.server.will(calls(("stock", {"item": "12"}), ("weight", {"value": "12"})), says("Three, of forty grams."))
    assert await talk.says("How many are there of item 12?") == "Three, of forty grams."
    assert talk.kinds == ["CallFunctions"]
    assert talk.called == [("stock", {"item": "12"}), ("weight", {"value": "12"})]
    assert talk.results == ['{"left": "three"}', "40 grams"]


async def test_what_was_said_before_a_call_is_known_to_the_model_before_it_has_been_heard(talk: Conversation) -> None:
    talk.server.will(calls(("stock", {"item": "12"}), text="One moment."), says("Three."))
    assert await talk.says("How many?") == "One moment. Three."
    (_, _, call, _) = talk.asked
    assert call["content"] == "One moment."
    assert talk.context.messages[-3]["content"] == ""
    assert talk.context.messages[-1] == {"role": "assistant", "content": "One moment. Three."}


async def test_calls_and_results_stay_in_the_context_under_ids_of_our_own(talk: Conversation) -> None:
    talk.server.will(calls(("stock", {"item": "34"})), says("None."), says("Goodbye."))
    await talk.says("And 34?")
    await talk.says("Thanks")
    call, result = talk.asked[2:4]
    (made,) = call["tool_calls"]
    assert made == {"id": made["id"], "type": "function", "function": {"name": "stock", "arguments": '{"item": "34"}'}}
    assert made["id"].startswith("call_")
    assert result == {"role": "tool", "tool_call_id": made["id"], "content": "none"}


async def test_what_is_not_found_is_told(talk: Conversation) -> None:
    talk.server.will(calls(("stock", {"item": "99"})), says("There is none."))
    await talk.says("And 99?")
    assert talk.results == ["Nothing was found."]


async def test_a_function_that_fails_is_told_and_the_others_count(talk: Conversation) -> None:
    talk.breaks = {"stock"}
    talk.server.will(calls(("stock", {"item": "12"}), ("weight", {"value": "12"})), says("Forty grams."))
    await talk.says("How many?")
    assert talk.results == ['{"error": "it is out of order"}', "40 grams"]


MISTAKES: dict[str, tuple[tuple[str, Any], str]] = {
    "no json": (("stock", '{"item": '), "The arguments are not JSON, expected an object."),
    "no object": (("stock", "[1]"), "The arguments are a list, expected an object."),
    "unknown": (
        ("shoot", {}),
        "There is no function 'shoot', expected one of: stock, weight, refund, hang_up, transfer, done.",
    ),
    "misses one": (("stock", {}), "The argument 'item' is missing."),
    "does not fit": (
        ("refund", {"order": "1", "amount": "much"}),
        "The argument 'amount' is a text, expected a whole number.",
    ),
    "no such choice": (("transfer", {"to": "boss"}), "The argument 'to' is 'boss', expected one of: sales."),
}


@pytest.mark.parametrize(("call", "error"), MISTAKES.values(), ids=MISTAKES)
async def test_a_call_that_cannot_be_carried_out_is_explained_to_the_model(
    talk: Conversation, call: tuple[str, Any], error: str
) -> None:
    talk.server.will(calls(call), says("Sorry, which item?"))
    assert await talk.says("How many?") == "Sorry, which item?"
    assert talk.results == [content_of(FunctionFailed(error))]
    assert talk.called == []


async def test_a_model_that_calls_and_calls_is_made_to_speak(talk: Conversation) -> None:
    talk.server.will(*[calls(("stock", {"item": "12"}))] * MOST_ROUNDS, says("Three."))
    assert await talk.says("How many?") == "Three."
    choices = [request.get("tool_choice") for request in talk.server.requests]
    assert choices == [None] * MOST_ROUNDS + ["none"]


async def test_one_that_calls_on_all_the_same_has_failed(talk: Conversation) -> None:
    talk.server.usual = calls(("stock", {"item": "12"}))
    assert await talk.says("How many?") == AGAIN
    assert talk.failed == ["The language model called functions 6 times without an answer."]
    assert len(talk.server.requests) == MOST_ROUNDS + 1


async def test_no_more_than_a_few_functions_run_at_once(talk: Conversation) -> None:
    talk.server.will(calls(*[("stock", {"item": "12"})] * 10), says("Three."))
    await talk.says("How many?")
    assert len(talk.called) == 8
    assert talk.results[-2:] == ['{"error": "At most 8 functions are called at once."}'] * 2


async def test_the_end_is_called_alone(talk: Conversation) -> None:
    talk.server.will(calls(("stock", {"item": "12"}), ("hang_up", {})), says("Three."))
    assert await talk.says("How many?") == "Three."
    assert (talk.end, talk.results[0]) == (None, '{"left": "three"}')
    assert talk.results[1].startswith('{"error": "Call this alone')


async def test_of_two_questions_to_supervisors_one_is_asked(talk: Conversation) -> None:
    refund = ("refund", {"order": "1", "amount": 1})
    talk.server.will(calls(refund, ("stock", {"item": "12"}), refund))
    assert await talk.says("Refund both") == "I am asking."
    assert talk.kinds == ["CallFunctions", "CallFunction"]
    told = [message["content"] for message in talk.context.messages if message["role"] == "tool"]
    assert told == [
        "A person is being asked. The answer comes later, perhaps in a minute.",
        '{"left": "three"}',
        '{"error": "A person is being asked something already: wait for that answer."}',
    ]


SLOW = """
  parcel: {python: "parcels:where", parameters: {number: Its number}, fallback: I cannot reach the depot.%s}
steps:"""


def slow(more: str = "") -> str:
    """The plan with a function that takes its time."""
    plan = PLAN.replace("\nsteps:", SLOW % more)
    return plan.replace("functions: [stock,", "functions: [parcel, stock,")


async def interrupted(talk: Conversation) -> CallFunction:
    """The caller speaks while the function is being carried out; its call."""
    await talk.begin()
    talk.server.will(calls(("parcel", {"number": 12})))
    talk.context.add_message({"role": "user", "content": "Where is it?"})
    reply = talk.dialogue.reply(Turn(TurnKind.SPEECH, talk.context, "Where is it?"))
    while not isinstance(output := await anext(reply), CallFunctions):
        pass
    await reply.aclose()
    return output.calls[0]


async def test_a_caller_who_interrupts_a_function_that_says_so_leaves_it_cancelled(tmp_path: Path) -> None:
    async with talking(tmp_path, slow(", cancel_on_interruption: yes")) as talk:
        call = await interrupted(talk)
        assert (call.cancels, call.filler and call.filler.words.text) == (True, "One moment please. ")
        talk.server.will(says("All right."))
        assert await talk.says("Never mind") == "All right."
        assert talk.results == [CANCELLED]
        assert [message["role"] for message in talk.asked] == ["assistant", "user", "assistant", "tool", "user"]


@pytest.mark.parametrize(
    ("result", "said", "content"),
    [
        ({"place": "Ulm"}, "It is in Ulm.", '{"place": "Ulm"}'),
        (None, "It is in Ulm.", "Nothing was found."),
        (
            FunctionFailed("depot.example answered 500."),
            "I cannot reach the depot. It is in Ulm.",
            '{"error": "depot.example answered 500."}',
        ),
    ],
)
async def test_any_other_function_goes_on_and_its_result_is_told_when_it_comes(
    tmp_path: Path, result: Any, said: str, content: str
) -> None:
    async with talking(tmp_path, slow()) as talk:
        call = await interrupted(talk)
        talk.server.will(says("Still looking."), says("It is in Ulm."), says("You are welcome."))
        assert await talk.turn(TurnKind.NO_INPUT) == "One moment please."
        assert await talk.says("Hello?") == "Still looking."
        assert talk.results == [GOES_ON]
        assert await talk.turn(TurnKind.RESULT, result=result, call_id=call.id) == said
        assert talk.results == [content]
        assert talk.asked[-1] == {"role": "user", "content": f"[The result of parcel has come: {content}]"}
        assert await talk.turn(TurnKind.RESULT, result="again", call_id=call.id) == ""
        assert await talk.turn(TurnKind.NO_INPUT) == "Are you still there?"


async def test_of_a_failure_the_caller_hears_what_the_dialplan_says_and_the_model_knows_it(tmp_path: Path) -> None:
    async with talking(tmp_path, slow()) as talk:
        await talk.begin()
        talk.breaks = {"parcel", "stock"}
        parcel = ("parcel", {"number": "12"})
        talk.server.will(calls(parcel, parcel, ("stock", {"item": "1"}), text="Let me see."), says("Call us tomorrow."))
        assert await talk.says("Where?") == "Let me see. I cannot reach the depot. Call us tomorrow."
        told = '{"error": "it is out of order", "the caller has heard": "I cannot reach the depot."}'
        assert talk.results == [told, told, '{"error": "it is out of order"}']


async def test_an_interruption_gives_the_answer_up_at_the_server(talk: Conversation) -> None:
    talk.server.will(says("Well, first of all. ", asyncio.Event(), "Then."))
    reply = talk.dialogue.reply(Turn(TurnKind.SPEECH, talk.context, "Hello"))
    talk.context.add_message({"role": "user", "content": "Hello"})
    while not isinstance(await anext(reply), Say):
        pass
    await reply.aclose()
    await talk.server.abandoned()


async def test_what_an_answer_costs_is_told(talk: Conversation) -> None:
    await talk.says("Hello")
    assert [output for output in talk.outputs if isinstance(output, Used)] == [Used("small", 70, 7)]


async def test_an_answer_too_long_ends_with_its_sentence_and_a_question(tmp_path: Path) -> None:
    plan = PLAN.replace("llm: You are Ann, and {{ caller }} calls.", "llm: {prompt: You are Ann., longest_answer: 40}")
    async with talking(tmp_path, plan) as talk:
        await talk.begin()
        talk.server.will(says(*["This is one sentence of many. "] * 3, asyncio.Event()))
        assert await talk.says("Tell me all") == (
            "This is one sentence of many. This is one sentence of many. Shall I go on?"
        )
        await talk.server.abandoned()


async def test_an_answer_without_sentences_is_cut_somewhere(tmp_path: Path) -> None:
    plan = PLAN.replace("llm: You are Ann, and {{ caller }} calls.", "llm: {prompt: You are Ann., longest_answer: 40}")
    async with talking(tmp_path, plan) as talk:
        await talk.begin()
        talk.server.will(says(*["lalala "] * 1000))
        assert len(await talk.says("Sing")) < 120


async def test_an_answer_that_the_server_cuts_ends_with_a_question(talk: Conversation) -> None:
    talk.server.will(says("It began in a small town and", reason="length"))
    assert await talk.says("Tell me") == "It began in a small town and. Shall I go on?"


def test_results_are_told_as_text() -> None:
    told = [content_of(result) for result in (None, "three", {"left": "drei ä"}, FunctionFailed("no"), ["a"], 3)]
    assert told == ["Nothing was found.", "three", '{"left": "drei ä"}', '{"error": "no"}', '["a"]', "3"]


@contextlib.asynccontextmanager
async def with_a_spare(tmp_path: Path) -> AsyncIterator[tuple[Conversation, ChatServer]]:
    """A caller who talks with one of two models, and the server of the second."""
    async with talking(tmp_path) as talk, ChatServer() as spare:
        second = OpenAIChat(LLMSettings(model="other", base_url=spare.url))
        first: Member[ChatModel] = Member(talk.chat, Health("llm", "first"))
        lineup: Lineup[ChatModel] = Lineup((first, Member(second, Health("llm", "spare"), "other")))
        talk.dialogue = ScriptedDialogue(
            talk.loaded.plan, talk.loaded.expectations, model=FailoverChat(lineup, timeout_secs=4)
        )
        await talk.begin()
        yield talk, spare
        await second.close()


async def test_where_one_model_refuses_the_caller_notices_nothing_and_supervisors_are_told(tmp_path: Path) -> None:
    async with with_a_spare(tmp_path) as (talk, spare):
        talk.server.will(refuses(500))
        spare.will(says("Until six."))
        assert await talk.says("How long are you open?") == "Until six."
        assert [output for output in talk.outputs if isinstance(output, Failed | Serves | Used)] == [
            Failed(f"The language model at {talk.server.url} refused with status 500 (error).", "first"),
            Serves("spare", "other"),
            Used("other", 70, 7),
        ]


async def test_where_one_breaks_off_the_other_begins_its_sentence_again(tmp_path: Path) -> None:
    async with with_a_spare(tmp_path) as (talk, spare):
        talk.server.will(breaks_off("We are open. On Sundays we are cl"))
        spare.will(says("On Sundays we are closed."))
        assert await talk.says("When?") == "We are open. On Sundays we are cl… On Sundays we are closed."
        assert [message["content"] for message in spare.requests[0]["messages"][-2:]] == [
            "We are open. On Sundays we are cl",
            BROKEN_OFF,
        ]


async def test_whoever_has_waited_long_hears_a_word_before_another_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answer, "LONG_SECS", 0.0)
    async with with_a_spare(tmp_path) as (talk, spare):
        talk.server.will(refuses(500))
        spare.will(says("Until six."))
        assert await talk.says("How long are you open?") == "One moment please. Until six."


async def test_options_that_are_set_hold_from_the_next_answer_on(talk: Conversation) -> None:
    talk.server.will(says("Hello."), says("Yes."))
    await talk.says("Hello?")
    talk.dialogue.use({"temperature": 0.1, "max_tokens": 50, "model": "tiny"})
    await talk.says("Still there?")
    before, after = (
        [request.get(name) for name in ("model", "temperature", "max_tokens")] for request in talk.server.requests
    )
    assert (before, after) == (["small", None, None], ["tiny", 0.1, 50])

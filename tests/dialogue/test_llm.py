"""What becomes of a caller's conversation with a language model: turns, failures, the end and the way back."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.dialogue.base import CallFunction, End, Expect, PassOn, TurnKind
from appliance.dialogue.llm import FreeSpeech
from appliance.dialplan import Transfer
from tests.dialogue.conversations import PLAN, Conversation, talking
from tests.stand_ins.chat import Behaviour, answers, breaks_off, calls, hangs, refuses, says

AGAIN = "I am sorry, could you say that again?"
APOLOGY = "We have a technical problem."
GIVEN_UP = End("engine failed", "+15555550199")


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Conversation]:
    """The caller has been asked how to help."""
    async with talking(tmp_path) as conversation:
        assert await conversation.begin() == "Good day. How can I help you?"
        yield conversation


async def test_the_model_knows_who_it_is_and_what_was_said(talk: Conversation) -> None:
    talk.server.will(says("We open ", "at nine."), says("On Sunday, too."))
    assert await talk.says("When do you open?") == "We open at nine."
    assert await talk.says("On Sunday?") == "On Sunday, too."
    system = talk.server.requests[-1]["messages"][0]
    assert system["content"].endswith("You are Ann, and +1555 calls.")
    assert talk.asked == [
        {"role": "assistant", "content": "Good day. How can I help you?"},
        {"role": "user", "content": "When do you open?"},
        {"role": "assistant", "content": "We open at nine."},
        {"role": "user", "content": "On Sunday?"},
    ]


async def test_everything_may_be_said_and_keys_end_with_a_hash() -> None:
    free = FreeSpeech()
    assert (free.grammar, free.is_complete("yes"), free.keys_complete("12"), free.keys_complete("12#")) == (
        None,
        False,
        False,
        True,
    )


async def test_each_turn_expects_free_speech(talk: Conversation) -> None:
    await talk.says("Hello")
    first = talk.outputs[0]
    assert isinstance(first, Expect)
    assert isinstance(first.expectation, FreeSpeech)


async def test_without_an_opening_the_model_speaks_first_and_knows_what_was_said_before_it(tmp_path: Path) -> None:
    async with talking(tmp_path, PLAN.replace("    opening: How can I help you?\n", "")) as talk:
        talk.server.will(says("Ann speaking."))
        assert await talk.begin() == "Good day. Ann speaking."
        assert talk.asked == [
            {"role": "assistant", "content": "Good day."},
            {"role": "user", "content": "[The call is yours now. Begin.]"},
        ]


async def test_a_model_that_cannot_begin_gives_the_caller_to_a_person_at_once(tmp_path: Path) -> None:
    async with talking(tmp_path, PLAN.replace("    opening: How can I help you?\n", "")) as talk:
        talk.server.will(refuses(500))
        assert await talk.begin() == f"Good day. {APOLOGY}"
        assert talk.end == GIVEN_UP


FAILURES = {
    "refuses": (refuses(401, "invalid_api_key"), "refused with status 401 (invalid_api_key)."),
    "hangs": (hangs(), "gave no answer within 1 s."),
    "answers with nothing": (says(), "answered with nothing."),
    "answers with a page": (answers("<html>"), "answered with nothing."),
}


@pytest.mark.parametrize(("behaviour", "error"), FAILURES.values(), ids=FAILURES)
async def test_an_answer_that_does_not_come_is_asked_for_again_and_the_second_time_a_person_takes_over(
    talk: Conversation, behaviour: Behaviour, error: str
) -> None:
    talk.server.will(behaviour, behaviour)
    assert await talk.says("Hello") == AGAIN
    assert (talk.failed, talk.end) == ([f"The language model at URL {error}"], None)
    assert await talk.says("Hello") == APOLOGY
    assert (talk.failed, talk.end) == ([f"The language model at URL {error}"], GIVEN_UP)


async def test_an_answer_in_between_forgives_a_failure(talk: Conversation) -> None:
    talk.server.will(refuses(500), says("Hello."), refuses(500))
    assert [await talk.says("Hello") for _ in range(3)] == [AGAIN, "Hello.", AGAIN]


UNSPEAKABLE = {
    "another script": (
        says("您好，", "请问您需要什么帮助？我们可以为您服务。"),
        "answered in a script that is not the language's.",
    ),
    "rubbish": (says("!!!!", "!!!!"), "answered with nothing that can be said."),
    "pictures": (says("👍🏽"), "answered with nothing that can be said."),
    "a thought": (says("<think>They want", " something.</think>"), "answered with nothing that can be said."),
}


@pytest.mark.parametrize(("behaviour", "error"), UNSPEAKABLE.values(), ids=UNSPEAKABLE)
async def test_what_cannot_be_said_is_no_answer(talk: Conversation, behaviour: Behaviour, error: str) -> None:
    talk.server.will(behaviour)
    assert await talk.says("Hello") == AGAIN
    assert talk.failed == [f"The language model {error}"]


@pytest.mark.parametrize("behaviour", [breaks_off("It is on its way to"), hangs("It is on its way to")])
async def test_an_answer_that_stops_in_mid_sentence_is_followed_by_a_question(
    talk: Conversation, behaviour: Behaviour
) -> None:
    talk.server.will(behaviour)
    assert await talk.says("Where is it?") == f"It is on its way to. {AGAIN}"


async def test_an_answer_that_stops_between_sentences_is_not_cut_again(talk: Conversation) -> None:
    talk.server.will(breaks_off("It is on its way. "))
    assert await talk.says("Where is it?") == f"It is on its way. {AGAIN}"


async def test_silence_and_noise_are_asked_about_and_in_the_end_lead_on(talk: Conversation) -> None:
    assert await talk.turn(TurnKind.NO_INPUT) == "Are you still there?"
    assert await talk.turn(TurnKind.NO_MATCH) == AGAIN
    assert await talk.turn(TurnKind.NO_INPUT) == "Bye."
    assert talk.end == End("completed")
    assert talk.server.requests == []


async def test_who_says_something_begins_to_count_anew(talk: Conversation) -> None:
    for _ in range(2):
        await talk.turn(TurnKind.NO_INPUT)
    await talk.says("I am here")
    assert await talk.turn(TurnKind.NO_INPUT) == "Are you still there?"


async def test_failures_are_apologised_for_once_and_the_second_of_the_same_engine_is_the_last(
    talk: Conversation,
) -> None:
    assert await talk.turn(TurnKind.ENGINE_FAILED, "stt") == AGAIN
    assert await talk.turn(TurnKind.ENGINE_FAILED, "dialogue") == AGAIN
    assert await talk.turn(TurnKind.ENGINE_FAILED, "stt") == APOLOGY
    assert (talk.end, talk.failed) == (GIVEN_UP, [])


async def test_without_a_voice_the_carrier_apologises(talk: Conversation) -> None:
    await talk.turn(TurnKind.ENGINE_FAILED, "tts")
    assert talk.end == End("engine failed", "+15555550199", apology=True)


async def test_a_line_that_is_back_is_apologised_for_and_the_model_goes_on(talk: Conversation) -> None:
    talk.server.will(says("Where were we?"))
    assert await talk.turn(TurnKind.RESUMED) == "Sorry, we were cut off. Where were we?"
    assert talk.asked[-1]["content"].startswith("[The line was cut and is back;")


async def test_what_is_whispered_stands_with_the_instructions(talk: Conversation) -> None:
    talk.context.add_message({"role": "system", "content": "Offer ten percent."})
    talk.server.will(says("You get ten percent."))
    assert await talk.turn(TurnKind.CONTINUE) == "You get ten percent."
    system, *_, last = talk.server.requests[-1]["messages"]
    assert system["content"].endswith(
        "calls.\n\nWhat you have been told during the call, the newest last:\n- Offer ten percent."
    )
    assert last == {"role": "user", "content": "[Go on, by what you have been told last.]"}


async def test_a_model_hangs_up_with_a_farewell_of_its_own(talk: Conversation) -> None:
    talk.server.will(calls(("hang_up", {"farewell": "Have a nice day!"})))
    assert await talk.says("That was all") == "Have a nice day!"
    assert talk.end == End("completed")


async def test_a_model_that_has_said_goodbye_does_not_say_it_again(talk: Conversation) -> None:
    talk.server.will(calls(("hang_up", {"farewell": "Have a nice day!"}), text="Goodbye, and thank you."))
    assert await talk.says("That was all") == "Goodbye, and thank you."
    assert talk.end == End("completed")


async def test_a_model_that_says_nothing_still_says_goodbye(talk: Conversation) -> None:
    talk.server.will(calls(("hang_up", "")))
    assert await talk.says("That was all") == "Goodbye."


async def test_a_model_passes_the_caller_on_to_whom_it_may(talk: Conversation) -> None:
    talk.server.will(calls(("transfer", {"to": "sales"})))
    assert await talk.says("I want to buy something") == "One moment please, I am connecting you."
    assert talk.end == PassOn(Transfer("+15555550198"))


async def test_a_caller_whom_nobody_took_is_back_with_the_model_which_knows_it(talk: Conversation) -> None:
    talk.server.will(calls(("transfer", {"to": "sales"})))
    await talk.says("I want to buy something")
    talk.server.will(says("Nobody is there. Shall they call you back?"))
    assert await talk.turn(TurnKind.NOT_TAKEN, "no-answer") == "Nobody is there. Shall they call you back?"
    assert talk.asked[-1]["content"] == (
        "[The caller was not put through (no-answer) and is back with you. "
        "Tell them so, and offer what else you can do.]"
    )


async def test_who_is_told_first_is_told_in_the_models_words(tmp_path: Path) -> None:
    warm = PLAN.replace('{sales: "+15555550198"}', '{sales: {to: "+15555550198", ring_secs: 10, warm: {}}}')
    async with talking(tmp_path, warm) as talk:
        await talk.begin()
        talk.server.will(calls(("transfer", {"to": "sales", "summary": "Ann wants a bed."})))
        await talk.says("I want to buy a bed, I am Ann")
        assert talk.end == PassOn(Transfer("+15555550198", 10, "Ann wants a bed."))


async def test_without_names_a_transfer_goes_to_the_fallback(tmp_path: Path) -> None:
    async with talking(tmp_path, PLAN.replace('    transfer_to: {sales: "+15555550198"}\n', "")) as talk:
        await talk.begin()
        talk.server.will(calls(("transfer", {"say": "I connect you."})))
        assert await talk.says("A person, please") == "I connect you."
        assert talk.end == PassOn(Transfer("+15555550199"))


async def test_a_model_hands_back_with_what_it_has_found_out(talk: Conversation) -> None:
    talk.server.will(calls(("done", {"outcome": "booked", "day": "Monday"}), text="Fine."))
    assert await talk.says("On Monday") == "Fine. It is booked for Monday. Bye."
    assert talk.end == End("completed")
    facts = talk.dialogue.facts()
    assert (facts["steps"], facts["variables"]) == (["talk", "confirm", "bye"], {"day": "Monday", "outcome": "booked"})


async def test_a_model_that_hands_back_too_little_is_told(talk: Conversation) -> None:
    talk.server.will(calls(("done", {"outcome": "booked"})), says("On which day?"))
    assert await talk.says("Book it") == "On which day?"
    assert talk.results == ['{"error": "The argument \'day\' is missing."}']


async def test_two_models_that_hand_each_other_the_call_are_stopped(tmp_path: Path) -> None:
    other = "  other: {llm: You are Ben., done: {back: talk}, otherwise: bye}\n"
    plan = PLAN.replace("booked: confirm", "booked: other").replace("    opening: How can I help you?\n", "")
    async with talking(
        tmp_path, plan.replace('  confirm: {say: "It is {{ outcome }} for {{ day }}.", next: bye}\n', other)
    ) as talk:
        ping = calls(("done", {"outcome": "booked", "day": "x"}))
        talk.server.will(*[ping, calls(("done", {"outcome": "back"}))] * 3)
        with pytest.raises(Exception, match="goes round in circles at step 'other'"):
            await talk.begin()


async def test_a_supervisor_is_asked_and_the_model_tells_what_was_decided(talk: Conversation) -> None:
    talk.server.will(calls(("refund", {"order": "4711", "amount": 40})), says("It is approved."))
    assert await talk.says("I want a refund") == "I am asking."
    (asked,) = [output for output in talk.outputs if isinstance(output, CallFunction)]
    assert asked == CallFunction("refund", {"order": "4711", "amount": 40}, 9)
    assert await talk.turn(TurnKind.NO_INPUT) == "I am asking."
    assert await talk.turn(TurnKind.RESULT, result="approved") == "It is approved."
    assert talk.results == ["approved"]
    assert talk.asked[-1]["content"] == "[The result of refund has come: approved]"


async def test_a_caller_who_speaks_meanwhile_is_answered(talk: Conversation) -> None:
    talk.server.will(
        calls(("refund", {"order": "4711", "amount": 40}), text="Let me ask."),
        says("I am still asking."),
        calls(("refund", {"order": "4711", "amount": 50})),
        says("I am asking already."),
    )
    assert await talk.says("I want a refund") == "Let me ask."
    assert await talk.says("Are you there?") == "I am still asking."
    assert talk.results == ["A person is being asked. The answer comes later, perhaps in a minute."]
    assert await talk.says("Make it fifty") == "I am asking already."
    assert talk.results[1] == '{"error": "A person is being asked something already: wait for that answer."}'
    assert [name for name, _ in talk.called] == ["refund"]


async def test_a_supervisor_who_does_not_answer_is_told_of(talk: Conversation) -> None:
    talk.server.will(calls(("refund", {"order": "4711", "amount": 40})), says("Can I call you back?"))
    await talk.says("I want a refund")
    assert await talk.turn(TurnKind.NO_RESULT) == "Nobody is there. Can I call you back?"
    assert talk.results == ['{"error": "nobody answered in time"}']
    assert talk.asked[-2:] == [
        {"role": "assistant", "content": "I am asking. Nobody is there."},
        {"role": "user", "content": "[Nobody has answered refund in time. Go on.]"},
    ]


async def test_the_result_of_another_call_is_not_taken_for_a_supervisors(talk: Conversation) -> None:
    talk.server.will(calls(("refund", {"order": "4711", "amount": 40})), says("It is approved."))
    await talk.says("I want a refund")
    (asked,) = [output for output in talk.outputs if isinstance(output, CallFunction)]
    assert await talk.turn(TurnKind.RESULT, result="Ulm", call_id="another") == ""
    assert await talk.turn(TurnKind.RESULT, result="approved", call_id=asked.id) == "It is approved."
    assert talk.results == ["approved"]

"""A scripted dialogue that asks a supervisor, played turn by turn."""

from pathlib import Path
from typing import Any

import pytest

from appliance.dialogue.base import CallFunction, End, Expect, Say, Turn, TurnKind
from appliance.dialogue.expectations import Patience
from appliance.dialogue.scripted import ScriptedDialogue
from appliance.dialplan import LoadedDialplan, load_dialplan
from appliance.frames import LLMContext

REFUNDS = Path(__file__).parents[1] / "data" / "dialplans" / "refunds.yaml"
MENU = "Would you like a refund, press 1, your parcel, press 2, or a discount, press 3?"
MOMENT = "One moment please, I am asking a colleague about order 4, 7, 1, 1."


class Conversation:
    """Plays turns, and gives back what came out: texts, calls, ends."""

    def __init__(self) -> None:
        loaded = load_dialplan(REFUNDS)
        assert isinstance(loaded, LoadedDialplan), loaded
        self.dialogue = ScriptedDialogue(loaded.plan, loaded.expectations)
        self.expectation: Any = None

    async def turn(self, kind: TurnKind, text: str = "", result: Any = None) -> list[Any]:
        outputs: list[Any] = []
        async for output in self.dialogue.reply(Turn(kind, LLMContext(), text, result)):
            match output:
                case Say():
                    outputs.append(output.text.strip())
                case Expect():
                    self.expectation = output.expectation
                case _:
                    outputs.append(output)
        return outputs


@pytest.fixture
async def asked() -> Conversation:
    """A supervisor has just been asked for a refund."""
    talk = Conversation()
    await talk.turn(TurnKind.GREETING)
    call = CallFunction("refund", {"order": "4711", "amount": "40"}, 30)
    assert await talk.turn(TurnKind.KEYS, "1") == [MOMENT, call]
    return talk


async def test_an_approval_leads_on_with_its_word(asked: Conversation) -> None:
    assert await asked.turn(TurnKind.RESULT, result="approved") == ["Your refund is approved.", MENU]


async def test_a_refusal_leads_to_not_found_and_can_be_told_from_silence(asked: Conversation) -> None:
    assert await asked.turn(TurnKind.RESULT, result="refused") == ["Your refund was declined.", MENU]
    assert asked.dialogue.facts()["variables"]["decision"] == "refused"


async def test_a_result_that_says_nothing_is_not_found(asked: Conversation) -> None:
    assert await asked.turn(TurnKind.RESULT, result=None) == [MENU]


async def test_an_answer_that_does_not_come_is_told_and_forgets_an_earlier_one(asked: Conversation) -> None:
    await asked.turn(TurnKind.RESULT, result="approved")
    await asked.turn(TurnKind.KEYS, "1")
    assert await asked.turn(TurnKind.NO_RESULT) == ["I am sorry, nobody is here who may decide.", MENU]
    assert asked.dialogue.facts()["variables"]["decision"] == ""


async def test_the_fields_of_a_result_are_read_out() -> None:
    talk = Conversation()
    await talk.turn(TurnKind.GREETING)
    assert await talk.turn(TurnKind.KEYS, "2") == ["I am looking for it.", CallFunction("parcel", {}, 30)]
    place = {"place": "Ulm", "day": "Friday"}
    assert await talk.turn(TurnKind.RESULT, result=place) == ["It is in Ulm and comes on Friday.", MENU]


@pytest.mark.parametrize("kind", [TurnKind.SPEECH, TurnKind.KEYS, TurnKind.NO_MATCH, TurnKind.NO_INPUT])
async def test_whatever_the_caller_does_meanwhile_is_answered_with_patience(
    asked: Conversation, kind: TurnKind
) -> None:
    assert await asked.turn(kind, "9") == [MOMENT]
    assert await asked.turn(TurnKind.RESULT, result="approved") == ["Your refund is approved.", MENU]


async def test_a_lost_line_comes_back_to_the_waiting(asked: Conversation) -> None:
    assert await asked.turn(TurnKind.RESUMED) == ["Sorry, we were cut off.", MOMENT]
    assert await asked.turn(TurnKind.RESULT, result="approved") == ["Your refund is approved.", MENU]


async def test_an_engine_that_fails_once_does_not_end_the_waiting(asked: Conversation) -> None:
    assert await asked.turn(TurnKind.ENGINE_FAILED, "stt") == ["Sorry, something went wrong on our side.", MOMENT]
    assert await asked.turn(TurnKind.ENGINE_FAILED, "stt") == [End("engine failed", None, apology=True)]


async def test_silence_and_keys_are_heard_while_a_supervisor_is_asked(asked: Conversation) -> None:
    expectation = asked.expectation
    assert isinstance(expectation, Patience)
    assert (expectation.is_complete("refund"), expectation.keys_complete("1")) == (False, True)
    assert "refund" in str(expectation.grammar)


async def test_a_result_that_nobody_waits_for_changes_nothing(asked: Conversation) -> None:
    await asked.turn(TurnKind.RESULT, result="approved")
    assert await asked.turn(TurnKind.RESULT, result="refused") == []
    assert await asked.turn(TurnKind.KEYS, "9") == ["Goodbye.", End("completed")]

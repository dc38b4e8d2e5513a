"""A scripted dialogue that calls functions of the bot's own, played turn by turn."""

from pathlib import Path
from typing import Any

import pytest

from appliance.dialogue.base import CallFunction, End, Expect, FunctionFailed, Output, Say, Turn, TurnKind
from appliance.dialogue.scripted import ScriptedDialogue
from appliance.dialplan import LoadedDialplan, load_dialplan
from appliance.frames import KeysAhead, LLMContext

PLAN = """\
name: Parcels
numbers: ["*"]
fallback: {{transfer: "+15555550199"}}
variables: {{weight: "40"}}
functions:
  where:
    python: parcels:where
    parameters: {{number: Its number, kilos: {{type: integer, required: no}}}}
    filler: I am looking for {{{{ number }}}}.
    {more}
steps:
  ask: {{ask: Which number?, digits: {{length: 2}}, save_as: number, next: look, otherwise: bye}}
  look:
    call: where
    with: {{number: "{{{{ number }}}}", kilos: "{{{{ weight | int }}}}"}}
    save_as: place
    found: tell
    not_found: none
    {failed}
  tell: {{hang_up: "It is in {{{{ place }}}}."}}
  none: {{hang_up: "There is none{{{{ place }}}}."}}
  broken: {{hang_up: Call again.}}
  bye: {{hang_up: Bye.}}
"""
AGAIN = "I am looking for 12."


class Conversation:
    """Plays turns, and gives back what came out."""

    def __init__(self, tmp_path: Path, more: str = "", failed: str = "") -> None:
        reached = PLAN if failed else PLAN.replace("  broken: {{hang_up: Call again.}}\n", "")
        (tmp_path / "plan.yaml").write_text(reached.format(more=more, failed=failed))
        loaded = load_dialplan(tmp_path / "plan.yaml")
        assert isinstance(loaded, LoadedDialplan), [str(one) for one in loaded]
        self.dialogue = ScriptedDialogue(loaded.plan, loaded.expectations)

    async def turn(
        self,
        kind: TurnKind,
        text: str = "",
        *,
        gives: Any = None,
        result: Any = None,
        call_id: str = "",
        interrupted: bool = False,
    ) -> list[Any]:
        """One turn, in which a function gives something, or the caller speaks before it does."""
        outputs: list[Any] = []
        reply = self.dialogue.reply(Turn(kind, LLMContext(), text, result, call_id))
        answer: Any = None
        try:
            while True:
                output: Output = await reply.asend(answer)
                outputs.append(output.text.strip() if isinstance(output, Say) else output)
                answer = gives if isinstance(output, CallFunction) else None
                if isinstance(output, CallFunction) and interrupted:
                    await reply.aclose()
                    break
        except StopAsyncIteration:
            pass
        return [one for one in outputs if not isinstance(one, Expect)]


async def asked(talk: Conversation, **more: Any) -> list[Any]:
    """The caller keys in a number."""
    await talk.turn(TurnKind.GREETING)
    call, *rest = await talk.turn(TurnKind.KEYS, "12", **more)
    assert isinstance(call, CallFunction)
    assert (call.name, call.arguments, call.wait_secs) == ("where", {"number": "12", "kilos": 40}, None)
    assert call.filler is not None
    assert (call.filler.after_secs, call.filler.words.text) == (1.5, AGAIN + " ")
    return rest


@pytest.mark.parametrize(
    ("gives", "said"),
    [
        ("Ulm", ["It is in Ulm."]),
        ({"a": 1}, ['It is in {"a": 1}.']),
        (0, ["It is in 0."]),
        (None, ["There is none."]),
    ],
)
async def test_a_result_leads_on(tmp_path: Path, gives: Any, said: list[str]) -> None:
    assert await asked(Conversation(tmp_path), gives=gives) == [*said, End("completed")]


@pytest.mark.parametrize(
    ("more", "failed", "said"),
    [
        ("fallback: I cannot reach the depot.", "failed: broken", ["I cannot reach the depot.", "Call again."]),
        ("", "failed: broken", ["Call again."]),
    ],
)
async def test_a_failure_has_words_and_a_step_of_its_own(
    tmp_path: Path, more: str, failed: str, said: list[str]
) -> None:
    talk = Conversation(tmp_path, more, failed)
    assert await asked(talk, gives=FunctionFailed("Away.")) == [*said, End("completed")]


@pytest.mark.parametrize(
    ("more", "said", "apology"),
    [("fallback: I cannot reach the depot.", ["I cannot reach the depot."], False), ("", [], True)],
)
async def test_a_failure_without_a_step_of_its_own_is_not_told_as_nothing_found(
    tmp_path: Path, more: str, said: list[str], apology: bool
) -> None:
    end = End("function failed", "+15555550199", apology=apology)
    assert await asked(Conversation(tmp_path, more), gives=FunctionFailed("Away.")) == [*said, end]


@pytest.mark.parametrize("kind", [TurnKind.SPEECH, TurnKind.KEYS, TurnKind.NO_INPUT, TurnKind.NO_MATCH])
async def test_whatever_a_caller_does_before_the_result_is_answered_with_patience(
    tmp_path: Path, kind: TurnKind
) -> None:
    talk = Conversation(tmp_path)
    assert await asked(talk, interrupted=True) == []
    assert await talk.turn(kind, "34") == [AGAIN]
    assert await talk.turn(TurnKind.RESULT, result="Ulm") == ["It is in Ulm.", End("completed")]


async def test_the_result_of_another_call_is_not_taken_for_it(tmp_path: Path) -> None:
    talk = Conversation(tmp_path)
    await asked(talk, interrupted=True)
    assert await talk.turn(TurnKind.RESULT, result="Bonn", call_id="another") == []
    assert await talk.turn(TurnKind.NO_INPUT) == [AGAIN]
    assert await talk.turn(TurnKind.RESULT, result="Ulm", call_id=talk.dialogue._waits_for) == [
        "It is in Ulm.",
        End("completed"),
    ]


async def test_a_late_failure_leads_on_as_any_other(tmp_path: Path) -> None:
    talk = Conversation(tmp_path, "fallback: I cannot reach the depot.", "failed: broken")
    await asked(talk, interrupted=True)
    said = await talk.turn(TurnKind.RESULT, result=FunctionFailed("Away."))
    assert said == ["I cannot reach the depot.", "Call again.", End("completed")]


async def test_a_function_that_the_caller_may_cancel_leaves_the_question_open(tmp_path: Path) -> None:
    talk = Conversation(tmp_path, "cancel_on_interruption: yes")
    await asked(talk, interrupted=True)
    (call, *_) = await talk.turn(TurnKind.KEYS, "34", gives="Ulm")
    assert call.arguments["number"] == "34"


@pytest.mark.parametrize(
    ("kind", "said"), [(TurnKind.RESUMED, ["Sorry, we were cut off.", AGAIN]), (TurnKind.CONTINUE, [AGAIN])]
)
async def test_a_caller_who_comes_back_still_waits(tmp_path: Path, kind: TurnKind, said: list[str]) -> None:
    talk = Conversation(tmp_path)
    await asked(talk, interrupted=True)
    assert await talk.turn(kind) == said


async def test_keys_that_come_meanwhile_are_kept(tmp_path: Path) -> None:
    talk = Conversation(tmp_path)
    await talk.turn(TurnKind.GREETING)
    reply = talk.dialogue.reply(Turn(TurnKind.KEYS, LLMContext(), "12"))
    output = await anext(reply)
    assert isinstance(output, Expect)
    assert isinstance(output.expectation, KeysAhead)
    await reply.aclose()

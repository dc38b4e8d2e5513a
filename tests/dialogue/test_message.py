"""A dialogue that takes a message: what it announces, and where each end leads."""

from pathlib import Path
from typing import Any

import pytest

from appliance.dialogue.base import End, Expect, Output, Say, SetRecording, TakeMessage, Turn, TurnKind
from appliance.dialogue.scripted import ScriptedDialogue
from appliance.frames import FAILED, LINE_LOST, NOT_ANNOUNCED, TAKEN_OVER, LLMContext, WantedMessage
from tests.dialplan.stories import loaded

PLAN = """\
name: Story
numbers: ["*"]
fallback: {transfer: "+15555550199"}
steps:
  leave:
    message: {say: Speak now., failed: No room., max_secs: 60, notify: office@example.com}
    save_as: left
    next: thanks
    nothing: nobody
  thanks: {hang_up: "{{ left.secs }} seconds, number {{ left.number }}."}
  nobody: {hang_up: Nothing was said.}
"""
WANTED = WantedMessage(say="Speak now.", max_secs=60.0, notify=("office@example.com",))
LEFT = {"secs": 12.5, "number": 1, "ended_by": "silence"}


class Story:
    def __init__(self, tmp_path: Path, plan: str = PLAN) -> None:
        one = loaded(tmp_path, plan)
        self.dialogue = ScriptedDialogue(one.plan, one.expectations)

    async def turn(self, kind: TurnKind, text: str = "", result: Any = None) -> list[Any]:
        """What comes of a turn: words as they are."""
        outputs: list[Output] = [one async for one in self.dialogue.reply(Turn(kind, LLMContext(), text, result))]
        told: list[Any] = [one.text.strip() if isinstance(one, Say) else one for one in outputs]
        return [one for one in told if not isinstance(one, Expect)]


@pytest.fixture
async def story(tmp_path: Path) -> Story:
    one = Story(tmp_path)
    assert await one.turn(TurnKind.GREETING) == ["Speak now.", TakeMessage(WANTED)]
    return one


@pytest.mark.parametrize(
    ("ended_by", "result", "told"),
    [
        ("silence", LEFT, ["12.5 seconds, number 1.", End("completed")]),
        ("line lost", LEFT, ["12.5 seconds, number 1.", End("completed")]),
        ("silence", None, ["Nothing was said.", End("completed")]),
        (LINE_LOST, None, ["Speak now.", TakeMessage(WANTED)]),
        (NOT_ANNOUNCED, None, ["Speak now.", TakeMessage(WANTED)]),
        (TAKEN_OVER, None, ["Speak now.", TakeMessage(WANTED)]),
        (FAILED, None, ["No room.", End("no message taken", "+15555550199")]),
        (FAILED, LEFT, ["No room.", End("no message taken", "+15555550199")]),
    ],
)
async def test_each_end_leads_somewhere(story: Story, ended_by: str, result: Any, told: list[Any]) -> None:
    assert await story.turn(TurnKind.MESSAGE, ended_by, result) == told


async def test_a_dialplan_may_say_what_follows_when_it_cannot_be_recorded(tmp_path: Path) -> None:
    story = Story(tmp_path, PLAN.replace("    nothing: nobody\n", "    nothing: nobody\n    otherwise: nobody\n"))
    await story.turn(TurnKind.GREETING)
    assert await story.turn(TurnKind.MESSAGE, FAILED) == ["No room.", "Nothing was said.", End("completed")]


async def test_a_line_that_is_back_in_mid_message_hears_an_apology_and_then_the_messages_end(story: Story) -> None:
    assert await story.turn(TurnKind.RESUMED) == ["Sorry, we were cut off."]
    assert (await story.turn(TurnKind.MESSAGE, LINE_LOST, LEFT))[0] == "12.5 seconds, number 1."


async def test_a_recogniser_that_fails_does_not_end_a_message(story: Story) -> None:
    assert await story.turn(TurnKind.ENGINE_FAILED, "stt") == []
    assert await story.turn(TurnKind.ENGINE_FAILED, "tts") == [End("engine failed", "+15555550199", apology=True)]


async def test_an_announcement_that_was_not_finished_comes_again(tmp_path: Path) -> None:
    story = Story(tmp_path)
    begun = story.dialogue.reply(Turn(TurnKind.GREETING, LLMContext()))
    async for output in begun:
        if isinstance(output, Say):
            break
    await begun.aclose()
    assert await story.turn(TurnKind.SPEECH, "hello") == ["Speak now.", TakeMessage(WANTED)]


async def test_the_recording_of_a_call_leaves_out_what_its_steps_say(tmp_path: Path) -> None:
    steps = "steps:\n  a: {recording: pause, next: b}\n  b: {recording: resume, next: leave}\n"
    story = Story(tmp_path, PLAN.replace("steps:\n", steps))
    assert (await story.turn(TurnKind.GREETING))[:2] == [SetRecording(True), SetRecording(False)]

"""The example dialplans played by voice and by keys, on the embedded engines, over the real protocol."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from appliance.simulator import Action, Call, CallResult, Pause, Phone, Press, Say, Wait
from appliance.simulator.timings import Tape
from appliance.speech.local.embedded_voice import EmbeddedVoice
from tests.whole.appliance import Appliance

RECEPTION, SURVEY = "+15555550100", "+15555550101"


def talk(*says: str, impatient: bool = False) -> list[Action]:
    """Waits for the bot before each thing that is said; digits are pressed. The impatient do not hear the menu out."""
    actions: list[Action] = [Wait("speech"), Pause(4.0), Say(says[0])] if impatient else []
    for text in says[impatient:]:
        actions += [Wait("bot"), Press(text) if text.isdigit() else Say(text)]
    return [*actions, Wait("end")]


STORIES: dict[str, tuple[str, list[Action]]] = {
    "an order": (RECEPTION, talk("order status", "four seven one one", "yes please", "no thank you", impatient=True)),
    "another order": (
        RECEPTION,
        talk("order status", "two five eight zero", "yes please", "no thank you", impatient=True),
    ),
    "by keys": (RECEPTION, talk("2", "4711", "1", "2")),
    "a person": (RECEPTION, talk("a person please")),
    "a happy customer": (SURVEY, talk("five stars", "yes")),
    "an unhappy customer": (SURVEY, talk("one star", "no", "no")),
    "in mid-greeting": (
        RECEPTION,
        [Wait("speech"), Pause(3.0), Say("opening hours"), Wait("bot"), Say("no thank you"), Wait("end")],
    ),
}


CALLS_AT_MOST = 3
REFUSALS = ("I did not understand", "I do not find", "Please say yes or no", "Please say, for instance")
"""The embedded recogniser refuses one expected answer in twenty-five; how often is the bench's business."""
AT_ONCE = 4
"""The scripts cannot react to an apology: no more callers than a loaded machine of two cores serves in time."""


class Played:
    """All stories, a few at the same time."""

    def __init__(self) -> None:
        self.results: dict[str, CallResult] = {}
        self.records: dict[str, dict[str, Any]] = {}
        self._room = asyncio.Semaphore(AT_ONCE)

    async def play(self, service: Appliance, phone: Phone, name: str) -> None:
        """One story; who was not understood rings again, as people do: these scripts cannot say a thing twice."""
        to, actions = STORIES[name]
        async with self._room:
            for _ in range(CALLS_AT_MOST):
                self.results[name] = await phone.call(Call(url=service.voice_url, to=to, actions=actions))
                self.records[name] = await service.record(self.results[name].call_sid)
                if not any(words in text for words in REFUSALS for text in self.said(name, "bot")):
                    return

    def said(self, name: str, who: str) -> list[str]:
        """What one side said."""
        return [turn["text"] for turn in self.records[name]["turns"] if turn["who"] == who]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def played(embedded: Appliance) -> AsyncIterator[Played]:
    """Every story of this file."""
    stories = Played()
    async with EmbeddedVoice() as voice, Phone(speaker=voice) as phone:
        await asyncio.gather(*(stories.play(embedded, phone, name) for name in STORIES))
    yield stories


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize(
    ("name", "heard", "told"),
    [
        ("an order", "four seven one one", "Your order was shipped yesterday. It arrives tomorrow."),
        ("another order", "two five eight zero", "Your order is being packed. It arrives on Friday."),
        ("by keys", "4711", "Your order was shipped yesterday. It arrives tomorrow."),
    ],
)
async def test_an_order_is_found_by_its_number(played: Played, name: str, heard: str, told: str) -> None:
    result, record = played.results[name], played.records[name]
    assert (result.problems, result.end) == ([], "<Hangup>"), record
    assert played.said(name, "caller")[1] == heard
    assert any(told in text for text in played.said(name, "bot"))
    assert played.said(name, "bot")[-1] == "Thank you for calling Harper and Sons. Goodbye."
    assert (record["outcome"], record["dialplan"]) == ("completed", "Harper and Sons, reception")
    assert record["metadata"]["steps"][-3:] == ["tell", "more", "goodbye"]


async def test_each_of_many_callers_at_once_hears_an_own_answer(played: Played) -> None:
    first, second = played.results["an order"], played.results["another order"]
    assert first.bot_track != second.bot_track
    assert not any("is being packed" in text for text in played.said("an order", "bot"))


async def test_who_asks_for_a_person_is_connected(played: Played) -> None:
    result = played.results["a person"]
    assert (result.problems, result.dialled) == ([], ["+15555550199"])
    assert played.said("a person", "bot")[-1] == "One moment please. I am connecting you."
    assert played.records["a person"]["outcome"] == "transferred"


async def test_the_survey_keeps_the_answers_and_asks_the_unhappy_one_question_more(played: Played) -> None:
    happy, unhappy = played.records["a happy customer"], played.records["an unhappy customer"]
    assert (happy["metadata"]["variables"]["service"], happy["metadata"]["variables"]["recommend"]) == ("5", "yes")
    assert (unhappy["metadata"]["variables"]["service"], unhappy["metadata"]["variables"]["recommend"]) == ("1", "no")
    assert ("sorry" in happy["metadata"]["steps"], "sorry" in unhappy["metadata"]["steps"]) == (False, True)
    assert (happy["outcome"], unhappy["outcome"]) == ("completed", "completed")


async def test_an_interrupted_bot_falls_silent_at_once_and_goes_on_with_what_was_asked(played: Played) -> None:
    result = played.results["in mid-greeting"]
    assert result.problems == []
    (barge_in,) = result.barge_ins
    assert barge_in.clear_secs is not None
    assert barge_in.quiet_secs is not None
    assert barge_in.quiet_secs - barge_in.clear_secs < 0.06
    spoken = Tape(result.caller_track, result.bot_track)
    cleared = round((barge_in.at_secs + barge_in.clear_secs + 0.06) * 8000)
    answer = result.turns[0]
    assert answer.gap_secs is not None
    first = spoken.first_bot_sample(cleared)
    assert first is not None
    assert abs(first / 8000 - (answer.end_secs + answer.gap_secs)) < 0.001
    assert any(text.startswith("We are open from nine to six") for text in played.said("in mid-greeting", "bot"))


async def test_the_record_tells_what_was_heard_of_an_interrupted_sentence(played: Played) -> None:
    greeting = played.records["in mid-greeting"]["turns"][0]
    assert greeting["text"].startswith("Good day, this is Harper and Sons. Would you like our opening hours")
    heard = greeting["heard"]
    assert heard is not None
    assert greeting["text"].startswith(heard)
    assert 10 < len(heard) < len(greeting["text"])


async def test_the_audio_is_as_it_was_synthesised(played: Played) -> None:
    for result in played.results.values():
        loudest = result.bot_track.count(0x80) + result.bot_track.count(0x00)
        assert loudest < len(result.bot_track) / 10_000
        assert result.violations == []

"""Calls whose first engines fail, in every way that stand-ins over real sockets know: the next ones go on with them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from appliance.audio.resample import resample
from appliance.simulator import Call, CallResult, Phone, Sound, Wait
from appliance.simulator.timings import Tape
from appliance.speech.canned import babble
from tests.speech import deepgram_server as deepgram
from tests.speech import openai_server as openai
from tests.stand_ins import chat
from tests.whole.appliance import Appliance, running
from tests.whole.engines import Engines, free_listener
from tests.whole.viewer import watching

DEAD_AIR_SECS = 6.0
"""With engines that may take two seconds a role, a caller never waits for longer than this for a sound."""
SPEECH = resample(babble(500), 8000, 24_000)
ANSWER = "It was sent today."
PLAN = """\
name: Talk NUMBER
numbers: ["+1555555010NUMBER"]
greeting: Good day.
engines:
  transcriber: [earNUMBER, wyoming]
  synthesizer: [awayNUMBER, wyoming]
  llm: [largeNUMBER, llm]
voice: {awayNUMBER: nova}
fallback: {say: We have a technical problem., transfer: "+15555550199"}
steps:
  talk:
    llm: You are Ann.
    opening: How can I help you?
    may: [hang_up]
    otherwise: end
  end: {hang_up: Goodbye.}
"""
YES = deepgram.hears(deepgram.results("Where is it?", from_finalize=True))

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def speaks(exchange: openai.Exchange) -> None:
    """Half a second of speech for each text."""
    await openai.sends(SPEECH, "audio/pcm")(exchange)


Way = tuple[deepgram.Part | int, openai.Answer, chat.Behaviour]
"""What an ear, a voice and a model do."""
WELL: Way = (YES, speaks, chat.says(ANSWER))
WAYS: dict[str, Way] = {
    "refuse": (401, openai.refuses(401), chat.refuses(401)),
    "have too many": (429, openai.refuses(429), chat.refuses(429)),
    "fail": (500, openai.refuses(500), chat.refuses(500)),
    "hang": (deepgram.hangs, openai.hangs, chat.hangs()),
    "break off": (deepgram.breaks, openai.cut_off(SPEECH), chat.breaks_off("It was sent today. And it ar", cut=True)),
    "send rubbish": (deepgram.hears("<html>"), openai.sends(b"{}"), chat.answers("<html>")),
    "say nothing of use": (deepgram.closes(1011), openai.sends(b"", "audio/pcm"), chat.says("Здравствуйте, кто там?")),
}


@dataclass
class Firsts:
    """A set of engines that are the first choice, by stand-ins: ``ear``, ``away`` and ``large`` are their names."""

    ear: deepgram.DeepgramServer
    away: openai.OpenAIServer
    large: chat.ChatServer

    def do(self, way: Way) -> None:
        """What they do from now on."""
        self.ear.parts, self.away.answers, self.large.usual = [way[0]], [way[1]], way[2]


@dataclass
class Scene:
    """A service; the engines behind the first ones, ``near`` and ``small``, are well."""

    service: Appliance
    firsts: list[Firsts]
    """Of each dialplan; the dialplans' numbers end so."""
    near: Engines
    small: chat.ChatServer
    phone: Phone
    yes: Sound

    async def call(self, dialplan: int = 0) -> tuple[CallResult, dict[str, Any]]:
        """A caller who says something once, hears the answer and hangs up: what came of it, and its record."""
        live = await self.phone.dial(self.placed(dialplan))
        await live.line.bot_has_spoken(20)
        await live.line.say(self.yes).done.wait()
        await live.line.bot_has_spoken(20)
        result = await live.hang_up()
        return result, await self.service.record(result.call_sid)

    def placed(self, dialplan: int = 0) -> Call:
        """A call; how long the caller hears nothing is judged by ``waited``."""
        to = f"+1555555010{dialplan}"
        return Call(url=self.service.voice_url, to=to, actions=(Wait("end"),), dead_air_secs=60, talk_secs=1.5)

    async def engines(self) -> set[str]:
        """The states of the engines."""
        _, told = await self.service.get("/health/ready")
        return {one["state"] for one in told["engines"]}

    def changes(self) -> list[str]:
        """What the log says of engines that went and came back, without the reasons."""
        lines = self.service.log().splitlines()
        wanted = [line for line in lines if " is out of order: " in line or " works again, after " in line]
        return sorted(line.partition("the ")[2].partition(":")[0].partition(",")[0] for line in wanted)


@asynccontextmanager
async def scene(directory: Path, yes: Sound, dialplans: int = 1) -> AsyncIterator[Scene]:
    """A service with so many dialplans, each with first engines of its own that are well."""
    (directory / "dialplans").mkdir()
    async with AsyncExitStack() as stack:
        listener = stack.enter_context(free_listener())
        near = await stack.enter_async_context(Engines(listener, usual="Where is it?"))
        small = await stack.enter_async_context(chat.ChatServer(usual=chat.says(ANSWER)))
        settings: dict[str, Any] = {
            "speech__uri": f"tcp://127.0.0.1:{listener.getsockname()[1]}",
            "speech__timeout_secs": 2,
            "llm__timeout_secs": 2,
            "llm__model": "small",
            "llm__base_url": small.url,
        }
        firsts = []
        for number in range(dialplans):
            (directory / "dialplans" / f"{number}.yaml").write_text(PLAN.replace("NUMBER", str(number)))
            ear = await stack.enter_async_context(deepgram.deepgram_server(YES))
            away = await stack.enter_async_context(openai.openai_server(speaks))
            large = await stack.enter_async_context(chat.ChatServer(usual=chat.says(ANSWER)))
            firsts.append(Firsts(ear, away, large))
            settings |= {
                f"engines__ear{number}__kind": "deepgram",
                f"engines__ear{number}__base_url": ear.base_url,
                f"engines__away{number}__kind": "openai-tts",
                f"engines__away{number}__base_url": away.base_url,
                f"engines__large{number}__kind": "openai-chat",
                f"engines__large{number}__model": "large",
                f"engines__large{number}__base_url": large.url,
            }
        service = stack.enter_context(running(directory / "data", directory / "dialplans", **settings))
        phone = await stack.enter_async_context(Phone())
        yield Scene(service, firsts, near, small, phone, yes)


def turns(record: dict[str, Any]) -> list[tuple[str, str]]:
    """Who said what."""
    return [(turn["who"], turn["text"]) for turn in record["turns"]]


def waited(result: CallResult) -> float:
    """The longest time for which the caller heard nothing, in seconds."""
    return Tape(result.caller_track, result.bot_track).longest_silence().secs


Played = dict[str, tuple[CallResult, dict[str, Any]]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def played(yes: Sound, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """A call with first engines that fail in each way, each with a dialplan of its own."""
    async with scene(tmp_path_factory.mktemp("failing"), yes, len(WAYS)) as playing:
        results = {}
        for number, (way, behaviour) in enumerate(WAYS.items()):
            playing.firsts[number].do(behaviour)
            results[way] = await playing.call(number)
        return results


@pytest.mark.parametrize("way", WAYS)
async def test_first_engines_that_fail_are_replaced_in_the_same_turn_and_nothing_is_lost(
    played: Played, way: str
) -> None:
    result, record = played[way]
    assert result.problems == []
    said = turns(record)
    assert ("caller", "Where is it?") in said
    heard = " ".join(text for who, text in said if who == "bot")
    assert "How can I help you?" in heard
    assert ANSWER in heard
    assert "Sorry" not in heard
    assert waited(result) < DEAD_AIR_SECS


@pytest.mark.parametrize("way", WAYS)
async def test_the_record_says_which_engines_served_and_which_failed(played: Played, way: str) -> None:
    _, record = played[way]
    about, number = record["metadata"], list(WAYS).index(way)
    assert about["engines"]["transcriber"] == {"wyoming": 1}
    assert about["engines"]["llm"] == ({f"large{number}": 1} if way == "break off" else {"llm": 1})
    assert about["engines"]["synthesizer"]["wyoming"] >= 2
    assert {(one["role"], one["engine"]) for one in about["failovers"]} == {
        ("transcriber", f"ear{number}"),
        ("synthesizer", f"away{number}"),
        ("llm", f"large{number}"),
    }


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def healing(yes: Sound, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """A service that the tests below use in their order."""
    async with scene(tmp_path_factory.mktemp("healing"), yes) as playing:
        yield playing


async def test_supervisors_are_told_of_an_engine_that_gave_up_as_an_error_that_is_not_fatal(healing: Scene) -> None:
    healing.firsts[0].do((YES, speaks, chat.refuses(500)))
    live = await healing.phone.dial(healing.placed())
    await live.line.bot_has_spoken(20)
    async with watching(healing.service, f"/rtvi/{live.sid}") as viewer:
        await viewer.ready()
        await live.line.say(healing.yes).done.wait()
        error = (await viewer.until("error"))["data"]
        while not any(one["engine"] == "llm" for data in viewer.data("metrics") for one in data.get("ttfb", ())):
            await viewer.until("metrics")
    await live.hang_up()
    what = f"The language model at {healing.firsts[0].large.url} refused with status 500 (error)."
    assert error == {"error": what, "message": what, "fatal": False, "gave_up": "large0"}


async def test_twenty_calls_at_once_go_on_with_the_next_engines_and_the_log_has_a_line_for_each_that_is_down(
    healing: Scene,
) -> None:
    healing.firsts[0].do(WAYS["fail"])
    calls = await asyncio.gather(*(healing.call() for _ in range(20)))
    for result, record in calls:
        assert result.problems == []
        assert ("caller", "Where is it?") in turns(record)
        assert any(ANSWER in text for who, text in turns(record) if who == "bot")
    assert healing.changes() == [
        "llm large0 is out of order",
        "synthesizer away0 is out of order",
        "transcriber ear0 is out of order",
    ]
    status, told = await healing.service.get("/health/ready")
    assert (status, told["status"], told["problems"]) == (200, "degraded", [])
    assert "127.0.0.1" not in str(told["engines"])
    assert await healing.service.metric("appliance_engine_up", role="llm", engine="large0") == 0
    assert await healing.service.metric("appliance_engine_up", role="llm", engine="llm") == 1


async def test_engines_that_work_again_are_found_without_a_call_and_serve_the_next_one(healing: Scene) -> None:
    healing.firsts[0].do(WELL)
    async with asyncio.timeout(60):
        while await healing.engines() != {"up"}:
            pass
    assert [line for line in healing.changes() if "works again" in line] == [
        "llm large0 works again",
        "synthesizer away0 works again",
        "transcriber ear0 works again",
    ]
    _, record = await healing.call()
    assert turns(record)[1:] == [("caller", "Where is it?"), ("bot", ANSWER)]
    assert record["metadata"]["engines"] == {
        "transcriber": {"ear0": 1},
        "synthesizer": {"away0": 3},
        "llm": {"large0": 1},
    }
    assert "failovers" not in record["metadata"]


async def test_where_all_engines_are_dead_callers_hear_an_apology_and_get_a_person(healing: Scene) -> None:
    healing.firsts[0].do(WAYS["refuse"])
    healing.near.refuses, healing.small.usual = True, chat.refuses(401)
    results = await asyncio.gather(*(healing.phone.call(healing.placed()) for _ in range(4)))
    for result in results:
        said = [item.what for item in result.items if item.what.startswith("<Say>")]
        assert (said[:1], result.dialled) == (["<Say> 'We have a technical problem.'"], ["+15555550199"])
    assert (await healing.service.get("/health/ready"))[0] == 503

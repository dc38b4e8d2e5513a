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
from tests.whole.carrier import NUMBER
from tests.whole.engines import Engines, free_listener
from tests.whole.viewer import watching

DEAD_AIR_SECS = 6.0
"""With engines that may take two seconds a role, a caller never waits for longer than this for a sound."""
SPEECH = resample(babble(500), 8000, 24_000)
ANSWER = "It was sent today."
PLAN = """\
name: Talk
numbers: ["+15555550100"]
greeting: Good day.
voice: {away: nova}
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


WELL: tuple[deepgram.Part | int, openai.Answer, chat.Behaviour] = (YES, speaks, chat.says(ANSWER))
WAYS: dict[str, tuple[deepgram.Part | int, openai.Answer, chat.Behaviour]] = {
    "refuse": (401, openai.refuses(401), chat.refuses(401)),
    "have too many": (429, openai.refuses(429), chat.refuses(429)),
    "fail": (500, openai.refuses(500), chat.refuses(500)),
    "hang": (deepgram.hangs, openai.hangs, chat.hangs()),
    "break off": (deepgram.breaks, openai.cut_off(SPEECH), chat.breaks_off("It was sent today. And it ar", cut=True)),
    "send rubbish": (deepgram.hears("<html>"), openai.sends(b"{}"), chat.answers("<html>")),
    "say nothing of use": (deepgram.closes(1011), openai.sends(b"", "audio/pcm"), chat.says("Здравствуйте, кто там?")),
}


@dataclass
class Scene:
    """A service: its first engines are ``ear``, ``away`` and ``large``, the others ``near`` and ``small``."""

    service: Appliance
    ear: deepgram.DeepgramServer
    away: openai.OpenAIServer
    large: chat.ChatServer
    small: chat.ChatServer
    near: Engines
    phone: Phone
    yes: Sound

    def first_do(self, way: tuple[deepgram.Part | int, openai.Answer, chat.Behaviour]) -> None:
        """What the first engines do from now on."""
        self.ear.parts, self.away.answers, self.large.usual = [way[0]], [way[1]], way[2]

    async def call(self) -> tuple[CallResult, dict[str, Any]]:
        """A caller who says something once, hears the answer and hangs up: what came of it, and its record."""
        given = Call(url=self.service.voice_url, to=NUMBER, actions=(Wait("end"),), dead_air_secs=60, talk_secs=0.1)
        live = await self.phone.dial(given)
        await live.line.bot_has_spoken(20)
        await live.line.say(self.yes).done.wait()
        await live.line.bot_has_spoken(20)
        result = await live.hang_up()
        return result, await self.service.record(result.call_sid)

    async def engines(self) -> dict[str, str]:
        """The state of each engine, by role and name."""
        _, told = await self.service.get("/health/ready")
        return {f"{one['role']} {one['engine']}": one["state"] for one in told["engines"]}

    def changes(self) -> list[str]:
        """What the log says of engines that went and came back, without the reasons."""
        lines = self.service.log().splitlines()
        wanted = [line for line in lines if " is out of order: " in line or " works again, after " in line]
        return sorted(
            line.partition("the ")[2].partition(":")[0].partition(",")[0].removesuffix(".") for line in wanted
        )


@asynccontextmanager
async def scene(directory: Path, phone: Phone, yes: Sound) -> AsyncIterator[Scene]:
    """A service of its own, all of whose engines are well."""
    (directory / "dialplans").mkdir()
    (directory / "dialplans" / "talk.yaml").write_text(PLAN)
    async with AsyncExitStack() as stack:
        listener = stack.enter_context(free_listener())
        ear = await stack.enter_async_context(deepgram.deepgram_server(YES))
        away = await stack.enter_async_context(openai.openai_server(speaks))
        large = await stack.enter_async_context(chat.ChatServer(usual=chat.says(ANSWER)))
        small = await stack.enter_async_context(chat.ChatServer(usual=chat.says(ANSWER)))
        near = await stack.enter_async_context(Engines(listener, usual="Where is it?"))
        settings: dict[str, Any] = {
            "speech__transcriber": '["ear", "near"]',
            "speech__synthesizer": '["away", "near"]',
            "speech__timeout_secs": 2,
            "llm__engines": '["large", "small"]',
            "llm__timeout_secs": 2,
            "engines__ear__kind": "deepgram",
            "engines__ear__base_url": ear.base_url,
            "engines__away__kind": "openai-tts",
            "engines__away__base_url": away.base_url,
            "engines__near__kind": "wyoming",
            "engines__near__uri": f"tcp://127.0.0.1:{listener.getsockname()[1]}",
            "engines__large__kind": "openai-chat",
            "engines__large__model": "large",
            "engines__large__base_url": large.url,
            "engines__small__kind": "openai-chat",
            "engines__small__model": "small",
            "engines__small__base_url": small.url,
        }
        service = stack.enter_context(running(directory / "data", directory / "dialplans", **settings))
        yield Scene(service, ear, away, large, small, near, phone, yes)


def turns(record: dict[str, Any]) -> list[tuple[str, str]]:
    """Who said what."""
    return [(turn["who"], turn["text"]) for turn in record["turns"]]


def waited(result: CallResult) -> float:
    """The longest time for which the caller heard nothing, in seconds."""
    return Tape(result.caller_track, result.bot_track).longest_silence().secs


Played = dict[str, tuple[CallResult, dict[str, Any], Scene]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def played(yes: Sound, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Played]:
    """A call with first engines that fail in each way, one after another, as they share a machine with other tests."""
    async with Phone() as phone:
        results: Played = {}
        for way, behaviour in WAYS.items():
            async with scene(tmp_path_factory.mktemp("failing"), phone, yes) as playing:
                playing.first_do(behaviour)
                results[way] = (*(await playing.call()), playing)
        yield results


@pytest.mark.parametrize("way", WAYS)
async def test_first_engines_that_fail_are_replaced_in_the_same_turn_and_nothing_is_lost(
    played: Played, way: str
) -> None:
    result, record, _ = played[way]
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
    _, record, _ = played[way]
    about = record["metadata"]
    assert about["engines"]["transcriber"] == {"near": 1}
    assert about["engines"]["llm"] == ({"large": 1} if way == "break off" else {"small": 1})
    assert about["engines"]["synthesizer"]["near"] >= 2
    assert {(one["role"], one["engine"]) for one in about["failovers"]} == {
        ("transcriber", "ear"),
        ("synthesizer", "away"),
        ("llm", "large"),
    }


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def healing(yes: Sound, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """A service that the tests below use in their order."""
    async with Phone() as phone, scene(tmp_path_factory.mktemp("healing"), phone, yes) as playing:
        yield playing


async def test_supervisors_are_told_of_an_engine_that_gave_up_as_an_error_that_is_not_fatal(healing: Scene) -> None:
    healing.first_do((YES, speaks, chat.refuses(500)))
    live = await healing.phone.dial(Call(url=healing.service.voice_url, to=NUMBER, actions=(Wait("end"),)))
    await live.line.bot_has_spoken(20)
    async with watching(healing.service, f"/rtvi/{live.sid}") as viewer:
        await viewer.ready()
        await live.line.say(healing.yes).done.wait()
        error = (await viewer.until("error"))["data"]
        while not any(one["engine"] == "small" for data in viewer.data("metrics") for one in data.get("ttfb", ())):
            await viewer.until("metrics")
    await live.hang_up()
    what = f"The language model at {healing.large.url} refused with status 500 (error)."
    assert error == {"error": what, "message": what, "fatal": False, "gave_up": "large"}


async def test_twenty_calls_at_once_go_on_with_the_next_engines_and_the_log_has_a_line_for_each_that_is_down(
    healing: Scene,
) -> None:
    healing.first_do(WAYS["fail"])
    calls = await asyncio.gather(*(healing.call() for _ in range(20)))
    for result, record in calls:
        assert result.problems == []
        assert ("caller", "Where is it?") in turns(record)
        assert any(ANSWER in text for who, text in turns(record) if who == "bot")
    assert healing.changes() == [
        "llm large is out of order",
        "synthesizer away is out of order",
        "transcriber ear is out of order",
    ]
    status, told = await healing.service.get("/health/ready")
    assert (status, told["status"], told["problems"]) == (200, "degraded", [])
    assert "127.0.0.1" not in str(told["engines"])
    assert await healing.service.metric("appliance_engine_up", role="llm", engine="large") == 0
    assert await healing.service.metric("appliance_engine_up", role="llm", engine="small") == 1


async def test_engines_that_work_again_are_found_without_a_call_and_serve_the_next_one(healing: Scene) -> None:
    healing.first_do(WELL)
    async with asyncio.timeout(60):
        while set((await healing.engines()).values()) != {"up"}:
            pass
    assert [line for line in healing.changes() if "works again" in line] == [
        "llm large works again",
        "synthesizer away works again",
        "transcriber ear works again",
    ]
    _, record = await healing.call()
    assert turns(record)[1:] == [("caller", "Where is it?"), ("bot", ANSWER)]
    assert record["metadata"]["engines"] == {
        "transcriber": {"ear": 1},
        "synthesizer": {"away": 3},
        "llm": {"large": 1},
    }
    assert "failovers" not in record["metadata"]


async def test_where_all_engines_are_dead_callers_hear_an_apology_and_get_a_person(healing: Scene) -> None:
    healing.first_do(WAYS["refuse"])
    healing.near.refuses, healing.small.usual = True, chat.refuses(401)
    given = Call(url=healing.service.voice_url, to=NUMBER, actions=(Wait("end"),), dead_air_secs=60, talk_secs=0.1)
    results = await asyncio.gather(*(healing.phone.call(given) for _ in range(4)))
    for result in results:
        said = [item.what for item in result.items if item.what.startswith("<Say>")]
        assert (said[:1], result.dialled) == (["<Say> 'We have a technical problem.'"], ["+15555550199"])
    assert (await healing.service.get("/health/ready"))[0] == 503

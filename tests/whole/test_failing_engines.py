"""Speech engines that die, hang or are slow: the caller is asked again, or hears an apology and is connected."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from appliance.simulator import Call, CallResult, LiveCall, Phone, Sound, Wait
from appliance.simulator.timings import Tape
from tests.whole.appliance import Appliance, running
from tests.whole.carrier import NUMBER
from tests.whole.engines import Engines, free_listener

DEAD_AIR_SECS = 9.0
"""A caller never waits for longer than this for a sound, an apology or a person."""
SORRY = "Sorry, something went wrong on our side. Shall we go on?"


def call(service: Appliance, *actions: Any) -> Call:
    """A call whose silence is judged by ``waited``: on a phone without a voice, `<Say>` and `<Dial>` are silent."""
    return Call(url=service.voice_url, to=NUMBER, actions=actions, dead_air_secs=60, talk_secs=2.0)


def waited(result: CallResult) -> float:
    """The longest time for which the caller heard nothing while the bot was on the line, in seconds."""
    closed = next(item.at_secs for item in result.items if item.what.startswith("closes the media stream"))
    ends = round(closed * 8000)
    return Tape(result.caller_track[:ends], result.bot_track[:ends]).longest_silence().secs


def turns(record: dict[str, Any]) -> list[tuple[str, str]]:
    """Who said what."""
    return [(turn["who"], turn["text"]) for turn in record["turns"]]


def said_by_carrier(result: CallResult) -> list[str]:
    """The words of `<Say>`."""
    return [item.what for item in result.items if item.what.startswith("<Say>")]


@dataclass
class Scene:
    """A call to a service with engines of its own, and what came of it."""

    service: Appliance
    engines: Engines
    phone: Phone
    yes: Sound

    async def until_asked(self) -> LiveCall:
        """A call whose caller has just been asked the question."""
        live = await self.phone.dial(call(self.service, Wait("end")))
        await live.line.bot_has_spoken(20)
        return live

    async def says_yes(self, live: LiveCall) -> CallResult:
        """The caller answers and stays on the line."""
        await live.line.say(self.yes).done.wait()
        return await live.result()


async def _refuse_from_the_start(scene: Scene) -> CallResult:
    scene.engines.refuses = True
    return await scene.phone.call(call(scene.service, Wait("end")))


async def _refuse(scene: Scene) -> CallResult:
    live = await scene.until_asked()
    scene.engines.refuses = True
    return await scene.says_yes(live)


async def _hang(scene: Scene) -> CallResult:
    live = await scene.until_asked()
    scene.engines.deaf = scene.engines.mute = True
    return await scene.says_yes(live)


async def _are_slow(scene: Scene) -> CallResult:
    live = await scene.until_asked()
    scene.engines.hear_after_secs = scene.engines.speak_after_secs = 1.5
    return await scene.says_yes(live)


async def _are_deaf_once(scene: Scene) -> CallResult:
    live = await scene.until_asked()
    scene.engines.deaf = True
    await live.line.say(scene.yes).done.wait()
    await live.line.bot_has_spoken(20)
    scene.engines.deaf = False
    return await scene.says_yes(live)


SCENES: dict[str, Callable[[Scene], Awaitable[CallResult]]] = {
    "refuse from the start": _refuse_from_the_start,
    "refuse": _refuse,
    "hang": _hang,
    "are slow": _are_slow,
    "are deaf once": _are_deaf_once,
}
Played = dict[str, tuple[CallResult, dict[str, Any]]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def played(quick_dialplans: Path, yes: Sound, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """All scenes, each with a service and engines of its own, played at the same time: results and records."""
    async with AsyncExitStack() as stack:
        phone = await stack.enter_async_context(Phone())
        scenes = {}
        for name in SCENES:
            listener = stack.enter_context(free_listener())
            uri = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
            service = stack.enter_context(running(tmp_path_factory.mktemp("own"), quick_dialplans, speech__uri=uri))
            scenes[name] = Scene(service, await stack.enter_async_context(Engines(listener)), phone, yes)
        results = await asyncio.gather(*(SCENES[name](scene) for name, scene in scenes.items()))
        pairs = zip(scenes.values(), results, strict=True)
        played = [(result, await scene.service.record(result.call_sid)) for scene, result in pairs]
    return dict(zip(scenes, played, strict=True))


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("name", ["refuse from the start", "refuse", "hang"])
async def test_engines_that_fail_mean_an_apology_and_the_fallback(played: Played, name: str) -> None:
    result, record = played[name]
    assert (result.problems, result.verbs) == ([], ["Connect", "Redirect", "Say", "Dial", "Hangup"])
    assert said_by_carrier(result) == ["<Say> 'We have a technical problem.'"]
    assert result.dialled == ["+15555550199"]
    assert (record["outcome"], record["end_reason"]) == ("failed", "engine failed")
    assert waited(result) < DEAD_AIR_SECS


async def test_a_recogniser_that_hangs_means_that_the_caller_is_asked_again(played: Played) -> None:
    result, record = played["are deaf once"]
    assert (result.problems, result.end) == ([], "<Hangup>")
    assert turns(record) == [
        ("bot", "Welcome. Shall we go on?"),
        ("bot", SORRY),
        ("caller", "yes"),
        ("bot", "Thank you and goodbye."),
    ]
    assert waited(result) < DEAD_AIR_SECS


async def test_slow_engines_are_waited_for(played: Played) -> None:
    result, record = played["are slow"]
    assert (result.problems, result.end) == ([], "<Hangup>")
    assert turns(record) == [
        ("bot", "Welcome. Shall we go on?"),
        ("caller", "yes"),
        ("bot", "Thank you and goodbye."),
    ]


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def speech_process(service: Appliance) -> int:
    """The embedded engines, by what the kernel says of the service's children."""
    named = [pid for pid in children(service.process.pid) if b"speech" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    assert len(named) == 1
    return named[0]


@pytest_asyncio.fixture(loop_scope="module")
async def lone_phone() -> AsyncIterator[Phone]:
    """A phone in this module's loop."""
    async with Phone() as one:
        yield one


@pytest.mark.parametrize("victim", ["the server", "its workers"])
async def test_killed_engines_are_restarted_and_the_call_goes_on(
    embedded_quick: Appliance, lone_phone: Phone, victim: str
) -> None:
    await embedded_quick.until_ready()
    live = await lone_phone.dial(call(embedded_quick, Wait("end")))
    await live.line.bot_has_spoken(20)
    server = speech_process(embedded_quick)
    for pid in [server] if victim == "the server" else children(server):
        os.kill(pid, signal.SIGKILL)
    live.line.press("5")
    await live.line.bot_has_spoken(20)
    live.line.press("1")
    result = await live.result()
    assert (result.problems, result.end) == ([], "<Hangup>")
    assert waited(result) < DEAD_AIR_SECS
    assert ("bot", "I have looked it up. Shall we go on?") in turns(await embedded_quick.record(result.call_sid))


async def test_engines_that_are_stopped_mean_an_apology_and_the_fallback(
    embedded_quick: Appliance, lone_phone: Phone
) -> None:
    await embedded_quick.until_ready()
    live = await lone_phone.dial(call(embedded_quick, Wait("end")))
    await live.line.bot_has_spoken(20)
    server = speech_process(embedded_quick)
    stopped = [server, *children(server)]
    try:
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        live.line.press("5")
        result = await live.result()
    finally:
        for pid in stopped:
            with contextlib.suppress(ProcessLookupError):  # What does not answer for long enough is replaced.
                os.kill(pid, signal.SIGCONT)
    assert (result.problems, result.verbs) == ([], ["Connect", "Redirect", "Say", "Dial", "Hangup"])
    assert waited(result) < DEAD_AIR_SECS

"""Speech engines that die, hang or are slow: the caller is asked again, or hears an apology and is connected."""

import os
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from appliance.simulator import Call, CallResult, Phone, Sound, Wait
from appliance.simulator.timings import Tape
from tests.whole.appliance import Appliance, running
from tests.whole.carrier import NUMBER
from tests.whole.engines import Engines, free_listener

DEAD_AIR_SECS = 9.0
"""A caller never waits for longer than this for a sound, an apology or a person."""
SORRY = "Sorry, something went wrong on our side. Shall we go on?"


@pytest.fixture
async def own(quick_dialplans: Path, tmp_path: Path) -> AsyncIterator[tuple[Appliance, Engines]]:
    """A service with engines of its own, so that what one test does to them concerns no other."""
    with free_listener() as listener:
        uri = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        with running(tmp_path, quick_dialplans, speech__uri=uri) as service:
            async with Engines(listener) as engines:
                yield service, engines


def call(service: Appliance, *actions: Any) -> Call:
    """A call whose silence is judged by ``waited``: on a phone without a voice, `<Say>` and `<Dial>` are silent."""
    return Call(url=service.voice_url, to=NUMBER, actions=actions, dead_air_secs=60, talk_secs=0.1)


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


Trouble = Callable[[Engines], None]


def _set(**knobs: object) -> Trouble:
    def apply(engines: Engines) -> None:
        for name, value in knobs.items():
            setattr(engines, name, value)

    return apply


async def _trouble(own: tuple[Appliance, Engines], phone: Phone, yes: Sound, trouble: Trouble) -> CallResult:
    """A call in which, once the question has been asked, the engines get into trouble; then the caller says yes."""
    service, engines = own
    live = await phone.dial(call(service, Wait("end")))
    await live.line.bot_has_spoken(20)
    trouble(engines)
    await live.line.say(yes).done.wait()
    return await live.result()


async def test_a_voice_that_refuses_from_the_start_means_an_apology_and_the_fallback(
    own: tuple[Appliance, Engines], phone: Phone
) -> None:
    service, engines = own
    engines.refuses = True
    result = await phone.call(call(service, Wait("end")))
    assert (result.problems, result.verbs) == ([], ["Connect", "Redirect", "Say", "Dial"])
    assert said_by_carrier(result) == ["<Say> 'We have a technical problem.'"]
    assert result.dialled == ["+15555550199"]
    record = await service.record(result.call_sid)
    assert (record["outcome"], record["end_reason"]) == ("failed", "engine failed")


@pytest.mark.parametrize("trouble", [_set(mute=True, deaf=True), _set(refuses=True)], ids=["both hang", "both refuse"])
async def test_engines_that_fail_in_mid_call_mean_an_apology_and_the_fallback(
    own: tuple[Appliance, Engines], phone: Phone, yes: Sound, trouble: Trouble
) -> None:
    result = await _trouble(own, phone, yes, trouble)
    assert (result.problems, result.verbs) == ([], ["Connect", "Redirect", "Say", "Dial"])
    assert result.dialled == ["+15555550199"]
    assert waited(result) < DEAD_AIR_SECS


async def test_a_recogniser_that_hangs_means_that_the_caller_is_asked_again(
    own: tuple[Appliance, Engines], phone: Phone, yes: Sound
) -> None:
    service, engines = own
    live = await phone.dial(call(service, Wait("end")))
    await live.line.bot_has_spoken(20)
    engines.deaf = True
    await live.line.say(yes).done.wait()
    await live.line.bot_has_spoken(20)
    engines.deaf = False
    await live.line.say(yes).done.wait()
    result = await live.result()
    assert (result.problems, result.end) == ([], "<Hangup>")
    expected = [
        ("bot", "Welcome. Shall we go on?"),
        ("bot", SORRY),
        ("caller", "yes"),
        ("bot", "Thank you and goodbye."),
    ]
    assert turns(await service.record(result.call_sid)) == expected


async def test_slow_engines_are_waited_for(own: tuple[Appliance, Engines], phone: Phone, yes: Sound) -> None:
    result = await _trouble(own, phone, yes, _set(hear_after_secs=1.5, speak_after_secs=1.5))
    assert (result.problems, result.end) == ([], "<Hangup>")
    expected = [("bot", "Welcome. Shall we go on?"), ("caller", "yes"), ("bot", "Thank you and goodbye.")]
    assert turns(await own[0].record(result.call_sid)) == expected


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def speech_process(service: Appliance) -> int:
    """The embedded engines, by what the kernel says of the service's children."""
    named = [pid for pid in children(service.process.pid) if b"speech" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    assert len(named) == 1
    return named[0]


@pytest.mark.parametrize("victim", ["the server", "its workers"])
async def test_killed_engines_are_restarted_and_the_call_goes_on(
    embedded_quick: Appliance, phone: Phone, victim: str
) -> None:
    await embedded_quick.until_ready()
    live = await phone.dial(call(embedded_quick, Wait("end")))
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
    embedded_quick: Appliance, phone: Phone
) -> None:
    await embedded_quick.until_ready()
    live = await phone.dial(call(embedded_quick, Wait("end")))
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
            os.kill(pid, signal.SIGCONT)
    assert (result.problems, result.verbs) == ([], ["Connect", "Redirect", "Say", "Dial"])
    assert waited(result) < DEAD_AIR_SECS

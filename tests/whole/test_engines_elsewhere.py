"""Calls with engines elsewhere, of OpenAI's kind and Deepgram's, by stand-ins; what a caller hears when they fail."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
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
from tests.whole.appliance import Appliance, running
from tests.whole.carrier import NUMBER

DEAD_AIR_SECS = 5.0
"""With engines that may take a second each, a caller never waits for longer than this for a sound or a person."""
SPEECH = resample(babble(500), 8000, 24_000)
SORRY = ("bot", "Sorry, something went wrong on our side. Shall we go on?")
WELCOME = ("bot", "Welcome. Shall we go on?")

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class Elsewhere:
    """Two services, by what listens, and the servers that they use."""

    services: dict[str, Appliance]
    deepgram: deepgram.DeepgramServer
    phone: Phone
    yes: Sound
    ear: openai.Answer

    async def answer(self, exchange: openai.Exchange) -> None:
        """The server of OpenAI's kind, for both of what it does."""
        await (self.ear if exchange.path.endswith("transcriptions") else speaks)(exchange)

    async def call(self, listens: str, *, to: str = NUMBER, fails: bool = False) -> tuple[CallResult, dict[str, Any]]:
        """A caller who says yes when asked, and presses 1 when that ``fails``: what came of it, and its record."""
        service = self.services[listens]
        # What `<Say>` and `<Dial>` sound like is not heard on this phone: silence is judged by ``waited``.
        given = Call(url=service.voice_url, to=to, actions=(Wait("end"),), dead_air_secs=60, talk_secs=2.0)
        live = await self.phone.dial(given)
        if to == NUMBER:
            await live.line.bot_has_spoken(20)
            await live.line.say(self.yes).done.wait()
        if fails:
            await live.line.bot_has_spoken(20)
            live.line.press("1")
        result = await live.result()
        return result, await service.record(result.call_sid)


VOICES: dict[str, openai.Answer] = {
    "refuses": openai.refuses(401, "invalid_api_key"),
    "too many": openai.refuses(429),
    "fails": openai.refuses(500),
    "hangs": openai.hangs,
    "closes": openai.closes,
    "closes mid-stream": openai.cut_off(SPEECH),
    "stops in mid-sentence": openai.stops(SPEECH),
    "rubbish": openai.sends(json.dumps({"audio": "none"}).encode()),
    "nothing": openai.sends(b"", "audio/pcm"),
}
"""Ways in which what speaks may fail, each on a number of its own."""
NUMBERS = {how: f"+1555555020{digit}" for digit, how in enumerate(VOICES)}


async def speaks(exchange: openai.Exchange) -> None:
    """Half a second of speech for each text, but for greetings that say how they fail."""
    how = exchange.json["input"].removesuffix(".")
    await VOICES.get(how, openai.sends(SPEECH, "audio/pcm"))(exchange)


HEARS_YES = deepgram.hears(deepgram.results("Yes.", from_finalize=True))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def started(
    quick_dialplans: Path, yes: Sound, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Elsewhere]:
    """Both services, for all tests here."""
    dialplans = tmp_path_factory.mktemp("dialplans")
    quick = (quick_dialplans / "quick.yaml").read_text()
    (dialplans / "quick.yaml").write_text(quick)
    for how, number in NUMBERS.items():
        failing = quick.replace("name: Quick", f"name: {how}").replace("greeting: Welcome.", f"greeting: {how}.")
        (dialplans / f"{how}.yaml").write_text(failing.replace(NUMBER, number))
    async with AsyncExitStack() as stack:
        ours: list[Elsewhere] = []

        async def answer(exchange: openai.Exchange) -> None:
            await ours[0].answer(exchange)

        away = await stack.enter_async_context(openai.openai_server(answer))
        heard = await stack.enter_async_context(deepgram.deepgram_server(HEARS_YES))
        given: dict[str, Any] = {
            "speech__synthesizer": "openai",
            "speech__timeout_secs": 1,
            "openai_tts__base_url": away.base_url,
            "openai_stt__base_url": away.base_url,
            "deepgram__base_url": heard.base_url,
        }
        services = {
            listens: stack.enter_context(
                running(tmp_path_factory.mktemp(listens), dialplans, speech__transcriber=listens, **given)
            )
            for listens in ("openai", "deepgram")
        }
        phone = await stack.enter_async_context(Phone())
        ours.append(Elsewhere(services, heard, phone, yes, openai.says("Yes.")))
        yield ours[0]


@pytest.fixture
def elsewhere(started: Elsewhere) -> Elsewhere:
    """All in order."""
    started.ear, started.deepgram.parts = openai.says("Yes."), [HEARS_YES]
    return started


def turns(record: dict[str, Any]) -> list[tuple[str, str]]:
    """Who said what."""
    return [(turn["who"], turn["text"]) for turn in record["turns"]]


def waited(result: CallResult) -> float:
    """The longest time for which the caller heard nothing while the bot was on the line, in seconds."""
    closed = next(item.at_secs for item in result.items if item.what.startswith("closes the media stream"))
    ends = round(closed * 8000)
    return Tape(result.caller_track[:ends], result.bot_track[:ends]).longest_silence().secs


@pytest.mark.parametrize("listens", ["openai", "deepgram"])
async def test_a_caller_is_understood_and_answered(elsewhere: Elsewhere, listens: str) -> None:
    result, record = await elsewhere.call(listens)
    assert (result.problems, result.end) == ([], "<Hangup>")
    assert turns(record) == [WELCOME, ("caller", "Yes."), ("bot", "Thank you and goodbye.")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def played(started: Elsewhere) -> dict[str, tuple[CallResult, dict[str, Any]]]:
    """A call to each number whose greeting fails, all at the same time."""
    calls = await asyncio.gather(*(started.call("deepgram", to=number) for number in NUMBERS.values()))
    return dict(zip(NUMBERS, calls, strict=True))


@pytest.mark.parametrize("how", VOICES)
async def test_a_voice_that_fails_means_an_apology_and_a_person(
    played: dict[str, tuple[CallResult, dict[str, Any]]], how: str
) -> None:
    result, record = played[how]
    assert (result.problems, result.verbs) == ([], ["Connect", "Redirect", "Say", "Dial", "Hangup"])
    said = [item.what for item in result.items if item.what.startswith("<Say>")]
    assert (said, result.dialled) == (["<Say> 'We have a technical problem.'"], ["+15555550199"])
    assert (record["outcome"], record["end_reason"]) == ("failed", "engine failed")
    assert waited(result) < DEAD_AIR_SECS


EARS: dict[str, tuple[openai.Answer, deepgram.Part | int]] = {
    "refuse": (openai.refuses(401), 401),
    "have too many": (openai.refuses(429), 429),
    "fail": (openai.refuses(500), 500),
    "hang": (openai.hangs, deepgram.hangs),
    "close": (openai.closes, deepgram.closes(1011, "NET-0001")),
    "break": (openai.cut_off(b'{"text'), deepgram.breaks),
    "send rubbish": (openai.sends(b"<html>"), deepgram.hears("<html>")),
}


@pytest.mark.parametrize("how", EARS)
async def test_ears_that_fail_mean_that_the_caller_is_told_and_asked_again(elsewhere: Elsewhere, how: str) -> None:
    elsewhere.ear, part = EARS[how]
    elsewhere.deepgram.parts = [part]
    for result, record in await asyncio.gather(
        *(elsewhere.call(listens, fails=True) for listens in elsewhere.services)
    ):
        assert (result.problems, result.end) == ([], "<Hangup>")
        assert turns(record) == [WELCOME, SORRY, ("caller", "1"), ("bot", "Thank you and goodbye.")]
        assert waited(result) < DEAD_AIR_SECS

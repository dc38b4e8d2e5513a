"""Several synthesizers as one, against stand-ins over real sockets: whatever the first does, the sentence is spoken."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from appliance.audio.resample import resample
from appliance.errors import EngineError
from appliance.failover import GaveUp, Health, Lineup, Member, Serving
from appliance.settings import OpenAITTSSettings
from appliance.speech.base import SpeechAudio, SpeechPiece, Synthesizer, WordTimes
from appliance.speech.canned import CannedSynthesizer, babble
from appliance.speech.canned_server import CannedServer
from appliance.speech.failover_tts import FailoverSynthesizer
from appliance.speech.openai_tts import OpenAISynthesizer
from appliance.speech.wyoming import WyomingSynthesizer
from tests.speech import openai_server as openai

SPEECH = resample(babble(500), 8000, 24_000)
TEXT = "Good morning, who is calling?"


@dataclass
class Scene:
    """An engine of OpenAI's kind, called ``away``, and a Wyoming server, called ``near``, as one."""

    away: openai.OpenAIServer
    engine: FailoverSynthesizer

    @property
    def health(self) -> Health:
        return self.engine.lineup.members[0].health


def member(name: str, engine: Synthesizer, patience_secs: float | None = None) -> Member[Synthesizer]:
    return Member(engine, Health("synthesizer", name, pauses_secs=(60,)), f"{name}'s model", patience_secs)


@asynccontextmanager
async def scene(answer: openai.Answer, patience_secs: float | None = None) -> AsyncIterator[Scene]:
    async with openai.openai_server(answer) as away, CannedServer(secs=0.5) as near:
        first = OpenAISynthesizer(OpenAITTSSettings(base_url=away.base_url), first_secs=20, idle_secs=20)
        engine = FailoverSynthesizer(
            Lineup((member("away", first, patience_secs), member("near", WyomingSynthesizer(near.uri)))),
            first_secs=20,
            idle_secs=0.2,
        )
        yield Scene(away, engine)
        await first.close()


async def said(engine: Synthesizer, voice: str | None = None) -> list[SpeechPiece]:
    async with asyncio.timeout(20):
        return [piece async for piece in engine.synthesize(TEXT, language="en", voice=voice)]


def summed_up(pieces: Sequence[SpeechPiece]) -> list[str | float]:
    """Who served or gave up, and how many seconds of audio came between."""
    told: list[str | float] = []
    for piece in pieces:
        match piece:
            case Serving() | GaveUp():
                told.append(f"{type(piece).__name__} {piece.engine}")
            case SpeechAudio():
                before = told.pop() if told and isinstance(told[-1], float) else 0.0
                assert isinstance(before, float)
                told.append(round(before + len(piece.pcm) / 16_000, 2))
            case WordTimes():
                pass
    return told


NEAR = ["Serving near", 0.5]
BEFORE_A_SOUND: dict[str, openai.Answer] = {
    "refuses": openai.refuses(401),
    "has too many": openai.refuses(429),
    "fails": openai.refuses(500),
    "hangs": openai.hangs,
    "closes": openai.closes,
    "sends rubbish": openai.sends(json.dumps({"audio": "none"}).encode()),
    "sends a file": openai.sends(b"RIFF....", "audio/pcm"),
    "sends nothing": openai.sends(b"", "audio/pcm"),
    "begins and sends nothing": openai.stops(b""),
}


@pytest.mark.parametrize("how", BEFORE_A_SOUND)
async def test_whatever_the_first_does_instead_of_speaking_the_next_speaks(how: str) -> None:
    async with scene(BEFORE_A_SOUND[how], 0.1 if how in ("hangs", "begins and sends nothing") else None) as playing:
        assert summed_up(await said(playing.engine)) == ["GaveUp away", *NEAR]
        assert playing.health.failures == 1


@pytest.mark.parametrize("how", [openai.cut_off(SPEECH), openai.stops(SPEECH)], ids=["closes", "stops"])
async def test_a_sentence_that_is_broken_off_is_spoken_again_by_the_next(how: openai.Answer) -> None:
    async with scene(how) as playing:
        serving, heard, *rest = summed_up(await said(playing.engine))
        assert (serving, rest) == ("Serving away", ["GaveUp away", *NEAR])
        assert isinstance(heard, float)
        assert 0.4 <= heard <= 0.5


async def test_while_the_first_is_well_it_speaks_alone() -> None:
    async with scene(openai.sends(SPEECH, "audio/pcm")) as playing:
        assert summed_up(await said(playing.engine)) == ["Serving away", 0.5]
        assert playing.health.failures == 0


async def test_one_that_is_down_is_not_asked_again_by_any_call() -> None:
    async with scene(openai.refuses(500)) as playing:
        for _ in range(5):
            assert summed_up(await said(playing.engine))[-2:] == NEAR
        assert len(playing.away.seen) == 3
        await playing.health.close()


async def test_twenty_sentences_at_once_are_all_spoken_by_the_next() -> None:
    async with scene(openai.refuses(503)) as playing:
        every = await asyncio.gather(*(said(playing.engine) for _ in range(20)))
        assert [summed_up(pieces)[-2:] for pieces in every] == [NEAR] * 20
        await playing.health.close()


async def test_where_all_fail_the_last_ones_failure_is_told() -> None:
    async with scene(openai.refuses(500)) as playing:
        dead = FailoverSynthesizer(
            Lineup((playing.engine.lineup.members[0], member("gone", WyomingSynthesizer("tcp://127.0.0.1:1"))))
        )
        with pytest.raises(EngineError, match=r"tcp://127\.0\.0\.1:1"):
            await said(dead)


async def test_each_engine_has_its_own_voice_and_what_is_asked_for_is_the_firsts() -> None:
    first, second = Asked(fails=True), Asked()
    lineup = Lineup((member("a", first), member("b", second)))
    await said(FailoverSynthesizer(lineup, voices={"a": "amy", "b": "bert"}))
    await said(FailoverSynthesizer(lineup, voices={"b": "bert"}), "anna")
    await said(FailoverSynthesizer(lineup), "anna")
    assert (first.voices, second.voices) == (["amy", "anna", "anna"], ["bert", "bert", None])
    await lineup.members[0].health.close()


async def test_who_does_not_want_to_hear_more_blames_nobody() -> None:
    engine = FailoverSynthesizer(Lineup((member("a", CannedSynthesizer()),)))
    pieces = aiter(engine.synthesize(TEXT, language="en"))
    await anext(pieces)
    await pieces.aclose()  # type: ignore[attr-defined]
    assert engine.lineup.members[0].health.failures == 0


class Asked:
    """Writes down the voices that it is asked for."""

    def __init__(self, *, fails: bool = False) -> None:
        self.voices: list[str | None] = []
        self._fails = fails

    async def synthesize(
        self, text: str, *, language: str, voice: str | None = None
    ) -> AsyncIterator[SpeechAudio | WordTimes]:
        self.voices.append(voice)
        if self._fails:
            raise EngineError("gone")
        yield SpeechAudio(bytes(160))

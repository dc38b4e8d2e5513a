"""Several transcribers as one, against stand-ins over real sockets: whatever the first does, the next hears it all."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from appliance.audio.g711 import pcm_to_ulaw
from appliance.errors import EngineError
from appliance.failover import GaveUp, Health, Lineup, Member, Serving
from appliance.settings import DeepgramSettings, OpenAISTTSettings
from appliance.speech import failover_stt
from appliance.speech.base import Transcriber, Transcript, Transcription
from appliance.speech.canned import CannedTranscriber, babble
from appliance.speech.deepgram import DeepgramTranscriber
from appliance.speech.failover_stt import FailoverTranscriber, Result
from appliance.speech.openai_stt import OpenAITranscriber
from appliance.speech.wyoming import WyomingTranscriber
from tests.speech import deepgram_server as deepgram
from tests.speech import openai_server as openai

PCM = babble(500)
YES = deepgram.hears(deepgram.results("Yes.", from_finalize=True))
HEARD: list[Result] = [Serving("ear", "nova-3"), Transcript("Yes.", final=True, confidence=0.98)]


@dataclass
class Scene:
    """An engine of OpenAI's kind, called ``away``, and Deepgram's, called ``ear``, as one."""

    away: openai.OpenAIServer
    ear: deepgram.DeepgramServer
    engine: FailoverTranscriber

    @property
    def health(self) -> Health:
        return self.engine.lineup.members[0].health


@asynccontextmanager
async def scene(
    answer: openai.Answer, *parts: deepgram.Part | int, patience_secs: float | None = None
) -> AsyncIterator[Scene]:
    async with openai.openai_server(answer) as away, deepgram.deepgram_server(*(parts or (YES,))) as ear:
        first = OpenAITranscriber(OpenAISTTSettings(base_url=away.base_url), answer_secs=20, retries=False)
        second = DeepgramTranscriber(DeepgramSettings(base_url=ear.base_url), answer_secs=20, retry_secs=())
        engine = FailoverTranscriber(
            Lineup((member("away", first, patience_secs), member("ear", second))), answer_secs=10
        )
        yield Scene(away, ear, engine)
        await first.close()


def member(name: str, engine: Transcriber, patience_secs: float | None = None) -> Member[Transcriber]:
    health = Health("transcriber", name, pauses_secs=(60,))
    return Member(engine, health, "nova-3" if name == "ear" else None, patience_secs)


async def said(utterance: Transcription) -> list[Result]:
    try:
        async with asyncio.timeout(20):
            return [result async for result in utterance.results()]
    finally:
        await utterance.close()


async def heard(engine: FailoverTranscriber, pcm: bytes = PCM) -> list[Result]:
    utterance = engine.transcribe(language="en")
    for at in range(0, len(pcm), 320):
        utterance.send(pcm[at : at + 320])
    utterance.finish()
    return await said(utterance)


FAILURES: dict[str, tuple[openai.Answer, str]] = {
    "refuses": (openai.refuses(401), "refused with status 401 (server_error)."),
    "has too many": (openai.refuses(429), "refused with status 429 (server_error)."),
    "fails": (openai.refuses(500), "refused with status 500 (server_error)."),
    "hangs": (openai.hangs, "gave no transcript within 0.1 s."),
    "closes": (openai.closes, "cannot be reached (RemoteProtocolError)."),
    "closes mid-stream": (openai.cut_off(b'{"te'), "broke (RemoteProtocolError)."),
    "stops": (openai.stops(b'{"te'), "gave no transcript within 0.1 s."),
    "sends rubbish": (openai.sends(b"<html>"), "sent what is no transcription."),
    "sends nothing": (openai.sends(b""), "sent what is no transcription."),
}


@pytest.mark.parametrize("how", FAILURES)
async def test_whatever_the_first_does_the_next_hears_the_whole_utterance(how: str) -> None:
    answer, error = FAILURES[how]
    async with scene(answer, patience_secs=0.1 if "0.1 s" in error else None) as playing:
        gave_up, *rest = await heard(playing.engine)
        assert isinstance(gave_up, GaveUp)
        assert (gave_up.engine, gave_up.error[-len(error) :], rest) == ("away", error, HEARD)
        (session,) = playing.ear.sessions
        assert session.audio == pcm_to_ulaw(PCM)
        assert (len(playing.away.seen), playing.health.failures) == (1, 1)


async def test_while_the_first_is_well_nobody_asks_the_next() -> None:
    async with scene(openai.says("Yes.")) as playing:
        assert await heard(playing.engine) == [Serving("away"), Transcript("Yes.", final=True)]
        assert (playing.ear.sessions, playing.health.failures) == ([], 0)


async def test_one_that_is_down_is_not_asked_again_by_any_call() -> None:
    async with scene(openai.refuses(500)) as playing:
        for _ in range(5):
            assert (await heard(playing.engine))[-2:] == HEARD
        assert (len(playing.away.seen), len(playing.ear.sessions)) == (3, 5)
        await playing.health.close()


async def test_twenty_calls_at_once_all_go_on_with_the_next() -> None:
    async with scene(openai.refuses(503)) as playing:
        every = await asyncio.gather(*(heard(playing.engine, babble(200 + number)) for number in range(20)))
        assert [results[-2:] for results in every] == [HEARD] * 20
        audio = sorted(len(session.audio) for session in playing.ear.sessions)
        assert audio == [8 * (200 + number) for number in range(20)]
        await playing.health.close()


async def test_one_that_breaks_while_the_caller_speaks_is_replaced_at_once() -> None:
    async with deepgram.deepgram_server(deepgram.breaks) as broken, deepgram.deepgram_server(YES) as whole:
        first, second = (
            DeepgramTranscriber(DeepgramSettings(base_url=server.base_url), retry_secs=()) for server in (broken, whole)
        )
        engine = FailoverTranscriber(Lineup((member("first", first), member("ear", second))))
        utterance = engine.transcribe(language="en")
        utterance.send(PCM)
        async with asyncio.timeout(20):
            await whole.connected.wait()
        utterance.send(PCM)
        utterance.finish()
        results = await said(utterance)
        assert results[-2:] == HEARD
        assert whole.sessions[0].audio == pcm_to_ulaw(PCM + PCM)


async def test_where_all_fail_the_last_ones_failure_is_told() -> None:
    async with scene(openai.refuses(500), 401) as playing:
        with pytest.raises(EngineError, match="refused with status 401"):
            await heard(playing.engine)
        assert [one.health.failures for one in playing.engine.lineup.members] == [1, 1]


async def test_all_together_have_one_time_limit() -> None:
    engine = FailoverTranscriber(
        Lineup((member("a", Deaf()), member("b", Deaf()), member("c", Deaf()))), answer_secs=0.3
    )
    utterance = engine.transcribe(language="en")
    utterance.finish()
    began = asyncio.get_running_loop().time()
    with pytest.raises(EngineError, match=r"The transcriber c gave no transcript within 0\.\d+ s\."):
        await said(utterance)
    assert asyncio.get_running_loop().time() - began >= 0.3
    assert [one.health.failures for one in engine.lineup.members] == [1, 1, 1]


async def test_silence_is_no_failure() -> None:
    engine = FailoverTranscriber(Lineup((member("a", CannedTranscriber("")), member("b", CannedTranscriber("yes")))))
    assert await heard(engine) == [Serving("a"), Transcript("", final=True)]


async def test_words_come_while_they_are_said() -> None:
    engine = FailoverTranscriber(Lineup((member("a", CannedTranscriber("yes", interim="ye")),)))
    utterance = engine.transcribe(language="en")
    utterance.send(PCM)
    async with asyncio.timeout(20):
        assert await anext(aiter(utterance.results())) == Transcript("ye", final=False)
    await utterance.close()


async def test_more_than_can_be_kept_is_not_told_to_another_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failover_stt, "MOST_KEPT_BYTES", len(PCM) - 1)
    async with scene(openai.refuses(500)) as playing:
        with pytest.raises(EngineError, match="refused with status 500"):
            await heard(playing.engine)
        assert playing.ear.sessions == []


async def test_who_fails_with_a_long_recording_may_be_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failover_stt, "LONG_BYTES", len(PCM) - 1)
    async with scene(openai.refuses(500)) as playing:
        assert (await heard(playing.engine))[-2:] == HEARD
        assert playing.health.failures == 0


async def test_an_utterance_that_is_closed_ends_for_who_waits_and_blames_nobody() -> None:
    engine = FailoverTranscriber(Lineup((member("a", Deaf()),)))
    utterance = engine.transcribe(language="en")
    utterance.finish()
    await utterance.close()
    with pytest.raises(EngineError, match="closed"):
        await said(utterance)
    assert engine.lineup.members[0].health.failures == 0


async def test_an_engine_that_is_not_there_at_all_is_passed_over() -> None:
    engine = FailoverTranscriber(
        Lineup((member("gone", WyomingTranscriber("tcp://127.0.0.1:1")), member("b", CannedTranscriber("yes"))))
    )
    gave_up, *rest = await heard(engine)
    assert isinstance(gave_up, GaveUp)
    assert rest == [Transcript("yes", final=False), Serving("b"), Transcript("yes", final=True)]


class Deaf:
    """Never says what it heard."""

    def transcribe(self, *, language: str, grammar: str | None = None, hints: object = ()) -> Transcription:
        return _Nothing()


class _Nothing:
    def send(self, pcm: bytes) -> None:
        pass

    def finish(self) -> None:
        pass

    async def results(self) -> AsyncIterator[Transcript]:
        await asyncio.Event().wait()
        yield Transcript("never", final=True)

    async def close(self) -> None:
        pass

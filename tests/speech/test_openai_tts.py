"""The synthesizer of OpenAI's kind against a server that follows the API reference, and ways in which one fails."""

import asyncio
from collections.abc import AsyncIterator

import numpy as np
import numpy.typing as npt
import pytest
from pydantic import SecretStr

from appliance.audio.resample import resample
from appliance.errors import EngineError
from appliance.settings import OpenAITTSSettings
from appliance.speech.base import SpeechAudio, SpokenWord, WordTimes
from appliance.speech.canned import babble
from appliance.speech.openai_tts import OpenAISynthesizer
from tests.speech.openai_server import (
    Answer,
    Exchange,
    closes,
    cut_off,
    hangs,
    openai_server,
    refuses,
    sends,
    stops,
    without_end,
)

VOICE_24K = resample(babble(1000), 8000, 24_000)


made: list[OpenAISynthesizer] = []


@pytest.fixture(autouse=True)
async def _nothing_stays_open() -> AsyncIterator[None]:
    """Engines that a test makes are closed behind it."""
    yield
    while made:
        await made.pop().close()


def engine(
    base_url: str, *, first_secs: float = 20.0, idle_secs: float = 20.0, rate_hz: int = 24_000
) -> OpenAISynthesizer:
    settings = OpenAITTSSettings(base_url=base_url, api_key=SecretStr("s3cret"), model="tts-1", rate_hz=rate_hz)
    made.append(OpenAISynthesizer(settings, first_secs=first_secs, idle_secs=idle_secs))
    return made[-1]


async def spoken(engine: OpenAISynthesizer, text: str = "hello you", **how: str) -> tuple[bytes, list[WordTimes]]:
    audio, times = b"", []
    async with asyncio.timeout(20):
        async for piece in engine.synthesize(text, language="en", **how):
            if isinstance(piece, SpeechAudio):
                audio += piece.pcm
            else:
                times.append(piece)
    return audio, times


def samples(pcm: bytes) -> npt.NDArray[np.int32]:
    return np.frombuffer(pcm, np.int16).astype(np.int32)


async def odd_pieces(exchange: Exchange) -> None:
    """A second of speech in pieces that cut samples in two."""
    await exchange.begin(kind="audio/pcm")
    for at in range(0, len(VOICE_24K), 4801):
        await exchange.send(VOICE_24K[at : at + 4801])
    await exchange.send(b"")


async def test_the_servers_audio_comes_at_8_khz_with_estimated_word_times() -> None:
    async with openai_server(odd_pieces) as server:
        audio, times = await spoken(engine(server.base_url))
    whole = resample(VOICE_24K, 24_000, 8000)
    assert len(audio) == len(whole)
    assert np.abs(samples(audio) - samples(whole)).max() <= 4  # the filter's rounding
    assert times == [WordTimes((SpokenWord("hello", 0, 600), SpokenWord("you", 600, 1000)))]
    (request,) = server.seen
    assert (request.path, request.headers["authorization"]) == ("/v1/audio/speech", "Bearer s3cret")
    assert request.json == {"input": "hello you", "model": "tts-1", "voice": "alloy", "response_format": "pcm"}


async def test_a_dialplans_voice_and_a_servers_rate_are_used() -> None:
    async with openai_server(sends(babble(500), "application/octet-stream")) as server:
        audio, _ = await spoken(engine(server.base_url, rate_hz=8000), voice="nova")
    assert (audio, server.seen[0].json["voice"]) == (babble(500), "nova")


async def test_the_first_words_are_heard_while_the_rest_is_made() -> None:
    async with openai_server(stops(VOICE_24K)) as server:
        pieces = engine(server.base_url).synthesize("hello", language="en")
        async with asyncio.timeout(20):
            assert isinstance(await anext(pieces), SpeechAudio)
            await pieces.aclose()  # type: ignore[attr-defined]
            await server.seen[0].hung_up.wait()


async def test_cancelling_hangs_up() -> None:
    async with openai_server(hangs) as server:
        speaking = asyncio.create_task(spoken(engine(server.base_url)))
        async with asyncio.timeout(20):
            await server.asked.wait()
            speaking.cancel()
            await server.seen[0].hung_up.wait()
        with pytest.raises(asyncio.CancelledError):
            await speaking


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (refuses(401, "invalid_api_key"), "The speech engine at {0} refused with status 401 (invalid_api_key)."),
        (refuses(429), "The speech engine at {0} refused with status 429 (server_error)."),
        (refuses(500), "The speech engine at {0} refused with status 500 (server_error)."),
        (closes, "The speech engine at {0} cannot be reached (RemoteProtocolError)."),
        (cut_off(VOICE_24K), "The connection to the speech engine at {0} broke (RemoteProtocolError)."),
        (sends(b"{}"), "The speech engine at {0} sends application/json, expected PCM."),
        (sends(b"<html>", "text/html; charset=utf-8"), "The speech engine at {0} sends text/html, expected PCM."),
        (sends(b"ID3rubbish", "audio/mpeg"), "The speech engine at {0} sends audio/mpeg, expected PCM."),
        (sends(b"RIFFrubbish", "audio/pcm"), "The speech engine at {0} sends RIFF, expected PCM."),
        (without_end, "The speech engine at {0} speaks 9 characters without end."),
    ],
    ids=["refuses", "too many", "fails", "closes", "closes mid-stream", "json", "html", "mp3", "wav", "endless"],
)
async def test_a_failing_server_is_named_without_quoting_anybody(answer: Answer, sentence: str) -> None:
    async with openai_server(answer) as server:
        with pytest.raises(EngineError) as caught:
            await spoken(engine(server.base_url))
    assert str(caught.value) == sentence.format(server.base_url)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (hangs, "The speech engine at {0} sent nothing for 0.05 s."),
        (stops(b""), "The speech engine at {0} sent nothing for 0.05 s."),
        (stops(VOICE_24K), "The speech engine at {0} sent nothing for 0.06 s."),
    ],
    ids=["from the start", "behind the headers", "in mid-sentence"],
)
async def test_a_server_that_hangs_is_given_up(answer: Answer, sentence: str) -> None:
    async with openai_server(answer) as server:
        first_secs = 20 if "0.06" in sentence else 0.05
        with pytest.raises(EngineError) as caught:
            await spoken(engine(server.base_url, first_secs=first_secs, idle_secs=0.06))
    assert str(caught.value) == sentence.format(server.base_url)


@pytest.mark.parametrize("body", [b"", b"\1"])
async def test_an_answer_with_nothing_is_nothing(body: bytes) -> None:
    async with openai_server(sends(body, "audio/pcm")) as server:
        assert await spoken(engine(server.base_url)) == (b"", [])

"""The transcriber of OpenAI's kind against a server that follows the API reference, and ways in which one fails."""

import asyncio
import io
import wave
from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from appliance.errors import EngineError
from appliance.settings import OpenAISTTSettings
from appliance.speech.base import Transcript, Transcription
from appliance.speech.canned import babble
from appliance.speech.openai_stt import OpenAITranscriber
from tests.speech.openai_server import Answer, closes, hangs, openai_server, refuses, says, sends, without_end

PCM = babble(500)


made: list[OpenAITranscriber] = []


@pytest.fixture(autouse=True)
async def _nothing_stays_open() -> AsyncIterator[None]:
    """Engines that a test makes are closed behind it."""
    yield
    while made:
        await made.pop().close()


def engine(base_url: str, *, answer_secs: float = 20.0) -> OpenAITranscriber:
    settings = OpenAISTTSettings(base_url=base_url, api_key=SecretStr("s3cret"), model="whisper-1")
    made.append(OpenAITranscriber(settings, answer_secs=answer_secs))
    return made[-1]


async def said(utterance: Transcription) -> list[Transcript]:
    try:
        async with asyncio.timeout(20):
            return [result async for result in utterance.results() if isinstance(result, Transcript)]
    finally:
        await utterance.close()


async def heard(*answers: Answer, answer_secs: float = 20.0) -> tuple[list[Transcript] | str, int]:
    """What comes of an utterance, a sentence for a failure without the server's address; and how often it was sent."""
    async with openai_server(*answers) as server:
        ear = engine(server.base_url, answer_secs=answer_secs)
        utterance = ear.transcribe(language="en-US", grammar="#JSGF;")
        utterance.send(PCM)
        utterance.finish()
        try:
            return await said(utterance), len(server.seen)
        except EngineError as error:
            return str(error).replace(server.base_url, "URL"), len(server.seen)
        finally:
            await ear.close()


async def test_an_utterance_is_sent_as_a_wav_file_and_its_text_comes_back() -> None:
    async with openai_server(says(" Opening hours? ")) as server:
        utterance = engine(server.base_url).transcribe(language="en-US")
        for at in range(0, len(PCM), 320):
            utterance.send(PCM[at : at + 320])
        assert server.seen == []
        utterance.finish()
        utterance.finish()
        utterance.send(b"too late")
        assert await said(utterance) == [Transcript("Opening hours?", final=True)]
    (request,) = server.seen
    assert (request.path, request.headers["authorization"]) == ("/v1/audio/transcriptions", "Bearer s3cret")
    name, kind, content = request.form["file"]
    assert (name, kind) == ("utterance.wav", "audio/wav")
    assert {key: value for key, value in request.form.items() if key != "file"} == {
        "model": "whisper-1",
        "language": "en",
        "response_format": "json",
    }
    with wave.open(io.BytesIO(content)) as wav:
        assert (wav.getframerate(), wav.getsampwidth(), wav.getnchannels()) == (8000, 2, 1)
        assert wav.readframes(wav.getnframes()) == PCM


async def test_nothing_understood_is_no_match() -> None:
    assert await heard(says("  ")) == ([Transcript("", final=True)], 1)


async def test_an_utterance_without_audio_is_no_match_and_costs_nothing() -> None:
    async with openai_server(says("hello")) as server:
        utterance = engine(server.base_url).transcribe(language="en")
        utterance.finish()
        assert (await said(utterance), server.seen) == ([Transcript("", final=True)], [])


@pytest.mark.parametrize(
    "failure",
    [
        refuses(429),
        refuses(500),
        closes,
        sends(b"<html>"),
        sends(b'{"text": 1}'),
        sends(b"[]"),
        sends(b"[" * 100_000),
        sends(b""),
    ],
)
async def test_what_may_go_well_the_next_time_is_tried_again(failure: Answer) -> None:
    assert await heard(failure, says("yes")) == ([Transcript("yes", final=True)], 2)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (refuses(401, "invalid_api_key"), "The speech engine at URL refused with status 401 (invalid_api_key)."),
        (refuses(429, "insufficient_quota"), "The speech engine at URL refused with status 429 (insufficient_quota)."),
        (refuses(429, retry_after="60"), "The speech engine at URL refused with status 429 (server_error)."),
        (without_end, "The speech engine at URL sends an answer without end."),
    ],
    ids=["refuses", "no money", "later", "endless"],
)
async def test_what_will_not_go_better_soon_is_given_up_at_once_without_quoting_the_caller(
    answer: Answer, sentence: str
) -> None:
    assert await heard(answer) == (sentence, 1)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (refuses(500), "The speech engine at URL refused with status 500 (server_error)."),
        (closes, "The speech engine at URL cannot be reached (RemoteProtocolError)."),
        (sends(b"<html>"), "The speech engine at URL sent what is no transcription."),
    ],
    ids=["fails", "closes", "rubbish"],
)
async def test_what_does_not_get_better_is_named_in_the_end(answer: Answer, sentence: str) -> None:
    result, tries = await heard(answer, answer_secs=0.6)
    assert result == sentence
    assert tries >= 1


async def test_a_server_that_hangs_is_given_up() -> None:
    assert await heard(hangs, answer_secs=0.1) == ("The speech engine at URL gave no transcript within 0.1 s.", 1)


async def test_a_server_that_is_not_there_is_named() -> None:
    async with openai_server(hangs) as server:
        pass
    utterance = engine(server.base_url, answer_secs=0.1).transcribe(language="en")
    utterance.send(PCM)
    utterance.finish()
    with pytest.raises(EngineError, match=rf"^The speech engine at {server.base_url} cannot be reached \(\w+\)\.$"):
        await said(utterance)


async def test_closing_an_utterance_hangs_up_and_ends_what_waits_for_it() -> None:
    async with openai_server(hangs) as server:
        utterance = engine(server.base_url).transcribe(language="en")
        utterance.send(PCM)
        utterance.finish()
        waiting = asyncio.create_task(said(utterance))
        async with asyncio.timeout(20):
            await server.asked.wait()
            await utterance.close()
            await utterance.close()
            await server.seen[0].hung_up.wait()
        with pytest.raises(EngineError, match=r"^The transcription was closed\.$"):
            await waiting

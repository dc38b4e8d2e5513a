"""The speech server with its real engines, asked over the wire by the wyoming package's own client and by raw bytes."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from wyoming.client import AsyncClient, AsyncTcpClient
from wyoming.event import Event

from appliance.errors import EngineError, StartError
from appliance.speech.base import Transcript, Transcription
from appliance.speech.local.server import SpeechServer
from appliance.speech.wyoming import WyomingTranscriber

YES_NO = "#JSGF V1.0; grammar answer; public <answer> = yes | no;"
INTENTS = "#JSGF V1.0; grammar i; public <i> = opening hours | order status | a person [please] | repeat that;"
RATE = {"rate": 8000, "width": 2, "channels": 1}


@asynccontextmanager
async def client(uri: str) -> AsyncIterator[AsyncTcpClient]:
    async with asyncio.timeout(30):
        connection = AsyncClient.from_uri(uri)
        assert isinstance(connection, AsyncTcpClient)
        async with connection:
            yield connection


async def ask(connection: AsyncTcpClient, *events: Event) -> Event:
    for event in events:
        await connection.write_event(event)
    answer = await connection.read_event()
    assert answer is not None
    return answer


def transcribe(grammar: Any, language: str = "en") -> Event:
    return Event("transcribe", {"language": language, "context": {"grammar": grammar}})


async def understood(uri: str, pcm: bytes, grammar: str) -> str:
    utterance = WyomingTranscriber(uri).transcribe(language="en", grammar=grammar)
    for at in range(0, len(pcm), 320):
        utterance.send(pcm[at : at + 320])
        await asyncio.sleep(0)
    utterance.finish()
    return (await said(utterance)).text


async def said(utterance: Transcription) -> Transcript:
    try:
        async with asyncio.timeout(30):
            return [result async for result in utterance.results() if isinstance(result, Transcript)][-1]
    finally:
        await utterance.close()


async def test_the_server_describes_itself(engines_uri: str) -> None:
    async with client(engines_uri) as connection:
        info = await ask(connection, Event("describe"))
        assert info.type == "info"
        assert [program["name"] for program in info.data["asr"]] == ["pocketsphinx"]
        voices = {voice["name"] for voice in info.data["tts"][0]["voices"]}
        assert {"en-us", "en-gb", "de", "fr-fr"} <= voices
        assert (await ask(connection, Event("ping", {"text": "x"}))) == Event("pong", {"text": "x"})


async def test_twenty_calls_at_once_each_hear_their_own_words(engines_uri: str, spoken: Callable[[str], bytes]) -> None:
    expected = [("yes", YES_NO), ("no", YES_NO), ("opening hours", INTENTS), ("order status", INTENTS)] * 5
    heard = await asyncio.gather(*(understood(engines_uri, spoken(text), grammar) for text, grammar in expected))
    assert heard == [text for text, _ in expected]


async def test_several_requests_on_one_connection(engines_uri: str, spoken: Callable[[str], bytes]) -> None:
    async with client(engines_uri) as connection:
        for text in ("yes", "no"):
            audio = Event("audio-chunk", RATE, spoken(text))
            answer = await ask(connection, transcribe(YES_NO), Event("audio-start", RATE), audio, Event("audio-stop"))
            while answer.type == "interim-transcript":
                answer = await ask(connection)
            assert answer == Event("transcript", {"text": text})


@pytest.mark.parametrize(
    ("events", "sentence"),
    [
        ([transcribe("public <a> = yes | xqzz | blorp;")],
         'The recogniser does not know how these words of the grammar sound: "xqzz", "blorp".'),
        ([transcribe("#JSGF V1.0; grammar a; public <a> = (yes | no;")], "The grammar does not parse as JSGF."),
        ([transcribe("")], "The grammar has no words, expected JSGF such as: public <answer> = yes | no;"),
        ([transcribe(7)], "The grammar in the context of transcribe is not a string, expected JSGF."),
        ([transcribe(YES_NO, "de")], 'The embedded recogniser has no model for "de", expected en.'),
        ([Event("audio-chunk", RATE, b"..")], 'The Wyoming event "audio-chunk" came without transcribe before it.'),
        ([Event("audio-stop")], 'The Wyoming event "audio-stop" came without transcribe before it.'),
        (
            [transcribe(YES_NO), Event("audio-start", RATE | {"channels": 2})],
            "The recogniser cannot hear 8000 Hz, 16 bit, 2 channels; expected 8000 Hz or more, 16 bit, 1 channel.",
        ),
        (
            [transcribe(YES_NO), Event("audio-start", {})],
            'The Wyoming event "audio-start" has rate None, expected a number above 0.',
        ),
        ([transcribe(YES_NO), *[Event("audio-chunk", RATE, bytes(1_000_000))]], "The utterance is longer than 60 s."),
        ([Event("synthesize", {"text": "x", "voice": {"name": "xx"}})],
         'The embedded voice has no "xx", expected a name such as en-us, en-gb or de.'),
        ([Event("synthesize", {})], 'The Wyoming event "synthesize" has no text, expected a string.'),
        ([Event("synthesize", {"text": "a" * 5001})], "The text has 5001 characters, expected at most 5000."),
        ([Event("synthesize", {"text": "a", "voice": "en"})],
         "The voice of synthesize is not an object, expected one with a name or a language."),
    ],
)  # fmt: skip
async def test_a_bad_request_is_refused_in_a_sentence_and_the_next_one_served(
    engines_uri: str, events: list[Event], sentence: str
) -> None:
    async with client(engines_uri) as connection:
        refusal = await ask(connection, *events)
        assert (refusal.type, refusal.data["text"]) == ("error", sentence)
        assert (await ask(connection, Event("audio-stop"), Event("nonsense"), Event("ping"))).type in ("pong", "error")
    async with client(engines_uri) as connection:
        assert (await ask(connection, Event("ping"))).type == "pong"


@pytest.mark.parametrize("raw", [b"rubbish\n", b'{"type": "x", "payload_length": 999999999}\n', b"x" * 100_000])
async def test_bytes_that_are_no_events_end_that_connection_alone(engines_uri: str, raw: bytes) -> None:
    host, port = engines_uri.removeprefix("tcp://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(raw)
    answer = await asyncio.wait_for(reader.read(), 20)
    writer.close()
    assert answer.startswith(b'{"type": "error"')
    async with client(engines_uri) as connection:
        assert (await ask(connection, Event("ping"))).type == "pong"


async def test_a_recogniser_killed_in_mid_utterance_fails_that_utterance_and_the_next_one_is_understood(
    spoken: Callable[[str], bytes],
) -> None:
    async with SpeechServer(ears=1) as server:
        (ear,) = server.ears
        utterance = WyomingTranscriber(server.uri).transcribe(language="en", grammar=YES_NO)
        utterance.send(spoken("yes") * 3)
        assert await asyncio.wait_for(anext(aiter(utterance.results())), 30) == Transcript("yes", final=False)
        assert ear.pid is not None
        os.kill(ear.pid, signal.SIGKILL)
        with pytest.raises(
            EngineError, match=r"^The speech engine refused: The recogniser 1 died in the middle of the request.$"
        ):
            await said(utterance)
        await ear.wait_until_up(30)
        assert await understood(server.uri, spoken("no"), YES_NO) == "no"


async def test_a_voice_killed_in_mid_text_is_replaced() -> None:
    async with SpeechServer(ears=1) as server, client(server.uri) as connection:
        assert server.speaker.pid is not None
        os.kill(server.speaker.pid, signal.SIGSTOP)
        await connection.write_event(Event("synthesize", {"text": "hello"}))
        while not server.speaker.load:  # noqa: ASYNC110 - the worker tells nobody that it was asked
            await asyncio.sleep(0)
        os.kill(server.speaker.pid, signal.SIGKILL)
        refusal = await ask(connection)
        assert refusal.data["text"] == "The embedded voice died in the middle of the request."
        assert (await ask(connection, Event("synthesize", {"text": "hello"}))).type == "audio-start"


async def test_a_client_that_hangs_up_leaves_no_work_behind(spoken: Callable[[str], bytes]) -> None:
    async with SpeechServer(ears=1) as server:
        async with client(server.uri) as connection:
            for event in (transcribe(YES_NO), Event("audio-chunk", RATE, spoken("yes"))):
                await connection.write_event(event)
            assert (await ask(connection)).type == "interim-transcript"
            assert server.ears[0].load == 1
        async with asyncio.timeout(20):
            while server.ears[0].load:  # noqa: ASYNC110 - the hang-up arrives when it arrives
                await asyncio.sleep(0)


async def test_a_port_in_use_is_said_in_a_sentence() -> None:
    async with SpeechServer(ears=1) as server:
        with pytest.raises(StartError) as caught:
            await SpeechServer(port=server.port, ears=1).__aenter__()
    assert str(caught.value) == f"The speech engines cannot listen on 127.0.0.1:{server.port}: Address already in use."

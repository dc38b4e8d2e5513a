"""The transcriber against real peers: a server built with the wyoming package, and servers that misbehave."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from wyoming.asr import Transcribe, TranscriptChunk, TranscriptStart, TranscriptStop
from wyoming.asr import Transcript as WyomingTranscript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.event import Event
from wyoming.server import AsyncEventHandler, AsyncServer, AsyncUnixServer

from appliance.errors import EngineError
from appliance.speech.base import Transcript, Transcription
from appliance.speech.wyoming import WyomingTranscriber

Handle = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def peer(handle: Handle) -> AsyncIterator[str]:
    """A server that does with a connection whatever the test wants."""
    done: list[asyncio.Task[None]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        done.append(task)
        try:
            await handle(reader, writer)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in done:
            task.cancel()
        await asyncio.gather(*done, return_exceptions=True)


class Listener(AsyncEventHandler):
    """What the wyoming package's example servers do: collects the audio, then answers."""

    seen: list[Event]
    answers: list[Event]

    async def handle_event(self, event: Event) -> bool:
        self.seen.append(event)
        if not AudioStop.is_type(event.type):
            return True
        for answer in self.answers:
            await self.write_event(answer)
        return False


@asynccontextmanager
async def wyoming_server(socket: Path, answers: list[Event]) -> AsyncIterator[tuple[str, list[Event]]]:
    seen: list[Event] = []
    handler = type("Answering", (Listener,), {"seen": seen, "answers": answers})
    server = AsyncServer.from_uri(f"unix://{socket}")
    assert isinstance(server, AsyncUnixServer)
    await server.start(handler)
    try:
        yield f"unix://{socket}", seen
    finally:
        await server.stop()


async def said(utterance: Transcription) -> list[Transcript]:
    try:
        async with asyncio.timeout(20):
            return [result async for result in utterance.results() if isinstance(result, Transcript)]
    finally:
        await utterance.close()


async def failure(uri: str, *, connect_secs: float = 5.0, answer_secs: float = 20.0) -> str:
    """The sentence that an utterance at ``uri`` ends with."""
    utterance = WyomingTranscriber(uri, connect_secs=connect_secs, answer_secs=answer_secs).transcribe(language="en")
    utterance.send(bytes(16_000))
    utterance.finish()
    with pytest.raises(EngineError) as caught:
        await said(utterance)
    return str(caught.value)


async def test_a_wyoming_server_gets_the_utterance_and_its_transcript_comes_back(tmp_path: Path) -> None:
    answers = [WyomingTranscript(" Opening hours? ", language="en").event()]
    async with wyoming_server(tmp_path / "stt", answers) as (uri, seen):
        utterance = WyomingTranscriber(uri).transcribe(language="en", grammar="#JSGF;")
        pcm = bytes(range(256)) * 20
        for at in range(0, len(pcm), 320):
            utterance.send(pcm[at : at + 320])
        utterance.finish()
        utterance.send(b"too late")
        assert await said(utterance) == [Transcript("Opening hours?", final=True, language="en")]
    request, start, *chunks, stop = seen
    assert Transcribe.from_event(request) == Transcribe(language="en", context={"grammar": "#JSGF;"})
    assert AudioStart.from_event(start) == AudioStart(8000, 2, 1)
    assert AudioStop.is_type(stop.type)
    audio = [AudioChunk.from_event(chunk) for chunk in chunks]
    assert {(chunk.rate, chunk.width, chunk.channels) for chunk in audio} == {(8000, 2, 1)}
    assert [len(chunk.audio) for chunk in audio] == [1600, 1600, 1600, 320]
    assert b"".join(chunk.audio for chunk in audio) == pcm


async def test_transcripts_in_chunks_are_interims(tmp_path: Path) -> None:
    answers = [
        TranscriptStart(language="en").event(),
        TranscriptChunk("order ").event(),
        TranscriptChunk("status").event(),
        TranscriptStop().event(),
    ]
    async with wyoming_server(tmp_path / "stt", answers) as (uri, _):
        utterance = WyomingTranscriber(uri).transcribe(language="en")
        utterance.finish()
        assert await said(utterance) == [
            Transcript("order", final=False, language="en"),
            Transcript("order status", final=False, language="en"),
            Transcript("order status", final=True, language="en"),
        ]


async def test_a_refusal_is_passed_on(tmp_path: Path) -> None:
    async with wyoming_server(tmp_path / "stt", [Error("No model for en.").event()]) as (uri, _):
        assert await failure(uri) == "The speech engine refused: No model for en."


async def test_a_server_that_hangs_up_instead_of_answering_is_named(tmp_path: Path) -> None:
    async with wyoming_server(tmp_path / "stt", []) as (uri, _):
        assert await failure(uri) == f"The speech engine at {uri} hung up before the transcript."


async def _never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while await reader.read(65_536):
        pass
    await asyncio.Event().wait()


async def test_a_server_that_never_answers_is_given_up() -> None:
    async with peer(_never) as uri:
        assert await failure(uri, answer_secs=0.05) == (
            f"The speech engine at {uri} said nothing for 0.05 s after the utterance."
        )


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n", "does not speak Wyoming: A Wyoming header is not a JSON object."),
        (
            b'{"type": "transcript"}\n',
            'does not speak Wyoming: The Wyoming event "transcript" has no text, expected a string.',
        ),
        (
            b'{"type": "transcript", "data_length": 99}\n{',
            'does not speak Wyoming: The connection ended in the middle of the Wyoming event "transcript".',
        ),
    ],
    ids=["rubbish", "no text", "cut off"],
)
async def test_a_peer_that_speaks_nonsense_is_told_from_one_that_hangs_up(answer: bytes, sentence: str) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b'"audio-stop"')
        writer.write(answer)
        await writer.drain()

    async with peer(handle) as uri:
        assert await failure(uri) == f"The speech engine at {uri} {sentence}"


async def test_a_server_that_is_not_there_fails_the_utterance() -> None:
    async with peer(_never) as uri:
        pass
    assert await failure(uri) == f"The speech engine at {uri} cannot be reached: Connection refused."


async def test_audio_that_the_engine_does_not_take_ends_the_utterance() -> None:
    async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async with peer(deaf) as uri:
        utterance = WyomingTranscriber(uri).transcribe(language="en")
        for _ in range(100):
            utterance.send(bytes(160_000))
            await asyncio.sleep(0)
        with pytest.raises(
            EngineError, match=rf"^The speech engine at {uri} does not take the audio: [0-9]+ bytes wait.$"
        ):
            await said(utterance)


async def test_a_closed_utterance_ends_what_waits_for_it() -> None:
    hung_up = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.read()
        finally:
            hung_up.set()

    async with peer(handle) as uri:
        utterance = WyomingTranscriber(uri).transcribe(language="en")
        waiting = asyncio.create_task(said(utterance))
        await asyncio.sleep(0)
        await utterance.close()
        await utterance.close()
        with pytest.raises(EngineError, match=r"^The transcription was closed.$"):
            await waiting


def test_an_address_that_cannot_be_one_is_refused_at_once() -> None:
    with pytest.raises(EngineError):
        WyomingTranscriber("http://127.0.0.1")

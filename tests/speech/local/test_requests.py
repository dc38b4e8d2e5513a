"""What one connection may ask for; the answers over the wire are in test_server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from wyoming.event import Event

from appliance.errors import EngineError
from appliance.speech import wire
from appliance.speech.local.requests import Requests
from appliance.speech.local.worker import Worker


class NoEngines:
    """Engines that are all down."""

    def info(self) -> Event:
        raise EngineError("The embedded voice is not running.")

    async def ear(self) -> Worker:
        raise EngineError("The recogniser 1 is being restarted.")

    async def voice(self) -> Worker:
        raise EngineError("The embedded voice is being restarted.")


@asynccontextmanager
async def connection() -> AsyncIterator[tuple[Requests, asyncio.StreamReader]]:
    accepted: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()
    server = await asyncio.start_server(lambda _, writer: accepted.put_nowait(writer), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2], limit=wire.MAX_HEADER_BYTES)
    ours = await accepted.get()
    requests = Requests(NoEngines(), ours)
    try:
        yield requests, reader
    finally:
        await requests.close()
        for end in (ours, writer):
            end.close()
        server.close()


async def test_while_the_engines_are_down_every_request_is_refused_with_the_reason() -> None:
    async with connection() as (requests, reader):
        for event, sentence in (
            (Event("describe"), "The embedded voice is not running."),
            (Event("synthesize", {"text": "hello"}), "The embedded voice is being restarted."),
            (Event("transcribe", {}), "The recogniser 1 is being restarted."),
        ):
            await requests.take(event)
            answer = await wire.read_event(reader)
            assert answer == Event("error", {"text": sentence, "code": "request"})


async def test_the_audio_of_a_refused_utterance_is_passed_over_and_the_next_one_counts() -> None:
    async with connection() as (requests, reader):
        for kind in ("transcribe", "audio-start", "audio-chunk", "audio-stop", "ping"):
            await requests.take(Event(kind))
        assert (await wire.read_event(reader)) == Event(
            "error", {"text": "The recogniser 1 is being restarted.", "code": "request"}
        )
        assert (await wire.read_event(reader)) == Event("pong")


async def test_an_unknown_event_is_ignored() -> None:
    async with connection() as (requests, reader):
        await requests.take(Event("run-satellite"))
        await requests.take(Event("ping"))
        assert (await wire.read_event(reader)) == Event("pong")

"""The canned engines as a Wyoming server: ``python -m appliance.speech.canned_server``, for load tests.

It says ``canned engines listen on tcp://127.0.0.1:PORT`` on standard output and serves until SIGTERM.
"""

import argparse
import asyncio
import contextlib
import signal
import sys
from collections.abc import Sequence
from typing import Self

from wyoming.event import Event

from appliance.errors import ProtocolError
from appliance.speech import wire
from appliance.speech.base import SAMPLE_RATE_HZ
from appliance.speech.canned import babble

LISTENING = "canned engines listen on "
_PIECE_BYTES = SAMPLE_RATE_HZ * 2 // 10


class CannedServer:
    """``async with CannedServer() as server: server.uri``: hears ``text``, and says ``secs`` of sound."""

    def __init__(self, text: str = "yes", secs: float = 2.0, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._host = host
        self._port = port
        self._interim = wire.encode(Event("interim-transcript", {"text": text}))
        self._final = wire.encode(Event("transcript", {"text": text}))
        pcm = babble(round(secs * 1000))
        rate = {"rate": SAMPLE_RATE_HZ, "width": 2, "channels": 1}
        self._speech = b"".join(
            (
                wire.encode(Event("audio-start", rate)),
                *(
                    wire.audio_chunk(pcm[at : at + _PIECE_BYTES], SAMPLE_RATE_HZ)
                    for at in range(0, len(pcm), _PIECE_BYTES)
                ),
                wire.encode(Event("audio-stop")),
            )
        )
        self._server: asyncio.Server | None = None
        self._clients: set[asyncio.Task[None]] = set()
        self.uri = ""

    async def __aenter__(self) -> Self:
        """Listens."""
        self._server = await asyncio.start_server(
            self._serve, self._host, self._port, limit=wire.MAX_HEADER_BYTES, backlog=1024
        )
        self.uri = f"tcp://{self._host}:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        """Hangs up on everyone."""
        assert self._server is not None
        self._server.close()
        for task in self._clients:
            task.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._clients.add(task)
        answers = {"audio-start": self._interim, "audio-stop": self._final, "synthesize": self._speech}
        try:
            with contextlib.suppress(ProtocolError, ConnectionError, asyncio.CancelledError):
                while (event := await wire.read_event(reader)) is not None:
                    if answer := answers.get(event.type):
                        writer.write(answer)
                        await writer.drain()
        finally:
            self._clients.discard(task)
            writer.close()


async def _run(options: argparse.Namespace) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with CannedServer(options.text, options.secs, port=options.port) as server:
        sys.stdout.write(f"{LISTENING}{server.uri}\n")
        sys.stdout.flush()
        await ended.wait()


def main(argv: Sequence[str] | None = None) -> int:
    """Entry of the process."""
    parser = argparse.ArgumentParser(prog="canned_server")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--text", default="yes")
    parser.add_argument("--secs", type=float, default=2.0)
    asyncio.run(_run(parser.parse_args(argv)))
    return 0


if __name__ == "__main__":
    sys.exit(main())

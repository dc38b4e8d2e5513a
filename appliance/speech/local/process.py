"""The speech server as a process: ``appliance speech`` for people, and the child that EmbeddedSpeech watches.

It says on standard output where it listens, and ends, with its workers, on SIGTERM or SIGINT. With a lifeline (a pipe
as standard input that its parent holds) it ends when the parent is gone, however that came about.
"""

import argparse
import asyncio
import signal
import sys
from collections.abc import Callable, Sequence

from appliance.errors import ApplianceError
from appliance.speech.local.server import SpeechServer

LISTENING = "speech engines listen on "
_EXIT_START = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``appliance speech``."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, default=10300, help="port to listen on; 0: any (default: 10300)")
    parser.add_argument("--ears", type=int, help="recogniser processes (default: one for each core)")


async def serve(
    host: str, port: int, ears: int | None, announce: Callable[[str], None], *, has_lifeline: bool = False
) -> None:
    """Serves until told to end; ``announce`` gets one line once it listens. Raises StartError and EngineError."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    try:
        if has_lifeline:
            await loop.connect_read_pipe(lambda: _Lifeline(ended), sys.stdin)
        async with SpeechServer(host, port, ears) as server:
            announce(LISTENING + server.uri)
            await ended.wait()
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


class _Lifeline(asyncio.Protocol):
    def __init__(self, ended: asyncio.Event) -> None:
        self._ended = ended

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended.set()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(argv: Sequence[str] | None = None) -> int:
    """Entry of the child; why it does not start goes to standard output, where its parent reads."""
    parser = argparse.ArgumentParser(prog="appliance speech")
    add_arguments(parser)
    options = parser.parse_args(argv)
    try:
        asyncio.run(serve(options.host, options.port, options.ears, _say, has_lifeline=True))
    except ApplianceError as error:
        _say(str(error))
        return _EXIT_START
    return 0


if __name__ == "__main__":
    sys.exit(main())

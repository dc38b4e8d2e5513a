"""The service as the bench runs it: ``python -m appliance.bench.server --data DIR --engines canned``.

The same house, application and web server as ``appliance serve``; only the engines may be canned, and each call's
viewers may be sent stamps. It says ``serving http://127.0.0.1:PORT`` on standard output and serves until SIGTERM. At
SIGUSR1 it gives the system the memory back that it does not use, so that what it has left is what it needs.
"""

import argparse
import asyncio
import ctypes
import gc
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvloop

from appliance.bench.stamps import FILLER, stamp
from appliance.call import Engines
from appliance.ops import collector
from appliance.ops.logging import configure_logging
from appliance.ops.systemd import Notifier
from appliance.rtvi import RTVIServerMessageFrame
from appliance.server.app import create_app
from appliance.server.desk import Desk
from appliance.server.drain import DrainingServer
from appliance.server.house import House
from appliance.server.serve import listen, open_house, uvicorn_config
from appliance.settings import (
    DeepgramSettings,
    LimitSettings,
    LLMSettings,
    LogSettings,
    OpenAITTSSettings,
    Settings,
    SpeechSettings,
    SupervisionSettings,
)
from appliance.settings.dialplans import DialplanSettings
from appliance.speech.canned import CannedSynthesizer, CannedTranscriber

SERVING = "serving "
MANY = 100_000
"""The bench looks for what a core holds, not for what the settings allow."""


def settings_of(options: argparse.Namespace) -> Settings:
    """Nothing but the limits, the places and the engines differs from the defaults."""
    return Settings(
        data_dir=options.data,
        dialplans=DialplanSettings(path=options.dialplans),
        **_elsewhere(options.engines),
        supervision=SupervisionSettings(max_viewers=MANY),
        limits=LimitSettings(max_calls=MANY),
        log=LogSettings(level="warning"),
    )


def _elsewhere(engines: str) -> dict[str, Any]:
    """Sections for engines at an address: a Wyoming server's, or that of servers of Deepgram's and OpenAI's kind."""
    kind, is_address, place = engines.partition("://")
    if kind != "http":
        return {"speech": SpeechSettings(uri=engines if is_address else None)}
    return {
        "speech": SpeechSettings(transcriber=("deepgram",), synthesizer=("openai",)),
        "deepgram": DeepgramSettings(base_url=f"ws://{place}/v1/listen"),
        "openai_tts": OpenAITTSSettings(base_url=f"{engines}/v1"),
        "llm": LLMSettings(model="stand-in", base_url=f"{engines}/v1"),
    }


def engines_of(options: argparse.Namespace) -> Engines | None:
    """The canned ones in this process, or None: those that the settings name, or the embedded ones."""
    return Engines(CannedTranscriber(), CannedSynthesizer()) if options.engines == "canned" else None


@asynccontextmanager
async def stamping(house: House, per_sec: float, readers: int) -> AsyncIterator[None]:
    """Until the end of the block, each live call gets so many stamps a second; one call after the other.

    Where more watch than ``readers``, somebody does not read, whose queue the stamps are to fill.
    """
    async with asyncio.TaskGroup() as group:
        stamps = group.create_task(_stamp(house, per_sec, readers)) if per_sec else None
        yield
        if stamps is not None:
            stamps.cancel()


async def _stamp(house: House, per_sec: float, readers: int) -> None:
    while True:
        calls = list(house.calls)
        for call in calls:
            await asyncio.sleep(1 / per_sec / len(calls))
            subject = house.hub.subject(call.facts.call_id)
            if subject is not None:
                waiting = max((feed.waiting_bytes for feed in subject.ready()), default=0)
                data = stamp(len(subject), waiting, FILLER if len(subject) > readers else "")
                await call.task.queue_frame(RTVIServerMessageFrame(data))
        if not calls:
            await asyncio.sleep(1 / per_sec)


def tidy() -> None:
    """Frees what can be freed, and gives it back; the C library would keep it for the next time."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)


async def _run(settings: Settings, engines: Engines | None, stamps_per_sec: float, readers: int) -> None:
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, tidy)
    listener = listen("127.0.0.1", 0)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    async with open_house(settings, address, engines) as house:
        desk = Desk(house, None)
        server = DrainingServer(uvicorn_config(create_app(house, desk)), house, desk, Notifier({}))

        def say() -> None:
            sys.stdout.write(f"{SERVING}{address}\n")
            sys.stdout.flush()

        server.on_listening = say
        collector.relax()
        async with stamping(house, stamps_per_sec, readers):
            await server.serve(sockets=[listener])
        listener.close()


def parser() -> argparse.ArgumentParser:
    """The process's options."""
    parser = argparse.ArgumentParser(prog="appliance.bench.server")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--dialplans", type=Path, required=True)
    parser.add_argument("--engines", default="canned", help="canned, embedded, or where they are: tcp:// or http://")
    parser.add_argument("--stamps", type=float, default=0, metavar="PER_SEC", help="server-messages to each call")
    parser.add_argument("--readers", type=int, default=0, help="viewers of a call; where more watch, stamps are large")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Entry of the process."""
    options = parser().parse_args(argv)
    settings = settings_of(options)
    configure_logging(settings.log)
    uvloop.run(_run(settings, engines_of(options), options.stamps, options.readers))
    return 0


if __name__ == "__main__":
    sys.exit(main())

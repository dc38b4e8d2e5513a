"""The service as the bench runs it: ``python -m appliance.bench.server --data DIR --engines canned``.

The same house, application and web server as ``appliance serve``; only the engines may be canned. It says
``serving http://127.0.0.1:PORT`` on standard output and serves until SIGTERM.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import uvloop

from appliance.call import Engines
from appliance.ops import collector
from appliance.ops.logging import configure_logging
from appliance.ops.systemd import Notifier
from appliance.server.app import create_app
from appliance.server.desk import Desk
from appliance.server.drain import DrainingServer
from appliance.server.serve import listen, open_house, uvicorn_config
from appliance.settings import LimitSettings, LogSettings, Settings, SpeechSettings, SupervisionSettings
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
        speech=SpeechSettings(uri=options.engines if "://" in options.engines else None),
        supervision=SupervisionSettings(max_viewers=MANY),
        limits=LimitSettings(max_calls=MANY),
        log=LogSettings(level="warning"),
    )


def engines_of(options: argparse.Namespace) -> Engines | None:
    """The canned ones in this process, or None: those that the settings name, or the embedded ones."""
    return Engines(CannedTranscriber(), CannedSynthesizer()) if options.engines == "canned" else None


async def _run(settings: Settings, engines: Engines | None) -> None:
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
        await server.serve(sockets=[listener])
        listener.close()


def parser() -> argparse.ArgumentParser:
    """The process's options."""
    parser = argparse.ArgumentParser(prog="appliance.bench.server")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--dialplans", type=Path, required=True)
    parser.add_argument("--engines", default="canned", help="canned, embedded, or a Wyoming server's address")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Entry of the process."""
    options = parser().parse_args(argv)
    settings = settings_of(options)
    configure_logging(settings.log)
    uvloop.run(_run(settings, engines_of(options)))
    return 0


if __name__ == "__main__":
    sys.exit(main())

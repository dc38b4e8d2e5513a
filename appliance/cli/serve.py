"""``appliance serve``: the service; with ``--demo`` it also places one simulated call and ends."""

import argparse
import asyncio
import os
import sys

from appliance.cli.config import add_config, settings_of
from appliance.dialplan import LoadedDialplan
from appliance.ops.logging import configure_logging
from appliance.server.drain import DrainingServer
from appliance.server.house import House
from appliance.server.serve import serve
from appliance.settings import Settings

OPERATOR = "operator"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's options."""
    add_config(parser)
    parser.add_argument("--host", help="address to listen on")
    parser.add_argument("--port", type=int, help="TCP port to listen on")
    parser.add_argument("--demo", action="store_true", help="place one simulated call, show it, and stop")


def run(arguments: argparse.Namespace) -> int:
    """Serves until told to stop; returns the demo's exit status, or 0."""
    settings = _settings(arguments)
    configure_logging(settings.log)
    status = 0

    def on_ready(house: House, server: DrainingServer) -> None:
        _welcome(house)
        if arguments.demo:
            nonlocal demo
            demo = asyncio.get_running_loop().create_task(_demo(house, server))

    async def main() -> int:
        await serve(settings, on_ready)
        return await demo if demo is not None else status

    demo: asyncio.Task[int] | None = None
    return _runner(main())


def _runner(main: object) -> int:
    import uvloop

    return int(uvloop.run(main))  # type: ignore[arg-type]


def _settings(arguments: argparse.Namespace) -> Settings:
    """The settings, with what the command line says on top."""
    settings = settings_of(arguments)
    given = {name: getattr(arguments, name) for name in ("host", "port") if getattr(arguments, name) is not None}
    return settings.model_copy(update={"server": settings.server.model_copy(update=given)})


def _welcome(house: House) -> None:
    """What whoever started it by hand wants to know."""
    base = house.base_url
    code = house.auth.sign_in_code(OPERATOR, "admin")
    number = _number(house.dialplans.plans)
    print(f"\nThe appliance answers at {base}")
    print(f"  dashboard    {base}/sign-in?code={code}   (good once, for 10 minutes)")
    print(f"  place a call appliance call --to {number} --wait bot --say 'opening hours' {base}/twilio/voice")
    print(f"  dialplans    {', '.join(f'{one.plan.name} ({one.plan.numbers[0]})' for one in house.dialplans.plans)}")
    print("  stop         Ctrl+C\n", flush=True)


def _number(plans: tuple[LoadedDialplan, ...]) -> str:
    return plans[0].plan.numbers[0] if plans else "NUMBER"


async def _demo(house: House, server: DrainingServer) -> int:
    """The demo is a program of its own, like any phone: it only knows the addresses."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "appliance.cli.demo", house.base_url, env={**os.environ, **_token(house)}
    )
    try:
        return await process.wait()
    finally:
        server.stop()


def _token(house: House) -> dict[str, str]:
    """A view-only token for the demo's own eyes, good for ten minutes."""
    return {"APPLIANCE_DEMO_TOKEN": house.auth.demo_token()}

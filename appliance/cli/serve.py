"""``appliance serve``: the service; with ``--demo`` it also places one simulated call and ends."""

import argparse
import asyncio
import os
import sys
from pathlib import Path

import uvloop

from appliance.cli.config import TOKEN_VARIABLE, add_config, command, program, settings_of
from appliance.clock import wall
from appliance.dialplan import LoadedDialplan
from appliance.ops.logging import configure_logging
from appliance.server.drain import DrainingServer
from appliance.server.house import House
from appliance.server.serve import serve
from appliance.settings import Settings
from appliance.supervision.credentials import Credentials

OPERATOR = "operator"
DEMO_SECS = 600.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's options."""
    add_config(parser)
    parser.add_argument("--host", help="address to listen on")
    parser.add_argument("--port", type=int, help="TCP port to listen on")
    parser.add_argument("--demo", action="store_true", help="place one simulated call, show it, and stop")
    parser.add_argument("--voice", default="en-us+f3", help="the demo caller's voice (%(default)s)")


def run(arguments: argparse.Namespace) -> int:
    """Serves until told to stop; returns the demo's exit status, or 0."""
    settings = _settings(arguments)
    configure_logging(settings.log)
    return uvloop.run(_serve(settings, arguments))


async def _serve(settings: Settings, arguments: argparse.Namespace) -> int:
    demos: list[asyncio.Task[int]] = []

    def on_ready(house: House, server: DrainingServer) -> None:
        _welcome(house, arguments.config)
        if arguments.demo:
            demos.append(asyncio.get_running_loop().create_task(_demo(house, server, arguments.voice)))

    await serve(settings, on_ready)
    return await demos[0] if demos else 0


def _settings(arguments: argparse.Namespace) -> Settings:
    """The settings, with what the command line says on top."""
    settings = settings_of(arguments)
    given = {name: getattr(arguments, name) for name in ("host", "port") if getattr(arguments, name) is not None}
    return settings.model_copy(update={"server": settings.server.model_copy(update=given)})


def _welcome(house: House, config: Path | None) -> None:
    """What whoever started it by hand, with the settings in ``config``, wants to know."""
    base = house.base_url
    number = _number(house.dialplans.plans)
    print(f"\nThe appliance answers at {base}")
    if "NOTIFY_SOCKET" in os.environ:  # What a service prints is kept in the journal: no place for a way in.
        print(f"  dashboard    {command('token link NAME --role admin', config)}")
    else:
        code = house.auth.sign_in_code(OPERATOR, "admin")
        print(f"  dashboard    {base}/sign-in?code={code}   (good once, for 10 minutes)")
    print(f"  place a call {program()} call --to {number} --wait bot --say 'opening hours' {base}/twilio/voice")
    plans = ", ".join(f"{one.plan.name} ({one.plan.numbers[0]})" for one in house.dialplans.plans)
    none = f"none in {house.settings.dialplans.path}: see {command('check', config)}"
    print(f"  dialplans    {plans or none}")
    print("  stop         Ctrl+C\n", flush=True)


def _number(plans: tuple[LoadedDialplan, ...]) -> str:
    return plans[0].plan.numbers[0] if plans else "NUMBER"


async def _demo(house: House, server: DrainingServer, voice: str) -> int:
    """The demo is a program of its own, like any phone: it only knows the address and a token that sees all."""
    token = Credentials(house.settings.data_dir, wall).add("token", "demo", "supervisor", DEMO_SECS)
    save = house.settings.data_dir / "demo.wav"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "appliance.cli.demo", house.base_url, "--voice", voice, "--save", str(save)),
        env={**os.environ, TOKEN_VARIABLE: token},
    )
    try:
        return await process.wait()
    finally:
        server.stop()

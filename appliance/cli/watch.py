"""``appliance watch``: live calls, or one call's conversation, in the terminal, over RTVI."""

import argparse
import asyncio
import os
import sys
from typing import Any
from urllib.parse import quote, urlsplit

import aiohttp
from yarl import URL

from appliance.cli.config import TOKEN_VARIABLE, add_config, settings_of
from appliance.cli.token import base_url
from appliance.cli.transcript import CallLines, HouseLines
from appliance.clock import wall
from appliance.settings import Settings
from appliance.supervision.credentials import Credentials

EXIT_OK, EXIT_START = 0, 3
READY = {"version": "2.1.0", "about": {"library": "appliance watch"}}
RETRY_SECS = (0.5, 1, 2, 5)
OWN_TOKEN_SECS = 12 * 3600.0
REFUSALS = {
    401: "the token is unknown, revoked or expired",
    403: "the token's role does not cover this",
    404: "there is no such call",
    429: "too many viewers or failed attempts",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``CALL``, ``--url``, ``--token``."""
    add_config(parser)
    parser.add_argument("call", metavar="CALL", nargs="?", help="a call's id; without it, the list of live calls")
    parser.add_argument("--url", help="where the appliance is, such as ws://127.0.0.1:8080 (from the settings)")
    parser.add_argument(
        "--token",
        default=os.environ.get(TOKEN_VARIABLE),
        help=f"a supervisor's token (${TOKEN_VARIABLE}; on the appliance's own machine none is needed)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Prints what happens until the call ends or Ctrl+C; 3 when it is refused or cannot be reached at first."""
    settings = settings_of(arguments)
    try:
        refused = asyncio.run(_run(arguments, settings))
    except KeyboardInterrupt:
        return EXIT_OK
    if refused is not None:
        print(f"appliance: {refused}", file=sys.stderr)
        return EXIT_START
    return EXIT_OK


async def _run(arguments: argparse.Namespace, settings: Settings) -> str | None:
    url = arguments.url or base_url(settings)
    if arguments.token:
        return await watch(url, arguments.call, arguments.token)
    if arguments.url:
        return f"--url {arguments.url} needs --token, or the token in ${TOKEN_VARIABLE} (without --url none is needed)"
    name = f"watch-{os.getpid()}"
    credentials = Credentials(settings.data_dir, wall)
    token = credentials.add("token", name, "supervisor", OWN_TOKEN_SECS)
    try:
        return await watch(url, arguments.call, token)
    finally:
        credentials.revoke(name)


async def watch(url: str, call: str | None, token: str) -> str | None:
    """Prints a subject's events until it ends; comes back after a loss. The reason, if it is not let in."""
    viewing = Viewing(url, call)
    tries = 0
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as client:
        while True:
            try:
                if await viewing.connect(client):
                    return None
                tries = 0
            except aiohttp.WSServerHandshakeError as refused:
                return f"{viewing.address}: {REFUSALS.get(refused.status, f'HTTP status {refused.status}')}"
            except aiohttp.ClientError as failed:
                if viewing.last is None:
                    return f"{viewing.address} cannot be reached: {failed}"
            print("-- connection lost, trying again", flush=True)
            await asyncio.sleep(RETRY_SECS[min(tries, len(RETRY_SECS) - 1)])
            tries += 1


class Viewing:
    """One subject, over as many connections as it takes."""

    def __init__(self, url: str, call: str | None) -> None:
        parts = urlsplit(url)
        scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
        self.address = f"{scheme}://{parts.netloc}/rtvi" + ("" if call is None else f"/{quote(call, safe='')}")
        self.last: int | None = None
        """The number of the last message, to go on from there."""
        self._lines = HouseLines(_print) if call is None else CallLines(_print)

    async def connect(self, client: aiohttp.ClientSession) -> bool:
        """Prints what comes until the socket closes; whether that was the end."""
        after = "" if self.last is None else f"?after={self.last}"
        async with client.ws_connect(URL(f"{self.address}{after}", encoded=True), heartbeat=30) as socket:
            await socket.send_json({"label": "rtvi-ai", "type": "client-ready", "id": "1", "data": READY})
            async for received in socket:
                if received.type is aiohttp.WSMsgType.TEXT:
                    self._take(received.json())
            return socket.close_code == aiohttp.WSCloseCode.OK

    def _take(self, message: dict[str, Any]) -> None:
        # bot-ready has the newest number, but what was missed comes after it.
        if message["type"] != "bot-ready":
            self.last = message.get("seq", self.last)
        self._lines.take(message)


def _print(line: str) -> None:
    print(line, flush=True)

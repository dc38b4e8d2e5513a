"""Starts the service: everything that a house has, in order, each failure with its own sentence."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

import uvicorn

from appliance.call import Engines
from appliance.carriers.base import CarrierApi
from appliance.clock import monotonic, wall
from appliance.dialplan import Dialplans, recorded_by, redactor_of
from appliance.errors import SettingsError, StartError
from appliance.functions import Means
from appliance.functions.web import Web
from appliance.ops import collector
from appliance.ops.systemd import Notifier
from appliance.records import RecordStore, sqlite_url
from appliance.redaction import Redactor
from appliance.server.app import create_app
from appliance.server.desk import Desk
from appliance.server.drain import DrainingServer
from appliance.server.house import House
from appliance.server.http import PunctualHttp
from appliance.server.kept import keeping
from appliance.server.reload import Reloader, load, on_hangup, state_of
from appliance.server.roster import Roster
from appliance.server.websocket import StreamingWebSocket
from appliance.settings import Settings, refuse_incomplete, refuse_unsafe
from appliance.speech.recordings import Recordings
from appliance.supervision.auth import Auth
from appliance.supervision.credentials import Credentials
from appliance.supervision.hub import Hub
from appliance.supervision.roles import roles_of

if TYPE_CHECKING:
    from appliance.carriers.twilio.api import TwilioApi

log = logging.getLogger(__name__)

MAX_WIRE_BYTES = 4 * 1024 * 1024
"""What the socket takes in one message; what is longer than the settings allow is then counted and skipped."""

OnReady = Callable[[House, DrainingServer], None]


async def serve(settings: Settings, on_ready: OnReady) -> None:
    """Runs the service until it is told to stop. Raises SettingsError, StartError or EngineError before it is ready."""
    refuse_incomplete(settings)
    refuse_unsafe(settings)
    listener = listen(settings.server.host, settings.server.port)
    base_url = settings.server.public_base_url or _own_address(listener)
    async with open_house(settings, base_url) as house:
        desk = Desk(house, house.api)
        notifier = Notifier(os.environ)
        server = DrainingServer(uvicorn_config(create_app(house, desk)), house, desk, notifier)
        server.on_listening = lambda: on_ready(house, server)
        reloader = Reloader(house)
        watchdog = asyncio.create_task(_tell_systemd(notifier), name="watchdog")
        watching = asyncio.create_task(reloader.run(), name="dialplans")
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, on_hangup(reloader.ask, server.stop))
        collector.relax()
        try:
            await server.serve(sockets=[listener])
        finally:
            watchdog.cancel()
            watching.cancel()
            listener.close()
            await desk.close()


@contextlib.asynccontextmanager
async def open_house(settings: Settings, base_url: str, engines: Engines | None = None) -> AsyncIterator[House]:
    """Data directory, records, dialplans and engines; closed again in the other order."""
    if not settings.dialplans.path.exists():
        raise SettingsError(f"dialplans.path is {settings.dialplans.path}, expected a directory that is there")
    _make_data_dir(settings)
    files, dialplans = state_of(settings.dialplans.path), load(settings)
    if not dialplans.plans:
        log.error("no dialplan serves: every call will hear that its number is not in service")
    records = RecordStore(sqlite_url(settings.data_dir))
    await records.open()
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(records.close)
        web = Web(settings.functions.allow)
        stack.push_async_callback(web.close)
        recordings = Recordings(settings.dialplans.path)
        roster: Roster | None = None
        if engines is None:
            roster = await _roster(settings, stack, recordings, dialplans)
            engines = roster.engines_of()

        def redactor(dialplan: str, caller: str) -> Redactor:
            plans = {loaded.plan.name: loaded.plan for loaded in house.dialplans.plans}
            plan = plans.get(dialplan)
            return recorded_by(plan, caller) if plan else redactor_of(None, caller)

        kept = await stack.enter_async_context(keeping(settings, records, engines.transcriber, redactor, base_url))
        api = twilio_api(settings)
        if api is not None:
            stack.push_async_callback(api.close)
        house = House(
            settings=settings,
            dialplans=dialplans,
            engines=engines,
            records=records,
            hub=Hub(settings.supervision, wall),
            auth=Auth(Credentials(settings.data_dir, wall), roles_of(settings.roles), monotonic),
            kept=kept,
            means=means_of(settings, web, api),
            api=api,
            base_url=base_url,
            files=files,
            refused=dialplans.problems,
            recordings=recordings,
            roster=roster,
        )
        if roster is not None:
            roster.on_change = house.engine_changed
        for health in roster.healths if roster is not None else ():
            house.engine_changed(health)
        yield house


async def _roster(
    settings: Settings, stack: contextlib.AsyncExitStack, recordings: Recordings, dialplans: Dialplans
) -> Roster:
    """The engines that settings and dialplans name, the embedded ones started here."""
    roster = Roster(settings, stack, recordings)
    stack.push_async_callback(roster.close)
    await roster.prepare([loaded.plan for loaded in dialplans.plans])
    return roster


def means_of(settings: Settings, web: Web, api: CarrierApi | None) -> Means:
    """What functions may use."""
    secrets = {name: secret.get_secret_value() for name, secret in settings.secrets.items()}
    return Means(secrets, web, api.send_message if api else None, settings.twilio.number)


def twilio_api(settings: Settings) -> TwilioApi | None:
    """Twilio's REST API, where there are credentials for it."""
    account, token = settings.twilio.account_sid, settings.twilio.auth_token
    if account is None or token is None:
        return None
    from appliance.carriers.twilio.api import TwilioApi  # Takes a third of a second, and many never need it.

    return TwilioApi(account, token.get_secret_value(), base_url=settings.twilio.api_base)


def uvicorn_config(app: object) -> uvicorn.Config:
    """How uvicorn is run: no compression (audio does not compress), no access log (it would show tokens)."""
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        loop="uvloop",
        http=PunctualHttp,
        ws=StreamingWebSocket,
        ws_max_size=MAX_WIRE_BYTES,
        ws_per_message_deflate=False,
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=5,
    )


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; StartError says what is in the way."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise StartError(f"cannot listen on {host} port {port}: {error.strerror or error}") from error
    listener.set_inheritable(False)
    return listener


async def _tell_systemd(notifier: Notifier) -> None:
    every = notifier.watchdog_secs
    while every is not None:
        notifier.watchdog()
        await asyncio.sleep(every)


def _make_data_dir(settings: Settings) -> None:
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)  # records hold what callers said
    except OSError as error:
        raise StartError(f"data_dir {settings.data_dir} cannot be made: {error.strerror or error}") from error
    if not os.access(settings.data_dir, os.W_OK):
        raise StartError(f"data_dir {settings.data_dir} cannot be written to")


def _own_address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"

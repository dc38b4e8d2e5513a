"""A phone without a phone: an account at a simulated carrier, from which calls are placed."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Self

import aiohttp

from appliance.simulator.leg import Call, Leg, new_sid
from appliance.simulator.live import LiveCall
from appliance.simulator.requests import Addresses, Requests
from appliance.simulator.rest import RestServer
from appliance.simulator.result import CallResult, Item
from appliance.simulator.script import Speaker, with_sounds


class Phone:
    """Places any number of calls, also at once. Used as ``async with Phone() as phone``.

    ``auth_token``: with it, webhooks and handshakes are signed, and the REST resource wants it. ``public_url``: what
    the server is configured as, when that is not where it is. ``rest_port``: where the REST resource listens on
    127.0.0.1 (0: any free port), None for none. ``speaker``: makes speech of `Say` actions and `<Say>` verbs.
    """

    def __init__(
        self,
        *,
        account_sid: str | None = None,
        auth_token: str | None = None,
        public_url: str | None = None,
        rest_port: int | None = None,
        speaker: Speaker | None = None,
    ) -> None:
        self.account_sid = account_sid or new_sid("AC")
        self._auth_token = auth_token
        self._public_url = public_url
        self._speaker = speaker
        self._calls: dict[str, LiveCall] = {}
        self._http: aiohttp.ClientSession | None = None
        self._rest = RestServer(self.account_sid, auth_token, self._calls, rest_port) if rest_port is not None else None

    @property
    def rest_url(self) -> str:
        """The base address of the REST resource, as Twilio's is https://api.twilio.com."""
        assert self._rest is not None
        return self._rest.url

    async def __aenter__(self) -> Self:
        if self._rest is not None:
            await self._rest.start()
        self._http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), cookie_jar=aiohttp.DummyCookieJar())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.gather(*(call.cancel() for call in self._calls.values()))
        assert self._http is not None
        await self._http.close()
        if self._rest is not None:
            await self._rest.stop()

    async def dial(self, call: Call, hear: Callable[[Item], None] = lambda item: None) -> LiveCall:
        """Places a call and returns at once (after making sounds of its texts). ``hear`` is told what happens on it."""
        assert self._http is not None
        actions = await with_sounds(list(call.actions), self._speaker)
        requests = Requests(self._http, self._auth_token, Addresses.of(call.url, self._public_url))
        live = LiveCall(Leg(call, self.account_sid, requests, hear), actions, self._speaker)
        self._calls[live.sid] = live
        live.begin()
        return live

    async def call(self, call: Call, hear: Callable[[Item], None] = lambda item: None) -> CallResult:
        """Places a call and waits for its end."""
        return await (await self.dial(call, hear)).result()

    @asynccontextmanager
    async def dialling(self, call: Call) -> AsyncIterator[LiveCall]:
        """Places a call that is hung up at the end of the block if it has not ended."""
        live = await self.dial(call)
        try:
            yield live
        finally:
            if not live.is_over:
                await live.hang_up()


async def place_call(call: Call, *, auth_token: str | None = None) -> CallResult:
    """One call from a phone of its own."""
    async with Phone(auth_token=auth_token) as phone:
        return await phone.call(call)

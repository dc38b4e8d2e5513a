"""A phone without a phone: an account at a simulated carrier, from which calls are placed."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from types import TracebackType
from typing import Self

import aiohttp

from appliance.simulator.leg import Call, Document, Leg
from appliance.simulator.live import LiveCall
from appliance.simulator.outbound import OutboundCall
from appliance.simulator.requests import Addresses, Requests
from appliance.simulator.rest import RestServer, TextMessage
from appliance.simulator.result import CallResult, Item
from appliance.simulator.rooms import Rooms
from appliance.simulator.script import Speaker, with_sounds
from appliance.simulator.sids import new_sid


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
        self._rooms = Rooms()
        self.messages: list[TextMessage] = []
        """The text messages that the server has sent, oldest first."""
        self._rest: RestServer | None = None
        if rest_port is not None:
            self._rest = RestServer(self.account_sid, auth_token, self._calls, rest_port, self)

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
        live = LiveCall(Leg(call, self.account_sid, requests, hear, self._rooms), actions, self._speaker)
        return self._begin(live)

    def place(self, call: Call, twiml: str | None) -> LiveCall:
        """The server calls whom the last caller is to meet; ``twiml`` in place of what ``call.url`` says."""
        caller = self._last_caller()
        met = replace(call, human=caller.call.human, talk_secs=caller.call.talk_secs, ring_secs=caller.call.ring_secs)
        leg = Leg(met, self.account_sid, caller.requests, lambda item: _overheard(caller, item), self._rooms)

        async def first() -> Document:
            return leg.read(leg.url, twiml) if twiml is not None else await leg.fetch(leg.url, {})

        return self._begin(OutboundCall(leg, first, self._speaker))

    def deliver(self, message: TextMessage) -> None:
        """The server sends a text message."""
        self.messages.append(message)
        if self._calls:
            self._last_caller().tell("carrier", f"delivers to {message.to}: {message.body!r}")

    def _begin(self, live: LiveCall) -> LiveCall:
        self._calls[live.sid] = live
        live.begin()
        return live

    def _last_caller(self) -> Leg:
        return next(live.leg for live in reversed(self._calls.values()) if live.leg.call.direction == "inbound")

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


def _overheard(caller: Leg, item: Item) -> None:
    """What happens to whom the server calls is told where the caller's own story is."""
    if item.who == "human" or item.what.startswith("PROBLEM"):
        caller.tell(item.who, item.what)
    else:
        caller.tell("human", f"({item.who}) {item.what}")


async def place_call(call: Call, *, auth_token: str | None = None) -> CallResult:
    """One call from a phone of its own."""
    async with Phone(auth_token=auth_token) as phone:
        return await phone.call(call)

"""Sends what is in the outbox, as soon as it can be sent, and again after ever longer pauses."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from typing import Protocol

from appliance.clock import WallClock, wall
from appliance.errors import NoticeError
from appliance.ops.logging import PERSONAL
from appliance.records import Sounds
from appliance.records.outbox import Notice, Outbox
from appliance.server.notices.content import body_of, subject_of, text_of
from appliance.server.notices.mail import Mail
from appliance.server.notices.webhook import Webhook

log = logging.getLogger(__name__)

PAUSES_SECS = (5, 30, 120, 600, 1800, 3600, 7200)
"""Between tries; the last one is repeated."""
LOOK_AGAIN_SECS = 60.0
"""A clock that was put right must not delay anybody for long."""
AT_ONCE = 8


class Delivery(Protocol):
    """Takes one notice where it belongs."""

    async def __call__(self, notice: Notice) -> None:
        """Raises NoticeError when it has not arrived."""


class Messenger:
    """Takes notices to mail and web servers, by their address."""

    def __init__(self, webhook: Webhook, mail: Mail, sounds: Sounds, base_url: str) -> None:
        self._webhook = webhook
        self._mail = mail
        self._sounds = sounds
        self._base_url = base_url

    async def __call__(self, notice: Notice) -> None:
        """See Delivery."""
        about = notice.about
        if "://" in notice.to:
            await self._webhook.post(notice.to, notice.id, body_of(about, self._base_url))
            return
        sound = self._sounds.path(about["call_id"], about["name"])
        await self._mail.send(notice.to, notice.id, subject_of(about), text_of(about, self._base_url), sound)


class Postman:
    """Runs until it is cancelled. What cannot be sent stays in the outbox."""

    def __init__(self, outbox: Outbox, deliver: Delivery, tries: int, clock: WallClock = wall) -> None:
        self._outbox = outbox
        self._deliver = deliver
        self._tries = tries
        self._clock = clock
        self._wake = asyncio.Event()
        self._room = asyncio.Semaphore(AT_ONCE)
        self.waiting = self.given_up = 0
        """How many notices wait, and how many were given up, as far as was last known."""

    async def post(self, notices: Iterable[Notice]) -> None:
        """Takes notices: they are written down when this returns, and sent soon."""
        await self._outbox.add(notices, self._clock())
        self._wake.set()

    async def run(self) -> None:
        """Sends what is due, and waits for what is due next."""
        while True:
            self._wake.clear()
            await self.send_due()
            secs = await self._pause()
            try:
                await asyncio.wait_for(self._wake.wait(), secs)
            except TimeoutError:
                continue

    async def send_due(self) -> None:
        """Tries everything whose time has come, once each."""
        due = await self._outbox.due(self._clock())
        await asyncio.gather(*map(self._try, due))
        self.waiting, self.given_up = await self._outbox.counts()

    async def _pause(self) -> float:
        next_at = await self._outbox.next_at()
        return LOOK_AGAIN_SECS if next_at is None else min(LOOK_AGAIN_SECS, max(0.0, next_at - self._clock()))

    async def _try(self, notice: Notice) -> None:
        async with self._room:
            try:
                await self._deliver(notice)
            except NoticeError as error:
                await self._failed(notice, str(error))
            else:
                await self._outbox.sent(notice)

    async def _failed(self, notice: Notice, error: str) -> None:
        said = {"call_id": notice.about["call_id"], PERSONAL: {"to": notice.to}}
        if notice.tries + 1 >= self._tries:
            log.error("nobody could be told of a message in %d tries: %s", notice.tries + 1, error, extra=said)
            await self._outbox.failed(notice, error, None)
            return
        pause = PAUSES_SECS[min(notice.tries, len(PAUSES_SECS) - 1)]
        log.warning("a notice of a message is tried again in %d s: %s", pause, error, extra=said)
        await self._outbox.failed(notice, error, self._clock() + pause)

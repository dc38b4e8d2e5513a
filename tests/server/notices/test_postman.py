"""Notices until they have arrived, with a clock by hand and a real outbox."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from appliance.clock import ManualClock
from appliance.errors import NoticeError
from appliance.records import RecordStore, Sounds, sqlite_url
from appliance.records.outbox import Notice, Outbox
from appliance.server.notices.postman import PAUSES_SECS, Messenger, Postman
from appliance.settings import RecordingSettings
from tests.server.notices.test_content import ABOUT

ONE = Notice("1", "office@example.com", ABOUT)
OTHER = Notice("2", "https://example.com/", ABOUT)


class Deliveries:
    """Takes notices, unless it fails."""

    def __init__(self) -> None:
        self.tried: list[str] = []
        self.broken: set[str] = set()

    async def __call__(self, notice: Notice) -> None:
        self.tried.append(notice.to)
        if notice.to in self.broken:
            raise NoticeError("it is out of order")


class Office:
    def __init__(self, store: RecordStore) -> None:
        self.clock = ManualClock(1000.0)
        self.deliveries = Deliveries()
        self.postman = Postman(Outbox(store.engine), self.deliveries, 3, self.clock)

    @property
    def counts(self) -> tuple[int, int]:
        return self.postman.waiting, self.postman.given_up


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    store = RecordStore(sqlite_url(tmp_path))
    await store.open()
    yield Office(store)
    await store.close()


async def test_what_arrives_is_sent_once(office: Office) -> None:
    await office.postman.post([ONE, OTHER])
    await office.postman.send_due()
    await office.postman.send_due()
    assert (sorted(office.deliveries.tried), office.counts) == (sorted([ONE.to, OTHER.to]), (0, 0))


async def test_one_that_fails_holds_up_no_other_and_comes_again_after_its_pause(office: Office) -> None:
    office.deliveries.broken = {ONE.to}
    await office.postman.post([ONE, OTHER])
    await office.postman.send_due()
    assert office.counts == (1, 0)
    office.clock.advance(PAUSES_SECS[0] - 0.1)
    await office.postman.send_due()
    assert len(office.deliveries.tried) == 2
    office.deliveries.broken.clear()
    office.clock.advance(0.2)
    await office.postman.send_due()
    assert (len(office.deliveries.tried), office.counts) == (3, (0, 0))


async def test_after_so_many_tries_it_is_given_up_and_the_operator_is_told_without_the_address(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    office.deliveries.broken = {ONE.to}
    await office.postman.post([ONE])
    for _ in range(10):
        await office.postman.send_due()
        office.clock.advance(10_000)
    assert (len(office.deliveries.tried), office.counts) == (3, (0, 1))
    assert [(line.levelno, line.message) for line in caplog.records] == [
        (logging.WARNING, "a notice of a message is tried again in 5 s: it is out of order"),
        (logging.WARNING, "a notice of a message is tried again in 30 s: it is out of order"),
        (logging.ERROR, "nobody could be told of a message in 3 tries: it is out of order"),
    ]


async def test_what_is_posted_while_it_runs_is_sent_at_once(office: Office) -> None:
    running = asyncio.create_task(office.postman.run())
    for _ in range(5):
        await asyncio.sleep(0)
    await office.postman.post([ONE])
    async with asyncio.timeout(5):
        while not office.deliveries.tried:  # noqa: ASYNC110 - there is nothing to wait on but the postman itself
            await asyncio.sleep(0)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


class Writes:
    """Both ways out, that write down what they are given."""

    def __init__(self) -> None:
        self.given: list[tuple[Any, ...]] = []

    async def post(self, *given: Any) -> None:
        """See Webhook."""
        self.given.append(given)

    send = post


async def test_an_address_says_which_way_a_notice_goes(tmp_path: Path) -> None:
    ways = Writes()
    sounds = Sounds(tmp_path, RecordingSettings())
    messenger = Messenger(ways, ways, sounds, "https://voice.example.com")  # type: ignore[arg-type]
    await messenger(ONE)
    await messenger(OTHER)
    mail, hook = ways.given
    assert (mail[:3], mail[4]) == (
        ("office@example.com", "1", "Message of 1:12 for Practice"),
        sounds.path("CA/1", "message-2"),
    )
    assert (hook[:2], hook[2]["number"]) == (("https://example.com/", "2"), 2)
    await sounds.close()

"""A viewer that does not keep up loses what can be lost, is told, and at last is closed."""

import asyncio
from dataclasses import replace
from functools import partial
from typing import Any

import orjson

from appliance.rtvi.levels import RTVIFunctionCallReportLevel as Level
from appliance.rtvi.viewer import Outgoing
from appliance.rtvi.wire import read_frame
from appliance.supervision.feed import TOO_SLOW, Closing, Feed
from appliance.supervision.ring import Ring
from tests.supervision.desk import RIGHTS, SUPERVISOR, VIEWER

COACH = RIGHTS["coach"]


def event(seq: int, kind: str = "user-llm-text", *, droppable: bool = False, text: str = "") -> Outgoing:
    return Outgoing(kind, droppable, {"label": "rtvi-ai", "type": kind, "data": {"text": text}}, seq)


async def written(feed: Feed) -> list[dict[str, Any]]:
    """What the socket gets of what waits now."""
    texts: list[dict[str, Any]] = []

    async def send(payload: bytes) -> None:
        texts.append(orjson.loads(payload))

    feed.close(1000, "over")
    await feed.write(send)
    return texts


async def test_what_is_sent_is_written_in_order_with_its_number() -> None:
    feed = Feed("anna", VIEWER, max_messages=10)
    for seq in (1, 2, 3):
        feed.send(event(seq))
    assert len(feed) == 3
    assert [message["seq"] for message in await written(feed)] == [1, 2, 3]
    assert feed.waiting_bytes == 0


async def test_when_it_is_full_the_oldest_droppable_events_go_and_the_viewer_is_told_how_many() -> None:
    feed = Feed("anna", VIEWER, max_messages=3)
    feed.send(event(1))
    feed.send(event(2, "metrics", droppable=True))
    feed.send(event(3, "bot-output", droppable=True))
    feed.send(event(4))
    feed.send(event(5))
    assert [(message["type"], message["seq"]) for message in await written(feed)] == [
        ("server-message", 0),
        ("user-llm-text", 1),
        ("user-llm-text", 4),
        ("user-llm-text", 5),
    ]


async def test_the_notice_names_each_type_with_its_count() -> None:
    feed = Feed("anna", VIEWER, max_messages=1)
    for seq in range(1, 5):
        feed.send(event(seq, "metrics" if seq % 2 else "bot-output", droppable=True))
    notice, last = await written(feed)
    assert notice == {
        "label": "rtvi-ai",
        "type": "server-message",
        "data": {"type": "events-dropped", "counts": {"bot-output": 1, "metrics": 2}},
        "seq": 3,
    }
    assert last["seq"] == 4


async def test_the_notice_has_a_number_in_front_of_all_that_still_waits() -> None:
    """Whoever is cut off right after it, and comes back with the highest number it has seen, must miss none of that."""
    feed = Feed("anna", VIEWER, max_messages=2)
    for seq in (5, 6):
        feed.send(event(seq))
    feed.send(event(7, "metrics", droppable=True))
    assert [(message["type"], message["seq"]) for message in await written(feed)] == [
        ("server-message", 4),
        ("user-llm-text", 5),
        ("user-llm-text", 6),
    ]
    feed = Feed("anna", VIEWER, max_messages=0)
    feed.send(event(8, "metrics", droppable=True))
    assert [message["seq"] for message in await written(feed)] == [8]


async def test_a_droppable_event_never_pushes_out_what_must_arrive() -> None:
    feed = Feed("anna", VIEWER, max_messages=1)
    feed.send(event(1))
    feed.send(event(2, "metrics", droppable=True))
    assert feed.closing is None
    assert [message["seq"] for message in await written(feed)] == [0, 1]


async def test_when_nothing_more_can_go_the_viewer_is_closed_and_nothing_is_kept() -> None:
    feed = Feed("anna", VIEWER, max_messages=2)
    for seq in range(1, 100):
        feed.send(event(seq))
    assert feed.closing == Closing(TOO_SLOW, "too slow: too many messages wait for this viewer")
    assert (len(feed), feed.waiting_bytes, feed.gone.is_set()) == (0, 0, True)


async def test_bytes_are_bounded_whatever_the_number_of_messages() -> None:
    feed = Feed("anna", VIEWER, max_messages=1000, max_bytes=5000)
    for seq in range(1, 20):
        feed.send(event(seq, droppable=True, text="x" * 1000))
        assert feed.waiting_bytes <= 5000
    assert len(feed) == 4
    feed.send(event(20, text="x" * 6000))
    assert feed.closing is not None


async def test_a_message_is_written_as_soon_as_it_is_sent() -> None:
    feed = Feed("anna", VIEWER, max_messages=10)
    arrived: asyncio.Queue[bytes] = asyncio.Queue()
    writer = asyncio.create_task(feed.write(arrived.put))
    for seq in (1, 2):
        feed.send(event(seq))
        async with asyncio.timeout(10):
            assert orjson.loads(await arrived.get())["seq"] == seq
    feed.close(1000, "over")
    async with asyncio.timeout(10):
        await writer


async def test_what_all_get_is_remembered_even_after_the_viewer_was_closed() -> None:
    feed, ring = Feed("anna", VIEWER, max_messages=10), Ring(0, 10)
    ready: list[int] = []
    feed.on_ready, feed.ring = (lambda outgoing: ready.append(outgoing.seq)), ring
    feed.send(event(1, "bot-ready"))
    feed.close(1000, "over")
    for outgoing in (event(2), replace(event(3), private=True), replace(event(4), once=True)):
        feed.send(outgoing)
    assert (ready, feed.ready, len(feed)) == ([1], True, 1)
    assert [outgoing.seq for outgoing in ring.after(0) or ()] == [2]


async def test_a_viewer_is_what_its_role_says() -> None:
    supervisor, coach = (Feed("anna", role, max_messages=10) for role in (SUPERVISOR, COACH))
    assert (supervisor.role, coach.role) == ("supervisor", "coach")
    assert (supervisor.report_ceiling, coach.report_ceiling) == (Level.FULL, Level.NAME)
    assert (supervisor.sees_sensitive, coach.sees_sensitive) == (True, False)
    asked = [("client-ready", None), ("send-text", None), ("action", "dialogue:append"), ("action", "call:hangup")]
    assert [supervisor.may(*each) for each in asked] == [True] * 4
    assert [coach.may(*each) for each in asked] == [True, False, True, False]


async def test_in_the_binary_form_each_message_and_notice_is_a_frame_made_once_for_all() -> None:
    feeds = [Feed(name, VIEWER, max_messages=2) for name in ("anna", "ben")]
    events = [event(1, "metrics", droppable=True), event(2), event(3)]
    got: dict[str, list[bytes]] = {}
    for feed in feeds:
        feed.is_binary = True
        for each in events:
            feed.send(each)
        feed.close(1000, "over")
        await feed.write(partial(_collect, got.setdefault(feed.name, [])))
    texts = [read_frame(payload) for payload in got["anna"]]
    assert texts[1:] == [each.encode().decode() for each in events[1:]]
    assert orjson.loads(str(texts[0]))["data"] == {"type": "events-dropped", "counts": {"metrics": 1}}
    assert all(one is other for one, other in zip(got["anna"][1:], got["ben"][1:], strict=True))


async def _collect(got: list[bytes], payload: bytes) -> None:
    got.append(payload)


async def test_of_a_viewer_that_has_left_nothing_is_kept() -> None:
    feed = Feed("anna", VIEWER, max_messages=1)
    feed.send(event(1, "metrics", droppable=True))
    feed.send(event(2, "metrics", droppable=True))
    feed.abandon(1000, "the viewer has left")
    feed.send(event(3))
    assert (len(feed), feed.waiting_bytes, feed.gone.is_set()) == (0, 0, True)
    got: list[bytes] = []
    await feed.write(partial(_collect, got))
    assert got == []

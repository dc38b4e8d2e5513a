"""The house tells of its calls, and greets its viewers itself."""

import pytest

from tests.supervision.desk import CALL, READY, Desk, snapshot


async def test_the_house_tells_of_calls_as_they_come_and_go(desk: Desk) -> None:
    desk.call()
    async with desk.watching("/rtvi") as socket:
        ready = await socket.ready()
        assert (ready["id"], ready["data"]["version"], ready["data"]["about"]["library"]) == ("1", "2.1.0", "appliance")
        assert await snapshot(socket) == {"type": "snapshot", "calls": [CALL]}
        desk.call("CA2")
        assert (await socket.next())["data"] == {"type": "call-started", "call": CALL | {"call_id": "CA2"}}
        desk.hub.call_updated("CA2", speaking="caller")
        updated = {"type": "call-updated", "call": CALL | {"call_id": "CA2", "speaking": "caller"}}
        assert (await socket.next())["data"] == updated
        desk.hub.call_ended("CA1", outcome="completed")
        ended = {"type": "call-ended", "call_id": "CA1", "outcome": "completed"}
        assert (await socket.next())["data"] == ended


async def test_in_the_house_too_what_was_missed_is_replayed(desk: Desk) -> None:
    async with desk.watching("/rtvi") as socket:
        await socket.ready()
        last = (await socket.until("snapshot"))["seq"]
    desk.call()
    async with desk.watching(f"/rtvi?after={last}") as socket:
        await socket.ready()
        assert (await socket.next())["data"]["type"] == "call-started"


@pytest.mark.parametrize(
    ("version", "served", "problem"),
    [
        ("2.0.1", "2.1.0", None),
        ("1.2.0", "1.2.0", None),
        ("0.3.0", "2.1.0", "RTVI version 0.3.0 is not compatible with server protocol 2.1.0."),
        ("two", "2.1.0", "Invalid client version format (two)."),
        (None, "2.1.0", "Client version unknown."),
    ],
)
async def test_the_house_serves_every_version_and_says_what_may_not_fit(
    desk: Desk, version: str | None, served: str, problem: str | None
) -> None:
    async with desk.watching("/rtvi") as socket:
        await socket.socket.send_json(READY | {"data": {"version": version}})
        if problem is not None:
            error = await socket.next()
            assert (error["type"], error["id"]) == ("error-response", "1")
            assert error["data"] == {"error": f"{problem} Compatibility issues may occur."}
        assert (await socket.next())["data"]["version"] == served


async def test_the_house_answers_what_it_does_not_take(desk: Desk) -> None:
    async with desk.watching("/rtvi") as socket:
        await socket.socket.send_str("{")
        error = {"error": "the message is not JSON", "message": "the message is not JSON", "fatal": False}
        assert await socket.next() == {"label": "rtvi-ai", "type": "error", "data": error, "seq": 1}
        await socket.socket.send_json({"label": "another", "type": "client-ready", "id": "1"})
        await socket.socket.send_json({"label": "rtvi-ai", "type": "send-text", "id": "7", "data": {"content": "x"}})
        refused = {"error": "This token may not send send-text"}
        answer = {"label": "rtvi-ai", "type": "error-response", "id": "7", "data": refused, "seq": 2}
        assert await socket.next() == answer

"""The house tells of its calls, and greets its viewers itself."""

from typing import Any

import pytest

from tests.supervision.desk import CALL, READY, Desk, count_encodes, snapshot


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


async def test_in_the_house_each_role_is_replayed_what_it_would_have_been_told(desk: Desk) -> None:
    last = {}
    roles = ("supervisor", "viewer", "foreign")
    for role in roles:
        async with desk.watching("/rtvi", role) as socket:
            await socket.ready()
            last[role] = (await socket.until("snapshot"))["seq"]
    desk.call()
    seen = {}
    for role in roles:
        async with desk.watching(f"/rtvi?after={last[role]}", role) as socket:
            await socket.ready()
            await socket.say("client-message", {"t": "calls"}, "9")
            seen[role] = await socket.next()
    assert [seen[role]["data"]["call"]["from"] for role in roles[:2]] == ["+15550100001", "[number]"]
    assert seen["supervisor"]["seq"] == seen["viewer"]["seq"]
    assert seen["foreign"]["data"] == {"t": "calls", "d": {"calls": []}}


@pytest.mark.parametrize("after", ["1", "99999"])
async def test_in_the_house_whoever_was_away_too_long_gets_a_snapshot(desk: Desk, after: str) -> None:
    async with desk.watching(f"/rtvi?after={after}") as socket:
        await socket.ready()
        assert await snapshot(socket) == {"type": "snapshot", "calls": []}


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


REFUSED = [
    ("send-text", {"content": "x"}, "Unsupported type send-text: it belongs to a call's own address."),
    ("nonsense", None, "Unsupported type nonsense: it belongs to a call's own address."),
    ("client-message", {}, "Invalid client-message message: data.t: Field required."),
    ("client-message", {"t": "x"}, "Unknown client-message 'x', expected one of calls, subscribe, unsubscribe."),
    (
        "client-message",
        {"t": "subscribe"},
        "Invalid client-message message: data.subscribe.d: Field required.",
    ),
    (
        "client-message",
        {"t": "subscribe", "d": {"call_id": "CA1", "after": -1}},
        "Invalid client-message message: data.subscribe.d.after: Input should be greater than or equal to 0.",
    ),
    ("client-message", {"t": "subscribe", "d": {"call_id": "CA9"}}, "There is no live call 'CA9'."),
    (
        "client-message",
        {"t": "unsubscribe", "d": {"call_id": "CA1"}},
        "There is no subscription to the call 'CA1'.",
    ),
]


@pytest.mark.parametrize(("kind", "data", "sentence"), REFUSED)
async def test_the_house_says_what_is_wrong_with_a_request(desk: Desk, kind: str, data: Any, sentence: str) -> None:
    desk.call()
    async with desk.watching("/rtvi") as socket:
        await socket.ready()
        await snapshot(socket)
        await socket.say(kind, data, "7")
        answer = {"label": "rtvi-ai", "type": "error-response", "id": "7", "data": {"error": sentence}, "seq": 3}
        assert await socket.next() == answer


async def test_what_is_not_rtvi_is_told_or_ignored(desk: Desk) -> None:
    async with desk.watching("/rtvi") as socket:
        await socket.socket.send_str("{")
        error = {"error": "The message is not JSON.", "message": "The message is not JSON.", "fatal": False}
        assert await socket.next() == {"label": "rtvi-ai", "type": "error", "data": error, "seq": 1}
        await socket.socket.send_json({"label": "another", "type": "client-ready", "id": "1"})
        early = "A client-message message before client-ready cannot be handled."
        assert (await socket.ask("calls"))["data"] == {"error": early}


async def test_the_house_lists_its_calls_on_request(desk: Desk) -> None:
    desk.call()
    desk.call("CA2")
    desk.hub.call_ended("CA1")
    async with desk.watching("/rtvi") as socket:
        await socket.ready()
        answer = {"t": "calls", "d": {"calls": [CALL | {"call_id": "CA2"}]}}
        assert (await socket.ask("calls"))["data"] == answer


async def test_a_role_is_told_only_of_calls_that_it_covers_and_only_what_it_may_see(desk: Desk) -> None:
    desk.call()
    async with desk.watching("/rtvi", "viewer") as viewer, desk.watching("/rtvi", "foreign") as foreign:
        await viewer.ready()
        await foreign.ready()
        masked = CALL | {"from": "[number]", "to": "[number]"}
        assert await snapshot(viewer) == {"type": "snapshot", "calls": [masked]}
        assert await snapshot(foreign) == {"type": "snapshot", "calls": []}
        desk.call("CA2")
        desk.hub.call_updated("CA2", muted=True)
        desk.hub.call_ended("CA2", outcome="completed")
        told = [(await viewer.next())["data"] for _ in range(3)]
        assert told == [
            {"type": "call-started", "call": masked | {"call_id": "CA2"}},
            {"type": "call-updated", "call": masked | {"call_id": "CA2", "muted": True}},
            {"type": "call-ended", "call_id": "CA2", "outcome": "completed"},
        ]
        refusal = {"error": "The role 'foreign' does not cover the dialplan of the call 'CA1'."}
        assert (await foreign.ask("subscribe", call_id="CA1"))["data"] == refusal
        assert (await foreign.ask("calls"))["data"]["d"] == {"calls": []}


async def test_events_of_the_house_are_serialised_once_a_role(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    made = count_encodes(monkeypatch)
    async with (
        desk.watching("/rtvi") as one,
        desk.watching("/rtvi") as two,
        desk.watching("/rtvi", "viewer") as three,
    ):
        for socket in (one, two, three):
            await socket.ready()
            await snapshot(socket)
        made.clear()
        desk.call()
        seqs = [(await socket.until("call-started"))["seq"] for socket in (one, two, three)]
    assert len(set(seqs)) == 1
    assert len(made) == 2

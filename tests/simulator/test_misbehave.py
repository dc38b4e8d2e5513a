"""Each misbehaviour does what it says."""

import asyncio
import base64
import contextlib
import json
from typing import Any

import pytest

from appliance.errors import ProtocolError
from appliance.simulator import MISBEHAVIOURS, Call, CallResult, Press, Speak, Wait, place_call
from appliance.simulator.misbehave import GARBAGE, ODD_SIZES, Manners, Mischief, manners
from appliance.simulator.sound import Sound
from appliance.simulator.wire import Messages
from tests.simulator.bot import Bot, Socket, beep, greet, listen, serving, tone


def test_without_a_name_a_line_behaves_well() -> None:
    assert manners([]).media_is_plain


def test_what_is_not_known_is_refused() -> None:
    with pytest.raises(ProtocolError) as unknown:
        manners(["rudeness"])
    with pytest.raises(ProtocolError) as numbered:
        manners(["garbage:3"])
    with pytest.raises(ProtocolError) as bad:
        manners(["freeze:x"])
    assert str(unknown.value) == (
        "The misbehaviour 'rudeness' is unknown, expected one of " + ", ".join(sorted(MISBEHAVIOURS)) + "."
    )
    assert str(numbered.value) == "The misbehaviour 'garbage:3' cannot be understood, expected garbage."
    assert str(bad.value) == "The misbehaviour 'freeze:x' cannot be understood, expected freeze or freeze:SECS."


def test_a_number_of_seconds_replaces_the_default() -> None:
    assert (manners(["freeze"]).freeze_secs, manners(["freeze:0.5"]).freeze_secs) == (5.0, 0.5)


SPOKEN = Sound(bytes(range(256)) * 40)


def sent(behaviour: Manners) -> list[list[str | bytes]]:
    """What goes over the wire in each tick while SPOKEN is said."""
    mischief = Mischief(behaviour, Messages("MZ1", "AC1", "CA1", {}))
    return [list(mischief.tick(frame, number)) for number, frame in enumerate(SPOKEN.frames)]


def payloads(messages: list[str | bytes]) -> list[bytes]:
    """The audio of media messages."""
    return [base64.b64decode(json.loads(text)["media"]["payload"]) for text in messages]


def test_odd_sizes_change_the_pieces_and_not_the_audio() -> None:
    pieces = payloads([message for tick in sent(manners(["odd-sizes"])) for message in tick])
    assert tuple(len(piece) for piece in pieces[:8]) == ODD_SIZES
    assert SPOKEN.mulaw.startswith(b"".join(pieces))
    assert len(SPOKEN.mulaw) - len(b"".join(pieces)) < 1000


def test_jitter_brings_bursts_and_gaps_in_the_right_order() -> None:
    ticks = sent(manners(["jitter"]))
    arrived = payloads([message for tick in ticks for message in tick])
    assert arrived == [raw for raw, _ in SPOKEN.frames][: len(arrived)]
    assert {len(tick) for tick in ticks} >= {0, 1, 2}
    assert len(SPOKEN.frames) - len(arrived) <= 6


def test_a_freeze_is_a_hole_of_its_length() -> None:
    assert [number for number, tick in enumerate(sent(manners(["freeze:0.1"]))) if not tick] == [50, 51, 52, 53, 54]


def test_garbage_comes_between_the_media_and_replaces_none() -> None:
    ticks = sent(manners(["garbage"]))
    assert [tick[1:] for tick in ticks if len(tick) > 1] == [[GARBAGE[0]], [GARBAGE[1]], [GARBAGE[2]]]
    assert all(payloads(tick[:1]) == [SPOKEN.frames[number][0]] for number, tick in enumerate(ticks))


def test_garbage_has_broken_json_unknown_events_binary_empty_and_a_megabyte() -> None:
    assert {type(message) for message in GARBAGE} == {str, bytes}
    assert min(map(len, GARBAGE)) == 0
    assert max(map(len, GARBAGE)) > 1024 * 1024


def test_a_flood_is_more_than_a_hundred_messages_that_cannot_be_understood() -> None:
    flood = sent(manners(["flood"]))[10][1:]
    assert flood == ["{"] * 150


async def misbehaving(bot: Bot, *names: str, **more: Any) -> CallResult:
    """A short call in which the caller waits, beeps and presses a key."""
    actions = more.pop("actions", [Wait("bot"), Speak(beep(0.2)), Press("5")])
    return await place_call(Call(url=bot.url, actions=actions, misbehave=names, grace_secs=0.1, **more))


async def marking(socket: Socket) -> None:
    """Plays 0.1 s and a mark, then listens."""
    await socket.until("start")
    await socket.play(tone(0.1))
    await socket.mark("m")
    await listen(socket)


async def test_no_marks_means_that_none_comes_back() -> None:
    async with serving(marking) as bot:
        result = await misbehaving(bot, "no-marks")
    assert bot.sockets[0].events() == ["connected", "start", "dtmf", "stop"]
    assert (result.marks, result.problems) == ([], [])


async def test_no_stop_means_that_the_socket_just_closes() -> None:
    async with serving(marking) as bot:
        await misbehaving(bot, "no-stop")
    assert bot.sockets[0].events() == ["connected", "start", "mark", "dtmf"]


async def test_minimal_has_a_start_and_otherwise_only_what_cannot_be_left_out() -> None:
    async with serving(marking) as bot:
        await misbehaving(bot, "minimal")
    [socket] = bot.sockets
    assert socket.start["start"]["customParameters"] == {"token": "t0ken"}
    assert {tuple(sorted(m)) for m in socket.messages if m["event"] == "media"} == {("event", "media")}
    assert socket.messages[-1] == {"event": "stop"}
    assert {"event": "dtmf", "dtmf": {"digit": "5"}} in socket.messages


async def test_a_dropped_socket_closes_without_a_word_and_the_twiml_goes_on() -> None:
    async with serving(greet) as bot:
        bot.twiml["/voice"][0] += "<Redirect>/again</Redirect>"
        bot.twiml["/again"] = ["<Hangup/>"]
        result = await misbehaving(bot, "drop-socket:0.2", actions=[Wait("end")])
    assert bot.sockets[0].events() == ["connected", "start"]
    assert bot.sockets[0].ws.close_code == 1006
    assert (result.verbs, result.end, result.problems) == (["Connect", "Redirect", "Hangup"], "<Hangup>", [])


@pytest.mark.parametrize(("name", "dropped"), [("drop-socket:0.1", 1), ("drop-every-socket:0.1", 2)])
async def test_one_or_every_socket_of_a_call_is_dropped(name: str, dropped: int) -> None:
    async def brief(socket: Socket) -> None:
        await socket.until("start")
        await socket.play(tone(0.2))
        await socket.mark("played")
        with contextlib.suppress(EOFError):
            await socket.until("mark")
        await socket.ws.close()

    async with serving(brief) as bot:
        bot.twiml["/voice"][0] *= 2
        result = await misbehaving(bot, name, actions=[Wait("end")])
    assert [socket.ws.close_code for socket in bot.sockets].count(1006) == dropped
    assert (result.streams, result.marks) == (2, ["played"] * (2 - dropped))


async def test_a_late_start_comes_so_much_later_and_no_media_before() -> None:
    loop, times = asyncio.get_running_loop(), []

    async def timing(socket: Socket) -> None:
        async for message in socket.read():
            times.append((message["event"], loop.time()))
            if len(times) == 3:
                await socket.play(tone(0.1))

    async with serving(timing) as bot:
        await misbehaving(bot, "late-start:0.3")
    assert [event for event, _ in times[:3]] == ["connected", "start", "media"]
    assert times[1][1] - times[0][1] >= 0.29


async def test_no_start_means_media_without_a_start() -> None:
    async def wait_a_little(socket: Socket) -> None:
        async for _ in socket.read():
            if len(socket.messages) == 4:
                await socket.ws.close(code=1008)

    async with serving(wait_a_little) as bot:
        result = await misbehaving(bot, "no-start", actions=[Wait("end")])
    assert [m["event"] for m in bot.sockets[0].messages[:4]] == ["connected", "media", "media", "media"]
    assert result.problems == ["The bot was never heard."]


@pytest.mark.parametrize("name", ["wrong-token", "no-token"])
async def test_a_stream_without_the_right_token(name: str) -> None:
    async with serving(greet) as bot:
        await misbehaving(bot, name)
    given = bot.sockets[0].start["start"]["customParameters"]
    assert given.keys() == ({"token"} if name == "wrong-token" else set())
    assert given.get("token") != "t0ken"


def test_a_wrong_token_leaves_other_parameters_alone() -> None:
    change = manners(["wrong-token"]).change_parameters
    assert {**change({"token": "right", "kept": "x"}), "token": ""} == {"token": "", "kept": "x"}
    assert change({"a": "x"})["a"] != "x"


async def test_a_second_stream_has_the_same_token_and_call_and_another_sid() -> None:
    async def only_once(socket: Socket) -> None:
        await socket.until("start")
        if len(bot.sockets) == 2:
            await socket.ws.close(code=1008)
            return
        await socket.play(tone(0.1))
        await listen(socket)

    async with serving(only_once) as bot:
        result = await misbehaving(bot, "second-stream")
    first, second = (socket.start["start"] for socket in bot.sockets)
    assert {**second, "streamSid": ""} == {**first, "streamSid": ""}
    assert first["streamSid"] != second["streamSid"]
    assert "closes the second stream (1008)" in [item.what for item in result.items]
    assert result.problems == []


async def test_a_server_that_answers_a_second_stream_went_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appliance.simulator.connect.SECOND_STREAM_SECS", 0.5)
    async with serving(greet) as bot:
        result = await misbehaving(bot, "second-stream")
    assert result.problems == [
        "The server still had a second stream after 0.5 s, expected it to be closed.",
        "The server sent 2400 bytes of audio to a second stream, expected none.",
    ]


async def test_garbage_reaches_the_server_and_the_call_goes_on() -> None:
    async def tolerant(socket: Socket) -> None:
        await socket.until("start")
        async for _ in socket.read():
            if GARBAGE[0] in socket.raw and not socket.ws.closed and len(socket.raw) == 20:
                await socket.play(tone(0.1))

    async with serving(tolerant) as bot:
        result = await misbehaving(bot, "garbage")
    assert (result.problems, result.end) == ([], "the caller hung up")
    assert bot.sockets[0].audio().count(beep(0.2).mulaw) == 1

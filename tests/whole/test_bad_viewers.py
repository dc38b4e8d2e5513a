"""Viewers that misbehave, each while a real call goes on: the caller and the other viewers notice nothing."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest

from appliance.rtvi.wire import message_frame
from appliance.simulator import Call, LiveCall, Phone, Wait
from tests.supervision.deaf import deaf
from tests.whole.appliance import Appliance
from tests.whole.carrier import NUMBER, closed
from tests.whole.engines import Engines
from tests.whole.viewer import READY, Viewer, watching

Mischief = Callable[[Appliance, LiveCall], Awaitable[None]]

Answer = tuple[str, str | None, str]
"""Type, id and text of what a message is answered with."""

WORDS = ("Thank", "you", "and", "goodbye.")
TOLD = [
    "user-llm-text",
    "bot-llm-started",
    "bot-llm-text",
    "bot-transcription",
    "bot-llm-stopped",
    "bot-tts-started",
    "bot-started-speaking",
    "bot-output",
    *(kind for _ in WORDS for kind in ("bot-tts-text", "bot-output")),
    "bot-stopped-speaking",
    "call-ended",
]
"""All that a viewer is told of the call's last turn, but for measurements, and the end of the synthesis, which is where
it is: before or after the first sound."""


@contextlib.asynccontextmanager
async def undisturbed(
    quick: Appliance, engines: Engines, phone: Phone, meanwhile: Mischief | None = None
) -> AsyncIterator[LiveCall]:
    """A call with a viewer, in which something bad happens while the bot speaks, and perhaps while it is answered."""
    engines.secs = lambda text: 0.6
    async with phone.dialling(Call(url=quick.voice_url, to=NUMBER, actions=[Wait("end")])) as live:
        await live.line.bot_speaks(20)
        async with watching(quick, f"/rtvi/{live.sid}") as good:
            await good.ready()
            yield live
            await live.line.bot_has_spoken(20)
            storm = asyncio.ensure_future(meanwhile(quick, live)) if meanwhile else None
            live.line.press("1")
            assert await good.to_the_end() == (1000, "the call has ended")
            if storm is not None:
                await storm
        result = await live.result()
    assert (result.problems, result.verbs, result.end) == ([], ["Connect", "Redirect", "Hangup"], "<Hangup>")
    heard = [item.what for item in result.items if item.who == "bot" and item.what.startswith("spoke")]
    assert heard == ["spoke 1.2 s", "spoke 0.6 s"]
    kinds = good.kinds()
    last = kinds[kinds.index("user-llm-text") :]
    assert [kind for kind in last if kind not in ("metrics", "bot-tts-stopped")] == TOLD
    assert last.count("bot-tts-stopped") == 1
    numbers = [message["seq"] for message in good.seen]
    assert numbers == sorted(set(numbers))


def envelope(kind: str, data: Any = None, **more: Any) -> str:
    return json.dumps({"label": "rtvi-ai", "type": kind, "id": "7", "data": data} | more)


def error(text: str) -> Answer:
    return "error", None, text


def refusal(text: str) -> Answer:
    return "error-response", "7", text


def option(service: str, name: str, value: Any) -> str:
    config = [{"service": service, "options": [{"name": name, "value": value}]}]
    return envelope("update-config", {"config": config})


KEYS = "'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#', 'A', 'B', 'C' or 'D'"
RESULT = {"function_name": "price", "tool_call_id": "gone", "arguments": {}, "result": "5"}

MESSAGES: dict[str, tuple[str | bytes, Answer | None]] = {
    "not JSON": ("{", error("The message is not JSON.")),
    "nothing": ("", error("The message is not JSON.")),
    "not an object": ("[1]", error("The message is not a JSON object.")),
    "nested without end": ("[" * 100_000, error("The message is not JSON.")),
    "another label": (envelope("client-ready", label="other"), None),
    "no label": ('{"type": "client-ready", "id": "7"}', None),
    "no id": ('{"label": "rtvi-ai", "type": "send-text"}', error("The message has no 'id' that is a string.")),
    "no type": ('{"label": "rtvi-ai", "id": "7"}', error("The message has no 'type' that is a string.")),
    "a type that is not known": (envelope("nonsense"), refusal("Unsupported type nonsense")),
    "a server's message": (envelope("bot-ready", READY), refusal("Unsupported type bot-ready")),
    "no data": (envelope("send-text"), refusal("Invalid send-text message: data: Field required.")),
    "data of another kind": (
        envelope("send-text", 5),
        refusal("Invalid send-text message: data: Input should be a valid dictionary or instance of SendTextData."),
    ),
    "a key that no telephone has": (
        envelope("dtmf", {"buttons": ["x"]}),
        refusal(f"Invalid dtmf message: data.buttons.0: Input should be {KEYS}."),
    ),
    "two megabytes": ("x" * 2_097_152, error("The message is too long: 2097152, and at most 262144 are read.")),
    "two megabytes of JSON": (
        envelope("send-text", {"content": "x" * 2_097_152}),
        error("The message is too long: 2097229, and at most 262144 are read."),
    ),
    "two megabytes in a frame": (
        message_frame(b"x" * 2_097_152),
        error("The message is too long: 2097152, and at most 262144 are read."),
    ),
    "binary rubbish": (bytes(range(256)), error("The binary message is no protobuf Frame.")),
    "a frame of rubbish": (message_frame(b"{"), error("The message is not JSON.")),
    "an option out of range": (
        option("vad", "stop_secs", 99),
        refusal("Option stop_secs of service vad could not be set: 99, expected at most 5"),
    ),
    "an option of the wrong type": (
        option("vad", "stop_secs", "long"),
        refusal("Option stop_secs of service vad must be of type number"),
    ),
    "an option that is not there": (option("vad", "colour", 1), refusal("Service vad has no option colour")),
    "a service that is not there": (option("weather", "colour", 1), refusal("Service weather not registered")),
    "an action that is not there": (
        envelope("action", {"service": "call", "action": "explode"}),
        refusal("Action call:explode not registered"),
    ),
    "a result of a call that is closed": (
        envelope("llm-function-call-result", RESULT),
        refusal("No function call 'gone' is open: the result was not used."),
    ),
}


async def test_messages_that_make_no_sense_are_answered_and_change_nothing(
    quick: Appliance, engines: Engines, phone: Phone
) -> None:
    async with undisturbed(quick, engines, phone) as live, watching(quick, f"/rtvi/{live.sid}") as bad:
        await bad.ready()
        answers = {name: await answered(bad, message) for name, (message, _) in MESSAGES.items()}
        assert answers == {name: answer for name, (_, answer) in MESSAGES.items()}


async def answered(viewer: Viewer, message: str | bytes) -> Answer | None:
    """What a message is answered with; None if with nothing: the next one is answered first."""
    await (viewer.socket.send_str(message) if isinstance(message, str) else viewer.socket.send_bytes(message))
    await viewer.say("sentinel", None, "sentinel")
    first: Answer | None = None
    while (answer := await next_answer(viewer))[1] != "sentinel":
        assert first is None
        first = answer
    return first


async def flood(service: Appliance, live: LiveCall) -> None:
    async with watching(service, f"/rtvi/{live.sid}") as bad:
        await bad.ready()
        sending = asyncio.create_task(_flood(bad, envelope("nonsense")))
        answers = []
        while (received := await bad.socket.receive(timeout=20)).type is aiohttp.WSMsgType.TEXT:
            answers.append(received.json())
        assert (bad.socket.close_code, received.extra) == (1008, "too many messages at once")
        assert (answers[-1]["type"], answers[-1]["id"]) == ("error-response", "7")
        assert answers[-1]["data"] == {"error": "Too many messages at once: this one was not handled."}
        await sending


async def flood_of_rubbish(service: Appliance, live: LiveCall) -> None:
    async with watching(service, f"/rtvi/{live.sid}") as bad:
        sending = asyncio.create_task(_flood(bad, b"rubbish"))
        assert await closed(bad.socket) == (1008, "too many messages at once")
        await sending


async def _flood(viewer: Viewer, message: str | bytes) -> None:
    send = viewer.socket.send_str if isinstance(message, str) else viewer.socket.send_bytes
    with contextlib.suppress(aiohttp.ClientError, ConnectionError):
        for _ in range(10_000):
            await send(message)  # type: ignore[arg-type]


async def flood_of_pings(service: Appliance, live: LiveCall) -> None:
    async with watching(service, f"/rtvi/{live.sid}") as bad:
        await bad.ready()
        with contextlib.suppress(aiohttp.ClientError, ConnectionError):
            for _ in range(10_000):
                await bad.socket.ping(b"x" * 125)


async def never_reads(service: Appliance, live: LiveCall) -> None:
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(10):
            silent = await stack.enter_async_context(deaf(*address(service, live)))
            await silent.say(envelope("client-ready", READY))
        await live.line.bot_has_spoken(20)


async def half_a_handshake(service: Appliance, live: LiveCall) -> None:
    port, path = address(service, live)
    async with asyncio.timeout(20):
        ends = [await asyncio.open_connection("127.0.0.1", port) for _ in range(20)]
        for _, writer in ends:
            writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nUpgrade: webso".encode())
            await writer.drain()
        await live.line.bot_has_spoken(20)
        for _, writer in ends:
            writer.close()


async def never_says_that_it_is_ready(service: Appliance, live: LiveCall) -> None:
    async with watching(service, f"/rtvi/{live.sid}") as bad:
        await live.line.bot_has_spoken(20)
        await bad.say("sentinel", None, "sentinel")
        assert (await bad.socket.receive_json(timeout=20))["id"] == "sentinel"


async def comes_and_goes(service: Appliance, live: LiveCall) -> None:
    for _ in range(20):
        async with deaf(*address(service, live)) as bad:
            await bad.say(envelope("client-ready", READY))


async def asks_for_no_call(service: Appliance, live: LiveCall) -> None:
    for call_id in ("CA0", "", "%00", "x" * 5000, f"{live.sid}x", f"{live.sid}/{live.sid}"):
        assert await refused(service, f"/rtvi/{call_id}") == 404, call_id


async def asks_for_an_ended_call(service: Appliance, live: LiveCall) -> None:
    async with Phone() as phone, phone.dialling(Call(url=service.voice_url, to=NUMBER, actions=[Wait("end")])) as gone:
        await gone.line.bot_speaks(20)
        async with watching(service, f"/rtvi/{gone.sid}") as last:
            await last.ready()
            await gone.hang_up()
            await last.until("call-ended")
            await last.say("llm-function-call-result", RESULT, "7")
            too_late = "The call has ended: this llm-function-call-result message was not handled."
            assert await next_answer(last) == refusal(too_late)
            assert await last.to_the_end() == (1000, "the call has ended")
        assert await refused(service, f"/rtvi/{gone.sid}") == 404


async def refused(service: Appliance, path: str) -> int:
    url = service.url.replace("http", "ws", 1) + path
    async with aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
            await http.ws_connect(url, params={"token": service.token()})
    return refusal.value.status


def address(service: Appliance, live: LiveCall) -> tuple[int, str]:
    """Port and path of a call, for one who may watch it."""
    port = urlsplit(service.url).port
    assert port is not None
    return port, f"/rtvi/{live.sid}?token={service.token()}"


@pytest.mark.parametrize(
    "mischief",
    [
        flood,
        flood_of_rubbish,
        flood_of_pings,
        never_reads,
        half_a_handshake,
        never_says_that_it_is_ready,
        comes_and_goes,
        asks_for_no_call,
        asks_for_an_ended_call,
    ],
    ids=lambda mischief: mischief.__name__.replace("_", " "),
)
async def test_a_viewer_that_misbehaves_disturbs_nobody(
    mischief: Mischief, quick: Appliance, engines: Engines, phone: Phone
) -> None:
    async with undisturbed(quick, engines, phone) as live:
        await mischief(quick, live)


async def storm(service: Appliance, live: LiveCall) -> None:
    """Three viewers flood the call at once and come back until it is over."""
    tokens = [service.token() for _ in range(3)]
    await asyncio.gather(*(_storm(service, live, token) for token in tokens))


async def _storm(service: Appliance, live: LiveCall, token: str) -> None:
    url = f"{service.url}/rtvi/{live.sid}"
    with contextlib.suppress(aiohttp.ClientError, ConnectionError):
        while not live.is_over:
            async with aiohttp.ClientSession() as http, http.ws_connect(url, params={"token": token}) as socket:
                await _flood(Viewer(socket), envelope("nonsense"))


async def test_the_caller_is_answered_while_viewers_flood(quick: Appliance, engines: Engines, phone: Phone) -> None:
    async with undisturbed(quick, engines, phone, meanwhile=storm):
        pass


async def test_two_viewers_with_the_same_message_id_get_each_their_own_answer(
    quick: Appliance, engines: Engines, phone: Phone
) -> None:
    async with (
        undisturbed(quick, engines, phone) as live,
        watching(quick, f"/rtvi/{live.sid}") as one,
        watching(quick, f"/rtvi/{live.sid}") as other,
    ):
        viewers = {"one": one, "other": other}
        for viewer in viewers.values():
            await viewer.ready()
        for number in range(20):
            for name, viewer in viewers.items():
                await viewer.say(f"{name}-{number}", None, "7")
        for name, viewer in viewers.items():
            answers = [await next_answer(viewer) for _ in range(20)]
            assert answers == [refusal(f"Unsupported type {name}-{number}") for number in range(20)]


async def next_answer(viewer: Viewer) -> Answer:
    while True:
        message = await viewer.socket.receive_json(timeout=20)
        if message["type"] in ("error", "error-response"):
            return message["type"], message.get("id"), message["data"]["error"]

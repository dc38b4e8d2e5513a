"""RTVI over a real WebSocket, while a real call goes on."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from appliance.simulator import Call, LiveCall, Phone, Sound, Wait
from tests.whole.appliance import Appliance
from tests.whole.carrier import NUMBER, closed
from tests.whole.engines import Engines
from tests.whole.viewer import READY, kind_of, watching


@pytest.fixture
async def live(quick: Appliance, engines: Engines, phone: Phone) -> AsyncIterator[LiveCall]:
    """A call that has just been connected and whose bot greets at length."""
    engines.secs = lambda text: 1.0
    async with phone.dialling(Call(url=quick.voice_url, to=NUMBER, actions=[Wait("end")])) as call:
        await call.line.bot_speaks(20)
        yield call


async def test_the_handshake_is_answered_with_the_version_and_a_snapshot(quick: Appliance, live: LiveCall) -> None:
    async with watching(quick, f"/rtvi/{live.sid}") as viewer:
        ready = await viewer.ready()
        assert {key: ready[key] for key in ("label", "type", "id")} == {
            "label": "rtvi-ai",
            "type": "bot-ready",
            "id": "1",
        }
        assert ready["data"]["version"].startswith("2.")
        snapshot = (await viewer.until("snapshot"))["data"]
    assert (snapshot["call"]["call_id"], snapshot["call"]["dialplan"]) == (live.sid, "Quick")


async def test_a_turn_is_told_in_order_with_the_words_as_they_are_heard(
    quick: Appliance, live: LiveCall, yes: Sound
) -> None:
    async with watching(quick, f"/rtvi/{live.sid}") as viewer:
        await viewer.ready()
        await live.line.bot_has_spoken(20)
        live.line.say(yes)
        assert await viewer.to_the_end() == (1000, "the call has ended")
    await live.result()
    steps = (
        "user-started-speaking",
        "user-transcription",
        "user-stopped-speaking",
        "bot-llm-started",
        "bot-tts-started",
        "bot-started-speaking",
        "bot-stopped-speaking",
        "call-ended",
    )
    told = viewer.kinds(*steps)
    last = told[told.index("user-started-speaking") :]
    assert tuple(dict.fromkeys(last)) == steps
    finals = [data["text"] for data in viewer.data("user-transcription") if data["final"]]
    assert finals == ["yes"]
    numbers = [message["seq"] for message in viewer.seen]
    assert numbers == sorted(numbers)
    assert len(set(numbers)) == len(numbers)


async def test_what_the_bot_says_is_shown_as_it_is_spoken(quick: Appliance, live: LiveCall, yes: Sound) -> None:
    async with watching(quick, f"/rtvi/{live.sid}") as viewer:
        await viewer.ready()
        live.line.press("1")
        await viewer.to_the_end()
    told = viewer.data("bot-output")
    assert [(data["text"], data["spoken_status"]) for data in told] == [
        ("Thank you and goodbye.", status) for status in ("new", *["in-progress"] * 3, "completed")
    ]
    assert [tuple(data["spoken_progress"].values()) for data in told] == [
        ("", "Thank you and goodbye."),
        ("Thank", " you and goodbye."),
        ("Thank you", " and goodbye."),
        ("Thank you and", " goodbye."),
        ("Thank you and goodbye.", ""),
    ]


async def test_function_calls_are_shown_at_the_level_that_the_dialplan_allows(quick: Appliance, live: LiveCall) -> None:
    async with watching(quick, f"/rtvi/{live.sid}") as viewer:
        await viewer.ready()
        live.line.press("5")
        for _ in range(3):
            await viewer.until("llm-function-call-stopped")
    started = viewer.data("llm-function-call-in-progress")
    stopped = viewer.data("llm-function-call-stopped")
    assert [data.get("function_name") for data in started] == ["price", None, "weight"]
    assert [data.get("arguments") for data in started] == [{"number": "1"}, None, None]
    assert [data.get("result") for data in stopped] == [{"euros": "5"}, None, None]
    assert "swordfish" not in str(viewer.seen)
    assert "20" not in str([*started[2:], *stopped[2:]])


async def test_a_viewer_may_only_watch(quick: Appliance, live: LiveCall) -> None:
    async with watching(quick, f"/rtvi/{live.sid}", "viewer") as viewer:
        await viewer.ready()
        for number, kind in enumerate(
            ("send-text", "client-message", "disconnect-bot", "append-to-context", "nonsense")
        ):
            await viewer.say(kind, {"content": "hello"}, str(number))
            answer = await viewer.until("error-response")
            assert answer["id"] == str(number)
        await viewer.socket.send_str("{")
        await viewer.until("error")
        await viewer.say("client-ready", READY, "again")
    assert not live.is_over


async def test_a_viewer_that_comes_back_gets_what_it_missed(quick: Appliance, live: LiveCall) -> None:
    async with watching(quick, f"/rtvi/{live.sid}") as first:
        await first.ready()
        await first.until("snapshot")
        last = first.seen[-1]["seq"]
    async with watching(quick, f"/rtvi/{live.sid}") as other:
        await other.ready()
        live.line.press("5")
        await other.until("llm-function-call-stopped")
        async with watching(quick, f"/rtvi/{live.sid}", after=str(last)) as second:
            await second.ready()
            await second.until("llm-function-call-stopped")
    missed = [message for message in second.seen if message["type"] != "bot-ready"]
    known = [m for m in other.seen if m["seq"] > last and m["type"] != "bot-ready" and kind_of(m) != "snapshot"]
    assert [m["seq"] for m in missed if m["seq"] <= known[-1]["seq"]] == [
        m["seq"] for m in known if m["seq"] >= missed[0]["seq"]
    ]
    assert "snapshot" not in second.kinds()


async def test_the_house_tells_of_calls_as_they_come_and_go(quick: Appliance, engines: Engines, phone: Phone) -> None:
    async with watching(quick, "/rtvi") as viewer:
        await viewer.ready()
        live = await phone.dial(Call(url=quick.voice_url, to=NUMBER, actions=[Wait("bot")], grace_secs=0))
        started = (await viewer.until("call-started"))["data"]["call"]
        await live.result()
        while (ended := (await viewer.until("call-ended"))["data"])["call_id"] != live.sid:
            pass  # A call of another test has been waited for.
    assert (started["call_id"], started["dialplan"]) == (live.sid, "Quick")
    assert (ended["call_id"], ended["outcome"], ended["reason"]) == (live.sid, "abandoned", "the caller hung up")


@pytest.mark.parametrize(
    ("path", "token", "status"),
    [
        ("/rtvi/{sid}", None, 401),
        ("/rtvi/{sid}", "wrong", 401),
        ("/rtvi", None, 401),
        ("/rtvi/CA0", "right", 404),
    ],
)
async def test_a_socket_is_refused_before_it_opens(
    quick: Appliance, live: LiveCall, path: str, token: str | None, status: int
) -> None:
    secret = quick.token() if token == "right" else token
    url = quick.url.replace("http", "ws", 1) + path.format(sid=live.sid)
    async with aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await http.ws_connect(url, params={"token": secret} if secret else {})
    assert refused.value.status == status


async def test_a_token_never_reaches_the_log(quick: Appliance, live: LiveCall) -> None:
    async with watching(quick, f"/rtvi/{live.sid}") as viewer:
        await viewer.ready()
        token = str(viewer.socket._response.url.query["token"])
    assert len(token) > 20
    assert token not in quick.log()
    assert "+15550100199" not in quick.log()


async def test_a_call_can_be_watched_until_a_moment_after_its_end(quick: Appliance, live: LiveCall) -> None:
    async with watching(quick, f"/rtvi/{live.sid}") as viewer:
        await viewer.ready()
        await live.hang_up()
        ended = (await viewer.until("call-ended"))["data"]
        assert ended["outcome"] == "abandoned"
        assert await closed(viewer.socket) == (1000, "the call has ended")

"""Roles, narrowed tokens and the audit: a real service, real sockets, a real call."""

import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import pytest

from appliance.simulator import Call, LiveCall, Phone, Wait
from tests.whole.appliance import Appliance, running
from tests.whole.carrier import NUMBER
from tests.whole.conftest import QUICK
from tests.whole.engines import Engines
from tests.whole.viewer import Viewer, watching

NIGHT_NUMBER = "+15555550101"


@pytest.fixture(scope="module")
def staffed(listener: socket.socket, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Appliance]:
    """A service with a day's and a night's dialplan, and with a role of its own for the night."""
    dialplans = tmp_path_factory.mktemp("staffed_dialplans")
    (dialplans / "quick.yaml").write_text(QUICK)
    night = QUICK.replace("name: Quick", "name: Night\ntags: [night]").replace(NUMBER, NIGHT_NUMBER)
    (dialplans / "night.yaml").write_text(night)
    with running(
        tmp_path_factory.mktemp("staffed"),
        dialplans,
        speech__uri=f"tcp://127.0.0.1:{listener.getsockname()[1]}",
        supervision__linger_secs=0.5,
        roles__night__dialplans='["tag:night"]',
        roles__night__messages='["send-text", "client-message"]',
        roles__night__sees="numbers",
    ) as service:
        yield service


@pytest.fixture
async def live(staffed: Appliance, engines: Engines, phone: Phone) -> AsyncIterator[LiveCall]:
    """A call of the day."""
    engines.secs = lambda text: 1.0
    async with phone.dialling(Call(url=staffed.voice_url, to=NUMBER, actions=[Wait("end")])) as call:
        await call.line.bot_speaks(20)
        yield call


async def refused(service: Appliance, path: str, token: str) -> int:
    async with aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
            await http.ws_connect(service.url.replace("http", "ws", 1) + path, params={"token": token})
    return refusal.value.status


async def asks(viewer: Viewer, kind: str, data: Any) -> str:
    """Sends what is refused; the sentence."""
    await viewer.say(kind, data, kind)
    answer = await viewer.until("error-response")
    assert answer["id"] == kind
    return str(answer["data"]["error"])


async def acted(viewer: Viewer) -> tuple[str, str, str, str]:
    """What the viewer is told next of another's doings."""
    told = (await viewer.until("supervisor-acted"))["data"]
    assert set(told) == {"type", "who", "role", "what", "outcome", "at"}
    return told["who"], told["role"], told["what"], told["outcome"]


async def test_what_each_one_did_is_shown_to_the_others_and_kept(staffed: Appliance, live: LiveCall) -> None:
    path = f"/rtvi/{live.sid}"
    refusal = "Not permitted: the role 'viewer' lacks the permission 'action call:hangup'."
    async with watching(staffed, path, "viewer", "vera") as vera, watching(staffed, path, "admin", "adam") as adam:
        await vera.ready()
        await adam.ready()
        assert await asks(vera, "action", {"service": "call", "action": "hangup"}) == refusal
        assert await acted(adam) == ("vera", "viewer", "action call:hangup", refusal)
        options = {"run_immediately": False}
        await adam.say("send-text", {"content": "swordfish", "options": options}, "2")
        assert await acted(vera) == ("adam", "admin", "send-text", "done")
        to = [{"name": "to", "value": "+15555550177"}]
        await adam.say("action", {"service": "call", "action": "transfer", "arguments": to}, "3")
        assert await acted(vera) == ("adam", "admin", "action call:transfer", "done")
        assert await vera.to_the_end() == (1000, "the call has ended")
    await live.result()
    status, record = await staffed.get(f"/api/calls/{live.sid}", staffed.token("supervisor"))
    assert status == 200
    assert [(deed["index"], deed["who"], deed["role"], deed["what"], deed["outcome"]) for deed in record["audit"]] == [
        (0, "vera", "viewer", "action call:hangup", refusal),
        (1, "adam", "admin", "send-text", "done"),
        (2, "adam", "admin", "action call:transfer", "done"),
    ]
    assert record["outcome"] == "transferred"
    assert "swordfish" not in str(record["audit"])
    assert "0177" not in str(record["audit"])
    status, record = await staffed.get(f"/api/calls/{live.sid}", staffed.token("viewer"))
    assert (status, "audit" in record, record["caller"]) == (200, False, "[number]")


async def test_a_call_that_a_role_or_token_does_not_cover_is_not_there_for_it(
    staffed: Appliance, live: LiveCall, phone: Phone
) -> None:
    async with (
        watching(staffed, "/rtvi", "night") as night,
        watching(staffed, "/rtvi", "admin", dialplans=["Night"]) as narrowed,
        watching(staffed, "/rtvi", "admin") as admin,
    ):
        for viewer, listed in ((night, []), (narrowed, []), (admin, [live.sid])):
            await viewer.ready()
            snapshot = (await viewer.until("snapshot"))["data"]
            assert [call["call_id"] for call in snapshot["calls"]] == listed
        await live.hang_up()
        await live.result()
        assert (await admin.until("call-ended"))["data"]["call_id"] == live.sid
        later = await phone.dial(Call(url=staffed.voice_url, to=NIGHT_NUMBER, actions=[Wait("bot")], grace_secs=0))
        for viewer in (night, narrowed):
            started = (await viewer.until("call-started"))["data"]["call"]
            assert (started["call_id"], started["dialplan"]) == (later.sid, "Night")
            assert live.sid not in str(viewer.seen)
        await later.result()
    for role, dialplans in (("night", []), ("admin", ["tag:night"])):
        token = staffed.token(role, dialplans=dialplans)
        assert (await staffed.get(f"/api/calls/{live.sid}", token))[0] == 404
        calls = (await staffed.get("/api/calls", token))[1]["calls"]
        assert {call["dialplan"] for call in calls} == {"Night"}


async def test_a_call_that_is_not_covered_is_refused_before_its_socket_opens(
    staffed: Appliance, live: LiveCall
) -> None:
    path = f"/rtvi/{live.sid}"
    assert await refused(staffed, path, staffed.token("night")) == 403
    assert await refused(staffed, path, staffed.token("admin", dialplans=["Night"])) == 403
    async with watching(staffed, path, "admin", dialplans=["Night", "Quick"]) as viewer:
        await viewer.ready()


async def test_a_role_of_the_settings_may_what_they_say_and_no_more(
    staffed: Appliance, engines: Engines, phone: Phone
) -> None:
    engines.secs = lambda text: 1.0
    async with phone.dialling(Call(url=staffed.voice_url, to=NIGHT_NUMBER, actions=[Wait("end")])) as call:
        await call.line.bot_speaks(20)
        async with watching(staffed, f"/rtvi/{call.sid}", "night") as viewer:
            await viewer.ready()
            lacks = "Not permitted: the role 'night' lacks the permission"
            assert await asks(viewer, "dtmf", {"buttons": ["1"]}) == f"{lacks} 'dtmf'."
            config = {"config": [{"service": "vad", "options": []}]}
            assert await asks(viewer, "update-config", config) == f"{lacks} 'update-config vad'."
            await viewer.say("send-text", {"content": "yes"})
            assert await viewer.to_the_end() == (1000, "the call has ended")
        assert "Thank you and goodbye." in str(viewer.data("bot-output"))


async def test_a_token_whose_role_is_gone_lets_nobody_in_and_is_reported_once(
    staffed: Appliance, live: LiveCall
) -> None:
    token = staffed.token("evening", "eve")
    sentence = "There is no role 'evening' any more: expected a token with one of the settings."
    assert [await refused(staffed, path, token) for path in ("/rtvi", f"/rtvi/{live.sid}")] == [403, 403]
    assert await staffed.get("/api/calls", token) == (403, {"error": sentence})
    assert staffed.log().count("eve is refused: there is no role 'evening' any more") == 1

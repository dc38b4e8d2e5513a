"""An application's own actions, handlers and transforms that fail or hang, while a real call goes on."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import uvicorn

from appliance.call import Engines
from appliance.rtvi import RTVIAction, RTVIObserver, RTVIObserverParams, RTVIProcessor
from appliance.server.app import create_app
from appliance.server.desk import Desk
from appliance.server.house import House
from appliance.server.serve import listen, open_house, uvicorn_config
from appliance.simulator import Call, LiveCall, Phone, Wait
from appliance.speech.canned import CannedSynthesizer, CannedTranscriber
from tests.server.houses import NUMBER, settings
from tests.supervision.desk import Socket


@dataclass
class Service:
    """A house that answers on a port of this process."""

    house: House
    url: str
    http: aiohttp.ClientSession

    @contextlib.asynccontextmanager
    async def watching(self, live: LiveCall, name: str) -> AsyncIterator[Socket]:
        """A supervisor of the call who has shaken hands."""
        token = self.house.auth.credentials.add("token", name, "admin", None)
        async with self.http.ws_connect(f"{self.url}/rtvi/{live.sid}", params={"token": token}) as socket:
            viewer = Socket(socket)
            await viewer.ready()
            yield viewer

    def rtvi(self, live: LiveCall) -> RTVIProcessor:
        """The call's processor, as an application has it; what it runs gets little time."""
        call = self.house.calls.get(live.sid)
        assert call is not None
        call.rtvi.handler_secs = 0.1
        return call.rtvi


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    listener = listen("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    engines = Engines(CannedTranscriber("yes"), CannedSynthesizer(0.05))
    async with open_house(settings(tmp_path, supervision={"linger_secs": 0.2}), url, engines) as house:
        desk = Desk(house, None)
        server = uvicorn.Server(uvicorn_config(create_app(house, desk)))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        async with aiohttp.ClientSession() as http:
            yield Service(house, url, http)
        server.should_exit = True
        await serving
        await desk.close()
        listener.close()


@contextlib.asynccontextmanager
async def undisturbed(service: Service) -> AsyncIterator[LiveCall]:
    """A call that a test answers, and that then comes to its end, whatever happened in it."""
    call = Call(url=f"{service.url}/twilio/voice", to=NUMBER, actions=[Wait("end")])
    async with Phone() as phone, phone.dialling(call) as live:
        await live.line.bot_has_spoken(20)
        yield live
        result = await live.result()
    assert (result.problems, result.verbs, result.end) == ([], ["Connect", "Redirect", "Hangup"], "<Hangup>")
    await service.house.records.flush()
    found = await service.house.records.call(live.sid)
    assert found is not None
    assert [(turn.who, turn.text) for turn in found[1]] == [
        ("bot", "Welcome. Shall we go on?"),
        ("caller", "1"),
        ("bot", "Goodbye."),
    ]


async def to_the_end(viewer: Socket) -> list[dict[str, Any]]:
    """What a viewer is told until the call is over."""
    told: list[dict[str, Any]] = []
    while not told or (told[-1].get("data") or {}).get("type") != "call-ended":
        told.append(await viewer.next())
    return told


async def fails(*_: Any) -> None:
    raise RuntimeError("swordfish")


async def hangs(*_: Any) -> None:
    await asyncio.Event().wait()


FAILURES: dict[Callable[..., Awaitable[None]], str] = {fails: "RuntimeError", hangs: "it took too long"}


@pytest.mark.parametrize("function", FAILURES)
async def test_an_action_that_does_not_work_is_answered_and_holds_up_nobody(
    service: Service, function: Callable[..., Awaitable[None]]
) -> None:
    async with (
        undisturbed(service) as live,
        service.watching(live, "anna") as bad,
        service.watching(live, "ben") as good,
    ):
        service.rtvi(live).register_action(RTVIAction("app", "do", "bool", function))
        await bad.say("action", {"service": "app", "action": "do"}, "7")
        await good.say("get-config", None, "7")
        answer = await bad.until("error-response")
        assert (answer["id"], answer["data"]) == ("7", {"error": f"Action app:do failed: {FAILURES[function]}"})
        assert (await good.until("config"))["id"] == "7"
        live.line.press("1")
        assert words(await to_the_end(good)) == ["Goodbye. "]


@pytest.mark.parametrize("function", FAILURES)
async def test_a_handler_that_does_not_work_is_told_to_who_caused_it(
    service: Service, function: Callable[..., Awaitable[None]]
) -> None:
    async with (
        undisturbed(service) as live,
        service.watching(live, "anna") as bad,
        service.watching(live, "ben") as good,
    ):
        service.rtvi(live).add_event_handler("on_client_message", function)
        await bad.say("client-message", {"t": "anything"}, "7")
        answers = [await bad.until("error-response") for _ in range(2)]
        assert [(answer["id"], answer["data"]["error"]) for answer in answers] == [
            ("7", "Nobody answers a client message of the type 'anything' here."),
            ("7", f"on_client_message failed: {FAILURES[function]}"),
        ]
        live.line.press("1")
        told = await to_the_end(good)
        assert words(told) == ["Goodbye. "]
        assert [each for each in told if each["type"] in ("error", "error-response")] == []


@pytest.mark.parametrize("function", FAILURES)
async def test_a_text_whose_transform_does_not_work_is_withheld_and_the_rest_is_told(
    service: Service, function: Callable[..., Awaitable[None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    create = RTVIProcessor.create_rtvi_observer

    async def transform(text: str, agg_type: str, accumulated: str | None, remaining: str | None) -> None:
        await function()

    def created(self: RTVIProcessor, *, params: RTVIObserverParams | None = None) -> RTVIObserver:
        self.handler_secs = 0.1
        observer = create(self, params=params)
        observer.add_bot_output_transformer(transform)  # type: ignore[arg-type]
        return observer

    monkeypatch.setattr(RTVIProcessor, "create_rtvi_observer", created)
    async with undisturbed(service) as live, service.watching(live, "ben") as good:
        live.line.press("1")
        told = await to_the_end(good)
        assert words(told) == ["Goodbye. "]
        assert [each for each in told if each["type"] in ("bot-output", "bot-tts-text")] == []
        assert "bot-stopped-speaking" in [each["type"] for each in told]


def words(told: list[dict[str, Any]]) -> list[str]:
    """What the bot said of its own accord."""
    return [each["data"]["text"] for each in told if each["type"] == "bot-llm-text"]

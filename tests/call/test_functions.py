"""Functions in a call: the whole pipeline, the carrier's stream, supervisors, and a server that is asked over HTTP."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from aiohttp import web

from appliance.functions import Means
from appliance.functions.web import Web
from tests.call.lines import TURN, House, Wire
from tests.functions.shop import Shop, open_shop
from tests.rtvi.stage import FakeViewer

PLAN = """\
name: Shop
numbers: ["*"]
greeting: Welcome.
function_call_report_level: {{"*": full}}
functions:
  order:
    parameters: {{number: The order's number}}
    http:
      url: {url}/orders/{{{{ number }}}}
      headers: {{X-Key: "{{{{ secrets.shop_key }}}}"}}
      result: {{state: "{{{{ body.state }}}}"}}
    filler: {{after_ms: "50", say: "One moment, I look for {{{{ number }}}}."}}
    fallback: I cannot reach the shop.
    {more}
steps:
  ask:
    {{ask: "Which number, please?", no_match: A number please., digits: {{length: 2}}, save_as: number,
      next: look, otherwise: bye}}
  look:
    {{call: order, with: {{number: "{{{{ number }}}}"}}, save_as: order, found: tell, not_found: none, failed: again}}
  tell: {{say: "It is {{{{ order.state }}}}.", next: ask}}
  none: {{say: There is none., next: ask}}
  again: {{say: Try later., next: ask}}
  bye: {{hang_up: Bye.}}
"""
FILLER = "One moment, I look for 12."
ASK = "Which number, please?"


class Call:
    """A caller who has been asked for a number, and a supervisor."""

    def __init__(self, house: House, wire: Wire, shop: Shop) -> None:
        self.house, self.wire, self.shop = house, wire, shop
        self.vera = FakeViewer("vera")
        self.goes_on = asyncio.Event()
        self.arrived = asyncio.Event()

    def press(self, keys: str) -> None:
        for key in keys:
            self.wire.says({"event": "dtmf", "dtmf": {"digit": key}})

    async def slowly(self, _: web.BaseRequest) -> web.StreamResponse:
        """An answer that comes when a test says so."""
        self.arrived.set()
        await self.goes_on.wait()
        return web.json_response({"state": "sent"})

    async def heard(self, *texts: str) -> None:
        """Waits until the caller has heard exactly these after the first question."""
        try:
            await self.house.until(lambda: self.said == list(texts))
        except TimeoutError:
            assert self.said == list(texts)

    @property
    def said(self) -> list[str]:
        said = [line.removeprefix("assistant: ") for line in self.house.said() if line.startswith("assistant")]
        return said[1:]

    def events(self) -> list[tuple[str, Any]]:
        """What the supervisor is told of functions, the call's id aside."""
        kind = "llm-function-call-"
        found = [message for message in self.vera.got if message["type"].startswith(kind)]
        return [
            (
                one["type"].removeprefix(kind),
                {key: value for key, value in one["data"].items() if key != "tool_call_id"},
            )
            for one in found
        ]


@contextlib.asynccontextmanager
async def calling(tmp_path: Path, more: str = "") -> AsyncIterator[Call]:
    """A call for as long as the block lasts."""
    async with open_shop() as shop:
        outside = Web(["127.0.0.1"])
        plan = PLAN.format(url=shop.url, more=more)
        house = House(tmp_path, hears="hello", plan=plan, means=Means({"shop_key": "hush-hush"}, outside))
        wire = Wire()
        stream = house.connect(wire)
        call = Call(house, wire, shop)
        house.call.rtvi.join(call.vera)
        ready = {"label": "rtvi-ai", "type": "client-ready", "id": "1", "data": {"version": "2.1.0"}}
        house.call.rtvi.receive(call.vera, json.dumps(ready))
        await house.asked()
        try:
            yield call
            assert "hush" not in json.dumps([call.vera.got, house.said()])
        finally:
            await house.call.finish("abandoned", "the caller hung up")
            wire.says(None)
            await asyncio.wait_for(stream, 5)
            await outside.close()


ARGUMENTS = {"number": "12"}
BEGUN = [
    ("started", {"function_name": "order"}),
    ("in-progress", {"function_name": "order", "arguments": ARGUMENTS}),
]


async def test_a_server_is_asked_and_everybody_is_told_what_it_says(tmp_path: Path) -> None:
    async with calling(tmp_path) as call:
        call.shop.will(web.json_response({"state": "sent"}))
        call.press("12")
        await call.heard(f"It is sent. {ASK}")
        stopped = ("stopped", {"function_name": "order", "cancelled": False, "result": {"state": "sent"}})
        assert call.events() == [*BEGUN, stopped]
        assert (call.shop.asked[0].path, call.shop.asked[0].headers["x-key"]) == ("/orders/12", "hush-hush")


async def test_a_caller_who_waits_hears_that_it_takes_a_moment(tmp_path: Path) -> None:
    async with calling(tmp_path) as call:
        call.shop.will(call.slowly)
        call.press("12")
        await call.house.until(
            lambda: any("bot-output" in one and FILLER in one for one in map(json.dumps, call.vera.got))
        )
        assert call.events() == BEGUN
        call.goes_on.set()
        await call.heard(f"{FILLER} It is sent. {ASK}")


async def test_a_failure_has_words_and_supervisors_see_why(tmp_path: Path) -> None:
    async with calling(tmp_path) as call:
        call.shop.will(web.Response(status=500, text="hush-hush"))
        call.press("12")
        await call.heard(f"I cannot reach the shop. Try later. {ASK}")
        error = {"error": "127.0.0.1 answered 500."}
        assert call.events()[2:] == [("stopped", {"function_name": "order", "cancelled": False, "result": error})]


async def test_a_caller_who_speaks_meanwhile_does_not_stop_it(tmp_path: Path) -> None:
    async with calling(tmp_path, 'timeout_secs: "60"') as call:
        call.shop.will(call.slowly)
        call.press("12")
        await asyncio.wait_for(call.arrived.wait(), 5)
        call.wire.speaks(TURN)
        await call.house.until(lambda: "user: hello" in call.house.said())
        assert call.events() == BEGUN
        call.goes_on.set()
        await call.house.until(lambda: call.said[-1:] == [f"It is sent. {ASK}"])
        assert [kind for kind, _ in call.events()] == ["started", "in-progress", "stopped"]
        assert len(call.shop.asked) == 1


async def test_a_caller_who_speaks_stops_what_says_so(tmp_path: Path) -> None:
    async with calling(tmp_path, "cancel_on_interruption: yes") as call:
        call.shop.will(call.slowly)
        call.press("12")
        await asyncio.wait_for(call.arrived.wait(), 5)
        call.wire.speaks(TURN)
        await call.house.until(lambda: len(call.events()) == 3)
        assert call.events()[2:] == [("stopped", {"function_name": "order", "cancelled": True})]
        await call.house.until(lambda: any("A number please." in one for one in call.said))


async def test_the_end_of_the_call_ends_what_runs(tmp_path: Path) -> None:
    async with calling(tmp_path) as call:
        call.shop.will(call.slowly)
        call.press("12")
        await asyncio.wait_for(call.arrived.wait(), 5)
        await call.house.call.finish("abandoned", "the caller hung up")
        assert call.events()[2:] == [("stopped", {"function_name": "order", "cancelled": True})]


async def test_keys_that_are_pressed_meanwhile_answer_the_next_question(tmp_path: Path) -> None:
    async with calling(tmp_path) as call:
        call.shop.will(call.slowly)
        call.press("12")
        await asyncio.wait_for(call.arrived.wait(), 5)
        call.press("34")
        call.goes_on.set()
        await call.house.until(lambda: len(call.shop.asked) == 2)
        assert call.shop.asked[1].path == "/orders/34"

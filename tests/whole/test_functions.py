"""Functions over real sockets, on a real service: what the settings allow, a secret, a module beside the dialplans."""

import socket
from pathlib import Path

import pytest
from aiohttp import web

from appliance.simulator import Call, Phone, Press, Wait
from tests.functions.shop import open_shop
from tests.whole.appliance import Appliance, running
from tests.whole.carrier import NUMBER
from tests.whole.engines import Engines

PLAN = """\
name: Shop
numbers: ["%s"]
greeting: Welcome.
function_call_report_level: {"*": full}
functions:
  order:
    parameters: {number: The order's number}
    http:
      url: %s/orders/{{ number }}
      headers: {X-Key: "{{ secrets.shop_key }}"}
      result: {state: "{{ body.state }}", key: "{{ body.key }}"}
    fallback: I cannot reach the shop.
  spoken:
    python: wholeshop:spoken
    parameters: {state: The state}
steps:
  ask: {ask: "Which number?", digits: {length: 2}, save_as: number, next: look, otherwise: bye}
  look: {call: order, with: {number: "{{ number }}"}, save_as: order, found: speak, not_found: none, failed: bye}
  speak: {call: spoken, with: {state: "{{ order.state }}"}, save_as: words, found: tell, not_found: none}
  tell: {hang_up: "{{ words }}"}
  none: {hang_up: There is none.}
  bye: {hang_up: Goodbye.}
"""
MODULE = """\
def spoken(state, call):
    return f"It was {state}, says {call.dialplan}."
"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Dialplans, and functions beside them."""
    for name in ("dialplans", "functions"):
        (tmp_path / name).mkdir()
    (tmp_path / "functions" / "wholeshop.py").write_text(MODULE)
    return tmp_path


@pytest.fixture
def listening(listener: socket.socket, engines: Engines) -> str:
    """The engines of the service."""
    engines.secs = lambda text: 0.1
    return f"tcp://127.0.0.1:{listener.getsockname()[1]}"


async def played(service: Appliance, phone: Phone) -> str:
    """The caller keys in a number; what the bot said, in a row."""
    call = Call(url=service.voice_url, to=NUMBER, actions=[Wait("bot"), Press("12"), Wait("end")])
    result = await phone.call(call)
    record = await service.record(result.call_sid)
    return " ".join(turn["text"] for turn in record["turns"] if turn["who"] == "bot")


async def test_a_service_asks_a_server_and_calls_python(directory: Path, listening: str, phone: Phone) -> None:
    async with open_shop() as shop:
        (directory / "dialplans" / "shop.yaml").write_text(PLAN % (NUMBER, shop.url))
        shop.will(web.json_response({"state": "sent", "key": "hush-hush"}))
        secret = {"APPLIANCE__SECRETS__SHOP_KEY": "hush-hush", "APPLIANCE__FUNCTIONS__ALLOW": '["127.0.0.0/8"]'}
        with running(directory / "data", directory / "dialplans", environ=secret, speech__uri=listening) as service:
            said = await played(service, phone)
            assert said.endswith("It was sent, says Shop.")
            status, record = await service.get("/api/calls?limit=1", service.token())
            assert (status, "hush" in str(record), "hush" in service.log()) == (200, False, False)
        assert (shop.asked[0].path, shop.asked[0].headers["x-key"]) == ("/orders/12", "hush-hush")


def test_what_lies_within_is_not_asked_unless_the_settings_allow_it(directory: Path, listening: str) -> None:
    (directory / "dialplans" / "shop.yaml").write_text(PLAN % (NUMBER, "http://127.0.0.1:8000"))
    secret = {"APPLIANCE__SECRETS__SHOP_KEY": "hush-hush"}
    with running(directory / "data", directory / "dialplans", environ=secret, speech__uri=listening) as service:
        refused = "functions.order.http.url: 127.0.0.1 lies within your own network, expected it in the settings'"
        assert f"{refused} functions.allow" in service.log()
        assert "hush" not in service.log()

"""A caller asks for a refund, and supervisors decide over RTVI: over real sockets, on a real service."""

import re
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import async_playwright, expect

from appliance.clock import wall
from appliance.simulator import Call, LiveCall, Phone, Wait
from appliance.supervision.credentials import Credentials
from tests.whole.appliance import Appliance, running
from tests.whole.browser import ARGUMENTS as CHROMIUM
from tests.whole.carrier import NUMBER
from tests.whole.engines import Engines
from tests.whole.viewer import Viewer, watching

DIALPLANS = Path(__file__).parents[1] / "data" / "dialplans"
MOMENT = "One moment please, I am asking a colleague about order 4, 7, 1, 1."
ARGUMENTS = {"order": "4711", "amount": "40"}


@pytest.fixture(scope="module")
def shop(listener: socket.socket, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Appliance]:
    """A service whose refunds a supervisor decides."""
    dialplans = tmp_path_factory.mktemp("refunds")
    (dialplans / "refunds.yaml").write_text((DIALPLANS / "refunds.yaml").read_text())
    with running(
        tmp_path_factory.mktemp("shop"),
        dialplans,
        speech__uri=f"tcp://127.0.0.1:{listener.getsockname()[1]}",
        supervision__linger_secs=0.5,
    ) as service:
        yield service


@pytest.fixture
async def live(shop: Appliance, engines: Engines, phone: Phone) -> AsyncIterator[LiveCall]:
    """A caller who has been greeted."""
    engines.secs = lambda text: 0.2
    async with phone.dialling(Call(url=shop.voice_url, to=NUMBER, actions=[Wait("end")])) as call:
        await call.line.bot_has_spoken(20)
        yield call


async def ready(viewer: Viewer, version: str | None) -> None:
    await viewer.say("client-ready", {} if version is None else {"version": version})
    await viewer.until("snapshot")


async def answer(viewer: Viewer, result: Any, call_id: str | None = None, name: str = "refund") -> None:
    """Sends a result of the call that this viewer was asked for last, or of another one."""
    asked = [*viewer.data("llm-function-call-in-progress"), *viewer.data("llm-function-call")]
    data = {
        "function_name": name,
        "tool_call_id": call_id or asked[-1]["tool_call_id"],
        "arguments": ARGUMENTS,
        "result": result,
    }
    await viewer.say("llm-function-call-result", data, "result")


async def heard(viewer: Viewer, text: str) -> None:
    """Waits until the caller has heard this."""
    while True:
        output = (await viewer.until("bot-output"))["data"]
        if (output["text"], output["spoken_status"]) == (text, "completed"):
            return


@pytest.mark.parametrize(
    ("result", "told"),
    [
        (True, "Your refund is approved."),
        ("approved", "Your refund is approved."),
        (False, "Your refund was declined."),
    ],
)
async def test_a_supervisor_decides_and_the_caller_hears_it(
    shop: Appliance, live: LiveCall, result: object, told: str
) -> None:
    async with watching(shop, f"/rtvi/{live.sid}") as vera, watching(shop, "/rtvi") as house:
        await ready(vera, "2.1.0")
        await ready(house, "2.1.0")
        live.line.press("1")
        asked = (await vera.until("llm-function-call-in-progress"))["data"]
        assert asked == {**asked, "function_name": "refund", "arguments": ARGUMENTS}
        await heard(vera, MOMENT)
        while (await house.until("call-updated"))["data"]["call"]["waits"]["for"] != "function":
            pass
        await answer(vera, result)
        await heard(vera, told)
    record = await live.hang_up()
    said = [turn["text"] for turn in (await shop.record(record.call_sid))["turns"] if turn["who"] == "bot"]
    assert any(told in text for text in said)


@pytest.mark.needs("chromium")
async def test_a_supervisor_decides_on_the_page_and_the_record_says_who(
    shop: Appliance, live: LiveCall, program: Callable[[str], Path]
) -> None:
    code = Credentials(shop.data_dir, wall).add("code", "anna", "supervisor", 600)
    async with watching(shop, f"/rtvi/{live.sid}") as vera, async_playwright() as playwright:
        await ready(vera, "2.1.0")
        browser = await playwright.chromium.launch(executable_path=program("chromium"), args=CHROMIUM)
        page = await browser.new_page()
        await page.goto(f"{shop.url}/sign-in?code={code}")
        await page.wait_for_url(f"{shop.url}/")
        await page.goto(f"{shop.url}/#{live.sid}")
        live.line.press("1")
        await expect(page.locator("#talk .function .label")).to_have_text("refund waits for your answer")
        await expect(page.locator("#now")).to_have_text(re.compile("^Asks a supervisor"))
        await page.get_by_role("button", name="Approve").click()
        await heard(vera, "Your refund is approved.")
        await expect(page.locator("#talk .function .label")).to_have_text("refund has answered")
        await browser.close()
        (acted,) = vera.data("supervisor-acted")
        assert (acted["who"], acted["what"], acted["outcome"]) == ("anna", "llm-function-call-result", "done")
        (turn,) = [turn for turn in (await shop.record(live.sid))["turns"] if turn["who"] == "function"]
        assert turn["details"] == {"arguments": ARGUMENTS, "result": "approved", "by": "anna"}


@pytest.mark.parametrize("version", ["1.1.0", None])
async def test_a_client_of_an_old_generation_is_asked_in_its_own_words(
    shop: Appliance, live: LiveCall, version: str | None
) -> None:
    async with watching(shop, f"/rtvi/{live.sid}") as walt:
        await ready(walt, version)
        live.line.press("1")
        asked = (await walt.until("llm-function-call"))["data"]
        assert asked == {"function_name": "refund", "tool_call_id": asked["tool_call_id"], "args": ARGUMENTS}
        await answer(walt, True)
        stopped = (await walt.until("llm-function-call-stopped"))["data"]
        assert (stopped["cancelled"], stopped["result"]) == (False, "approved")
    assert walt.kinds("llm-function-call-in-progress") == []


async def test_of_two_supervisors_who_answer_at_once_the_first_counts(shop: Appliance, live: LiveCall) -> None:
    async with watching(shop, f"/rtvi/{live.sid}", name="one") as one, watching(shop, f"/rtvi/{live.sid}") as other:
        await ready(one, "2.1.0")
        await ready(other, "2.1.0")
        live.line.press("1")
        call = (await one.until("llm-function-call-in-progress"))["data"]["tool_call_id"]
        await other.until("llm-function-call-in-progress")
        await answer(one, False)
        await answer(other, True)
        results = [(await viewer.until("llm-function-call-stopped"))["data"]["result"] for viewer in (one, other)]
        late = other if results[0] == "refused" else one
        refusals = late.data("error-response") or [(await late.until("error-response"))["data"]]
        assert refusals == [{"error": f"The function call {call!r} has its result already: the result was not used."}]
        assert results[0] == results[1]
        await heard(one, "Your refund was declined." if results[0] == "refused" else "Your refund is approved.")


async def test_when_nobody_answers_in_time_the_caller_is_told(shop: Appliance, live: LiveCall) -> None:
    async with watching(shop, f"/rtvi/{live.sid}") as vera:
        await ready(vera, "2.1.0")
        live.line.press("3")
        asked = (await vera.until("llm-function-call-in-progress"))["data"]
        stopped = (await vera.until("llm-function-call-stopped"))["data"]
        assert stopped == {**stopped, "tool_call_id": asked["tool_call_id"], "cancelled": True}
        await heard(vera, "Nobody has time for that.")
        await answer(vera, True, name="discount")
        refused = (await vera.until("error-response"))["data"]["error"]
        call = asked["tool_call_id"]
        assert refused == f"The function call {call!r} is over: the result came too late and was not used."


async def test_a_caller_who_hangs_up_needs_no_decision(shop: Appliance, live: LiveCall) -> None:
    async with watching(shop, f"/rtvi/{live.sid}") as vera:
        await ready(vera, "2.1.0")
        live.line.press("1")
        await vera.until("llm-function-call-in-progress")
        await live.hang_up()
        stopped = (await vera.until("llm-function-call-stopped"))["data"]
        assert (stopped["function_name"], stopped["cancelled"]) == ("refund", True)
        await vera.until("call-ended")


async def test_a_viewer_by_name_is_told_the_name_alone(shop: Appliance, live: LiveCall) -> None:
    async with watching(shop, f"/rtvi/{live.sid}") as vera, watching(shop, f"/rtvi/{live.sid}", "viewer") as nick:
        await ready(vera, "2.1.0")
        await ready(nick, "2.1.0")
        live.line.press("1")
        call = (await vera.until("llm-function-call-in-progress"))["data"]["tool_call_id"]
        assert (await nick.until("llm-function-call-in-progress"))["data"] == {
            "tool_call_id": call,
            "function_name": "refund",
        }
        await answer(nick, True)
        refused = (await nick.until("error-response"))["data"]["error"]
        assert refused == "Not permitted: the role 'viewer' lacks the permission 'llm-function-call-result'."
        await answer(vera, {"swordfish": 1})
        refused = (await vera.until("error-response"))["data"]["error"]
        assert refused == "The result is an object, expected text, a number, true, false or null."
        await answer(vera, "swordfish")
        await heard(vera, "Your refund is swordfish.")
        stopped = (await nick.until("llm-function-call-stopped"))["data"]
        assert stopped == {"tool_call_id": call, "function_name": "refund", "cancelled": False}
    seen = [message for message in nick.seen if message["type"].startswith("llm-function")]
    assert "4711" not in str(seen)
    assert "swordfish" not in str(seen)


async def test_a_supervisor_who_comes_late_is_asked_and_one_who_comes_back_is_not_asked_again(
    shop: Appliance, live: LiveCall
) -> None:
    async with watching(shop, f"/rtvi/{live.sid}") as vera:
        await ready(vera, "2.1.0")
        live.line.press("1")
        asked = await vera.until("llm-function-call-in-progress")
        await heard(vera, MOMENT)
        last = vera.seen[-1]["seq"]
    async with (
        watching(shop, f"/rtvi/{live.sid}", after=str(last)) as back,
        watching(shop, f"/rtvi/{live.sid}", name="late") as late,
    ):
        await ready(late, "1.1.0")
        request = await late.until("llm-function-call")
        assert request["data"]["tool_call_id"] == asked["data"]["tool_call_id"]
        assert late.seen[-2]["data"]["functions"] == [
            {"tool_call_id": asked["data"]["tool_call_id"], "function_name": "refund", "arguments": ARGUMENTS}
        ]
        await back.ready()
        await answer(late, True)
        await back.until("llm-function-call-stopped")
        assert back.kinds("llm-function-call-in-progress", "snapshot") == []

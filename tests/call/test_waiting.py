"""A caller who waits for a supervisor: the whole pipeline of a call, the carrier's stream and RTVI's viewers."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from appliance.rtvi import RTVIFunctionCallReportLevel
from tests.call.lines import TURN, House, Wire
from tests.rtvi.stage import FakeViewer

REFUNDS = (Path(__file__).parents[1] / "data" / "dialplans" / "refunds.yaml").read_text()
MENU = "Would you like a refund, press 1, your parcel, press 2, or a discount, press 3?"
MOMENT = "One moment please, I am asking a colleague about order 4, 7, 1, 1."


class Shop:
    """A call to the shop, and supervisors who watch it."""

    def __init__(self, tmp_path: Path, *, plan: str = REFUNDS, speaks_secs: float = 0.1) -> None:
        self.house = House(tmp_path, hears="hello", plan=plan, speaks_secs=speaks_secs)
        self.wire = Wire()
        self.stream = self.house.connect(self.wire)

    @property
    def said(self) -> list[str]:
        return [line.removeprefix("assistant: ") for line in self.house.said() if line.startswith("assistant")][1:]

    async def supervisor(self, name: str = "vera", version: str = "2.1.0", **facts: Any) -> FakeViewer:
        viewer = FakeViewer(name, **facts)
        self.house.call.rtvi.join(viewer)
        self.send(viewer, "client-ready", {"version": version})
        await self.house.until(lambda: "bot-ready" in viewer.types)
        return viewer

    def send(self, viewer: FakeViewer, kind: str, data: Any) -> None:
        message = {"label": "rtvi-ai", "type": kind, "id": "7", "data": data}
        self.house.call.rtvi.receive(viewer, json.dumps(message))

    def answer(self, viewer: FakeViewer, result: Any, name: str = "refund") -> None:
        """Sends a result for the newest call that this viewer was told of."""
        (asked,) = self.asked_of(viewer)[-1:]
        data = {"function_name": name, "tool_call_id": asked["tool_call_id"], "arguments": {}, "result": result}
        self.send(viewer, "llm-function-call-result", data)

    @staticmethod
    def asked_of(viewer: FakeViewer) -> list[dict[str, Any]]:
        kinds = ("llm-function-call", "llm-function-call-in-progress")
        return [message["data"] for message in viewer.got if message["type"] in kinds]

    @staticmethod
    def stopped(viewer: FakeViewer) -> list[dict[str, Any]]:
        return [message["data"] for message in viewer.got if message["type"] == "llm-function-call-stopped"]

    def press(self, key: str) -> None:
        self.wire.says({"event": "dtmf", "dtmf": {"digit": key}})

    async def heard(self, *texts: str) -> None:
        """Waits until the caller has heard exactly these, after the greeting."""
        try:
            await self.house.until(lambda: self.said == list(texts))
        except TimeoutError:
            assert self.said == list(texts)

    async def over(self) -> None:
        await self.house.call.finish("abandoned", "the caller hung up")
        self.wire.says(None)
        await asyncio.wait_for(self.stream, 5)


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    shop = Shop(tmp_path)
    await shop.house.asked()
    yield shop
    await shop.over()


async def test_a_caller_hears_that_a_supervisor_is_asked_and_what_was_decided(shop: Shop) -> None:
    vera = await shop.supervisor()
    shop.press("1")
    await shop.heard(MOMENT)
    arguments = {"order": "4711", "amount": "40"}
    assert [{**asked, "tool_call_id": ""} for asked in shop.asked_of(vera)] == [
        {"tool_call_id": "", "function_name": "refund", "arguments": arguments}
    ]
    assert shop.stopped(vera) == []
    shop.answer(vera, True)
    await shop.heard(MOMENT, f"Your refund is approved. {MENU}")
    (stopped,) = shop.stopped(vera)
    assert stopped == {**stopped, "function_name": "refund", "cancelled": False, "result": "approved"}


async def test_a_refusal_is_told(shop: Shop) -> None:
    vera = await shop.supervisor()
    shop.press("1")
    await shop.heard(MOMENT)
    shop.answer(vera, "refused")
    await shop.heard(MOMENT, f"Your refund was declined. {MENU}")


async def test_a_result_of_fields_is_read_out_and_one_without_them_refused(shop: Shop) -> None:
    vera = await shop.supervisor()
    shop.press("2")
    await shop.heard("I am looking for it.")
    shop.answer(vera, "in Ulm", "parcel")
    await shop.house.until(lambda: "error-response" in vera.types)
    (error,) = [message for message in vera.got if message["type"] == "error-response"]
    assert error["data"]["error"] == (
        "The result is text, expected an object with 'place' and 'day', or false or null."
    )
    shop.answer(vera, {"place": "Ulm", "day": "Friday"}, "parcel")
    await shop.heard("I am looking for it.", f"It is in Ulm and comes on Friday. {MENU}")


async def test_a_caller_who_speaks_meanwhile_is_answered_and_goes_on_waiting(shop: Shop) -> None:
    vera = await shop.supervisor()
    shop.press("1")
    await shop.heard(MOMENT)
    shop.wire.speaks(TURN)
    await shop.heard(MOMENT, MOMENT)
    shop.press("9")
    await shop.heard(MOMENT, MOMENT, MOMENT)
    assert shop.stopped(vera) == []
    shop.answer(vera, True)
    await shop.heard(MOMENT, MOMENT, MOMENT, f"Your refund is approved. {MENU}")


async def test_nobody_is_alarmed_while_a_caller_waits(shop: Shop) -> None:
    vera = await shop.supervisor()
    shop.press("1")
    await shop.heard(MOMENT)
    await shop.house.until(lambda: shop.house.call._dead_air._timer is None)
    assert not shop.house.call.task.inbox.replies.open
    shop.answer(vera, False)
    await shop.heard(MOMENT, f"Your refund was declined. {MENU}")


async def test_when_nobody_answers_in_time_the_caller_is_told_and_the_call_goes_on(shop: Shop) -> None:
    vera = await shop.supervisor()
    shop.press("3")
    await shop.heard("I am asking for it.", f"Nobody has time for that. {MENU}")
    (stopped,) = shop.stopped(vera)
    assert stopped == {**stopped, "function_name": "discount", "cancelled": True}
    assert "result" not in stopped
    shop.answer(vera, True, "discount")
    await shop.house.until(lambda: "error-response" in vera.types)
    assert vera.got[-1]["data"]["error"] == (
        f"The function call {stopped['tool_call_id']!r} is over: the result came too late and was not used."
    )


async def test_a_caller_who_hangs_up_is_not_decided_about(shop: Shop) -> None:
    vera = await shop.supervisor()
    shop.press("1")
    await shop.heard(MOMENT)
    await shop.house.call.finish("abandoned", "the caller hung up")
    (stopped,) = shop.stopped(vera)
    assert stopped == {**stopped, "function_name": "refund", "cancelled": True}


async def test_of_two_answers_the_first_counts(shop: Shop) -> None:
    vera, walt = await shop.supervisor(), await shop.supervisor("walt", "1.1.0")
    shop.press("1")
    await shop.heard(MOMENT)
    (call,) = shop.asked_of(vera)
    assert shop.asked_of(walt) == [
        {
            "function_name": "refund",
            "tool_call_id": call["tool_call_id"],
            "args": {"order": "4711", "amount": "40"},
        }
    ]
    assert "llm-function-call-in-progress" not in walt.types
    shop.answer(walt, False)
    shop.answer(vera, True)
    await shop.heard(MOMENT, f"Your refund was declined. {MENU}")
    assert [message["data"]["error"] for message in vera.got if message["type"] == "error-response"] == [
        f"The function call {call['tool_call_id']!r} has its result already: the result was not used."
    ]
    assert "error-response" not in walt.types


async def test_who_sees_only_names_is_neither_asked_nor_told_the_result(shop: Shop) -> None:
    vera = await shop.supervisor()
    nick = await shop.supervisor("nick", ceiling=RTVIFunctionCallReportLevel.NAME)
    shop.press("1")
    await shop.heard(MOMENT)
    shop.answer(nick, True)
    await shop.house.until(lambda: "error-response" in nick.types)
    shop.answer(vera, True)
    await shop.heard(MOMENT, f"Your refund is approved. {MENU}")
    (call,) = shop.asked_of(vera)
    events = [message for message in nick.got if message["type"].startswith(("llm-function", "error"))]
    assert events == [
        {"type": "llm-function-call-started", "data": {"function_name": "refund"}},
        {
            "type": "llm-function-call-in-progress",
            "data": {"tool_call_id": call["tool_call_id"], "function_name": "refund"},
        },
        {
            "type": "error-response",
            "id": "7",
            "data": {
                "error": f"The function call {call['tool_call_id']!r} cannot be answered by who does not see its "
                "arguments: the result was not used."
            },
        },
        {
            "type": "llm-function-call-stopped",
            "data": {"tool_call_id": call["tool_call_id"], "cancelled": False, "function_name": "refund"},
        },
    ]


async def test_a_caller_who_waits_in_silence_is_told_again(tmp_path: Path) -> None:
    shop = Shop(tmp_path, plan=REFUNDS.replace("no_input_secs: 60", "no_input_secs: 1"))
    await shop.house.asked()
    shop.press("1")
    await shop.house.until(lambda: len(shop.said) == 2)
    assert shop.said == [MOMENT, MOMENT]
    await shop.over()


async def test_an_answer_that_comes_at_once_lets_the_bot_finish_its_sentence(tmp_path: Path) -> None:
    shop = Shop(tmp_path, speaks_secs=0.6)
    await shop.house.asked()
    vera = await shop.supervisor()
    shop.press("1")
    await shop.house.until(lambda: len(shop.asked_of(vera)) == 1)
    shop.answer(vera, True)
    await shop.house.until(lambda: len(shop.stopped(vera)) == 1)
    assert shop.said == []
    await shop.heard(MOMENT, f"Your refund is approved. {MENU}")
    await shop.over()

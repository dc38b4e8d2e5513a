"""Whole calls with a model that hears and speaks itself: the pipeline, a carrier's stream, and a server's stand-in."""

import asyncio
import contextlib
import json
from base64 import b64decode
from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from appliance.audio.g711 import pcm_to_ulaw, ulaw_to_pcm
from appliance.call import StreamEnd
from appliance.dialogue.realtime.model import DirectModel
from appliance.failover import Health
from appliance.frames import (
    FunctionCallResultFrame,
    HandBackFrame,
    InterruptionFrame,
    LLMMessagesAppendFrame,
    TakeOverFrame,
)
from tests.call.lines import SPEECH, TURN, House, Wire
from tests.dialogue.realtime.sessions import engine_at, voice
from tests.stand_ins.realtime import RealtimeServer, begins, calls, fails, hangs, hangs_up, says

PLAN = """\
name: Plan
numbers: ["+15555550100"]
greeting: Welcome.
turn: {no_input_secs: 60}
fallback: {say: We have a technical problem., transfer: "+15555550199"}
functions:
  stock: {description: What is there., table: {"12": {left: three}}, parameters: {item: Its number}}
steps:
  talk:
    llm: {prompt: "You are Ann, and {{ caller }} calls.", engine: front}
    functions: [stock]
    may: [hang_up, transfer]
    transfer_to: {sales: "+15555550198"}
    done: {booked: confirm}
    collect: {day: The day}
    otherwise: bye
  confirm:
    ask: "Is it {{ day }}?"
    yes_no: {yes: bye, no: bye}
    otherwise: bye
  bye: {hang_up: Goodbye.}
"""
AGAIN = "I am sorry, could you say that again?"
BEGIN = ("system", "[The call is yours now. Begin.]")


class PunctualWire(Wire):
    """A carrier that notes when it was sent what."""

    def __init__(self, *, returns_marks: bool) -> None:
        super().__init__(returns_marks=returns_marks)
        self._times: list[float] = []

    async def send(self, text: str) -> None:
        self._times.append(asyncio.get_running_loop().time())
        await super().send(text)

    def at(self, kind: str) -> float:
        """When a message of a kind was first sent."""
        return next(time for time, message in zip(self._times, self.sent, strict=True) if message["event"] == kind)


class Caller:
    """One call."""

    def __init__(self, server: RealtimeServer, house: House, wire: "PunctualWire") -> None:
        self.server = server
        self.house = house
        self.wire = wire
        self.stream = house.connect(wire)

    async def says(self, pcm: bytes = TURN) -> None:
        """The caller says something, and the call hears it bit by bit."""
        for start in range(0, len(pcm), 320):
            self.wire.speaks(pcm[start : start + 320])
            for _ in range(4):
                await asyncio.sleep(0)

    def said(self) -> list[str]:
        """The conversation, as it was heard, the functions aside."""
        return [line for line in self.house.said() if line not in ("assistant: ",) and not line.startswith("tool:")]

    async def has_heard(self, text: str) -> None:
        """Waits until the caller has."""
        await self.house.until(lambda: text in " ".join(self.said()))

    async def ends(self) -> str:
        """Waits until the bot has had its last word; why."""
        assert await asyncio.wait_for(self.stream, 10) is StreamEnd.ENDED
        assert self.house.call.ending is not None
        return f"{self.house.call.ending.reason} {self.house.call.ending.transfer_to or ''}".strip()

    async def plays(self, secs: float) -> None:
        """Waits until the caller has heard so much of the bot."""
        await self.house.until(lambda: self.house.call.transport.output().playout.position >= secs)

    def sound(self) -> bytes:
        """What the caller was sent."""
        media = [message["media"]["payload"] for message in self.wire.sent if message["event"] == "media"]
        return b"".join(map(b64decode, media))

    def post(self, *frames: Any) -> None:
        """Something that a supervisor does."""
        for frame in frames:
            self.house.call.task.post_frame(frame)


@contextlib.asynccontextmanager
async def calling(
    directory: Path, server: RealtimeServer, plan: str = PLAN, *, returns_marks: bool = True, **engine: Any
) -> AsyncIterator[Caller]:
    """A call that has just been answered."""
    house = House(
        directory, plan=plan, realtime={"front": DirectModel(engine_at(server, **engine), Health("llm", "front"))}
    )
    await house.records.open()
    caller = Caller(server, house, PunctualWire(returns_marks=returns_marks))
    try:
        yield caller
    finally:
        await house.call.finish("completed", "over")
        caller.wire.says(None)
        await asyncio.wait_for(caller.stream, 5)
        await house.records.close()


@pytest.fixture
async def server() -> AsyncIterator[RealtimeServer]:
    async with RealtimeServer() as one:
        yield one
        assert one.wrong == []


async def test_a_caller_is_greeted_talks_and_says_goodbye(server: RealtimeServer, tmp_path: Path) -> None:
    opening, answer = voice(1.5), voice(0.7)
    server.will(says("I am Ann. What can I do for you?", opening), says("Sure.", answer), calls(("hang_up", {})))
    server.hears.extend(["a table please", "no thanks"])
    async with calling(tmp_path, server) as caller:
        await caller.has_heard("What can I do for you?")
        await caller.says()
        await caller.has_heard("Sure.")
        await caller.says()
        assert await caller.ends() == "completed"
        assert caller.said() == [
            "assistant: Welcome. I am Ann. What can I do for you?",
            "user: a table please",
            "assistant: Sure.",
            "user: no thanks",
            "assistant: Goodbye.",
        ]
        assert caller.sound()[800:].startswith(opening + answer)
    assert server.events[0]["session"]["instructions"].endswith("\n\nYou are Ann, and +15555550123 calls.")
    assert server.texts() == [("assistant", "Welcome."), BEGIN]
    assert all(pcm_to_ulaw(SPEECH)[2000:6000] in utterance for utterance in server.utterances)


async def test_an_opening_is_said_by_the_model_in_its_own_voice(server: RealtimeServer, tmp_path: Path) -> None:
    plan = PLAN.replace("    functions: [stock]", "    opening: Ann speaking for {{ caller }}.\n    functions: [stock]")
    async with calling(tmp_path, server, plan.replace("greeting: Welcome.\n", "")) as caller:
        await caller.has_heard("What can I do")
        assert server.texts() == [
            ("system", "[The call is yours now. Begin with these words: Ann speaking for +15555550123.]")
        ]


async def test_functions_are_carried_out_and_what_is_wrong_with_a_call_is_told(
    server: RealtimeServer, tmp_path: Path
) -> None:
    server.will(
        says("Hello.", voice(0.1)),
        calls(("stock", {"item": "12"}), ("stock", "{"), ("steal", {})),
        says("Three.", voice(0.1)),
    )
    async with calling(tmp_path, server) as caller:
        await caller.has_heard("Hello.")
        await caller.says()
        await caller.has_heard("Three.")
        results = [text for kind, text in server.texts() if kind == "result"]
        assert results[0] == '{"left": "three"}'
        assert "JSON" in json.loads(results[1])["error"]
        assert json.loads(results[2])["error"].startswith("There is no function 'steal'")
        assert [line for line in caller.house.said() if line.startswith("tool:")] == [f"tool: {one}" for one in results]


async def test_who_is_handed_back_is_heard_by_the_transcriber_again(server: RealtimeServer, tmp_path: Path) -> None:
    server.will(says("Hello.", voice(0.1)), calls(("done", {"outcome": "booked", "day": "Monday"})))
    async with calling(tmp_path, server) as caller:
        await caller.has_heard("Hello.")
        await caller.says()
        await caller.has_heard("Is it Monday?")
        heard = len(server.heard)
        await caller.says()
        assert await caller.ends() == "completed"
        assert caller.said()[-2:] == ["user: yes", "assistant: Goodbye."]
        assert len(server.heard) == heard
        assert [client.socket.state.name for client in server.clients] == ["CLOSED"]


async def test_who_interrupts_is_listened_to_and_the_server_knows_what_was_heard(
    server: RealtimeServer, tmp_path: Path
) -> None:
    meant = "I could tell you a lot. But first of all this."
    server.will(says(meant, voice(9)), says("Yes?", voice(0.1)))
    async with calling(tmp_path, server, returns_marks=False) as caller:
        await caller.plays(1.3)
        await caller.says()
        await caller.has_heard("Yes?")
        ((text, ms),) = server.truncated
        began, cleared = caller.wire.at("media"), caller.wire.at("clear")
        assert text == meant
        assert ms == pytest.approx((cleared - began) * 1000 - 100, abs=200)
        cut = caller.said()[0].removeprefix("assistant: Welcome. ")
        assert meant.startswith(cut)
        assert 0 < len(cut) < len(meant)
    assert server.cancelled == 0


async def test_an_answer_that_is_still_being_made_is_cancelled(server: RealtimeServer, tmp_path: Path) -> None:
    server.will(begins("I could tell you a lot. ", voice(6), hangs), says("Yes?", voice(0.1)))
    async with calling(tmp_path, server, stall_secs=9, returns_marks=False) as caller:
        await caller.plays(0.5)
        await caller.says()
        await caller.has_heard("Yes?")
        assert (server.cancelled, len(server.truncated)) == (1, 1)


async def test_keys_texts_and_whispers_reach_the_model(server: RealtimeServer, tmp_path: Path) -> None:
    async with calling(tmp_path, server) as caller:
        await caller.has_heard("What can I do")
        for digit in "42#":
            caller.wire.says({"event": "dtmf", "dtmf": {"digit": digit}})
        await server.asked(2)
        whisper: dict[str, Any] = {"role": "system", "content": "Offer ten percent."}
        caller.post(LLMMessagesAppendFrame([whisper], by="Kim"))
        typed: dict[str, Any] = {"role": "user", "content": "Is there a discount?"}
        caller.post(LLMMessagesAppendFrame([typed], run_llm=True, by="Kim"))
        await server.asked(3)
        caller.post(LLMMessagesAppendFrame([{"role": "system", "content": "Offer twenty."}], run_llm=True))
        await server.asked(4)
    assert [text for text in server.texts() if text[0] != "assistant"][1:] == [
        ("user", "42#"),
        ("system", "Offer ten percent."),
        ("user", "Is there a discount?"),
        ("system", "Offer twenty."),
        ("system", "[Go on, by what you have been told last.]"),
    ]


async def test_a_bot_whose_call_was_taken_over_is_silent_and_still_understands(
    server: RealtimeServer, tmp_path: Path
) -> None:
    server.hears.append("I want a person")
    async with calling(tmp_path, server) as caller:
        await caller.has_heard("What can I do")
        caller.post(InterruptionFrame(), TakeOverFrame("Kim"))
        await caller.says()
        await caller.has_heard("I want a person")
        assert (server.responses, len(server.utterances)) == (1, 1)
        caller.post(HandBackFrame())
        await server.asked(2)
        assert server.texts()[-1] == ("system", "[Go on, by what you have been told last.]")


async def test_who_says_nothing_is_asked_in_the_models_voice_and_then_left(
    server: RealtimeServer, tmp_path: Path
) -> None:
    plan = PLAN.replace("no_input_secs: 60", "no_input_secs: 1").replace("    otherwise", "    tries: 2\n    otherwise")
    async with calling(tmp_path, server, plan) as caller:
        assert await caller.ends() == "completed"
    said = "[The caller has said nothing, or nothing that could be understood. Say: Are you still there?]"
    assert [text for kind, text in server.texts() if kind == "system"] == [BEGIN[1], said]


async def test_a_server_that_detects_turns_begins_and_ends_them(server: RealtimeServer, tmp_path: Path) -> None:
    server.hears.append("hello there")
    server.will(says("I could tell you a lot.", voice(9)), says("Yes?", voice(0.1)))
    async with calling(tmp_path, server, turn_detection="server_vad", returns_marks=False) as caller:
        await caller.plays(0.5)
        await caller.says(ulaw_to_pcm(bytes([0x10])) * 4800 + bytes(16_000))
        await caller.has_heard("Yes?")
        assert [text for text, _ in server.truncated] == ["I could tell you a lot."]
        await caller.has_heard("hello there")
        assert caller.said()[-2:] == ["user: hello there", "assistant: Yes?"]


async def test_an_engine_that_fails_once_asks_again_and_twice_gives_the_caller_to_a_person(
    server: RealtimeServer, tmp_path: Path
) -> None:
    server.will(says("Hello.", voice(0.1)), fails("server_error"), begins("Well. ", voice(0.3), hangs_up))
    async with calling(tmp_path, server) as caller:
        await caller.has_heard("Hello.")
        await caller.says()
        await caller.has_heard(AGAIN)
        await caller.says()
        assert await caller.ends() == "engine failed +15555550199"
        assert caller.said()[-1] == "assistant: Well. We have a technical problem."


REFUSALS = {
    "refuses": HTTPStatus.UNAUTHORIZED,
    "has no room": HTTPStatus.TOO_MANY_REQUESTS,
    "hangs": None,
}


@pytest.mark.parametrize("how", REFUSALS)
async def test_who_cannot_be_talked_with_gets_a_person_at_once(
    how: str, server: RealtimeServer, tmp_path: Path
) -> None:
    server.refusals.extend([REFUSALS[how]] * 99)
    async with calling(tmp_path, server, timeout_secs=1) as caller:
        assert await caller.ends() == "engine failed +15555550199"
        assert caller.said() == ["assistant: Welcome. We have a technical problem."]
    assert server.responses == 0


async def test_a_call_whose_line_is_lost_in_mid_word_is_not_answered_until_it_is_back(
    server: RealtimeServer, tmp_path: Path
) -> None:
    async with calling(tmp_path, server) as caller:
        await caller.has_heard("What can I do")
        await caller.says(TURN[: 16_000 + 4800])
        await server.until(lambda: len(server.heard) > 3000)
        caller.house.call.line_lost()
        await server.until(lambda: "input_audio_buffer.clear" in server.types())
        assert server.responses == 1
        caller.house.call.transport.back()
        await server.asked(2)
        assert server.utterances == []
        assert server.texts()[-1][1].startswith("[The line was cut and is back")


async def test_a_model_may_pass_the_caller_on(server: RealtimeServer, tmp_path: Path) -> None:
    server.will(
        says("Hello.", voice(0.1)),
        says("I am connecting you.", voice(0.2), also=lambda turn: _transfers(turn)),
    )
    async with calling(tmp_path, server) as caller:
        await caller.has_heard("Hello.")
        await caller.says()
        await caller.has_heard("I am connecting you.")
        await caller.house.until(lambda: caller.house.call.transfer is not None)
        assert caller.house.call.transfer is not None
        assert str(caller.house.call.transfer.transfer.to) == "+15555550198"


async def _transfers(turn: Any) -> None:
    await turn.call("transfer", json.dumps({"to": "sales"}))
    await turn.done()


SUPERVISED = """\
  refund:
    supervised: {say: I am asking., timeout_secs: 9}
    parameters: {order: Its number}
"""


async def test_a_supervisors_answer_is_waited_for_and_told_when_it_comes(
    server: RealtimeServer, tmp_path: Path
) -> None:
    plan = PLAN.replace("steps:", f"{SUPERVISED}steps:").replace("[stock]", "[stock, refund]")
    plan = plan.replace("functions:\n", 'function_call_report_level: {"*": full}\nfunctions:\n', 1)
    server.will(
        says("Hello.", voice(0.1)),
        calls(("refund", {"order": "7"})),
        says("It is approved.", voice(0.1)),
    )
    async with calling(tmp_path, server, plan) as caller:
        await caller.has_heard("Hello.")
        await caller.says()
        await caller.has_heard("I am asking.")
        (call_id,) = server.clients[0].calls
        caller.post(FunctionCallResultFrame("refund", call_id, {"order": "7"}, "approved"))
        await caller.has_heard("It is approved.")
    assert server.texts()[-3:] == [
        ("result", "approved"),
        ("assistant", "I am asking."),
        ("system", "[The result of refund has come: approved]"),
    ]


async def test_a_model_that_calls_and_calls_is_stopped(server: RealtimeServer, tmp_path: Path) -> None:
    server.will(says("Hello.", voice(0.1)), *[calls(("stock", {"item": "12"}))] * 6)
    async with calling(tmp_path, server) as caller:
        await caller.has_heard("Hello.")
        await caller.says()
        await caller.has_heard(AGAIN)
    asked = [event["response"] for event in server.events if event["type"] == "response.create"]
    assert [one.get("tool_choice") for one in asked] == [None] * 6 + ["none"]

"""What supervisors do to a running call, and what comes of it on the caller's line."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from appliance.bus import CallUpdated
from appliance.call import StreamEnd
from appliance.call.actions import ACTIONS, LONGEST_SAID
from tests.call.lines import TURN, House, Wire, speaks_anew
from tests.call.supervisors import Supervisor

QUESTION = "assistant: Welcome. Shall we go on?"


class Live:
    """A call whose question has been asked, and a supervisor who watches it."""

    def __init__(self, house: House, wire: Wire, stream: "asyncio.Task[StreamEnd]") -> None:
        self.house = house
        self.wire = wire
        self.stream = stream
        self.anna = Supervisor(house.call)

    @property
    def said(self) -> list[str]:
        """What was said after the question."""
        return self.house.said()[1:]

    async def until_said(self, *wanted: str) -> None:
        """Waits until this, and nothing else, was said after the question."""
        await self.house.until(lambda: len(self.said) >= len(wanted))
        assert self.said == list(wanted)

    async def ended(self) -> tuple[str, str | None]:
        """Waits for the end: its reason, and to whom the caller is passed on."""
        assert await asyncio.wait_for(self.stream, 5) is StreamEnd.ENDED
        call = self.house.call
        if call.transfer is not None:
            return call.transfer.reason, call.transfer.transfer.to
        assert call.ending is not None
        return call.ending.reason, call.ending.transfer_to

    def taken_over_by(self) -> list[Any]:
        """What the house was told of who has the call."""
        changes = [event.changes for event in self.house.told if isinstance(event, CallUpdated)]
        return [change["taken_over_by"] for change in changes if "taken_over_by" in change]


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[Live]:
    house, wire = House(tmp_path), Wire()
    live = Live(house, wire, house.connect(wire))
    await house.asked()
    await live.anna.ready()
    yield live
    await house.call.finish("abandoned", "the test is over")
    wire.says(None)
    await asyncio.wait_for(live.stream, 5)


async def test_all_actions_are_offered_as_the_table_says(live: Live) -> None:
    described = (await live.anna.asks("describe-actions"))["data"]["actions"]
    assert described == [
        {
            "service": offer.service,
            "action": offer.action,
            "arguments": [{"name": argument.name, "type": argument.type} for argument in offer.arguments],
            "result": offer.result,
        }
        for offer in ACTIONS
    ]
    assert len({(offer.service, offer.action) for offer in ACTIONS}) == len(ACTIONS)


async def test_the_bot_says_what_it_is_told_to(live: Live) -> None:
    assert await live.anna.does("tts:say", text="Hold the line. I am looking.") is True
    await live.until_said("assistant: Hold the line. I am looking.")


async def test_with_interrupt_it_says_it_at_once_otherwise_after_what_it_is_saying(tmp_path: Path) -> None:
    house, wire = House(tmp_path, speaks_secs=30.0), Wire(returns_marks=False)
    stream = house.connect(wire)
    await house.until(lambda: "media" in wire.events())
    anna = await Supervisor(house.call).ready()
    assert await anna.does("tts:say", text="Later.") is True
    assert "clear" not in wire.events()
    assert await anna.does("tts:say", text="Now.", interrupt=True) is True
    await house.until(lambda: speaks_anew(wire))
    await house.call.finish("abandoned", "the test is over")
    wire.says(None)
    await asyncio.wait_for(stream, 5)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "text has no words, expected something to say"),
        (" ...?! ", "text has no words, expected something to say"),
        ("x" * (LONGEST_SAID + 1), "text has 1001 characters, expected at most 1000"),
        ("[wav:/etc/passwd]", "text names a recording, expected something to say"),
        ("Wait. [wav:hold.wav] x", "text names a recording, expected something to say"),
    ],
)
async def test_what_no_voice_can_say_is_refused_before_it_harms_the_call(live: Live, text: str, problem: str) -> None:
    assert await live.anna.does("tts:say", text=text) == f"Action tts:say failed: {problem}"
    assert await live.anna.does("tts:say", text="x" * LONGEST_SAID) is True
    await live.until_said("assistant: " + "x" * LONGEST_SAID)


async def test_the_bot_is_cut_off(tmp_path: Path) -> None:
    house, wire = House(tmp_path, speaks_secs=30.0), Wire(returns_marks=False)
    stream = house.connect(wire)
    await house.until(lambda: "media" in wire.events())
    anna = await Supervisor(house.call).ready()
    assert await anna.does("tts:interrupt") is True
    await house.until(lambda: wire.events()[-1] == "clear")
    await house.call.finish("abandoned", "the test is over")
    wire.says(None)
    await asyncio.wait_for(stream, 5)


async def test_a_hang_up_ends_the_call_for_the_supervisors_reason(live: Live) -> None:
    assert await live.anna.does("call:hangup") is True
    assert await live.ended() == ("supervisor", None)
    assert live.said == []


async def test_a_hang_up_and_a_transfer_wait_until_the_last_words_were_heard(live: Live) -> None:
    assert await live.anna.does("call:transfer", to="+1 (555) 555-0177", say="I connect you.") is True
    assert await live.ended() == ("supervisor", "+15555550177")
    assert live.said == ["assistant: I connect you."]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({}, "Action call:transfer needs the argument to"),
        ({"to": 5}, "Argument to of action call:transfer must be of type string"),
        (
            {"to": "anywhere"},
            "Action call:transfer failed: to: 'anywhere', expected a telephone number with + and country code such as "
            "+15555550100, a SIP address such as sip:support@example.com, or a queue such as queue:support",
        ),
        (
            {"to": "+15555550177<Play/>"},
            "Action call:transfer failed: to: '+15555550177<Play/>', expected a telephone number with + and country "
            "code such as +15555550100, a SIP address such as sip:support@example.com, or a queue such as "
            "queue:support",
        ),
        (
            {"to": "+15555550177", "say": "?"},
            "Action call:transfer failed: say has no words, expected something to say",
        ),
    ],
)
async def test_a_transfer_goes_to_somebody_or_nowhere(live: Live, arguments: dict[str, Any], problem: str) -> None:
    assert await live.anna.does("call:transfer", **arguments) == problem
    assert live.house.call.ending is None
    assert await live.anna.does("call:hangup", say="") is True
    assert await live.ended() == ("supervisor", None)


TOO_LATE: list[tuple[str, dict[str, Any]]] = [
    ("tts:say", {"text": "Too late."}),
    ("call:hangup", {}),
    ("call:transfer", {"to": "+15555550177"}),
    ("call:take_over", {}),
]
TOO_LATE_TO_ASK: list[tuple[str, dict[str, Any]]] = [
    ("dialogue:run", {}),
    ("dialogue:append", {"role": "user", "text": "yes", "run": True}),
    ("llm:append_to_messages", {"messages": []}),
]


async def test_nothing_is_begun_with_a_call_that_is_ending(tmp_path: Path) -> None:
    house, wire = House(tmp_path, speaks_secs=0.2), Wire(returns_marks=False)
    stream = house.connect(wire)
    await house.until(lambda: "media" in wire.events())
    anna = await Supervisor(house.call).ready()
    assert await anna.does("call:hangup", say="Goodbye.") is True
    refused = [await anna.does(what, **arguments) for what, arguments in TOO_LATE]
    assert refused == [f"Action {what} failed: the call is ending" for what, _ in TOO_LATE]
    refused = [await anna.does(what, **arguments) for what, arguments in TOO_LATE_TO_ASK]
    reason = "the bot answers nothing: the call is ending"
    assert refused == [f"Action {what} failed: {reason}" for what, _ in TOO_LATE_TO_ASK]
    answered = await anna.asks("send-text", {"content": "yes"})
    assert answered["data"] == {"error": "The bot answers nothing: the call is ending."}
    assert await asyncio.wait_for(stream, 10) is StreamEnd.ENDED
    await house.call.finish("completed", "supervisor")


async def test_a_caller_who_speaks_into_the_farewell_is_not_answered_any_more(tmp_path: Path) -> None:
    house, wire = House(tmp_path, speaks_secs=30.0), Wire(returns_marks=False)
    stream = house.connect(wire)
    await house.until(lambda: "media" in wire.events())
    anna = await Supervisor(house.call).ready()
    assert await anna.does("call:hangup", say="Goodbye.") is True
    await house.until(lambda: speaks_anew(wire))
    wire.says({"event": "dtmf", "dtmf": {"digit": "1"}})
    assert await asyncio.wait_for(stream, 5) is StreamEnd.ENDED
    assert house.call.ending is not None
    assert house.call.ending.reason == "supervisor"
    await house.call.finish("completed", "supervisor")


async def test_a_muted_caller_is_not_heard_until_unmuted_and_viewers_see_it(live: Live) -> None:
    assert await live.anna.does("call:mute") is True
    assert live.anna.types[-1] == "action-response"
    await live.house.until(lambda: "user-mute-started" in live.anna.types)
    live.wire.speaks(TURN)
    await live.house.until(lambda: live.house.call.transport.input().vad.audio_secs > len(TURN) / 16_000 - 0.1)
    assert "user-started-speaking" not in live.anna.types
    assert await live.anna.does("call:unmute") is True
    await live.house.until(lambda: "user-mute-stopped" in live.anna.types)
    live.wire.speaks(TURN)
    assert await live.ended() == ("completed", None)


async def test_a_whisper_goes_into_the_context_and_a_scripted_dialogue_does_not_read_it(live: Live) -> None:
    whisper = {"role": "system", "text": "The caller is a member."}
    assert await live.anna.does("dialogue:append", **whisper) == {"read": False}
    await live.until_said("system: The caller is a member.")
    assert await live.anna.does("llm:get_context") == [
        {"role": "assistant", "content": "Welcome. Shall we go on?"},
        {"role": "system", "content": "The caller is a member."},
    ]


async def test_whoever_may_only_whisper_speaks_neither_for_the_caller_nor_for_the_bot(live: Live) -> None:
    cora = Supervisor(live.house.call, "cora", role="coach", permitted=["client-ready", "action dialogue:append"])
    await cora.ready()
    lacks = "Action dialogue:append failed: Not permitted: the role 'coach' lacks the permission"
    for role in ("user", "assistant"):
        assert await cora.does("dialogue:append", role=role, text="yes") == f"{lacks} 'append-to-context'."
        assert await cora.does("dialogue:append", role=role, text="yes", run=True) == f"{lacks} 'append-to-context'."
    assert (
        await cora.does("dialogue:append", role="system", text="Go on.", run=True) == f"{lacks} 'action dialogue:run'."
    )
    assert await cora.does("dialogue:append", role="system", text="A member.") == {"read": False}
    assert await live.anna.does("tts:say", text="Hold the line.") is True
    await live.until_said("system: A member.", "assistant: Hold the line.")


async def test_a_users_text_that_is_run_answers_the_open_question(live: Live) -> None:
    assert await live.anna.does("dialogue:append", role="user", text="yes", run=True) == {"read": False}
    assert await live.ended() == ("completed", None)
    assert live.said == ["user: yes", "assistant: Goodbye."]


async def test_messages_are_run_as_the_frameworks_helper_does_unless_told_otherwise(live: Live) -> None:
    quiet = [{"role": "user", "content": [{"type": "text", "text": "no"}]}]
    assert await live.anna.does("llm:append_to_messages", messages=quiet, run_immediately=False) is True
    assert await live.anna.does("llm:append_to_messages", messages=[{"role": "user", "content": "yes"}]) is True
    assert await live.ended() == ("completed", None)
    assert live.said == [f"user: {quiet[0]['content']}", "user: yes", "assistant: Goodbye."]


@pytest.mark.parametrize("what", ["dialogue:run", "llm:run"])
async def test_the_open_question_is_asked_again(live: Live, what: str) -> None:
    for times in (1, 2, 3):
        assert await live.anna.does(what) is True
        await live.until_said(*["assistant: Shall we go on?"] * times)
    assert await live.anna.does("dialogue:append", role="user", text="yes", run=True) == {"read": False}
    assert await live.ended() == ("completed", None)


async def test_an_answer_that_was_given_is_not_given_again_by_a_run(live: Live) -> None:
    await live.anna.does("dialogue:append", role="user", text="perhaps", run=True)
    await live.until_said("user: perhaps", "assistant: Yes or no, please.")
    await live.anna.does("dialogue:run")
    await live.until_said("user: perhaps", "assistant: Yes or no, please.", "assistant: Shall we go on?")


async def test_a_context_is_replaced(live: Live) -> None:
    new = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "yes"}]
    assert await live.anna.does("llm:set_context", messages=new, interrupt=True) is True
    assert await live.anna.does("llm:get_context") == new
    assert await live.anna.does("llm:run", interrupt=False) is True
    assert await live.ended() == ("completed", None)


@pytest.mark.parametrize(
    ("messages", "problem"),
    [
        (["yes"], "message 0 has the role None, expected one of system, user, assistant, tool, developer"),
        (
            [{"role": "user", "content": "a"}, {"role": "boss", "content": "a"}],
            "message 1 has the role 'boss', expected one of system, user, assistant, tool, developer",
        ),
        ([{"role": "user"}], "message 0 has no content that is text or a list of parts"),
        ([{"role": "user", "content": ["a"]}], "message 0 has no content that is text or a list of parts"),
        ([{"role": ["user"], "content": "a"}], None),
    ],
)
async def test_what_is_no_message_never_gets_into_the_context(
    live: Live, messages: list[Any], problem: str | None
) -> None:
    for what in ("llm:append_to_messages", "llm:set_context"):
        answer = await live.anna.does(what, messages=messages)
        assert answer == f"Action {what} failed: {problem}" if problem else answer.startswith(f"Action {what} failed")
    assert live.said == []


async def test_a_client_message_that_nobody_answers_is_said_to_be_one(live: Live) -> None:
    assert await live.anna.asks("client-message", {"t": "weather"}) == {
        "type": "error-response",
        "data": {"error": "Nobody answers a client message of the type 'weather' here."},
    }

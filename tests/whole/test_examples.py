"""The examples that need somebody: a supervisor who decides about money, and a language model at the desk."""

import socket
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from appliance.simulator import Call, Phone, Press, Sound, Wait
from tests.stand_ins.chat import ChatServer, calls, says
from tests.whole.appliance import DIALPLANS, Appliance, running
from tests.whole.engines import Engines, free_listener
from tests.whole.viewer import Viewer, watching

REFUNDS, RECEPTIONIST = "+15555550106", "+15555550105"
ARGUMENTS = {"order": "2580", "thing": "desk lamp", "dollars": "45", "reason": "broken"}
PERSON = "+15555550199"


@pytest.fixture(scope="module")
def model_listener() -> Iterator[socket.socket]:
    """Where the model's server is."""
    with free_listener() as one:
        yield one


@pytest.fixture(scope="module")
def examples(
    listener: socket.socket, model_listener: socket.socket, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Appliance]:
    """A service with all the examples, and the engines that one of them needs."""
    with running(
        tmp_path_factory.mktemp("examples"),
        DIALPLANS,
        speech__uri=f"tcp://127.0.0.1:{listener.getsockname()[1]}",
        llm__base_url=f"http://127.0.0.1:{model_listener.getsockname()[1]}/v1",
        llm__model="qwen3:8b",
        supervision__linger_secs=0.5,
    ) as service:
        yield service


async def decide(viewer: Viewer, result: bool) -> dict[str, Any]:
    """Answers the question about the refund, and returns what was asked."""
    await viewer.say("client-ready", {"version": "2.1.0"})
    while (asked := (await viewer.until("llm-function-call-in-progress"))["data"])["function_name"] != "refund":
        pass
    call = {"function_name": "refund", "tool_call_id": asked["tool_call_id"], "arguments": ARGUMENTS}
    await viewer.say("llm-function-call-result", call | {"result": result}, "decision")
    return dict(asked)


def has_said(engines: Engines, words: str) -> bool:
    return any(words in text for text in engines.spoken)


def said(record: dict[str, Any], who: str = "bot") -> list[str]:
    return [turn["text"] for turn in record["turns"] if turn["who"] == who]


@pytest.mark.parametrize(
    ("result", "then", "told", "outcome"),
    [
        (True, [], "Good news. You get forty five dollars back within three days.", "completed"),
        (False, [Wait("bot"), Press("1")], "I cannot give you your money back on the telephone.", "transferred"),
    ],
)
async def test_a_refund_is_given_when_a_supervisor_approves(
    examples: Appliance, engines: Engines, phone: Phone, result: bool, then: list[Any], told: str, outcome: str
) -> None:
    engines.secs = lambda text: 0.2
    keys = [action for key in ("1", "2580", "1") for action in (Wait("bot"), Press(key))]
    call = Call(url=examples.voice_url, to=REFUNDS, actions=[*keys, Wait("bot"), *then, Wait("end")])
    async with phone.dialling(call) as live:
        await live.line.bot_speaks(20)
        async with watching(examples, f"/rtvi/{live.sid}") as vera:
            asked = await decide(vera, result)
            ended = await live.result()
    assert asked["arguments"] == ARGUMENTS
    assert ended.problems == []
    record = await examples.record(live.sid)
    assert any(told in text for text in said(record))
    assert (record["outcome"], record["dialplan"]) == (outcome, "Harper and Sons, refunds")
    assert ended.dialled == ([PERSON] if outcome == "transferred" else [])


async def test_the_receptionist_looks_an_order_up_and_notes_a_visit(
    examples: Appliance, engines: Engines, model_listener: socket.socket, phone: Phone, yes: Sound
) -> None:
    engines.secs = lambda text: 0.3
    engines.hears.extend(["where is order 4711", "i would like to come by on friday at ten, robin smith", "yes"])
    shipped = "It was shipped yesterday, and arrives tomorrow."
    async with ChatServer(listener=model_listener) as model:
        model.will(
            calls(("order_status", {"number": "4711"})),
            says(f"{shipped} "),
            calls(("opening_hours", {})),
            calls(("done", {"outcome": "visit", "day": "Friday", "time": "ten", "name": "Robin Smith"})),
        )
        async with phone.dialling(Call(url=examples.voice_url, to=RECEPTIONIST, actions=[Wait("end")])) as live:
            for question in ("How can I help you?", shipped, "Is that right?"):
                await live.line.until(partial(has_said, engines, question), 20)
                await live.line.bot_has_spoken(20)
                live.line.say(yes)
            ended = await live.result()
    assert model.wrong == []
    assert ended.problems == []
    record = await examples.record(live.sid)
    assert said(record)[-1] == "That is noted. We are looking forward to seeing you. Thank you for calling. Goodbye."
    called = [(turn["text"], turn["details"]) for turn in record["turns"] if turn["who"] == "function"]
    found = {"state": "was shipped yesterday", "day": "tomorrow"}
    assert called == [
        ("order_status", {"arguments": {"number": "4711"}, "result": found}),
        ("opening_hours", {}),  # Its report level is the name alone, for the record, too.
    ]
    hours = next(each["content"] for each in reversed(model.requests[-1]["messages"]) if each["role"] == "tool")
    assert '"state": "' in hours
    variables = record["metadata"]["variables"]
    assert [variables[name] for name in ("day", "time", "name")] == ["Friday", "ten", "Robin Smith"]


def test_without_a_model_the_receptionist_is_left_out_and_the_others_serve(tmp_path: Path) -> None:
    with running(tmp_path, DIALPLANS) as service:
        assert "optional dialplan left out: " in service.log()
        assert "receptionist.yaml:" in service.log()
        assert "dialplan refused" not in service.log()

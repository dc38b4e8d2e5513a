"""A language model talks with a caller: a real service and a simulated call, with a model's server as a stand-in."""

import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.simulator import Call, LiveCall, Phone, Sound, Wait
from tests.stand_ins.chat import ChatServer, breaks_off, calls, hangs, refuses, says
from tests.whole.appliance import Appliance, running
from tests.whole.carrier import NUMBER
from tests.whole.engines import Engines, free_listener
from tests.whole.viewer import Viewer, watching

TALK = """\
name: Talk
numbers: ["+15555550100"]
greeting: Good day.
function_call_report_level: {"*": full}
fallback: {say: We have a technical problem., transfer: "+15555550199"}
functions:
  order_status:
    description: Where an order is.
    parameters: {number: The order's number}
    table: {"4711": {state: shipped, day: tomorrow}}
steps:
  talk:
    llm: You are Ann of Harper and Sons.
    opening: How can I help you?
    functions: order_status
    may: [hang_up, transfer]
    transfer_to: {sales: "+15555550198"}
    otherwise: end
  end: {hang_up: Goodbye.}
"""
SHIPPED = "Your order was shipped and arrives tomorrow at nine in the morning."
BELL = "Our own driver will ring the bell twice and wait for you at the door."


@pytest.fixture(scope="module")
def model_listener() -> Iterator[socket.socket]:
    """Where the model's server is."""
    with free_listener() as one:
        yield one


@pytest.fixture(scope="module")
def talking(
    listener: socket.socket, model_listener: socket.socket, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Appliance]:
    """A service whose calls a language model answers."""
    dialplans = tmp_path_factory.mktemp("talk")
    (dialplans / "talk.yaml").write_text(TALK)
    with running(
        tmp_path_factory.mktemp("talking"),
        dialplans,
        speech__uri=f"tcp://127.0.0.1:{listener.getsockname()[1]}",
        llm__base_url=f"http://127.0.0.1:{model_listener.getsockname()[1]}/v1",
        llm__model="small",
        llm__timeout_secs=2,
        llm__stall_secs=1,
        supervision__linger_secs=0.5,
    ) as service:
        yield service


@pytest.fixture
async def model(model_listener: socket.socket) -> AsyncIterator[ChatServer]:
    """The model's server."""
    async with ChatServer(listener=model_listener) as server:
        yield server
        assert server.wrong == []


@pytest.fixture
async def live(talking: Appliance, engines: Engines, model: ChatServer, phone: Phone) -> AsyncIterator[LiveCall]:
    """A caller who has been asked what there is to do."""
    async with phone.dialling(Call(url=talking.voice_url, to=NUMBER, actions=[Wait("end")])) as call:
        await call.line.bot_has_spoken(20)
        yield call


def said(server: ChatServer) -> list[tuple[str, str]]:
    """Who said what, as the model was told last, its instructions aside."""
    return [(one["role"], one["content"]) for one in server.requests[-1]["messages"][1:]]


async def turns(service: Appliance, call_id: str) -> list[tuple[str, str]]:
    """Who said what, as it was heard; functions by what they found."""
    told = (await service.record(call_id))["turns"]
    return [(turn["who"], turn["details"].get("result") or turn["heard"] or turn["text"]) for turn in told]


async def does(viewer: Viewer, action: str, **arguments: Any) -> None:
    """Runs an action of the dialogue's."""
    given = [{"name": name, "value": value} for name, value in arguments.items()]
    await viewer.say("action", {"service": "dialogue", "action": action, "arguments": given}, action)
    await viewer.until("action-response")


async def test_a_model_looks_something_up_is_interrupted_and_knows_what_was_heard(
    talking: Appliance, engines: Engines, model: ChatServer, live: LiveCall, yes: Sound
) -> None:
    engines.secs = lambda text: 6.0 if text == BELL else 0.4
    engines.hears.extend(["where is order 4711", "never mind"])
    model.will(
        calls(("order_status", {"number": "4711"}), text="One moment. "),
        says(f"{SHIPPED} ", BELL),
        calls(("hang_up", {"farewell": "Good bye then."})),
    )
    async with watching(talking, f"/rtvi/{live.sid}") as viewer:
        await viewer.ready()
        live.line.say(yes)
        asked = (await viewer.until("llm-function-call-in-progress"))["data"]
        assert (asked["function_name"], asked["arguments"]) == ("order_status", {"number": "4711"})
        while "tokens" not in (metrics := (await viewer.until("metrics"))["data"]):
            pass
        assert metrics["tokens"] == [{"prompt_tokens": 70, "completion_tokens": 7, "total_tokens": 77, "engine": "llm"}]
        while (await viewer.until("bot-output"))["data"]["text"] != BELL:
            pass
        live.line.say(yes)
        await viewer.to_the_end()
    await live.result()
    (system, *heard) = model.requests[-1]["messages"]
    assert "You are Ann of Harper and Sons." in system["content"]
    call, cut = heard[2]["tool_calls"][0], heard[4]["content"]
    assert heard == [
        {"role": "assistant", "content": "Good day. How can I help you?"},
        {"role": "user", "content": "where is order 4711"},
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": call["id"], "content": '{"state": "shipped", "day": "tomorrow"}'},
        {"role": "assistant", "content": cut},
        {"role": "user", "content": "never mind"},
    ]
    assert call["function"] == {"name": "order_status", "arguments": '{"number": "4711"}'}
    assert f"One moment. {SHIPPED} {BELL}".startswith(cut)
    assert len(f"One moment. {SHIPPED}") <= len(cut) < len(f"One moment. {SHIPPED} {BELL}")
    assert await turns(talking, live.sid) == [
        ("bot", "Good day. How can I help you?"),
        ("caller", "where is order 4711"),
        ("function", {"state": "shipped", "day": "tomorrow"}),
        ("bot", cut),
        ("caller", "never mind"),
        ("bot", "Good bye then."),
    ]


async def test_a_caller_who_interrupts_is_answered_and_the_old_answer_given_up_at_the_server(
    talking: Appliance, engines: Engines, model: ChatServer, live: LiveCall, yes: Sound
) -> None:
    engines.secs = lambda text: 3.0
    engines.hears.extend(["tell me everything", "stop"])
    model.will(hangs("Well, to begin with. ", "Then"), calls(("hang_up", {})))
    live.line.say(yes)
    await live.line.until(lambda: "Well, to begin with." in engines.spoken, 20)
    await live.line.bot_speaks(20)
    live.line.say(yes)
    await live.result()
    assert model.gone == 1
    role, words = said(model)[-1]
    assert (role, words.split()[-1]) == ("user", "stop")
    assert (await turns(talking, live.sid))[-1] == ("bot", "Goodbye.")


async def test_a_model_that_fails_once_asks_again_and_twice_gives_the_caller_to_a_person(
    talking: Appliance, engines: Engines, model: ChatServer, live: LiveCall, yes: Sound
) -> None:
    engines.secs = lambda text: 0.3
    model.will(breaks_off("It is on its way to "), refuses(401, "invalid_api_key"))
    for times in (1, 2):
        live.line.say(yes)
        await model.asked(times)
        if times == 1:
            await live.line.until(lambda: any("say that again" in text for text in engines.spoken), 20)
            await live.line.bot_has_spoken(20)
    result = await live.result()
    assert result.dialled == ["+15555550199"]
    assert [text for who, text in await turns(talking, live.sid) if who == "bot"] == [
        "Good day. How can I help you?",
        "It is on its way to . I am sorry, could you say that again?",
        "We have a technical problem.",
    ]
    server = f"The language model at {model.url}"
    assert f"{server} hung up in the middle of its answer. call_id={live.sid}" in talking.log()
    assert f"{server} refused with status 401 (invalid_api_key). call_id={live.sid}" in talking.log()


async def test_a_model_may_pass_the_caller_on(
    talking: Appliance, engines: Engines, model: ChatServer, live: LiveCall, yes: Sound
) -> None:
    engines.secs = lambda text: 0.3
    model.will(calls(("transfer", {"to": "sales", "say": "I am connecting you."})))
    live.line.say(yes)
    result = await live.result()
    assert result.dialled == ["+15555550198"]
    assert (await turns(talking, live.sid))[-1] == ("bot", "I am connecting you.")


async def test_a_supervisor_whispers_and_writes_for_the_caller(
    talking: Appliance, engines: Engines, model: ChatServer, live: LiveCall
) -> None:
    engines.secs = lambda text: 0.3
    async with watching(talking, f"/rtvi/{live.sid}") as viewer:
        await viewer.ready()
        await does(viewer, "append", role="system", text="Offer ten percent.")
        await viewer.say("send-text", {"content": "Is there a discount?"})
        await model.asked(1)
        await does(viewer, "append", role="system", text="Offer twenty.", run=True)
        await model.asked(2)
        await live.hang_up()
    first, second = model.requests
    assert first["messages"][0]["content"].endswith("the newest last:\n- Offer ten percent.")
    assert first["messages"][-1] == {"role": "user", "content": "Is there a discount?"}
    assert second["messages"][0]["content"].endswith("- Offer ten percent.\n- Offer twenty.")
    assert second["messages"][-1]["content"].endswith("[Go on, by what you have been told last.]")


def test_a_service_without_a_model_refuses_the_dialplan_and_says_why(tmp_path: Path) -> None:
    dialplans = tmp_path / "dialplans"
    dialplans.mkdir()
    (dialplans / "talk.yaml").write_text(TALK)
    with running(tmp_path / "data", dialplans, speech__uri="tcp://127.0.0.1:9") as service:
        log = service.log()
    assert f"dialplan refused: {dialplans}/talk.yaml:13: steps.talk.llm: no language model, expected `llm.model`" in log
    assert "no dialplan serves" in log

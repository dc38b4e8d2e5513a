"""Language models over the wire: the real openai client against a server that does everything that servers do."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import SecretStr

from appliance.dialogue.chat import ChatEnd, ChatRequest, ChatText, ToolRequest
from appliance.dialogue.openai_chat import OpenAIChat, retry_after
from appliance.errors import EngineError
from appliance.settings import LLMSettings
from tests.stand_ins.chat import (
    Behaviour,
    ChatServer,
    Exchange,
    answers,
    breaks_off,
    calls,
    hangs,
    refuses,
    says,
    streams,
)

HELLO = ChatRequest([{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello"}])
TOOL = {"type": "function", "function": {"name": "look", "parameters": {"type": "object", "properties": {}}}}


class Line:
    """A client with short time limits, and its server."""

    def __init__(self, server: ChatServer, **settings: Any) -> None:
        quick = {"timeout_secs": 1.5, "stall_secs": 0.5, "model": "small", "base_url": server.url}
        self.chat = OpenAIChat(LLMSettings.model_validate({**quick, **settings}))
        self.server = server

    async def ask(self, request: ChatRequest = HELLO) -> tuple[str, ChatEnd]:
        """The whole answer."""
        text = ""
        async for piece in self.chat.stream(request):
            if isinstance(piece, ChatEnd):
                return text, piece
            assert isinstance(piece, ChatText)
            text += piece.text
        raise AssertionError("An answer without an end.")

    async def fails(self) -> tuple[str, str]:
        """The text that came before, and what is said of the failure."""
        text = ""
        try:
            async for piece in self.chat.stream(HELLO):
                assert isinstance(piece, ChatText)
                text += piece.text
        except EngineError as error:
            return text, str(error).replace(self.server.url, "URL")
        raise AssertionError("An answer that did not fail.")


@pytest.fixture
async def server() -> AsyncIterator[ChatServer]:
    async with ChatServer() as server:
        yield server
        assert server.wrong == []


@pytest.fixture
async def line(server: ChatServer) -> AsyncIterator[Line]:
    line = Line(server)
    yield line
    await line.chat.close()


async def test_an_answer_comes_piece_by_piece_with_its_usage_at_the_end(line: Line) -> None:
    line.server.will(says("Good ", "day."))
    pieces = [piece async for piece in line.chat.stream(HELLO)]
    assert pieces == [ChatText("Good "), ChatText("day."), ChatEnd("stop", (), "small", 70, 7)]


async def test_the_first_piece_is_there_before_the_last_is_written(line: Line) -> None:
    gate = asyncio.Event()
    line.server.will(says("Good ", gate, "day."))
    answer = line.chat.stream(HELLO)
    assert await anext(answer) == ChatText("Good ")
    gate.set()
    assert await anext(answer) == ChatText("day.")


async def test_what_is_asked_is_what_the_protocol_says(line: Line) -> None:
    await line.ask(ChatRequest(HELLO.messages, [TOOL], model="large", temperature=0.2, max_tokens=99))
    await line.ask(ChatRequest(HELLO.messages, [TOOL], may_call=False))
    await line.ask()
    usual = {"messages": HELLO.messages, "model": "small", "stream": True, "stream_options": {"include_usage": True}}
    assert line.server.requests == [
        {**usual, "model": "large", "tools": [TOOL], "temperature": 0.2, "max_tokens": 99},
        {**usual, "tools": [TOOL], "tool_choice": "none"},
        usual,
    ]


async def test_calls_are_put_together_from_their_pieces(line: Line) -> None:
    line.server.will(calls(("look", {"number": "4711"}), ("check", {"day": "Monday"}), text="One moment."))
    text, end = await line.ask()
    assert text == "One moment."
    assert end.reason == "tool_calls"
    assert end.calls == (
        ToolRequest("look", '{"number": "4711"}'),
        ToolRequest("check", '{"day": "Monday"}'),
    )


def whole_calls(*calls: dict[str, Any]) -> Behaviour:
    """Each call in one chunk, as some servers send them."""

    async def behave(exchange: Exchange) -> None:
        for call in calls:
            await exchange.delta(tool_calls=[call])
        await exchange.finish("tool_calls")

    return behave


def call(name: str, arguments: str = "{}", **more: Any) -> dict[str, Any]:
    return {**more, "function": {"name": name, "arguments": arguments}}


@pytest.mark.parametrize(
    "written",
    [
        [call("look", index=0, id="a"), call("check", index=0, id="b")],
        [call("look", id="a"), call("check", id="b")],
        [call("look"), call("check")],
        [call("look", "{", index=0, id="a"), call("look", "}", index=0, id="a"), call("check", index=1, id="b")],
    ],
    ids=["all numbered 0", "not numbered", "neither numbered nor named", "named in each piece"],
)
async def test_calls_are_told_apart_however_they_are_numbered(line: Line, written: list[dict[str, Any]]) -> None:
    line.server.will(whole_calls(*written))
    _, end = await line.ask()
    assert end.calls == (ToolRequest("look", "{}"), ToolRequest("check", "{}"))


async def test_only_the_server_of_the_settings_is_told_the_key(server: ChatServer) -> None:
    async with ChatServer() as other:
        line = Line(server, api_key=SecretStr("s3cret"))
        await line.ask()
        await line.ask(ChatRequest(HELLO.messages, base_url=other.url))
        assert server.headers[0]["authorization"] == "bearer s3cret"
        assert other.headers[0]["authorization"] == "bearer none"
        await line.chat.close()


PASSING = {
    "429": refuses(429, "rate_limit_exceeded"),
    "500": refuses(500),
    "503": refuses(503, retry_after="0"),
    "nothing": says(),
    "white space": says(" ", "\n"),
    "a page": answers("<html>Bad gateway</html>"),
    "no json": streams("data: {oops\n\n"),
    "no chunk": streams('data: [1, 2]\n\ndata: "x"\n\n'),
    "odd choices": streams('data: {"choices": 7}\n\n'),
    "an error event": streams('data: {"error": {"message": "overloaded", "code": "overloaded"}}\n\n'),
    "an end at once": breaks_off(),
    "a cut at once": breaks_off(cut=True),
}


@pytest.mark.parametrize("behaviour", PASSING.values(), ids=PASSING)
async def test_what_fails_before_a_word_has_come_is_tried_again(line: Line, behaviour: Behaviour) -> None:
    line.server.will(behaviour, says("Good day."))
    assert (await line.ask())[0] == "Good day."
    assert len(line.server.requests) == 2


FAILURES = {
    "401": (refuses(401, "invalid_api_key"), "refused with status 401 (invalid_api_key)."),
    "404": (refuses(404, "model_not_found"), "refused with status 404 (model_not_found)."),
    "no money": (refuses(429, "insufficient_quota"), "refused with status 429 (insufficient_quota)."),
    "words": (refuses(400, "Mr Smith, 4711!"), "refused with status 400."),
    "a long wait": (refuses(429, retry_after="60"), "refused with status 429 (error)."),
    "silence": (hangs(), "gave no answer within 1.5 s."),
    "a role alone": (hangs(head=True), "gave no answer within 1.5 s."),
}


@pytest.mark.parametrize(("behaviour", "said"), FAILURES.values(), ids=FAILURES)
async def test_what_will_not_pass_is_not_tried_again(line: Line, behaviour: Behaviour, said: str) -> None:
    line.server.will(behaviour)
    assert await line.fails() == ("", f"The language model at URL {said}")
    assert len(line.server.requests) == 1


BEGUN = 'data: {"choices": [{"index": 0, "delta": {"content": "Your order "}}]}\n\n'
BROKEN = {
    "ends": (breaks_off("Your order "), "hung up in the middle of its answer."),
    "is cut": (breaks_off("Your order ", cut=True), "broke off (APIConnectionError) in the middle of its answer."),
    "stops": (hangs("Your order "), "fell silent for 0.5 s in the middle of its answer."),
    "fails": (
        streams(BEGUN, 'data: {"error": {"message": "Mr Smith!", "code": "overloaded"}}\n\n'),
        "broke off (APIError) in the middle of its answer.",
    ),
    "rubbish": (
        streams(BEGUN, "data: oops\n\n"),
        "broke off (JSONDecodeError) in the middle of its answer.",
    ),
    "withheld": (says("Your order ", reason="content_filter"), "withheld its answer (content_filter)."),
}


@pytest.mark.parametrize(("behaviour", "said"), BROKEN.values(), ids=BROKEN)
async def test_what_breaks_in_the_middle_is_said_and_not_tried_again(
    line: Line, behaviour: Behaviour, said: str
) -> None:
    line.server.will(behaviour)
    text, error = await line.fails()
    assert text == "Your order "
    assert error == f"The language model at URL {said}"
    assert len(line.server.requests) == 1


async def test_all_tries_together_are_as_many_as_the_settings_say(line: Line) -> None:
    line.server.usual = refuses(500)
    assert await line.fails() == ("", "The language model at URL refused with status 500 (error).")
    assert len(line.server.requests) == 3


async def test_a_server_is_left_alone_for_as_long_as_it_asks(line: Line) -> None:
    line.server.will(refuses(429, retry_after_ms="700"), says("Good day."))
    began = time.monotonic()
    await line.ask()
    assert time.monotonic() - began >= 0.7


async def test_a_server_that_is_not_there_is_named(server: ChatServer) -> None:
    line = Line(server, base_url="http://127.0.0.1:9/v1", retries=0)
    _, error = await line.fails()
    await line.chat.close()
    assert error == "The language model at http://127.0.0.1:9/v1 cannot be reached (ConnectError)."


async def test_an_end_that_dawdles_is_not_waited_for_once_the_answer_is_whole(line: Line) -> None:
    async def never_done(exchange: Exchange) -> None:
        await exchange.delta(content="Good day.")
        await exchange.delta("stop")
        await asyncio.Event().wait()

    line.server.will(never_done)
    text, end = await line.ask()
    assert (text, end.reason, end.prompt_tokens) == ("Good day.", "stop", None)


async def test_tool_calls_without_end_are_cut_off(line: Line) -> None:
    line.server.will(calls(*[("look", {})] * 40))
    assert await line.fails() == (
        "", "The language model at URL broke off (ValueError) in the middle of its answer."
    )  # fmt: skip


async def test_an_answer_that_is_given_up_is_given_up_at_the_server(line: Line) -> None:
    line.server.will(hangs("Good "))
    answer = line.chat.stream(HELLO)
    await anext(answer)
    await answer.aclose()
    await line.server.abandoned()


@pytest.mark.parametrize(
    ("headers", "secs"),
    [
        ({}, 0),
        ({"retry-after": "2"}, 2),
        ({"retry-after": "2", "retry-after-ms": "300"}, 0.3),
        ({"retry-after": "-1"}, 0),
        ({"retry-after": "nan"}, 0),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, 0),
    ],
)
def test_the_time_that_a_server_asks_for_is_read(headers: dict[str, str], secs: float) -> None:
    assert retry_after(headers) == secs

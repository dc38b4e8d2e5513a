"""One answer from being asked for to its end."""

import asyncio
from typing import Any

import pytest

from appliance.dialogue.chat import ChatEnd, ToolRequest
from appliance.dialogue.realtime.caption import Caption, Pace
from appliance.dialogue.realtime.response import Response, ended
from appliance.errors import EngineError
from tests.dialogue.realtime.sessions import voice

CALL = {"type": "function_call", "name": "stock", "arguments": "{}", "call_id": "c1"}
ENDS: list[tuple[dict[str, Any], object]] = [
    ({"status": "completed"}, ChatEnd("stop", (), "m")),
    (
        {
            "status": "completed",
            "output": [CALL, {"type": "message"}],
            "usage": {"input_tokens": 1, "output_tokens": 2},
        },
        ChatEnd("stop", (ToolRequest("stock", "{}", "c1"),), "m", 1, 2),
    ),
    (
        {"status": "incomplete", "status_details": {"reason": "max_output_tokens"}, "output": [CALL]},
        ChatEnd("length", (), "m"),
    ),
    ({"status": "incomplete", "status_details": {"reason": "content_filter"}}, ChatEnd("stop", (), "m")),
    ({"status": "failed", "status_details": {"error": {"code": "rate_limit_exceeded"}}}, "(rate_limit_exceeded)"),
    (
        {"status": "failed", "status_details": {"error": {"message": "secret", "type": "server_error"}}},
        "(server_error)",
    ),
    ({"status": "failed"}, "(no code)"),
    ({"status": "cancelled", "status_details": {"reason": "turn_detected"}}, "(turn_detected)"),
]


@pytest.mark.parametrize(("done", "end"), ENDS)
def test_an_answer_ends_as_the_server_says(done: dict[str, Any], end: object) -> None:
    got = ended(done, "It", "m")
    if isinstance(end, str):
        assert isinstance(got, EngineError)
        assert str(got) == f"It gave its answer up {end}."
    else:
        assert got == end


@pytest.mark.parametrize("done", [{}, {"status": "completed", "output": [{"type": "function_call"}]}])
def test_rubbish_raises(done: dict[str, Any]) -> None:
    with pytest.raises(LookupError):
        ended(done, "It", "m")


async def test_pieces_come_in_order_and_the_end_is_last() -> None:
    response = Response("answer-1", Pace(), asyncio.get_running_loop().time() + 5, 5)
    item = response.add("item_1")
    item.add_text("Good day. And so on.")
    response.tell(item.add_audio(voice(1)))
    response.end(ChatEnd("stop"))
    pieces = [await response.next() for _ in range(3)]
    assert [piece.text if isinstance(piece, Caption) else piece for piece in pieces] == [
        "Good day.",
        "And so on.",
        ChatEnd("stop"),
    ]


async def test_one_that_moves_is_waited_for_and_one_that_does_not_is_late() -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    response = Response("answer-1", Pace(), began + 0.1, 0.2)
    loop.call_later(0.05, response.move)
    with pytest.raises(TimeoutError):
        await response.next()
    assert (response.has_begun, loop.time() - began >= 0.24) == (True, True)


async def test_one_that_fails_says_why_and_closes_its_sound() -> None:
    response = Response("answer-1", Pace(), asyncio.get_running_loop().time() + 5, 5)
    item = response.add("item_1")
    item.add_text("Good day. ")
    (caption,) = item.add_audio(voice(0.1))
    response.fail(EngineError("It is gone."))
    assert str(await response.next()) == "It is gone."
    assert len([pcm async for pcm in caption.audio()]) == 1
    assert not response.is_endless
    item.add_audio(voice(601))
    assert response.is_endless

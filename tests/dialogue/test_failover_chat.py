"""Several language models as one, over real sockets: whatever the first does, the caller gets an answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from appliance.dialogue.chat import ChatEnd, ChatModel, ChatPiece, ChatRequest, ChatText
from appliance.dialogue.failover_chat import BROKEN_OFF, FailoverChat
from appliance.dialogue.openai_chat import OpenAIChat
from appliance.errors import EngineError
from appliance.failover import GaveUp, Health, Lineup, Member, Serving
from appliance.settings import LLMSettings
from tests.stand_ins.chat import Behaviour, ChatServer, answers, breaks_off, calls, hangs, refuses, says, streams

HELLO = ChatRequest([{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello"}])
SPARE = ["Serving spare", "Well, what can I do for you?", "end"]


@dataclass
class Scene:
    """Two servers, ``first`` and ``spare``, as one model."""

    first: ChatServer
    spare: ChatServer
    chat: FailoverChat

    @property
    def health(self) -> Health:
        return self.chat.lineup.members[0].health


@asynccontextmanager
async def scene(usual: Behaviour | None = None, timeout_secs: float = 20, **more: Any) -> AsyncIterator[Scene]:
    async with ChatServer() as first, ChatServer() as spare:
        first.usual = usual or first.usual
        settings = {"timeout_secs": 20, "stall_secs": 0.5, "retries": 0}
        models = [
            OpenAIChat(LLMSettings.model_validate({**settings, "model": name, "base_url": server.url}))
            for name, server in (("large", first), ("small", spare))
        ]
        members = (member("first", models[0], **more), member("spare", models[1]))
        yield Scene(first, spare, FailoverChat(Lineup(members), timeout_secs=timeout_secs))
        for model in models:
            await model.close()


def member(name: str, model: ChatModel, patience_secs: float | None = None) -> Member[ChatModel]:
    return Member(model, Health("llm", name, pauses_secs=(60,)), patience_secs=patience_secs)


async def said(chat: FailoverChat, request: ChatRequest = HELLO) -> list[str]:
    """Who served or gave up, the texts between, and the end."""
    told: list[str] = []
    async with asyncio.timeout(20):
        async for piece in chat.stream(request):
            match piece:
                case Serving() | GaveUp():
                    told += [f"{type(piece).__name__} {piece.engine}", ""]
                case ChatText():
                    told[-1] += piece.text
                case ChatEnd():
                    told.append("end")
    return [text for text in told if text]


FAILURES: dict[str, Behaviour] = {
    "refuses": refuses(401, "invalid_api_key"),
    "has too many": refuses(429),
    "fails": refuses(500),
    "hangs": hangs(),
    "begins and hangs": hangs(head=True),
    "streams rubbish": streams("data: {rubbish\n\n"),
    "answers with a page": answers("<html>Bad gateway</html>"),
    "closes": breaks_off(cut=True),
    "answers with nothing": says(),
    "answers with nothing that can be said": says("*** 🎉 ***"),
    "answers in another script": says("Guten Tag heißt: ", "Здравствуйте, чем я могу вам помочь сегодня?"),
}


@pytest.mark.parametrize("how", FAILURES)
async def test_whatever_the_first_does_instead_of_answering_the_next_answers(how: str) -> None:
    async with scene(FAILURES[how], patience_secs=0.2 if "hangs" in how else None) as playing:
        if how == "answers in another script":
            playing.first.usual = says("Здравствуйте, ", "чем я могу вам помочь сегодня?")
        assert await said(playing.chat) == ["GaveUp first", *SPARE]
        assert (len(playing.first.requests), playing.health.failures) == (1, 1)
        assert playing.spare.requests[0]["messages"] == HELLO.messages


@pytest.mark.parametrize("cut", [True, False])
async def test_a_model_that_breaks_off_is_followed_by_one_that_knows_what_was_said(cut: bool) -> None:
    async with scene(breaks_off("Your order was sent. It will be th", cut=cut)) as playing:
        assert await said(playing.chat) == [
            "Serving first",
            "Your order was sent. It will be th",
            "GaveUp first",
            *SPARE,
        ]
        assert playing.spare.requests[0]["messages"] == [
            *HELLO.messages,
            {"role": "assistant", "content": "Your order was sent. It will be th"},
            {"role": "user", "content": BROKEN_OFF},
        ]
        assert playing.spare.wrong == []


async def test_one_that_stops_in_the_middle_is_followed_too() -> None:
    async with scene(hangs("Your order was sent. It will")) as playing:
        assert (await said(playing.chat))[2:] == ["GaveUp first", *SPARE]


async def test_a_model_and_an_address_that_the_dialplan_names_are_the_firsts() -> None:
    async with scene(refuses(500)) as playing:
        asked = ChatRequest(HELLO.messages, model="huge", base_url=playing.first.url, temperature=0.5)
        assert (await said(playing.chat, asked))[1:] == SPARE
        bodies = [playing.first.requests[0], playing.spare.requests[0]]
        assert [(body["model"], body["temperature"]) for body in bodies] == [("huge", 0.5), ("small", 0.5)]


async def test_one_that_is_down_is_not_asked_again_by_any_call() -> None:
    async with scene(refuses(500)) as playing:
        for _ in range(5):
            assert (await said(playing.chat))[-3:] == SPARE
        assert len(playing.first.requests) == 3
        await playing.health.close()


async def test_twenty_calls_at_once_all_get_their_answers() -> None:
    async with scene(refuses(503)) as playing:
        every = await asyncio.gather(*(said(playing.chat) for _ in range(20)))
        assert [told[-3:] for told in every] == [SPARE] * 20
        await playing.health.close()


async def test_calls_of_functions_are_an_answer() -> None:
    async with scene(calls(("look", {}))) as playing:
        assert await said(playing.chat) == ["Serving first", "end"]
        assert playing.health.failures == 0


async def test_where_all_fail_the_last_ones_failure_is_told() -> None:
    async with scene(refuses(401)) as playing:
        playing.spare.usual = refuses(403)
        with pytest.raises(EngineError, match="refused with status 403"):
            await said(playing.chat)


async def test_all_together_have_one_time_limit() -> None:
    async with scene(hangs(), timeout_secs=0.3) as playing:
        playing.spare.usual = hangs()
        began = asyncio.get_running_loop().time()
        with pytest.raises(EngineError, match="The language model spare did not begin to answer in its time"):
            await said(playing.chat)
        assert 0.3 <= asyncio.get_running_loop().time() - began < 10


def test_no_more_is_sent_than_the_least_of_them_takes() -> None:
    members = (member("a", Short(9000)), member("b", Short(3000)))
    assert FailoverChat(Lineup(members), timeout_secs=1).context_chars == 3000


class Short:
    """Takes so many characters."""

    def __init__(self, context_chars: int) -> None:
        self.context_chars = context_chars
        self.timeout_secs = 1.0

    async def stream(self, request: ChatRequest) -> Any:
        yield ChatText("Hello.")
        piece: ChatPiece = ChatEnd("stop")
        yield piece

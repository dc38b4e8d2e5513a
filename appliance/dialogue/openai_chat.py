"""Language models at any server of OpenAI's chat completions, through the openai package.

Nobody listens to silence for long: an answer has one time limit until it begins, whatever is tried within it, and
another for each pause. What fails before anything of the answer has come is tried again, after the time that the
server asks for if that is still within the limit.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import re
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Any

import openai

from appliance.dialogue.chat import ChatEnd, ChatPiece, ChatRequest, ChatText, ToolRequest
from appliance.errors import EngineError
from appliance.ops.logging import PERSONAL
from appliance.ops.openai_http import http_client
from appliance.settings.llm import LLMSettings

log = logging.getLogger(__name__)

NO_KEY = "none"
"""The package insists on one; servers without keys ignore it."""
CONNECT_SECS = 2.0
RETRY_SECS = 0.25
"""Before the second try; twice as long before each further one."""
PASSING = (408, 409, 425, 429, 500, 502, 503, 504, 529)
"""Answers that may be different in a moment."""
TAIL_SECS = 0.5
"""For what follows the answer: its usage. The last sentence waits for it."""
MOST_CALLS = 32
"""Tools that a model may want called in one answer; one that wants more has gone mad."""
MOST_ARGUMENTS = 20_000
"""Characters of one call's arguments."""
MOST_SAID = 1000
"""Characters of a server's own words that are logged, where personal data is: they may quote a caller."""

Piece = ChatText | ChatEnd


class NoAnswerError(EngineError):
    """A failure before the answer began: whether trying again may help, and after how many seconds at the earliest."""

    def __init__(self, message: str, *, passing: bool, after_secs: float = 0.0) -> None:
        super().__init__(message)
        self.passing = passing
        self.after_secs = after_secs


class OpenAIChat:
    """A ChatModel. One for all calls: connections are shared."""

    def __init__(self, settings: LLMSettings) -> None:
        self.context_chars = settings.context_chars
        self.timeout_secs = settings.timeout_secs
        self._settings = settings
        self._clients: dict[str, openai.AsyncOpenAI] = {}
        self._client(settings.base_url)  # Reads certificates, which no caller is to wait for.

    async def close(self) -> None:
        """Closes the connections."""
        for client in self._clients.values():
            await client.close()

    async def stream(self, request: ChatRequest) -> AsyncGenerator[ChatPiece, None]:
        """See ChatModel."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._settings.timeout_secs
        for tried in range(self._settings.retries + 1):
            answer = Answer(self._address(request), self._settings)
            try:
                async with contextlib.aclosing(self._try(request, answer, deadline)) as pieces:
                    async for piece in pieces:
                        yield piece
                return
            except NoAnswerError as refused:
                wait = max(refused.after_secs, RETRY_SECS * 2**tried)
                if not refused.passing or tried == self._settings.retries or loop.time() + wait >= deadline:
                    raise
                log.warning("%s Trying again.", refused)
                await asyncio.sleep(wait)

    async def _try(self, request: ChatRequest, answer: Answer, deadline: float) -> AsyncGenerator[Piece, None]:
        stream = None
        try:
            async with asyncio.timeout_at(deadline):
                stream = await self._ask(request)
            chunks = aiter(stream)
            while True:
                try:
                    async with asyncio.timeout_at(answer.limit(deadline)):
                        chunk = await anext(chunks)
                except StopAsyncIteration:
                    break
                if text := answer.take(chunk):
                    yield ChatText(text)
        except (openai.OpenAIError, ValueError, TimeoutError, OSError) as error:
            if not answer.is_whole:  # Whatever breaks behind the end of the answer does not concern the caller.
                raise answer.failure(error) from None
        finally:
            if stream is not None:
                await stream.close()
        yield answer.end()

    async def _ask(self, request: ChatRequest) -> openai.AsyncStream[object]:
        """The answer's chunks as the JSON that they are: the package's models of them would cost more than the rest."""
        asked = {
            "model": request.model or self._settings.model or "",
            "messages": list(request.messages),
            "stream": True,
            "stream_options": {"include_usage": True},
            "temperature": request.temperature,
            "max_tokens": request.max_tokens,
        }
        if request.tools:
            asked |= {"tools": list(request.tools), "tool_choice": None if request.may_call else "none"}
        return await self._client(self._address(request)).post(
            "/chat/completions",
            body={name: value for name, value in asked.items() if value is not None},
            cast_to=object,
            stream=True,
            stream_cls=openai.AsyncStream[object],
        )

    def _address(self, request: ChatRequest) -> str:
        return request.base_url or self._settings.base_url

    def _client(self, base_url: str) -> openai.AsyncOpenAI:
        """One for each server; only that of the settings is told the key."""
        if base_url not in self._clients:
            key = self._settings.api_key if base_url == self._settings.base_url else None
            self._clients[base_url] = openai.AsyncOpenAI(
                base_url=base_url,
                api_key=key.get_secret_value()
                if key
                else "none",  # The package wants one, and servers without ignore it.
                timeout=openai.Timeout(None, connect=CONNECT_SECS),
                max_retries=0,
                http_client=http_client(),
            )
        return self._clients[base_url]


@dataclass
class _Call:
    """A tool call as it comes in."""

    id: str = ""
    name: str = ""
    arguments: str = ""


@dataclass
class Answer:
    """One answer as it comes in. Servers send all kinds of things: nothing is taken for granted."""

    server: str
    settings: LLMSettings
    reason: str | None = None
    has_begun: bool = False
    calls: list[_Call] = field(default_factory=list)
    current: dict[int, _Call] = field(default_factory=dict)
    """The newest call of each number."""
    model: str = ""
    usage: Any = None

    @property
    def is_whole(self) -> bool:
        """Whether the model has said that this was all, and it was something."""
        return self.reason is not None and self.has_begun

    def limit(self, deadline: float) -> float:
        """When the next piece must be there at the latest, as the loop's time."""
        if not self.has_begun:
            return deadline
        return asyncio.get_running_loop().time() + (TAIL_SECS if self.is_whole else self.settings.stall_secs)

    def take(self, chunk: object) -> str:
        """Adds a chunk; its text. Raises ValueError for what is no chunk."""
        choices = _of(chunk, "choices")
        if not isinstance(choices, list | None):
            raise ValueError("choices that are no list")
        self.usage = _of(chunk, "usage") or self.usage
        self.model = str(_of(chunk, "model") or self.model)
        text = "".join(self._choice(choice) for choice in (choices or ())[:1])
        self.has_begun = self.has_begun or bool(text.strip()) or bool(self.calls)
        return text if self.has_begun else ""

    def _choice(self, choice: object) -> str:
        self.reason = _text(_of(choice, "finish_reason")) or self.reason
        delta = _of(choice, "delta")
        calls = _of(delta, "tool_calls")
        for position, call in enumerate(calls if isinstance(calls, list) else ()):
            self._call(position, call)
        return _text(_of(delta, "content"))

    def _call(self, position: int, call: object) -> None:
        """A call, or a piece of one. Some servers number none of their calls, or all of them 0."""
        index = _of(call, "index")
        number = index if isinstance(index, int) else position
        id_, function = _text(_of(call, "id")), _of(call, "function")
        name = _text(_of(function, "name"))
        entry = self.current.get(number)
        if entry is None or (name and entry.name and (id_ != entry.id or not id_)):
            entry = self.current[number] = _Call(id_)
            self.calls.append(entry)
        entry.id = entry.id or id_
        entry.name = entry.name or name
        entry.arguments += _text(_of(function, "arguments"))
        if len(self.calls) > MOST_CALLS or len(entry.arguments) > MOST_ARGUMENTS:
            raise ValueError("tool calls without end")

    def end(self) -> ChatEnd:
        """The whole answer's end. Raises EngineError where it is empty or not whole."""
        if not self.has_begun:
            raise NoAnswerError(f"The language model at {self.server} answered with nothing.", passing=True)
        if self.reason is None:
            raise EngineError(f"The language model at {self.server} hung up in the middle of its answer.")
        if self.reason == "content_filter":
            raise EngineError(f"The language model at {self.server} withheld its answer (content_filter).")
        calls = tuple(ToolRequest(call.name, call.arguments) for call in self.calls)
        prompt, completion = (_count(_of(self.usage, name)) for name in ("prompt_tokens", "completion_tokens"))
        return ChatEnd(self.reason, calls, self.model, prompt, completion)

    def failure(self, error: Exception) -> EngineError:
        """What went wrong, in a sentence."""
        server = f"The language model at {self.server}"
        if self.has_begun:
            secs = self.settings.stall_secs
            how = f"fell silent for {secs:g} s" if isinstance(error, TimeoutError) else f"broke off ({_kind(error)})"
            return EngineError(f"{server} {how} in the middle of its answer.")
        match error:
            case TimeoutError():
                secs = self.settings.timeout_secs
                return NoAnswerError(f"{server} gave no answer within {secs:g} s.", passing=False)
            case openai.APIStatusError():
                passing = error.status_code in PASSING and error.code != "insufficient_quota"
                log.warning("%s refused a request", server, extra={PERSONAL: {"said": error.message[:MOST_SAID]}})
                what = f"{server} refused with status {error.status_code}{_said(error)}."
                return NoAnswerError(what, passing=passing, after_secs=retry_after(error.response.headers))
            case openai.APIConnectionError():
                return NoAnswerError(f"{server} cannot be reached ({_kind(error.__cause__ or error)}).", passing=True)
            case openai.APIError():
                return NoAnswerError(f"{server} failed{_said(error)}.", passing=True)
        return NoAnswerError(f"{server} sent what is no chat completion ({_kind(error)}).", passing=True)


def retry_after(headers: Mapping[str, str]) -> float:
    """Seconds that a server asks to be left alone for, by ``retry-after-ms`` or ``retry-after``; 0 if it does not.

    A date, or what is no number, counts as not said.
    """
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        with contextlib.suppress(KeyError, ValueError):
            secs = float(headers[name]) * unit
            if secs >= 0 and not math.isnan(secs):
                return secs
    return 0.0


def _of(value: object, name: str) -> Any:
    """What an object has at ``name``; None where it has not, or is none."""
    return value.get(name) if isinstance(value, dict) else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) else None


def _kind(error: BaseException) -> str:
    return type(error).__name__


def _said(error: openai.APIError) -> str:
    """The server's code for it, if it gives one; its own words may quote the caller."""
    code = str(error.code or error.type or "")
    return f" ({code})" if re.fullmatch(r"[\w.-]{1,60}", code) else ""

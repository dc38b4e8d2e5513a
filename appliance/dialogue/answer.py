"""One answer of a language model's: what it says is passed on as it comes, what it calls is carried out, until it has
no more to call.

Calls stand in the context from the moment they are made, each with its result or the reason why there is none: whatever
cuts the answer off, no result is without its call and no call without its result.
"""

from __future__ import annotations

import contextlib
import json
import re
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from appliance.dialogue.base import (
    CallFunction,
    End,
    Expect,
    Failed,
    FunctionFailed,
    Output,
    PassOn,
    Say,
    Serves,
    Used,
    new_call_id,
    transfer_of,
)
from appliance.dialogue.chat import ChatEnd, ChatModel, ChatRequest, ChatText, ToolRequest
from appliance.dialogue.function_calls import call_of, failure_words, waiting_words
from appliance.dialogue.spoken import Spoken
from appliance.dialogue.tools import ToolCall, ToolError, Tools
from appliance.dialogue.window import conversation
from appliance.dialplan import Dialplan, LLMStep, Transfer, Value
from appliance.dialplan.language import filled
from appliance.dialplan.llm import BUILT_IN_TOOLS
from appliance.errors import EngineError
from appliance.failover import GaveUp, Serving
from appliance.frames import LLMContext, Message

MOST_ROUNDS = 5
"""So often a model may call functions before it has to say something."""
MOST_AT_ONCE = 8
"""Functions at the same time."""
NOTHING_FOUND = "Nothing was found."
CANCELLED = "Cancelled: the caller spoke before there was a result."
GOES_ON = "Still being carried out: the result comes by itself. Do not call it again."
PENDING = "A person is being asked. The answer comes later, perhaps in a minute."
ASKED_ALREADY = "A person is being asked something already: wait for that answer."
ALONE = "Call this alone, after you have told the caller what the other functions gave."
LONG_SECS = 1.5
"""Who has heard nothing for so long while a model failed hears a word before another is asked."""
_SENTENCE_END = re.compile(r"[.!?…][\"')]*(?=\s|$)")


@dataclass(frozen=True, slots=True)
class HandBack:
    """The model's part is over: the step that follows, and what has been found out."""

    next: str
    variables: Mapping[str, str]


@dataclass(slots=True)
class Asked:
    """A tool that the model wants called, and the message that its result goes into."""

    request: ToolRequest
    id: str
    message: Message
    call: ToolCall | None = None
    """None where it cannot be carried out."""

    @property
    def name(self) -> str:
        """The tool's name."""
        return self.request.name

    @property
    def as_message(self) -> Message:
        """How it stands in the context. Servers read arguments again, and what is no object would stop them."""
        arguments = json.dumps(dict(self.call.arguments)) if self.call else "{}"
        return {"id": self.id, "type": "function", "function": {"name": self.name, "arguments": arguments}}


class Answer:
    """From the caller's turn to the last word. While it ``goes_on``: ``listen``, ``take_calls``, ``take_results``."""

    def __init__(
        self,
        step: LLMStep,
        plan: Dialplan,
        model: ChatModel | None,
        tools: Tools,
        prompt: str,
        context: LLMContext,
        note: str,
        said: str,
        variables: Mapping[str, Value],
    ) -> None:
        self.goes_on = True
        self.last: list[Output | HandBack] = []
        """What comes behind all that is said: the end, or who is asked."""
        self.asks: Asked | None = None
        """What a supervisor is asked in the end."""
        self._step = step
        self._plan = plan
        self._house = filled(plan.sentences, variables)
        self._model = model
        self._tools = tools
        self._prompt = prompt
        self._context = context
        self._note = note
        self._said = said
        self._variables = variables
        self._speaks = False
        """Whether it has said anything since it was last asked."""
        self._length = 0
        self._rounds = 0
        self._requests: tuple[ToolRequest, ...] = ()
        self._running: list[Asked] = []
        self._told: dict[int, str] = {}
        """What the caller had been told before each message of calls in this reply, by the message's id()."""

    @property
    def is_mid_sentence(self) -> bool:
        """Whether the last sentence was broken off."""
        return _is_open(self._said)

    async def listen(self) -> AsyncGenerator[Output, None]:
        """What the model says until it has finished or wants something called. Raises EngineError."""
        self._requests, self._speaks = (), False
        began = time.monotonic()
        spoken, end, is_cut = Spoken(self._plan.language), None, False
        assert self._model is not None
        async with contextlib.aclosing(self._model.stream(self._request(self._model.context_chars))) as pieces:
            async for piece in pieces:
                if isinstance(piece, Serving):
                    yield Serves(piece.engine, piece.model)
                    continue
                if isinstance(piece, GaveUp):
                    yield Failed(piece.error, piece.engine)
                    if text := self._meanwhile(spoken.finish(), time.monotonic() - began):
                        yield self._say(text)
                    spoken = Spoken(self._plan.language)
                    continue
                is_last = isinstance(piece, ChatEnd)
                text, is_cut = self._within(spoken.finish() if is_last else spoken.add(_text(piece)))
                if text:
                    yield self._say(text)
                if is_last:
                    end = piece
                if is_cut:
                    break
        is_cut = is_cut or (isinstance(end, ChatEnd) and end.reason == "length")
        if spoken.has_words:  # The last sentence is to be known as whole, and nothing to stick to it.
            yield self._say(". " if is_cut and self.is_mid_sentence else " ")
        if isinstance(end, ChatEnd):
            if end.prompt_tokens is not None and end.completion_tokens is not None:
                yield Used(end.model, end.prompt_tokens, end.completion_tokens)
            self._requests = end.calls
        self.goes_on = bool(self._requests)
        if not (self.goes_on or spoken.has_words):
            raise EngineError("The language model answered with nothing that can be said.")
        if is_cut and not self.goes_on:
            yield self._say(self._house.go_on)

    def _meanwhile(self, rest: str, waited_secs: float) -> str:
        """What the caller hears while another model is asked: the end of what was said, or that it takes a moment."""
        if self._speaks or rest:
            return f"{rest}… " if _is_open(self._said + rest) else f"{rest} "
        return f"{self._house.one_moment} " if waited_secs >= LONG_SECS and not self._said else ""

    def take_calls(self, *, is_asking: bool) -> tuple[CallFunction, ...]:
        """The functions to be carried out now; ``is_asking``: a supervisor is being asked something already.

        Raises EngineError for a model that calls and calls.
        """
        if not self._requests:
            return ()
        self._rounds += 1
        if self._rounds > MOST_ROUNDS:
            raise EngineError(f"The language model called functions {self._rounds} times without an answer.")
        asked = [self._asked(request, position) for position, request in enumerate(self._requests)]
        if len(asked) == 1 and asked[0].call is not None and asked[0].name in BUILT_IN_TOOLS:
            self._end(asked[0].call)
            return ()
        calls = [one for one in asked if one.call is not None and self._may_run(one, is_asking)]
        message: Message = {"role": "assistant", "content": "", "tool_calls": [one.as_message for one in asked]}
        self._told[id(message)] = self._said
        self._context.add_messages([message, *(one.message for one in asked)])
        self._running = [one for one in calls if one is not self.asks]
        self._ask()
        return tuple(self._call(one) for one in self._running)

    def take_results(self, results: Sequence[Any]) -> list[Say]:
        """What the functions gave, in the order of the calls; what the caller is told of those that failed."""
        said: dict[str, Say] = {}
        for one, result in zip(self._running, results, strict=True):
            words = self._words_for(one.name, result)
            one.message["content"] = content_of(result, words.text if words else "")
            if words:
                said[words.text] = words
        self._running = []
        self._said += "".join(said)
        self._speaks = self._speaks or bool(said)
        return list(said.values())

    def leave(self) -> list[Asked]:
        """The caller has spoken before there were results: gives the functions up but for those that it returns."""
        running, self._running = self._running, []
        left = [one for one in running if not self._plan.functions[one.name].cancel_on_interruption]
        for one in left:
            one.message["content"] = GOES_ON
        return left

    def _words_for(self, name: str, result: Any) -> Say | None:
        return failure_words(self._plan, name, self._variables) if isinstance(result, FunctionFailed) else None

    def _call(self, asked: Asked) -> CallFunction:
        return call_of(self._plan, asked.name, _arguments(asked), self._variables, asked.id)

    def _request(self, most_chars: int) -> ChatRequest:
        said = [self._carrying(message) for message in self._context.messages]
        if self._said and not self._told:
            said.append({"role": "assistant", "content": self._said.strip()})
        if self._note:
            # The system speaks between the caller's words and what came of them in this reply.
            at = next((at for at, one in enumerate(self._context.messages) if id(one) in self._told), len(said))
            said.insert(at, {"role": "user", "content": self._note})
        llm = self._step.llm
        return ChatRequest(
            conversation(self._prompt, said, most_chars=most_chars),
            self._tools.described,
            self._may_call,
            llm.model,
            llm.base_url,
            llm.temperature,
            llm.max_tokens,
            self._plan.language,
        )

    @property
    def _may_call(self) -> bool:
        return self._rounds < MOST_ROUNDS

    def _carrying(self, message: Message) -> Message:
        """A message of calls with what was said before them, which is not in the context until it is heard."""
        told = self._told.get(id(message), "").strip()
        return {**message, "content": told} if told else message

    def _say(self, text: str) -> Say:
        self._said += text
        self._speaks = True
        return Say(text)

    def _within(self, text: str) -> tuple[str, bool]:
        """What of a text is within the longest answer, to the end of its sentence, and whether that was the end."""
        longest = self._step.llm.longest_answer
        room = longest - self._length
        self._length += len(text)
        if self._length <= longest:
            return text, False
        end = _SENTENCE_END.search(text, max(room, 0))
        if end is None:
            return text, self._length > 2 * longest
        return text[: end.end()], True

    def _asked(self, request: ToolRequest, position: int) -> Asked:
        call_id = request.id or new_call_id()
        asked = Asked(request, call_id, {"role": "tool", "tool_call_id": call_id, "content": CANCELLED})
        try:
            if position >= MOST_AT_ONCE:
                raise ToolError(f"At most {MOST_AT_ONCE} functions are called at once.")
            asked.call = self._tools.read(request)
            if request.name in BUILT_IN_TOOLS and len(self._requests) > 1:
                raise ToolError(ALONE)
        except ToolError as error:
            asked.call = None
            asked.message["content"] = content_of(FunctionFailed(str(error)))
        return asked

    def _may_run(self, asked: Asked, is_asking: bool) -> bool:
        """Whether it is called now; of those that supervisors execute only one is."""
        if self._plan.functions[asked.name].supervised is None:
            return True
        if is_asking or self.asks is not None:
            asked.message["content"] = content_of(FunctionFailed(ASKED_ALREADY))
            return False
        self.asks = asked
        return True

    def _ask(self) -> None:
        """A supervisor is asked last: the answer ends here, and goes on with what comes of it."""
        if self.asks is None:
            return
        self.goes_on = False
        self.asks.message["content"] = PENDING
        if not self._speaks:
            self.last.append(waiting_words(self._plan, self.asks.name, self._variables))
        self.last.append(self._call(self.asks))

    def _end(self, call: ToolCall) -> None:
        """The model hangs up, passes the caller on, or hands back."""
        self.goes_on = False
        arguments = dict(call.arguments)
        match call.name:
            case "done":
                outcome = arguments.pop("outcome")
                named = {self._step.save_as: outcome} if self._step.save_as else {}
                self.last = [HandBack(self._step.done[outcome], {**arguments, **named})]
            case "hang_up":
                self.last = self._farewell(arguments.get("farewell") or self._house.goodbye, End("completed"))
            case _:
                self.last = self._farewell(
                    arguments.get("say") or self._house.connecting, PassOn(self._transfer(arguments))
                )

    def _transfer(self, arguments: Mapping[str, Any]) -> Transfer:
        to = self._step.transfer_to.get(arguments.get("to", ""))
        if to is None:
            assert self._plan.fallback.transfer is not None
            return Transfer(self._plan.fallback.transfer)
        return transfer_of(to, self._variables, arguments.get("summary"))

    def _farewell(self, text: str, end: End | PassOn) -> list[Output | HandBack]:
        if self._speaks:
            return [Expect(None), end]
        spoken = Spoken(self._plan.language)
        words = spoken.add(text) + spoken.finish()
        return [Expect(None), *([Say(words)] if words else []), end]


def content_of(result: Any, heard: str = "") -> str:
    """A function's result as the model reads it; ``heard`` is what the caller has been told of its failure."""
    if isinstance(result, FunctionFailed):
        told = {"the caller has heard": heard.strip()} if heard else {}
        return json.dumps({"error": result.error, **told}, ensure_ascii=False)
    if result is None:
        return NOTHING_FOUND
    return result if isinstance(result, str) else json.dumps(result, ensure_ascii=False)


def _is_open(said: str) -> bool:
    """Whether a text ends in the middle of a sentence."""
    said = said.rstrip()
    return bool(said) and not _SENTENCE_END.search(said, max(len(said) - 3, 0))


def _text(piece: ChatText | ChatEnd) -> str:
    return piece.text if isinstance(piece, ChatText) else ""


def _arguments(asked: Asked) -> Mapping[str, Any]:
    assert asked.call is not None
    return asked.call.arguments

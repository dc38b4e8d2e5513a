"""Conversations with a language model, without a pipeline: the dialogue, the real client, and a server's stand-in."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from appliance.dialogue.base import (
    CallFunction,
    CallFunctions,
    End,
    Expect,
    Failed,
    FunctionFailed,
    Output,
    PassOn,
    Say,
    Turn,
    TurnKind,
    Used,
)
from appliance.dialogue.openai_chat import OpenAIChat
from appliance.dialogue.scripted import ScriptedDialogue
from appliance.dialplan import load_dialplan
from appliance.dialplan.loaded import LoadedDialplan
from appliance.frames import LLMContext
from appliance.functions import Functions
from appliance.settings import LLMSettings
from tests.stand_ins.chat import ChatServer

PLAN = """\
name: Talk
numbers: ["*"]
greeting: Good day.
function_call_report_level: {"*": full}
fallback: {say: We have a technical problem., transfer: "+15555550199"}
functions:
  stock: {description: What is there., table: {"12": {left: three}, "34": none}, parameters: {item: Its number}}
  weight: {table: {"12": 40 grams}}
  refund:
    supervised: {say: I am asking., fallback: Nobody is there., timeout_secs: 9}
    parameters: {order: Its number, amount: {type: integer}}
steps:
  talk:
    llm: You are Ann, and {{ caller }} calls.
    opening: How can I help you?
    functions: [stock, weight, refund]
    may: [hang_up, transfer]
    transfer_to: {sales: "+15555550198"}
    done: {booked: confirm, lost: bye}
    collect: {day: The day}
    save_as: outcome
    otherwise: bye
  confirm: {say: "It is {{ outcome }} for {{ day }}.", next: bye}
  bye: {hang_up: Bye.}
"""


class Conversation:
    """A caller and the dialogue. Everything that is said is heard, unless a test cuts it short."""

    def __init__(self, loaded: LoadedDialplan, server: ChatServer, **settings: Any) -> None:
        quick = {"timeout_secs": 1, "stall_secs": 0.5, "retries": 0, "model": "small", "base_url": server.url}
        self.chat = OpenAIChat(LLMSettings.model_validate({**quick, **settings}))
        self.server = server
        self.loaded = loaded
        self.context = LLMContext()
        self.functions = Functions(loaded.plan)
        self.dialogue = ScriptedDialogue(loaded.plan, loaded.expectations, caller="+1555", called="", model=self.chat)
        self.outputs: list[Output] = []
        """What came of the last turn."""
        self.called: list[tuple[str, dict[str, Any]]] = []
        """The functions that were called, in order."""
        self.breaks: set[str] = set()
        """Functions that fail."""

    async def begin(self) -> str:
        """The call is answered; what the caller hears."""
        return await self.turn(TurnKind.GREETING)

    async def says(self, text: str) -> str:
        """The caller says something; what the bot says to it."""
        self.context.add_message({"role": "user", "content": text})
        return await self.turn(TurnKind.SPEECH, text)

    async def turn(self, kind: TurnKind, text: str = "", result: Any = None, call_id: str = "") -> str:
        """Any turn; what the caller hears."""
        self.outputs = []
        async with contextlib.aclosing(self.dialogue.reply(Turn(kind, self.context, text, result, call_id))) as outputs:
            answer: Any = None
            with contextlib.suppress(StopAsyncIteration):
                while True:
                    output = await outputs.asend(answer)
                    self.outputs.append(output)
                    answer = await self._perform(output)
        self.hears(self.said)
        return self.said

    async def _perform(self, output: Output) -> Any:
        if isinstance(output, CallFunction) and output.wait_secs is not None:
            self.called.append((output.name, dict(output.arguments)))
        if isinstance(output, CallFunctions):
            return [await self._call(call) for call in output.calls]
        return None

    async def _call(self, call: CallFunction) -> Any:
        self.called.append((call.name, dict(call.arguments)))
        if call.name in self.breaks:
            return FunctionFailed("it is out of order")
        return await self.functions.call(call.name, call.arguments)

    def hears(self, text: str) -> None:
        """What the caller has heard goes into the context."""
        if text:
            self.context.add_message({"role": "assistant", "content": text})

    @property
    def said(self) -> str:
        """The last turn's words."""
        return " ".join("".join(output.text for output in self.outputs if isinstance(output, Say)).split())

    @property
    def end(self) -> End | PassOn | None:
        """How the call ended in the last turn, if it did."""
        return next((output for output in self.outputs if isinstance(output, End | PassOn)), None)

    @property
    def failed(self) -> list[str]:
        """What supervisors and the operator were told in the last turn."""
        errors = [output.error for output in self.outputs if isinstance(output, Failed)]
        return [error.replace(self.server.url, "URL") for error in errors]

    @property
    def kinds(self) -> list[str]:
        """The kinds of the last turn's outputs, words and costs aside."""
        return [type(output).__name__ for output in self.outputs if not isinstance(output, Say | Used | Expect)]

    @property
    def asked(self) -> list[dict[str, Any]]:
        """The messages of the last request, the instructions aside."""
        messages: list[dict[str, Any]] = self.server.requests[-1]["messages"]
        return messages[1:]

    @property
    def results(self) -> list[str]:
        """What the model was told of its calls in the last request."""
        return [message["content"] for message in self.asked if message["role"] == "tool"]


@contextlib.asynccontextmanager
async def talking(directory: Path, plan: str = PLAN, **settings: Any) -> AsyncIterator[Conversation]:
    """A conversation that has not begun; in the end nothing may have been asked wrongly."""
    file = directory / "talk.yaml"
    file.write_text(plan)
    loaded = load_dialplan(file)
    assert isinstance(loaded, LoadedDialplan), [str(problem) for problem in loaded]
    async with ChatServer() as server:
        conversation = Conversation(loaded, server, **settings)
        try:
            yield conversation
        finally:
            await conversation.chat.close()
        assert server.wrong == []

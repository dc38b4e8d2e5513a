"""A language model's part of a call: what it is told, what becomes of its answers, and what is said when it fails."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any

from appliance.dialogue.answer import Answer, HandBack, content_of
from appliance.dialogue.base import (
    CallFunctions,
    End,
    Expect,
    Failed,
    FunctionFailed,
    Output,
    Say,
    Turn,
    TurnKind,
    say,
)
from appliance.dialogue.chat import ChatModel
from appliance.dialogue.function_calls import NO_RESULT, failure_words, waiting_words
from appliance.dialogue.tools import Tools
from appliance.dialplan import Dialplan, LLMStep, Value, fill
from appliance.errors import EngineError
from appliance.frames import LLMContext, Message

RULES = """\
You speak with a caller on the telephone; what you write is read out to them. Write as people speak: English, short
sentences, two or three at a time, no lists, no markup, no links; dates, prices and abbreviations in words. You read
what was understood of the caller's words, and mistakes happen there: ask when in doubt. Digits alone are keys that the
caller pressed. A text in [brackets] comes from the telephone system, not from the caller. Never invent what a function
could tell you, and never say that you have done what you have not."""
BEGIN = "[The call is yours now. Begin.]"
GO_ON = "[Go on, by what you have been told last.]"
RESUMED = "[The line was cut and is back; the caller has heard an apology. Say again, in short, where you were.]"
NOT_TAKEN = """\
[The caller was not put through ({result}) and is back with you. Tell them so, and offer what else you can do.]"""
MOST_FAILURES = 1
"""So often in a row the same engine may fail; then the dialplan's fallback takes the call."""
_PATIENT = (TurnKind.RESUMED, TurnKind.NO_INPUT, TurnKind.NO_MATCH)


class FreeSpeech:
    """What is expected of a caller who may say anything: no grammar, and keys until a # or a pause."""

    grammar = None
    hints = ()

    def is_complete(self, text: str) -> bool:
        """No transcript is known to be all that the caller wants to say."""
        return False

    def keys_complete(self, keys: str) -> bool:
        """Whether no further key is waited for."""
        return keys.endswith("#")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A function whose result comes later, and where that goes in the context."""

    name: str
    message: Message
    call_id: str


class Talk:
    """One caller's conversation with a language model, from the step's beginning until it is handed back."""

    rules = RULES

    def __init__(self, step: LLMStep, plan: Dialplan, model: ChatModel | None, variables: Mapping[str, Value]) -> None:
        self.first: tuple[Output, ...] = (Expect(FreeSpeech()),)
        """What each reply begins with."""
        self.last: tuple[Output, ...] = ()
        """What follows when the call is handed back."""
        self._step = step
        self._plan = plan
        self._model = model
        self._variables = variables
        self._prompt = f"{self.rules}\n\n{fill(step.llm.prompt, variables)}"
        self._tools = Tools(step, plan)
        self._waits: Waiting | None = None
        self._left: dict[str, Waiting] = {}
        """Functions that go on although the caller has spoken, by the call's id."""
        self._tries = 0
        self._failures: Counter[str] = Counter()

    def use(self, options: Mapping[str, Any]) -> None:
        """Options of the step's `llm` that hold from the next answer on."""
        self._step = self._step.model_copy(update={"llm": self._step.llm.model_copy(update=dict(options))})

    def begin(self, turn: Turn, said: str) -> AsyncGenerator[Output | HandBack, Any]:
        """The step begins; ``said`` is what the caller has been told in this reply before."""
        if self._step.opening:
            return self._reply(turn, [self._say(self._step.opening)])
        return self._reply(turn, [], BEGIN, said=said, begins=True)

    def reply(self, turn: Turn) -> AsyncGenerator[Output | HandBack, Any]:
        """Answers a turn; a HandBack comes last, if at all."""
        return self._reply(turn, *self._first(turn))

    async def _reply(
        self,
        turn: Turn,
        first: list[Output | HandBack],
        note: str | None = None,
        *,
        said: str = "",
        begins: bool = False,
    ) -> AsyncGenerator[Output | HandBack, Any]:
        """Says ``first``; with a ``note`` (of the telephone system's, perhaps empty) the model answers, too."""
        for output in (*self.first, *first):
            yield output
            said += output.text if isinstance(output, Say) else ""
        if note is None:
            return
        answer = self._answer(turn.context, note, said)
        try:
            while answer.goes_on:
                async with contextlib.aclosing(answer.listen()) as outputs:
                    async for output in outputs:
                        yield output
                if calls := answer.take_calls(is_asking=self._waits is not None):
                    try:
                        results = yield CallFunctions(calls)
                    except GeneratorExit:
                        self._left |= {one.id: Waiting(one.name, one.message, one.id) for one in answer.leave()}
                        raise
                    for words in answer.take_results(results):
                        yield words
            if answer.asks is not None:
                self._waits = Waiting(answer.asks.name, answer.asks.message, answer.asks.id)
            self._failures.clear()
            for output in answer.last:
                yield output
        except EngineError as error:
            if answer.is_mid_sentence:
                yield Say(". ")
            for output in self._failed(str(error), is_hopeless=begins):
                yield output

    def _answer(self, context: LLMContext, note: str, said: str) -> Answer:
        return Answer(
            self._step, self._plan, self._model, self._tools, self._prompt, context, note, said, self._variables
        )

    def _first(self, turn: Turn) -> tuple[list[Output | HandBack], str | None]:
        """What is said at once, and a note for the model if it is to answer."""
        waits = self._waits or next(iter(self._left.values()), None)
        if waits is not None and turn.kind in _PATIENT:
            return [waiting_words(self._plan, waits.name, self._variables)], None
        match turn.kind:
            case TurnKind.NO_INPUT | TurnKind.NO_MATCH:
                return self._nothing(turn.kind)
            case TurnKind.ENGINE_FAILED if turn.text == "tts":
                return [End("engine failed", self._plan.fallback.transfer, apology=True)], None
            case TurnKind.ENGINE_FAILED:
                return self._failed(None, turn.text), None
            case TurnKind.RESULT | TurnKind.NO_RESULT:
                return self._answered(turn)
            case TurnKind.RESUMED:
                return [self._say(self._plan.sentences.cut_off)], RESUMED
            case TurnKind.NOT_TAKEN:
                return [], NOT_TAKEN.format(result=turn.text)
            case TurnKind.CONTINUE | TurnKind.GREETING:
                return [], GO_ON
        self._tries = 0
        return [], ""

    def _nothing(self, kind: TurnKind) -> tuple[list[Output | HandBack], str | None]:
        self._tries += 1
        if self._tries >= self._step.tries:
            return [HandBack(self._step.otherwise, {})], None
        return self._ask_again(self._say(self._step.no_input if kind is TurnKind.NO_INPUT else self._step.no_match))

    def _ask_again(self, text: Say) -> tuple[list[Output | HandBack], str | None]:
        return [text], None

    def _answered(self, turn: Turn) -> tuple[list[Output | HandBack], str | None]:
        """A result that was waited for, or that there is none, goes where the model looks for it."""
        waits = self._left.pop(turn.call_id, None)
        if waits is None:
            waits, self._waits = self._waits, None
        if waits is None or turn.call_id not in ("", waits.call_id):
            self._waits = waits
            return [], None
        result = NO_RESULT if turn.kind is TurnKind.NO_RESULT else turn.result
        is_failed = isinstance(result, FunctionFailed)
        words = failure_words(self._plan, waits.name, self._variables) if is_failed else None
        waits.message["content"] = content_of(result)
        note = f"[The result of {waits.name} has come: {waits.message['content']}]"
        if turn.kind is TurnKind.NO_RESULT:
            note = f"[Nobody has answered {waits.name} in time. Go on.]"
        return [words] if words else [], note

    def _failed(
        self, error: str | None, engine: str = "dialogue", *, is_hopeless: bool = False
    ) -> list[Output | HandBack]:
        """What the caller hears of a failure; ``error`` is what has not been told of it yet."""
        self._failures[engine] += 1
        told: list[Output | HandBack] = [Failed(error)] if error else []
        if is_hopeless or self._failures[engine] > MOST_FAILURES:
            end = End("engine failed", self._plan.fallback.transfer)
            return [*told, Expect(None), self._say(self._plan.fallback.say), end]
        return [*told, self._say(self._step.no_match)]

    def _say(self, text: str) -> Say:
        return say(text, self._variables)

"""The part of a call in which a model talks that hears and speaks itself.

It differs from other models' parts in what is told how: there is no text that is read out, so what the step says at its
beginning and where nothing comes the model is asked to say, in its own voice. What is said of failures is spoken by
the synthesizer, as the rest of the dialplan is.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Mapping
from typing import Any

from appliance.dialogue.answer import Answer, HandBack
from appliance.dialogue.base import Expect, Listen, Output, Say, Serves, Turn, Used
from appliance.dialogue.chat import ChatEnd
from appliance.dialogue.llm import BEGIN, FreeSpeech, Talk
from appliance.dialogue.realtime import wire
from appliance.dialogue.realtime.caption import Caption
from appliance.dialogue.realtime.model import DirectModel
from appliance.dialogue.realtime.session import Brief, RealtimeSession
from appliance.dialplan import Dialplan, LLMStep, Value
from appliance.errors import EngineError
from appliance.frames import LLMContext

RULES = """\
You speak with a caller on the telephone. Speak as people do there: English, in short sentences, two or three at a time,
and ask when you are not sure what you heard. A text in [brackets] comes from the telephone system, not from the caller:
do what it says, and do not mention it. Digits alone are keys that the caller pressed. Never invent what a function
could tell you, and never say that you have done what you have not. Say goodbye before you hang up, and that you are
connecting the caller before you transfer the call."""
OPENING = "[The call is yours now. Begin with these words: {text}]"
SAY = "[The caller has said nothing, or nothing that could be understood. Say: {text}]"
TOKENS_A_CHARACTER = 2
"""Of speech: twenty a second, fifteen characters a second, and the transcript's own."""
MOST_TOKENS = 4096


class RealtimeTalk(Talk):
    """See Talk; the session lives as long as the step."""

    rules = RULES

    def __init__(self, step: LLMStep, plan: Dialplan, model: DirectModel, variables: Mapping[str, Value]) -> None:
        super().__init__(step, plan, None, variables)
        brief = Brief(self._prompt, self._tools.described, plan.language, plan.turn.silence_secs)
        self._session = RealtimeSession(model, brief)
        self.first = (Listen(self._session), Expect(FreeSpeech()))
        self.last = (Listen(None),)

    def begin(self, turn: Turn, said: str) -> AsyncGenerator[Output | HandBack, Any]:
        """See Talk."""
        opening = self._step.opening
        note = OPENING.format(text=self._say(opening).text.strip()) if opening else BEGIN
        return self._reply(turn, [], note, said=said, begins=True)

    def _ask_again(self, text: Say) -> tuple[list[Output | HandBack], str | None]:
        return [], SAY.format(text=text.text.strip())

    def _answer(self, context: LLMContext, note: str, said: str) -> Answer:
        return RealtimeAnswer(
            self._session, self._step, self._plan, None, self._tools, self._prompt, context, note, said, self._variables
        )


class RealtimeAnswer(Answer):
    """See Answer: what is said comes with its sound."""

    def __init__(self, session: RealtimeSession, *args: Any) -> None:
        super().__init__(*args)
        self._session = session
        self._notes: list[wire.Event] = []
        if said := self._said.strip():
            session.told(said)
            self._notes.append(wire.text_item("assistant", said))
        if self._note:
            self._notes.append(wire.text_item("system", self._note))

    async def listen(self) -> AsyncGenerator[Output, None]:
        """See Answer."""
        self._requests, self._speaks = (), False
        notes, self._notes = self._notes, []
        yield Serves(self._session.name, self._session.model)
        end: ChatEnd | None = None
        answer = self._session.answer(
            self._context, notes, may_call=self._may_call, max_tokens=_most_tokens(self._step)
        )
        async with contextlib.aclosing(answer) as pieces:
            async for piece in pieces:
                match piece:
                    case Caption():
                        yield Say(self._say(piece.text + " ").text, voiced=piece)
                    case ChatEnd():
                        end = piece
                    case _:
                        yield self._say(piece.text)
        assert end is not None
        if end.prompt_tokens is not None and end.completion_tokens is not None:
            yield Used(end.model, end.prompt_tokens, end.completion_tokens)
        self._requests = end.calls
        self.goes_on = bool(end.calls)
        if not (self.goes_on or self._speaks):
            raise EngineError("The speech-to-speech engine answered with nothing.")
        if end.reason == "length" and not self.goes_on:
            yield self._say(self._house.go_on)


def _most_tokens(step: LLMStep) -> int:
    return min(step.llm.max_tokens or step.llm.longest_answer * TOKENS_A_CHARACTER, MOST_TOKENS)

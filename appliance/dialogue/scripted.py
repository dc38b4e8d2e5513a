"""The scripted dialogue: walks through a dialplan's steps."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import AsyncGenerator, Generator, Iterator, Mapping
from typing import Any

from appliance.dialogue import message
from appliance.dialogue.answer import HandBack
from appliance.dialogue.base import (
    End,
    Expect,
    FunctionFailed,
    Output,
    PassOn,
    Say,
    SetRecording,
    Turn,
    TurnKind,
    say,
    transfer_of,
)
from appliance.dialogue.chat import ChatModel
from appliance.dialogue.confirmation import Unconfirmed, unconfirmed
from appliance.dialogue.expectations import AskExpectation, Patience
from appliance.dialogue.function_calls import NO_RESULT, call_of, failure_words, waiting_words
from appliance.dialogue.llm import Talk
from appliance.dialogue.metadata import metadata_of
from appliance.dialogue.realtime.model import DirectModel
from appliance.dialplan import expect as dialplan_expect
from appliance.dialplan.expect import Answer
from appliance.dialplan.functions import REFUSED
from appliance.dialplan.llm import LLMStep
from appliance.dialplan.machine_texts import value_of
from appliance.dialplan.message import MessageStep
from appliance.dialplan.recording import RecordingStep
from appliance.dialplan.schema import Dialplan
from appliance.dialplan.steps import AskStep, BranchStep, CallStep, HangUpStep, SayStep, SetStep
from appliance.dialplan.template import Value, fill
from appliance.dialplan.transfer import TransferStep
from appliance.errors import EngineError
from appliance.frames import KeysAhead

MOST_STEPS = 100
"""Steps in one reply: more of them are a circle that the checks could not see."""
AT_ONCE = ("table", "hours")
"""Kinds of functions that nobody waits for."""
MOST_PARTS = 5
"""So are more parts of language models."""


class ScriptedDialogue:
    """One caller's way through a dialplan."""

    def __init__(
        self,
        plan: Dialplan,
        expectations: Mapping[str, dialplan_expect.Expectation],
        *,
        caller: str = "",
        called: str = "",
        model: ChatModel | None = None,
        realtime: Mapping[str, DirectModel] | None = None,
    ) -> None:
        """``model`` talks with the caller where a step says so, or one of ``realtime`` where it names one."""
        self._plan = plan
        self._expectations = expectations
        self._variables: dict[str, Value] = {**plan.variables, "caller": caller, "called": called}
        self._asked: str | None = None
        """The ask step whose answer is awaited."""
        self._unconfirmed: Unconfirmed | None = None
        """Its answer, while the caller is asked whether it was that."""
        self._waits: CallStep | None = None
        """The step whose function a supervisor is to answer, or that goes on although the caller speaks."""
        self._waits_for = ""
        """The id of its call."""
        self._takes: str | None = None
        """The step that announces a message, or whose message is being taken."""
        self._is_taking = False
        self._model = model
        self._realtime = realtime or {}
        self._options: dict[str, Any] = {}
        """What supervisors have set of language models."""
        self._talk: Talk | None = None
        """The language model's part, while the call is in its hands."""
        self._left: TransferStep | None = None
        """The step in which the caller was handed over."""
        self._tries = 0
        self._failures: Counter[str] = Counter()
        self._way: list[str] = []

    def facts(self) -> Mapping[str, Any]:
        """The steps walked through, the variables collected, without the caller's numbers, and the metadata."""
        own = {name: value for name, value in self._variables.items() if name not in Dialplan.BUILT_IN}
        return {"steps": list(self._way), "variables": own, "metadata": metadata_of(self._plan, self._variables)}

    @property
    def variables(self) -> Mapping[str, Value]:
        """What has been collected until now, the two numbers among it."""
        return self._variables

    def use(self, options: Mapping[str, Any]) -> None:
        """Options of language models (as in a step's `llm`) that hold from now on, whatever the steps say."""
        self._options |= options
        if self._talk is not None:
            self._talk.use(options)

    @property
    def reads_context(self) -> bool:
        """Whether what is written into the context means anything to it, besides the caller's last words."""
        return any(isinstance(step, LLMStep) for step in self._plan.steps.values())

    async def reply(self, turn: Turn) -> AsyncGenerator[Output, Any]:
        """Goes on from the open question, or from the start; a language model's part is its own."""
        part = self._talk.reply(turn) if self._talk else None
        first, step = ([], None) if part else self._begin(turn)
        for _ in range(MOST_PARTS):
            if part is None:
                said = ""
                walk = self._from(first, step)
                result: Any = None
                with contextlib.suppress(StopIteration):
                    while True:
                        output = walk.send(result)
                        said += output.text if isinstance(output, Say) else ""
                        result = yield output
                if self._talk is None:
                    return
                part = self._talk.begin(turn, said)
            async with contextlib.aclosing(part) as outputs:
                back, result = None, None
                with contextlib.suppress(StopAsyncIteration):
                    while back is None:
                        given = await outputs.asend(result)
                        if isinstance(given, HandBack):
                            back = given
                        else:
                            result = yield given
            if back is None:
                return
            assert self._talk is not None
            first, step = list(self._talk.last), back.next
            self._talk, part = None, None
            self._variables |= back.variables
        raise EngineError(f"dialplan {self._plan.name!r} goes round in circles at step {step!r}")

    def _from(self, first: list[Output], step: str | None) -> Generator[Output, Any, None]:
        yield from first
        yield from self._walk(step)

    def _begin(self, turn: Turn) -> tuple[list[Output], str | None]:
        """What is said at once, and the step that follows."""
        match turn.kind:
            case TurnKind.GREETING:
                greeting = self._plan.greeting
                return [self._say(greeting)] if greeting else [], self._plan.first_step
            case TurnKind.MESSAGE:
                return self._message_over(turn)
            case TurnKind.RESUMED | TurnKind.CONTINUE:
                sorry = [self._say(self._plan.sentences.cut_off)] if turn.kind is TurnKind.RESUMED else []
                again, step = self._again()
                return [*sorry, *again], step or (None if again or self._is_taking else self._plan.first_step)
            case TurnKind.NOT_TAKEN:
                return self._not_taken()
            case TurnKind.ENGINE_FAILED:
                return self._failed(turn.text)
            case TurnKind.RESULT | TurnKind.NO_RESULT:
                return self._answered(turn)
            case _ if self._waits or self._takes:
                return self._again()
            case _:
                return self._heard(turn)

    def _again(self) -> tuple[list[Output], str | None]:
        """The open question, or what is said before a message, or of the supervisor who is being asked."""
        if self._waits is None:
            return [], self._asked if self._is_taking else self._asked or self._takes
        return [waiting_words(self._plan, self._waits.call, self._variables)], None

    def _not_taken(self) -> tuple[list[Output], str | None]:
        """The caller is back: on to the step for that, or to the open question, or goodbye."""
        step, self._left = self._left, None
        if step is not None and step.transfer.no_answer:
            return [], step.transfer.no_answer
        again, following = self._again()
        if again or following:
            return [self._say(self._plan.sentences.not_taken), *again], following
        return [self._say(self._plan.sentences.not_taken), End("nobody took the call")], None

    def _message_over(self, turn: Turn) -> tuple[list[Output], str | None]:
        name, self._takes, self._is_taking = self._takes, None, False
        if name is None:
            return [], None
        transfer_to = self._plan.fallback.transfer
        return message.over(name, self._step(name), turn, self._variables, transfer_to)

    def _failed(self, engine: str) -> tuple[list[Output], str | None]:
        if self._takes and engine != "tts":
            return [], None if self._is_taking else self._takes  # A message needs no engine.
        self._failures[engine] += 1
        again, step = self._again()
        if engine == "tts" or self._failures[engine] > 1 or not (again or step):
            return [End("engine failed", self._plan.fallback.transfer, apology=True)], None
        return [self._say(self._plan.sentences.misheard), *again], step

    def _answered(self, turn: Turn) -> tuple[list[Output], str | None]:
        """Where the result leads that was waited for, or that there is none."""
        step = self._waits
        if step is None or turn.call_id not in ("", self._waits_for):
            return [], None
        self._waits = None
        return self._led_on(step, NO_RESULT if turn.kind is TurnKind.NO_RESULT else turn.result)

    def _led_on(self, step: CallStep, result: Any) -> tuple[list[Output], str | None]:
        """What is said of a function's result, and the step that follows."""
        failed = isinstance(result, FunctionFailed)
        if step.save_as:
            self._variables[step.save_as] = "" if result is None or failed else result
        if failed:
            return self._without_result(step)
        is_refused = self._plan.functions[step.call].supervised is not None and result == REFUSED
        return [], step.not_found if result is None or is_refused else step.found

    def _without_result(self, step: CallStep) -> tuple[list[Output], str | None]:
        """What is said of a function that has failed, and the step that follows; without one the dialplan's fallback.

        That there is nothing would be a lie, but where it is a colleague who has not answered.
        """
        words = failure_words(self._plan, step.call, self._variables)
        said: list[Output] = [words] if words else []
        following = step.failed or (step.not_found if self._plan.functions[step.call].supervised else None)
        if following is not None:
            return said, following
        return [*said, End("function failed", self._plan.fallback.transfer, apology=words is None)], None

    def _heard(self, turn: Turn) -> tuple[list[Output], str | None]:
        """The step that the caller's answer leads to, or else what is said before the same answer is awaited again."""
        if self._asked is None:
            return [], None
        if self._unconfirmed is not None:
            return self._confirmed(turn, self._unconfirmed)
        ask, expectation = self._step(self._asked), self._expectations[self._asked]
        assert isinstance(ask, AskStep)
        answer = self._answer(turn, expectation)
        if answer is not None:
            self._failures.clear()
            self._variables |= {name: fill(text, self._variables) for name, text in answer.set.items()}
            if ask.save_as:
                self._variables[ask.save_as] = answer.value
            self._unconfirmed = unconfirmed(ask, answer, expectation)
            if self._unconfirmed is None:
                return [], answer.next
            return self._ask(self._unconfirmed.question, self._unconfirmed.expectation), None
        again = (ask.no_input if turn.kind is TurnKind.NO_INPUT else ask.no_match) or ask.ask
        return self._try_again(ask, expectation, again)

    def _confirmed(self, turn: Turn, said: Unconfirmed) -> tuple[list[Output], str | None]:
        """Where yes, no, or what may be said anywhere leads; otherwise it is asked once more whether it was that."""
        answer = self._answer(turn, said.expectation)
        if answer is None and (again := said.asked_again(turn)):
            return self._ask(again, said.expectation), None
        self._unconfirmed = None
        if answer is None or answer.name == "no":
            assert self._asked is not None
            return self._try_again(said.step, self._expectations[self._asked], said.step.ask)
        if answer.name == "yes":
            return [], said.answer.next
        self._variables |= {name: fill(text, self._variables) for name, text in answer.set.items()}
        return [], answer.next

    def _try_again(
        self, ask: AskStep, expectation: dialplan_expect.Expectation, text: str
    ) -> tuple[list[Output], str | None]:
        self._tries += 1
        if self._tries >= ask.tries:
            return [], ask.otherwise
        return self._ask(text, expectation), None

    def _ask(self, text: str, expectation: dialplan_expect.Expectation) -> list[Output]:
        return [self._say(text), Expect(AskExpectation(expectation))]

    @staticmethod
    def _answer(turn: Turn, expectation: dialplan_expect.Expectation) -> Answer | None:
        if turn.kind is TurnKind.KEYS:
            answer = expectation.interpret_keys(turn.text, complete=True)
            return answer if isinstance(answer, Answer) else None
        return expectation.interpret(turn.text) if turn.kind is TurnKind.SPEECH else None

    def _walk(self, name: str | None) -> Generator[Output, Any, None]:
        """Takes steps until one asks something or ends the call."""
        for _ in range(MOST_STEPS):
            if name is None:
                return
            self._way.append(name)
            step = self._step(name)
            match step:
                case SayStep():
                    yield self._say(step.say)
                    name = step.next
                case AskStep():
                    if name != self._asked:
                        self._tries = 0
                    self._asked, self._unconfirmed = name, None
                    yield from self._ask(step.ask, self._expectations[name])
                    return
                case BranchStep():
                    name = step.when.get(fill(step.branch, self._variables), step.otherwise)
                case SetStep():
                    self._variables |= {key: fill(text, self._variables) for key, text in step.set.items()}
                    name = step.next
                case LLMStep():
                    self._talk = self._handed_over(step)
                    self._talk.use(self._options)
                    return
                case CallStep():
                    name = yield from self._call(step)
                case RecordingStep():
                    yield SetRecording(step.recording == "pause")
                    name = step.next
                case MessageStep():
                    self._asked, self._takes = None, name
                    yield from message.begun(step, self._variables)
                    self._is_taking = True
                    return
                case TransferStep():
                    yield from self._pass_on(step)
                    return
                case HangUpStep():
                    yield from self._end(step.hang_up, End("completed"))
                    return
        raise EngineError(f"dialplan {self._plan.name!r} goes round in circles at step {name!r}")

    def _pass_on(self, step: TransferStep) -> Iterator[Output]:
        """The open question stays open: perhaps the caller comes back to it."""
        self._left = step
        yield Expect(None)
        if step.transfer.say:
            yield self._say(step.transfer.say)
        yield PassOn(transfer_of(step.transfer, self._variables))

    def _handed_over(self, step: LLMStep) -> Talk:
        self._asked = None
        if step.llm.engine is not None:
            return self._talked_with(step, step.llm.engine)
        if self._model is None:
            raise EngineError(f"dialplan {self._plan.name!r} needs a language model, and there is none")
        return Talk(step, self._plan, self._model, self._variables)

    def _talked_with(self, step: LLMStep, engine: str) -> Talk:
        if engine not in self._realtime:
            raise EngineError(f"dialplan {self._plan.name!r} needs the engine {engine!r}, and there is none")
        from appliance.dialogue.realtime.talk import RealtimeTalk  # Few calls need it, and it takes its time.

        return RealtimeTalk(step, self._plan, self._realtime[engine], self._variables)

    def _call(self, step: CallStep) -> Generator[Output, Any, str | None]:
        arguments = {key: value_of(text, self._variables) for key, text in step.arguments.items()}
        call = call_of(self._plan, step.call, arguments, self._variables)
        if call.wait_secs is not None:
            yield waiting_words(self._plan, step.call, self._variables)
            yield Expect(Patience(self._grammar()))
            self._asked, self._waits, self._waits_for = None, step, call.id
            yield call
            return None
        if self._plan.functions[step.call].kind not in AT_ONCE:
            yield Expect(KeysAhead(self._grammar()))
        self._waits, self._waits_for = None if call.cancels else step, call.id
        result = yield call
        self._waits = None
        said, following = self._led_on(step, result)
        yield from said
        return following

    def _grammar(self) -> str | None:
        return self._expectations[self._asked].grammar() if self._asked else None

    def _end(self, farewell: str | None, end: End) -> Iterator[Output]:
        self._asked = None
        yield Expect(None)
        if farewell:
            yield self._say(farewell)
        yield end

    def _say(self, text: str) -> Say:
        return say(text, self._variables)

    def _step(self, name: str) -> Any:
        return self._plan.steps[name]

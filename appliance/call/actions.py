"""The actions that supervisors may have a call do. Each one's permission is ``action SERVICE:ACTION``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from appliance.call.ending import EndWatch
from appliance.call.takeover import TakeOver
from appliance.call.wiring import CallPipeline
from appliance.dialplan.destinations import as_destination
from appliance.dialplan.transfer import Transfer
from appliance.errors import RequestError
from appliance.frames import (
    EndFrame,
    LLMMessagesAppendFrame,
    LLMMessagesUpdateFrame,
    LLMRunFrame,
    Message,
    TransferFrame,
    TTSSpeakFrame,
    UserMuteStartedFrame,
    UserMuteStoppedFrame,
)
from appliance.rtvi import RTVIAction, RTVIActionArgument, RTVIProcessor
from appliance.rtvi.jobs import current_seat
from appliance.rtvi.permissions import not_permitted
from appliance.rtvi.service_messages import OptionType
from appliance.rtvi.viewer import Viewer

LONGEST_SAID = 1000
"""Characters that the bot says at once for a supervisor: a good minute."""

REASON = "supervisor"
"""Why a call has ended that a supervisor ended, in its record; the outcome is ``completed`` or ``transferred``."""

ROLES = ("system", "user", "assistant", "tool", "developer")

Arguments = dict[str, Any]


class Actions:
    """What supervisors may do to one call. What cannot be done raises RequestError with the reason."""

    def __init__(self, pipeline: CallPipeline, take_over: TakeOver, end: EndWatch, *, reads_context: bool) -> None:
        self._rtvi = pipeline.task.rtvi
        self._context = pipeline.context
        self._take_over = take_over
        self._end = end
        self._reads_context = reads_context

    async def say(self, arguments: Arguments) -> bool:
        """The bot says ``text``, after what it is saying, or in its place with ``interrupt``."""
        text = speakable("text", arguments["text"])
        self._goes_on()
        if arguments.get("interrupt", False):
            await self._rtvi.interrupt_bot()
        await self._rtvi.push_frame(TTSSpeakFrame(text))
        return True

    async def interrupt(self, arguments: Arguments) -> bool:
        """The bot is cut off."""
        await self._rtvi.interrupt_bot()
        return True

    async def hang_up(self, arguments: Arguments) -> bool:
        """The bot is cut off and the call ends, once ``say`` has been heard if it is given."""
        return await self._finish(EndFrame(REASON), arguments)

    async def transfer(self, arguments: Arguments) -> bool:
        """The bot is cut off and the caller passed on to ``to``, once ``say`` has been heard if given.

        ``to`` is a number, a SIP address or a queue; the caller comes back to the bot when nobody takes the call.
        """
        try:
            to = as_destination(arguments["to"])
        except ValueError as error:
            raise RequestError(f"to: {error}") from None
        seat = current_seat.get()
        by = seat.viewer.name if seat else None
        return await self._finish(TransferFrame(Transfer(to), REASON, by), arguments)

    async def _finish(self, end: EndFrame | TransferFrame, arguments: Arguments) -> bool:
        say = arguments.get("say", "")
        text = speakable("say", say) if say else ""
        self._goes_on()
        await self._rtvi.interrupt_bot()
        if text:
            await self._rtvi.push_frame(TTSSpeakFrame(text))
        await self._rtvi.push_frame(end)
        return True

    async def take_over(self, arguments: Arguments) -> bool:
        """The bot falls silent, and the caller hears the microphone of the viewer who asks, until it is handed back."""
        self._goes_on()
        self._take_over.take(_asking())
        return True

    async def hand_back(self, arguments: Arguments) -> bool:
        """The bot goes on with its open question; only for the viewer who has taken the call over."""
        self._take_over.give_back(_asking())
        return True

    async def mute(self, arguments: Arguments) -> bool:
        """The caller is not listened to; keys still count."""
        await self._rtvi.push_frame(UserMuteStartedFrame())
        return True

    async def unmute(self, arguments: Arguments) -> bool:
        """The caller is listened to again."""
        await self._rtvi.push_frame(UserMuteStoppedFrame())
        return True

    async def append(self, arguments: Arguments) -> dict[str, bool]:
        """Adds ``text`` to the dialogue's context in a role, ``system`` to whisper to the bot; ``run`` wants an answer.

        Gives ``{"read": bool}``: whether the dialogue reads its context at all. A scripted one does not, but takes a
        ``user``'s text that is run for the answer to its open question. Whoever may whisper need not be one who may
        speak for caller or bot, or who may have the bot speak: that has permissions of its own.
        """
        if arguments["role"] != "system":
            _permitted("append-to-context")
        if arguments.get("run", False):
            _permitted("action", "dialogue:run")
        message = {"role": arguments["role"], "content": arguments["text"]}
        await self._append(messages_of([message]), run=arguments.get("run", False))
        return {"read": self._reads_context}

    async def append_to_messages(self, arguments: Arguments) -> bool:
        """The same with whole messages; they are answered unless ``run_immediately`` is false."""
        await self._append(messages_of(arguments["messages"]), run=arguments.get("run_immediately", True))
        return True

    async def _append(self, messages: list[Message], *, run: bool) -> None:
        if run:
            self._answers()
            await self._rtvi.interrupt_bot()
            await self._rtvi.flush()
        seat = current_seat.get()
        by = seat.viewer.name if seat else None
        await self._rtvi.push_frame(LLMMessagesAppendFrame(messages, run_llm=run, by=by))

    async def get_context(self, arguments: Arguments) -> list[Message]:
        """The dialogue's context: its messages, oldest first."""
        await self._rtvi.flush()
        return self._context.get_messages()

    async def set_context(self, arguments: Arguments) -> bool:
        """Puts ``messages`` in place of the dialogue's context; ``interrupt`` cuts the bot off first."""
        messages = messages_of(arguments["messages"])
        if arguments.get("interrupt", False):
            await self._rtvi.interrupt_bot()
            await self._rtvi.flush()
        await self._rtvi.push_frame(LLMMessagesUpdateFrame(messages))
        return True

    async def run(self, arguments: Arguments) -> bool:
        """The dialogue answers its context as it stands; a scripted one asks its open question again.

        What the bot is saying is cut off, unless ``interrupt`` is false: then it comes first.
        """
        self._answers()
        if arguments.get("interrupt", True):
            await self._rtvi.interrupt_bot()
            await self._rtvi.flush()
        await self._rtvi.push_frame(LLMRunFrame())
        return True

    def _goes_on(self) -> None:
        if self._end.is_ending:
            raise RequestError("the call is ending")

    def cannot_answer(self) -> str | None:
        """Why the bot answers nothing just now, if there is a reason."""
        if self._end.is_ending:
            return "the call is ending"
        holder = self._take_over.holder
        return None if holder is None else f"{holder.name} has taken the call over"

    def _answers(self) -> None:
        if (why := self.cannot_answer()) is not None:
            raise RequestError(f"the bot answers nothing: {why}")


def _permitted(kind: str, what: str | None = None) -> None:
    seat = current_seat.get()
    if seat is not None and not seat.viewer.may(kind, what):
        raise RequestError(not_permitted(seat.viewer, f"{kind} {what or ''}".rstrip()))


def _asking() -> Viewer:
    seat = current_seat.get()
    if seat is None:
        raise RequestError("only a viewer can speak in the bot's place")
    return seat.viewer


def speakable(name: str, text: str) -> str:
    """A text that the voice can say. Raises RequestError for any other: a voice that fails would end the call."""
    if len(text) > LONGEST_SAID:
        raise RequestError(f"{name} has {len(text)} characters, expected at most {LONGEST_SAID}")
    if not any(map(str.isalnum, text)):
        raise RequestError(f"{name} has no words, expected something to say")
    if "[wav:" in text:
        raise RequestError(f"{name} names a recording, expected something to say")
    return text


def messages_of(messages: list[Any]) -> list[Message]:
    """Messages of a context. Raises RequestError naming the first that cannot be one."""
    for number, message in enumerate(messages):
        role, content = (message.get("role"), message.get("content")) if isinstance(message, dict) else (None, None)
        if role not in ROLES:
            raise RequestError(f"message {number} has the role {role!r}, expected one of {', '.join(ROLES)}")
        if not (
            isinstance(content, str) or (isinstance(content, list) and all(isinstance(one, dict) for one in content))
        ):
            raise RequestError(f"message {number} has no content that is text or a list of parts")
    return messages


class Offer(NamedTuple):
    """An action as it is offered: its arguments and the type of its result."""

    service: str
    action: str
    do: Callable[[Actions, Arguments], Awaitable[Any]]
    result: OptionType
    arguments: tuple[RTVIActionArgument, ...] = ()


_SAY = RTVIActionArgument("say", "string")
_MESSAGES = RTVIActionArgument("messages", "array", required=True)
_INTERRUPT = RTVIActionArgument("interrupt", "bool")

ACTIONS = (
    Offer("tts", "say", Actions.say, "bool", (RTVIActionArgument("text", "string", required=True), _INTERRUPT)),
    Offer("tts", "interrupt", Actions.interrupt, "bool"),
    Offer("call", "hangup", Actions.hang_up, "bool", (_SAY,)),
    Offer("call", "transfer", Actions.transfer, "bool", (RTVIActionArgument("to", "string", required=True), _SAY)),
    Offer("call", "take_over", Actions.take_over, "bool"),
    Offer("call", "hand_back", Actions.hand_back, "bool"),
    Offer("call", "mute", Actions.mute, "bool"),
    Offer("call", "unmute", Actions.unmute, "bool"),
    Offer(
        "dialogue",
        "append",
        Actions.append,
        "object",
        (
            RTVIActionArgument("role", "string", required=True),
            RTVIActionArgument("text", "string", required=True),
            RTVIActionArgument("run", "bool"),
        ),
    ),
    Offer("dialogue", "run", Actions.run, "bool"),
    Offer(
        "llm",
        "append_to_messages",
        Actions.append_to_messages,
        "bool",
        (_MESSAGES, RTVIActionArgument("run_immediately", "bool")),
    ),
    Offer("llm", "get_context", Actions.get_context, "array"),
    Offer("llm", "set_context", Actions.set_context, "bool", (_MESSAGES, _INTERRUPT)),
    Offer("llm", "run", Actions.run, "bool", (_INTERRUPT,)),
)
"""Everything that is offered. Those of ``llm`` are the ones that clients know from the framework's own helper."""


def offer_actions(rtvi: RTVIProcessor, actions: Actions) -> None:
    """Registers the actions with the call's RTVI processor."""
    for offer in ACTIONS:
        rtvi.register_action(
            RTVIAction(offer.service, offer.action, offer.result, _handler(actions, offer), list(offer.arguments))
        )


def _handler(actions: Actions, offer: Offer) -> Callable[[RTVIProcessor, str, Arguments], Awaitable[Any]]:
    async def handle(rtvi: RTVIProcessor, service: str, arguments: Arguments) -> Any:
        return await offer.do(actions, arguments)

    return handle

"""The RTVI processor: the first in a call's pipeline, where its viewers join."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from pydantic import BaseModel

from appliance.clock import WallClock, wall
from appliance.errors import ProtocolError
from appliance.frames import Frame, FunctionCallInProgressFrame, StartFrame
from appliance.pipeline import FrameDirection, FrameProcessor
from appliance.redaction import Redactor
from appliance.rtvi.actions import Actions, RTVIAction
from appliance.rtvi.attempt import attempt, guarded
from appliance.rtvi.audience import Audience, Seat
from appliance.rtvi.audit import Deed
from appliance.rtvi.client_messages import ClientMessage, ClientReadyMessage
from appliance.rtvi.conversation import Conversation
from appliance.rtvi.envelope import Message
from appliance.rtvi.frames import RTVIActionFrame
from appliance.rtvi.function_calls import FunctionCalls, called
from appliance.rtvi.function_rows import ask_late
from appliance.rtvi.handlers import H, Handlers
from appliance.rtvi.handshake import UNKNOWN_VERSION, Version, about_server, greet
from appliance.rtvi.inbound import handle_inbound
from appliance.rtvi.jobs import Jobs, current_seat
from appliance.rtvi.masking import masked_data
from appliance.rtvi.microphones import AUDIO_MESSAGES, Microphones
from appliance.rtvi.observer import RTVIObserver
from appliance.rtvi.params import RTVIObserverParams
from appliance.rtvi.reading import read_message
from appliance.rtvi.service_messages import RTVIConfig
from appliance.rtvi.services import RTVIService, Services
from appliance.rtvi.sound import Sound
from appliance.rtvi.viewer import Sequence, Viewer, as_sent

log = logging.getLogger(__name__)

MOST_WAITING = 64
"""So many messages of one viewer wait to be handled; further ones are answered with ``error-response``."""

IN_PROGRESS = "llm-function-call-in-progress"

HANDLER_SECS = 5.0
"""How long an application's handler, transform, option or action may take."""


class PipelineControl(Protocol):
    """What the processor needs of the task that runs its pipeline."""

    async def flush_pipeline(self) -> None:
        """Returns once nothing waits and what was being said is in the context as far as it was heard."""


class RTVIProcessor(FrameProcessor):
    """Speaks RTVI with all viewers of a call.

    Inside a handler the methods that send mean the viewer that it runs for, outside all who watch.
    """

    handles = (StartFrame, RTVIActionFrame)

    def __init__(
        self,
        config: RTVIConfig | None = None,
        *,
        handler_secs: float = HANDLER_SECS,
        name: str | None = None,
        clock: WallClock = wall,
    ) -> None:
        super().__init__(name=name)
        self.clock = clock
        self.audit: Callable[[Deed], None] | None = None
        """Is told what viewers do; returns at once and never raises."""
        self.audience = Audience()
        self.conversation = Conversation(clock)
        self.functions = FunctionCalls()
        self.handler_secs = handler_secs
        self.jobs = Jobs(self)
        self.services = Services(self, config)
        self.actions = Actions(self)
        self.microphones = Microphones()
        self.bot_sound = Sound(self.audience)
        self.cannot_answer: Callable[[], str | None] = lambda: None
        """Says why the bot answers nothing just now, if there is a reason."""
        self.is_over = False
        """Whether the call has ended; who still watches may look, and do nothing."""
        self.ignored = 0
        """Messages that were none of RTVI's."""
        self._handlers = Handlers()
        self._control: PipelineControl | None = None
        self._about: dict[str, Any] | None = None

    # The call's side.

    def attach(self, control: PipelineControl) -> None:
        """Tells the processor who runs its pipeline."""
        self._control = control

    @property
    def sequence(self) -> Sequence:
        """Numbers what the call sends."""
        return self.audience.sequence

    @property
    def redactor(self) -> Redactor:
        """What is sensitive in this call: viewers that may not see it get it masked. At first nothing is."""
        return self.audience.redactor

    @redactor.setter
    def redactor(self, redactor: Redactor) -> None:
        self.audience.redactor = redactor

    def create_rtvi_observer(self, *, params: RTVIObserverParams | None = None) -> RTVIObserver:
        """The observer that turns this call's frames into messages."""
        return RTVIObserver(self, params=params)

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Learns that the call begins, runs actions that a frame asks for, and passes everything else on."""
        if isinstance(frame, RTVIActionFrame):
            self.jobs.submit(lambda: self.actions.run(frame.rtvi_action_run, frame.message_id))
            return
        if isinstance(frame, StartFrame):
            self.jobs.wake()
            if self._handlers.of("on_bot_started"):
                self.jobs.submit(lambda: self._started())
        await self.push_frame(frame, direction)

    async def flush(self) -> None:
        """Waits until what was being said is in the context."""
        if self._control is not None:
            await self._control.flush_pipeline()

    # The viewers' side.

    def join(self, viewer: Viewer) -> None:
        """A viewer is there; it gets nothing before its ``bot-ready``."""
        self.audience.join(viewer)

    def leave(self, viewer: Viewer) -> None:
        """A viewer is gone."""
        self.disconnected(viewer)
        self.audience.leave(viewer)

    def disconnected(self, viewer: Viewer) -> None:
        """A viewer's connection is over, though events may still be kept for it: it listens no more, and a call that
        it has taken over goes back to the bot.
        """
        self.microphones.gone(viewer)
        if (seat := self.audience.seats.get(viewer.id)) is not None:
            seat.listens = frozenset()

    def version_of(self, viewer: Viewer) -> Version:
        """The protocol version that a viewer has announced."""
        seat = self.audience.seats.get(viewer.id)
        return UNKNOWN_VERSION if seat is None else seat.version

    def receive(self, viewer: Viewer, text: str | bytes) -> None:
        """Takes one message of a viewer, which waits its turn; its answer comes later. Never waits, never raises."""
        seat = self.audience.seats.get(viewer.id)
        if seat is None:
            return
        try:
            message = read_message(text)
        except ProtocolError as error:
            self._error(seat, str(error), fatal=False)
            return
        if message is None:
            self.ignored += 1
        elif message.type in AUDIO_MESSAGES:
            self._hear(seat, message)
        elif seat.waiting >= MOST_WAITING:
            self.refuse(seat, message.id, "Too many messages at once: this one was not handled.")
        else:
            seat.waiting += 1
            self.jobs.submit(lambda: self._next_of(seat, message), seat)

    def receive_audio(self, viewer: Viewer, pcm: bytes, sample_rate: int, num_channels: int) -> None:
        """Takes a piece of a viewer's microphone (16-bit little-endian PCM). Never waits, never raises."""
        seat = self.audience.seats.get(viewer.id)
        if seat is None:
            return
        try:
            self.microphones.receive(viewer, pcm, sample_rate, num_channels)
        except ProtocolError as error:
            self._error(seat, str(error), fatal=False)

    def ended(self) -> None:
        """The call is over: what waits for texts that are still being transformed is told, the texts are withheld."""
        self.is_over = True
        self.audience.release()

    async def handle_message(self, message: Message) -> None:
        """Handles a message as if a viewer had sent it: the handler's own, or outside one the program itself."""
        await handle_inbound(self, current_seat.get(), message)

    def snapshot(self, viewer: Viewer | None = None) -> dict[str, Any]:
        """The call so far, for a viewer that comes late; as far as it may see it, masked if need be.

        ``{"conversation": [...], "functions": [...]}``.
        """
        functions = self.functions.as_list(viewer)
        if viewer is None or viewer.sees_sensitive or self.redactor.is_empty:
            return {"conversation": self.conversation.as_list(), "functions": functions}
        with guarded("masking"):
            masked = [masked_data(self.redactor, IN_PROGRESS, call) for call in as_sent(IN_PROGRESS, functions)]
            return {"conversation": self.conversation.as_list(self.redactor), "functions": masked}
        return {"conversation": [], "functions": []}

    def last_words(self, *, sees_sensitive: bool = True) -> dict[str, Any] | None:
        """The newest item of the conversation, for lists of calls; masked for those who may not see everything."""
        if sees_sensitive:
            return self.conversation.last()
        with guarded("masking"):
            return self.conversation.last(self.redactor)
        return None

    def ask(self, viewer: Viewer, after: int | None = None) -> None:
        """Asks a viewer that is getting its first ``bot-ready`` to execute what waits for a client's result, if it may;
        where it has been here before, only what was announced behind its last message, number ``after``.
        """
        seat = self.audience.seats.get(viewer.id)
        if seat is not None and not seat.watches:
            calls = [
                (id_, call) for id_, call in self.functions.asked(viewer) if after is None or call.asked_at > after
            ]
            ask_late(self.audience, seat, calls)

    # What applications use.

    def event_handler(self, name: str) -> Callable[[H], H]:
        """A decorator that registers a handler: ``on_bot_started(rtvi)``, ``on_client_ready(rtvi)``,
        ``on_client_message(rtvi, message)``, ``on_ui_message(rtvi, message)``.
        """
        return self._handlers.on(name)

    def add_event_handler(self, name: str, handler: Callable[..., Any]) -> None:
        """Registers a handler."""
        self._handlers.add(name, handler)

    def register_service(self, service: RTVIService, values: Mapping[str, Any] | None = None) -> None:
        """Offers a service's options to clients of protocol 0.3; ``values`` are those it works with already."""
        self.services.register(service, values)

    def register_action(self, action: RTVIAction) -> None:
        """Offers an action to clients of protocol 0.3."""
        self.actions.register(action)

    @property
    def client_version(self) -> Version:
        """The handler's viewer's protocol version; outside a handler the lowest of all that are ready."""
        seat = current_seat.get()
        if seat is not None:
            return seat.version
        return min((seat.version for seat in self.audience.seats.values() if seat.served), default=UNKNOWN_VERSION)

    async def set_client_ready(self) -> None:
        """Takes the viewer for ready, as its ``client-ready`` does."""
        for seat in self._meant():
            if not seat.served:
                await self.client_ready(seat, ClientReadyMessage(id=""))

    async def set_bot_ready(self, about: dict[str, Any] | None = None) -> None:
        """Sends ``bot-ready`` to who is ready and has had none; from then on it gets events."""
        waiting = [seat for seat in self._meant() if seat.served and not seat.watches]
        if waiting:
            await self.services.apply_initial()
        for seat in waiting:
            self._bot_ready(seat, about)

    async def interrupt_bot(self) -> None:
        """Cuts the bot off."""
        await self.push_interruption()

    async def send_server_message(self, data: Any) -> None:
        """Sends ``server-message``."""
        self.audience.send(current_seat.get(), "server-message", data)

    async def send_server_response(self, client_msg: ClientMessage, data: Any) -> None:
        """Answers a client's own message."""
        content = {"t": client_msg.type} if data is None else {"t": client_msg.type, "d": data}
        self.audience.send(self._sender(client_msg), "server-response", content, answers=client_msg.msg_id)

    async def send_error_response(self, client_msg: ClientMessage, error: str) -> None:
        """Answers a client's own message with an error."""
        self.refuse(self._sender(client_msg), client_msg.msg_id, error)

    async def send_error(self, error: str, *, fatal: bool = False) -> None:
        """Sends ``error``."""
        self._error(current_seat.get(), error, fatal)

    async def handle_function_call(self, *params: Any, **keywords: Any) -> None:
        """Has clients execute a function of the dialogue's; deprecated.

        Takes the call as one object with ``function_name``, ``tool_call_id`` and ``arguments``, or these as parameters
        (others are ignored), and returns at once. The first result that comes goes through the pipeline as a
        FunctionCallResultFrame. Asked is who sees the function at FULL and may send its result.
        """
        warnings.warn(
            "RTVIProcessor.handle_function_call is deprecated: push a FunctionCallInProgressFrame with by_client=True.",
            DeprecationWarning,
            stacklevel=2,
        )
        name, id_, arguments = called(params, keywords)
        await self.push_frame(FunctionCallInProgressFrame(name, id_, arguments, by_client=True))

    async def push_transport_message(self, model: BaseModel, exclude_none: bool = True) -> None:
        """Sends any message: a model with ``type``, ``data`` and perhaps ``id``."""
        content = model.model_dump(mode="json", exclude_none=exclude_none)
        self.audience.send(current_seat.get(), content["type"], content.get("data"), answers=content.get("id"))

    # What a message leads to.

    async def client_ready(self, seat: Seat, message: ClientReadyMessage) -> None:
        """The handshake; ``on_client_ready`` fires once for each viewer."""
        greeting = greet(message.data)
        is_first = not seat.served
        seat.version, seat.served, seat.ready_id = greeting.version, greeting.served, message.id or None
        if greeting.problem is not None:
            self.refuse(seat, seat.ready_id, greeting.problem)
        if seat.watches:
            self._bot_ready(seat, self._about)
        if not is_first:
            return
        token = current_seat.set(seat)
        try:
            if self._handlers.of("on_client_ready"):
                await self.fire(seat, seat.ready_id, "on_client_ready")
            else:
                await self.set_bot_ready()
        finally:
            current_seat.reset(token)
        kept, seat.snapshot = seat.snapshot, None
        if kept is not None:
            await handle_inbound(self, seat, kept)

    async def fire(self, seat: Seat | None, request: str | None, name: str, *args: Any) -> bool:
        """Calls an event's handlers; one that fails is told to the viewer. False if there is none."""
        for handler in self._handlers.of(name):
            failure = (await attempt(name, self.handler_secs, handler, self, *args)).failure
            if failure is not None and seat is not None:
                self.refuse(seat, request, f"{name} failed: {failure}")
        return bool(self._handlers.of(name))

    def _hear(self, seat: Seat, message: Message) -> None:
        try:
            self.microphones.receive_message(seat.viewer, message)
        except ProtocolError as error:
            self.refuse(seat, message.id, str(error))

    async def _started(self) -> None:
        await self.fire(None, None, "on_bot_started")

    async def _next_of(self, seat: Seat, message: Message) -> None:
        seat.waiting -= 1
        if self.audience.seats.get(seat.viewer.id) is seat:
            await handle_inbound(self, seat, message)

    def refuse(self, seat: Seat | None, request: str | None, error: str) -> None:
        """Answers a request with ``error-response``."""
        if seat is not None and current_seat.get() is seat:
            seat.refusal = error
        self.audience.send(seat, "error-response", {"error": error}, answers=request)

    def _error(self, seat: Seat | None, error: str, fatal: bool) -> None:
        self.audience.send(seat, "error", {"error": error, "message": error, "fatal": fatal})

    def _bot_ready(self, seat: Seat, about: dict[str, Any] | None) -> None:
        self._about = about or about_server()
        data: dict[str, Any] = {"version": seat.served, "about": self._about}
        data |= self.services.described() | self.actions.described()
        self.audience.send(seat, "bot-ready", data, answers=seat.ready_id)
        self.audience.watch(seat)

    def _meant(self) -> list[Seat]:
        seat = current_seat.get()
        return list(self.audience.seats.values()) if seat is None else [seat]

    def _sender(self, message: ClientMessage) -> Seat | None:
        """Who sent a message: as it says itself, else whoever the running handler runs for."""
        viewer = message.viewer
        return current_seat.get() if viewer is None else self.audience.seats.get(viewer.id)

"""One caller's conversation with a model that hears and speaks itself.

``run`` keeps a connection, whatever happens to it: a new one is told who the model is and what was said so far, and
gets the utterance that goes on. One answer at a time is asked for; one that was interrupted is cancelled, and the
server told how much of it was heard. An answer has a time limit until it begins, and another for each pause.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass

from appliance.dialogue.chat import ChatEnd, ChatText, Tool
from appliance.dialogue.realtime import wire
from appliance.dialogue.realtime.caption import Caption, Pace, SpokenItem
from appliance.dialogue.realtime.connection import RefusedError, code_of
from appliance.dialogue.realtime.hearing import Hearing
from appliance.dialogue.realtime.keeper import Keeper
from appliance.dialogue.realtime.memory import Memory
from appliance.dialogue.realtime.model import DirectModel
from appliance.dialogue.realtime.response import Piece, Response, ended
from appliance.errors import EngineError
from appliance.frames import LLMContext, Message

log = logging.getLogger(__name__)

_PASSING = ("server_error", "rate_limit_exceeded")


@dataclass(frozen=True, slots=True)
class Brief:
    """What the model is told of itself, of its caller's language, and when an utterance is over."""

    prompt: str
    tools: Sequence[Tool] = ()
    language: str = "en"
    silence_secs: float = 0.45


class RealtimeSession:
    """See above; for what it tells of the caller see HearingEngine."""

    def __init__(self, model: DirectModel, brief: Brief) -> None:
        engine = model.engine
        self.detects_turns = engine.turn_detection != "own"
        self.turned: Callable[[bool], None] = lambda begins: None
        self.transcribed: Callable[[Message, str, bool], None] = lambda message, text, is_final: None
        self._context = LLMContext()
        self._hearing = Hearing(self._send, self._transcribed, commits=not self.detects_turns)
        self._keeper = Keeper(engine, self._take, self._lost)
        self._introduced: tuple[str, list[wire.Event]] = ("", [])
        """What the newest connection is told at its beginning."""
        self.name, self.model = model.health.name, engine.model
        self._health = model.health
        self._engine = engine
        self._brief = brief
        self._memory = Memory()
        self._pace = Pace()
        self._active: Response | None = None
        """The answer that the server is giving, perhaps to nobody."""
        self._idle = asyncio.Event()
        self._idle.set()
        self._items: list[SpokenItem] = []
        """What was spoken and has not been heard yet."""
        self._numbers = itertools.count(1)

    async def run(self, context: LLMContext) -> None:
        """See HearingEngine."""
        self._context = context
        await self._keeper.run()

    async def answer(
        self, context: LLMContext, notes: Sequence[wire.Event], *, may_call: bool, max_tokens: int
    ) -> AsyncGenerator[Piece, None]:
        """The answer to the conversation as it is, with ``notes`` at its end; a ChatEnd is the last.

        One that is lost before anything of it has come is asked for again. Raises EngineError. Closing it gives the
        answer up.
        """
        deadline = asyncio.get_running_loop().time() + self._engine.timeout_secs
        while True:
            response: Response | None = None
            has_begun = False
            try:
                response = await self._asked(context, notes, deadline, may_call=may_call, max_tokens=max_tokens)
                while True:
                    piece = await self._next(response)
                    has_begun = True
                    yield piece
                    if isinstance(piece, ChatEnd):
                        self._health.succeeded()
                        return
            except EngineError as failure:
                if has_begun or not (isinstance(failure, RefusedError) and failure.passing):
                    self._health.failed(str(failure))
                    raise
            finally:
                if response is not None and response is self._active:
                    self._abandon(response)

    def hear(self, ulaw: bytes) -> None:
        """See HearingEngine."""
        self._hearing.hear(ulaw)

    def drop_utterance(self) -> None:
        """See HearingEngine."""
        self._hearing.drop()

    def end_utterance(self, message: Message) -> bool:
        """See HearingEngine."""
        if not self._hearing.end(message):
            return False
        self._memory.hear(message)
        return True

    def told(self, text: str) -> None:
        """The caller has been told this, and the server knows."""
        self._memory.speak(text)

    def interrupted(self) -> None:
        """The caller hears no more of what was said: the server's conversation ends where the caller's ear did."""
        if self._active is not None:
            self._abandon(self._active)
        for item in self._items:
            item.close()
            if item.made_ms and not (item.is_finished and item.heard_ms >= item.made_ms):
                self._send(wire.truncate(item.id, int(item.heard_ms)))
        self._items.clear()

    async def _asked(
        self, context: LLMContext, notes: Sequence[wire.Event], deadline: float, *, may_call: bool, max_tokens: int
    ) -> Response:
        """The answer, once it has been asked for."""
        try:
            async with asyncio.timeout_at(deadline):
                await self._keeper.until_ready()
                news = self._memory.news(context)
                if self._memory.is_outdated or self._keeper.is_old:
                    self._keeper.renew()
                    await self._keeper.until_ready()
                    news = self._memory.news(context)
                await self._idle.wait()
        except TimeoutError:
            self._keeper.renew()
            raise EngineError(f"{self._keeper.server} was not ready within {self._engine.timeout_secs:g} s.") from None
        response = Response(f"answer-{next(self._numbers)}", self._pace, deadline, self._engine.stall_secs)
        self._active = response
        self._idle.clear()
        self._items = [item for item in self._items if not item.was_heard]
        for item in (*news, *notes):
            self._send(wire.create(item))
        self._send(wire.respond(response.event_id, may_call=may_call, max_tokens=max_tokens))
        return response

    async def _next(self, response: Response) -> Piece:
        try:
            piece = await response.next()
        except TimeoutError:
            self._keeper.renew()
            if response.has_begun:
                stall = self._engine.stall_secs
                raise EngineError(
                    f"{self._keeper.server} stopped in the middle of its answer for {stall:g} s."
                ) from None
            raise EngineError(f"{self._keeper.server} gave no answer within {self._engine.timeout_secs:g} s.") from None
        if isinstance(piece, EngineError):
            raise piece
        if isinstance(piece, Caption | ChatText):
            self._memory.speak(piece.text)
        return piece

    def _lost(self, why: EngineError) -> None:
        """The connection is over, and with it whatever it was saying."""
        self._items.clear()
        if (active := self._active) is not None:
            self._active = None
            active.fail(why)
        self._idle.set()

    def _send(self, message: str) -> None:
        """What is said while there is no connection, the next one is told in its own way."""
        if self._keeper.is_ready:
            self._keeper.send(message)

    def _abandon(self, response: Response) -> None:
        """Nobody waits for the answer any more; one that has not begun can only be cancelled when it does."""
        if not response.is_abandoned:
            response.is_abandoned = True
            response.close()
            if response.id is not None:
                self._send(wire.cancel(response.id))

    def _take(self, event: wire.Event) -> None:
        take = _EVENTS.get(event["type"])
        if take is None:
            return
        try:
            take(self, event)
        except (LookupError, TypeError, ValueError, AttributeError):
            self._keeper.odd("an event that cannot be read")

    def _created(self, event: wire.Event) -> None:
        """The server is there: it is told who it is."""
        brief = self._brief
        self._introduced = self._memory.all(brief.prompt, self._context, self._engine.context_chars)
        self._keeper.send(
            wire.session(
                self._engine,
                self._introduced[0],
                brief.tools,
                language=brief.language,
                silence_secs=brief.silence_secs,
            )
        )

    def _updated(self, event: wire.Event) -> None:
        """It has understood: the conversation can begin, or go on."""
        if self._keeper.is_ready:
            return
        self._keeper.ready()
        for item in self._introduced[1]:
            self._send(wire.create(item))
        self._hearing.again()
        self._keeper.settle()

    def _begun(self, event: wire.Event) -> None:
        response = event["response"]
        if self._active is None or self._active.id is not None:
            return
        self._active.begin(response["id"])
        if self._active.is_abandoned:
            self._send(wire.cancel(response["id"]))

    def _audio(self, event: wire.Event) -> None:
        if (response := self._current(event["response_id"])) is not None:
            item = self._spoken(response, event["item_id"])
            response.tell(item.add_audio(wire.audio_of(event)))
            if response.is_endless:
                response.fail(EngineError(f"{self._keeper.server} does not come to an end."))
                self._abandon(response)

    def _words(self, event: wire.Event) -> None:
        if (response := self._current(event["response_id"])) is not None:
            response.tell(self._spoken(response, event["item_id"]).add_text(event["delta"]))

    def _text(self, event: wire.Event) -> None:
        """A model that writes instead of speaking: the synthesizer reads it out."""
        if (response := self._current(event["response_id"])) is not None:
            response.tell([ChatText(event["delta"])])

    def _item_done(self, event: wire.Event) -> None:
        response = self._current(event["response_id"])
        if response is not None and event["item"]["id"] in response.items:
            response.finish(event["item"]["id"])

    def _done(self, event: wire.Event) -> None:
        response = event["response"]
        active = self._active
        if active is None or active.id != response["id"]:
            return
        self._active = None
        self._idle.set()
        end = ended(response, self._keeper.server, self._engine.model)
        if isinstance(end, ChatEnd):
            for call in end.calls:
                self._memory.call(call.id)
        if not active.is_abandoned:
            active.end(end)

    def _current(self, response_id: str) -> Response | None:
        active = self._active
        if active is None or active.is_abandoned or active.id != response_id:
            return None
        active.move()
        return active

    def _spoken(self, response: Response, item_id: str) -> SpokenItem:
        if item_id not in response.items:
            self._items.append(response.add(item_id))
        return response.items[item_id]

    def _transcribed(self, message: Message, text: str, is_final: bool) -> None:
        self.transcribed(message, text, is_final)

    def _turn_begins(self, event: wire.Event) -> None:
        self.turned(True)

    def _turn_ends(self, event: wire.Event) -> None:
        self.turned(False)

    def _committed(self, event: wire.Event) -> None:
        self._hearing.committed(event)

    def _heard(self, event: wire.Event) -> None:
        self._hearing.words(event)

    def _all_heard(self, event: wire.Event) -> None:
        self._hearing.all_words(event)

    def _error(self, event: wire.Event) -> None:
        """Most errors concern one message and nothing else."""
        code = code_of(event["error"])
        active, cause = self._active, event["error"].get("event_id")
        if not self._keeper.is_ready:
            raise RefusedError(f"{self._keeper.server} refused the session ({code}).", passing=code in _PASSING)
        if code == "session_expired":
            raise RefusedError(f"{self._keeper.server} ended the session, which has lasted its longest.")
        log.warning("%s complained (%s).", self._keeper.server, code)
        if active is None or (cause != active.event_id and code not in _PASSING):
            return
        active.fail(EngineError(f"{self._keeper.server} gave no answer ({code})."))
        if active.id is not None:
            self._abandon(active)
            return
        self._active = None
        self._idle.set()
        if code == "conversation_already_has_active_response":
            self._keeper.renew()


_EVENTS: dict[str, Callable[[RealtimeSession, wire.Event], None]] = {
    "session.created": RealtimeSession._created,
    "session.updated": RealtimeSession._updated,
    "response.created": RealtimeSession._begun,
    "response.output_audio.delta": RealtimeSession._audio,
    "response.output_audio_transcript.delta": RealtimeSession._words,
    "response.output_text.delta": RealtimeSession._text,
    "response.output_item.done": RealtimeSession._item_done,
    "response.done": RealtimeSession._done,
    "input_audio_buffer.speech_started": RealtimeSession._turn_begins,
    "input_audio_buffer.speech_stopped": RealtimeSession._turn_ends,
    "input_audio_buffer.committed": RealtimeSession._committed,
    "conversation.item.input_audio_transcription.delta": RealtimeSession._heard,
    "conversation.item.input_audio_transcription.completed": RealtimeSession._all_heard,
    "conversation.item.input_audio_transcription.failed": RealtimeSession._all_heard,
    "error": RealtimeSession._error,
}
"""What is done with the server's events; all others are passed over."""

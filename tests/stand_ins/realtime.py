"""A server of OpenAI's Realtime API for tests, written from its documentation and sharing no code with ours.

What it is sent, and what it sends itself, is checked with the types of the openai package, unknown keys included. It
keeps a conversation as the real one does: what it is told must make sense there, or it answers with an error that a
test finds in ``wrong``. What it says is a script; the default is a short sentence.
"""

import asyncio
import base64
import contextlib
import itertools
import json
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from tests.stand_ins.realtime_types import SERVER, wrong_with

BYTES_PER_MS = 8
LEAST_MS = 100
LOUD = 0x40
"""A byte of mu-law, its sign aside and turned over, from which on it is loud."""
USAGE = {"total_tokens": 77, "input_tokens": 70, "output_tokens": 7}
Event = dict[str, Any]


@dataclass
class Turn:
    """A response under way, and the way to make it."""

    client: "Client"
    id: str
    asked: Event
    """The ``response`` of what it was asked with."""
    output: list[Event] = field(default_factory=list)
    _indexes: Iterator[int] = field(default_factory=itertools.count)

    async def begin(self) -> tuple[str, int]:
        """A message that is to be spoken: its id and its index."""
        item_id, index = self.client.new_id("item"), next(self._indexes)
        item = {"id": item_id, "type": "message", "role": "assistant", "status": "in_progress", "content": []}
        self.client.made[item_id] = 0
        self.client.server.items[item_id] = ""
        await self.send("response.output_item.added", output_index=index, item=item)
        return item_id, index

    async def words(self, item_id: str, index: int, text: str) -> None:
        """A piece of its transcript."""
        self.client.server.items[item_id] += text
        kind = "response.output_audio_transcript.delta"
        await self.send(kind, item_id=item_id, output_index=index, content_index=0, delta=text)

    async def audio(self, item_id: str, index: int, ulaw: bytes) -> None:
        """A piece of its sound."""
        self.client.made[item_id] += len(ulaw)
        delta = base64.b64encode(ulaw).decode()
        kind = "response.output_audio.delta"
        await self.send(kind, item_id=item_id, output_index=index, content_index=0, delta=delta)

    async def end(self, item_id: str, index: int) -> None:
        """All of it has been said."""
        where = {"item_id": item_id, "output_index": index, "content_index": 0}
        text = self.client.server.items[item_id]
        await self.send("response.output_audio.done", **where)
        await self.send("response.output_audio_transcript.done", **where, transcript=text)
        content = [{"type": "output_audio", "transcript": text}]
        item = {"id": item_id, "type": "message", "role": "assistant", "status": "completed", "content": content}
        await self.send("response.output_item.done", output_index=index, item=item)
        self.output.append(item)

    async def call(self, name: str, arguments: str) -> None:
        """A function that it wants called."""
        item_id, call_id, index = self.client.new_id("item"), self.client.new_id("call"), next(self._indexes)
        item = {"id": item_id, "type": "function_call", "status": "completed", "call_id": call_id, "name": name}
        self.client.calls.add(call_id)
        where = {"item_id": item_id, "output_index": index, "call_id": call_id}
        await self.send("response.output_item.added", output_index=index, item={**item, "arguments": ""})
        await self.send("response.function_call_arguments.done", **where, name=name, arguments=arguments)
        self.output.append({**item, "arguments": arguments})
        await self.send("response.output_item.done", output_index=index, item=self.output[-1])

    async def done(self, status: str = "completed", **details: Any) -> None:
        """Its end."""
        told = {"status_details": {"type": status, **details}} if details or status != "completed" else {}
        usage = {} if status == "cancelled" else {"usage": USAGE}
        response = {"object": "realtime.response", "id": self.id, "status": status, "output": self.output}
        self.client.active = None
        await self.client.send("response.done", response={**response, **told, **usage})

    async def send(self, kind: str, **more: Any) -> None:
        """An event of this response's."""
        await self.client.send(kind, response_id=self.id, **more)


Behaviour = Callable[[Turn], Awaitable[None]]


def says(
    text: str, ulaw: bytes, *, piece_bytes: int = 1600, late: bool = False, also: Behaviour | None = None
) -> Behaviour:
    """Speaks: the transcript first, as a rule, then the sound, in pieces; ``late`` has the transcript behind it."""

    async def behave(turn: Turn) -> None:
        item_id, index = await turn.begin()
        if not late:
            for word in text.split(" "):
                await turn.words(item_id, index, f"{word} ")
        for start in range(0, len(ulaw), piece_bytes):
            await turn.audio(item_id, index, ulaw[start : start + piece_bytes])
        if late:
            await turn.words(item_id, index, text)
        await turn.end(item_id, index)
        if also is not None:
            await also(turn)
        else:
            await turn.done()

    return behave


def calls(*wanted: tuple[str, Any]) -> Behaviour:
    """Wants functions called, each with its arguments."""

    async def behave(turn: Turn) -> None:
        for name, arguments in wanted:
            await turn.call(name, arguments if isinstance(arguments, str) else json.dumps(arguments))
        await turn.done()

    return behave


def begins(text: str, ulaw: bytes, then: Behaviour) -> Behaviour:
    """Says something, and then does something else than to end."""

    async def behave(turn: Turn) -> None:
        item_id, index = await turn.begin()
        await turn.words(item_id, index, text)
        await turn.audio(item_id, index, ulaw)
        await then(turn)

    return behave


async def hangs(turn: Turn) -> None:
    """Says nothing more."""
    await asyncio.Event().wait()


async def hangs_up(turn: Turn) -> None:
    """Closes the connection."""
    await turn.client.socket.close(1011)


async def expires(turn: Turn) -> None:
    """The session has lasted its longest."""
    await turn.client.error("session_expired", "Your session hit the maximum duration of 60 minutes.")
    await turn.client.socket.close(1001)


def fails(code: str) -> Behaviour:
    """The response fails."""

    async def behave(turn: Turn) -> None:
        await turn.done("failed", error={"type": "server_error", "code": code, "message": "no"})

    return behave


def raves(*messages: str) -> Behaviour:
    """Sends these messages as they are, and then answers properly."""

    async def behave(turn: Turn) -> None:
        for message in messages:
            await turn.client.socket.send(message)
        await says("There you are.", bytes([0x12]) * 1600)(turn)

    return behave


@dataclass
class Client:
    """One connection."""

    server: "RealtimeServer"
    socket: ServerConnection
    session: Event = field(default_factory=dict)
    known: set[str] = field(default_factory=set)
    calls: set[str] = field(default_factory=set)
    made: dict[str, int] = field(default_factory=dict)
    """How much of each spoken item there is, in bytes."""
    active: asyncio.Task[None] | None = None
    turn: Turn | None = None
    buffer: bytearray = field(default_factory=bytearray)
    loud_bytes: int = 0
    quiet_bytes: int = 0
    speaks: bool = False

    def new_id(self, kind: str) -> str:
        """A name as the server gives them."""
        return f"{kind}_{next(self.server.numbers):04d}"

    async def send(self, kind: str, **more: Any) -> None:
        """Sends an event, checked."""
        event = {"type": kind, "event_id": self.new_id("event"), **more}
        SERVER.validate_python(event)
        with contextlib.suppress(ConnectionClosed):
            await self.socket.send(json.dumps(event))

    async def error(self, code: str, message: str, event_id: str | None = None) -> None:
        """An error event."""
        told = {"type": "invalid_request_error", "code": code, "message": message, "param": None, "event_id": event_id}
        await self.send("error", error=told)

    async def complain(self, code: str, event: Event) -> None:
        """What would not happen if the other side behaved."""
        self.server.wrong.append(f"{code}: {json.dumps(event)[:200]}")
        await self.error(code, "no", event.get("event_id"))

    async def serve(self) -> None:
        """Until the connection is closed."""
        if self.server.is_mute:
            await self.socket.wait_closed()
            return
        await self.send("session.created", session={"type": "realtime", "model": "gpt-realtime"})
        try:
            async for message in self.socket:
                event = json.loads(message)
                wrong = wrong_with(event)
                if wrong:
                    await self.complain(f"invalid_event {wrong}", event)
                    continue
                self.server.told(event)
                await getattr(self, "on_" + event["type"].replace(".", "_"))(event)
        except ConnectionClosed:
            pass
        finally:
            if self.active is not None:
                self.active.cancel()

    async def on_session_update(self, event: Event) -> None:
        """The session is as it says."""
        if (code := self.server.refuses_session) is not None:
            await self.error(code, "no", event.get("event_id"))
            return
        self.session = event["session"]
        await self.send("session.updated", session=self.session)

    async def on_conversation_item_create(self, event: Event) -> None:
        """One more item in the conversation."""
        item = event["item"]
        if item["type"] == "function_call_output" and item["call_id"] not in self.calls:
            await self.complain("no_such_call", event)
            return
        if item["type"] == "function_call":
            self.calls.add(item["call_id"])
        await self._add({"id": self.new_id("item"), **item})

    async def _add(self, item: Event) -> None:
        self.known.add(item["id"])
        await self.send("conversation.item.added", item=item)
        await self.send("conversation.item.done", item=item)

    async def on_input_audio_buffer_append(self, event: Event) -> None:
        """More sound."""
        ulaw = base64.b64decode(event["audio"], validate=True)
        self.buffer += ulaw
        self.server.heard += ulaw
        if self.session["audio"]["input"]["turn_detection"] is not None:
            await self._detect(ulaw)

    async def on_input_audio_buffer_clear(self, event: Event) -> None:
        """None of it."""
        self.buffer.clear()
        await self.send("input_audio_buffer.cleared")

    async def on_input_audio_buffer_commit(self, event: Event) -> None:
        """The end of an utterance."""
        if len(self.buffer) < LEAST_MS * BYTES_PER_MS:
            await self.complain("input_audio_buffer_commit_empty", event)
            return
        await self._commit(self.new_id("item"))

    async def _commit(self, item_id: str) -> None:
        self.server.utterances.append(bytes(self.buffer))
        self.buffer.clear()
        await self.send("input_audio_buffer.committed", item_id=item_id)
        content = [{"type": "input_audio", "transcript": None}]
        await self._add({"id": item_id, "type": "message", "role": "user", "status": "completed", "content": content})
        if "transcription" in self.session["audio"]["input"]:
            text = self.server.hears.popleft() if self.server.hears else self.server.usually_hears
            await self._transcribe(item_id, text)

    async def _transcribe(self, item_id: str, text: str | None) -> None:
        where = {"item_id": item_id, "content_index": 0}
        kind = "conversation.item.input_audio_transcription"
        if text is None:
            await self.send(f"{kind}.failed", **where, error={"code": "audio_unintelligible", "message": "no"})
            return
        for word in text.split():
            await self.send(f"{kind}.delta", **where, delta=f"{word} ")
        await self.send(f"{kind}.completed", **where, transcript=text, usage={"type": "duration", "seconds": 1.0})

    async def _detect(self, ulaw: bytes) -> None:
        """A crude detector: loud for 100 ms is speech, quiet for as long as was asked for is its end."""
        for byte in ulaw:
            loud = (~byte & 0x7F) >= LOUD
            self.loud_bytes = self.loud_bytes + 1 if loud else max(0, self.loud_bytes - 1)
            self.quiet_bytes = 0 if loud else self.quiet_bytes + 1
            if not self.speaks and self.loud_bytes >= 100 * BYTES_PER_MS:
                self.speaks, self.item_id = True, self.new_id("item")
                await self.send("input_audio_buffer.speech_started", audio_start_ms=0, item_id=self.item_id)
            elif self.speaks and self.quiet_bytes >= self._silence_ms * BYTES_PER_MS:
                self.speaks, self.loud_bytes = False, 0
                await self.send("input_audio_buffer.speech_stopped", audio_end_ms=0, item_id=self.item_id)
                await self._commit(self.item_id)

    @property
    def _silence_ms(self) -> int:
        return int(self.session["audio"]["input"]["turn_detection"].get("silence_duration_ms", 500))

    async def on_response_create(self, event: Event) -> None:
        """An answer is wanted."""
        if self.active is not None:
            await self.complain("conversation_already_has_active_response", event)
            return
        if self.server.refuses_response is not None:
            await self.error(self.server.refuses_response, "no", event["event_id"])
            return
        self.turn = Turn(self, self.new_id("resp"), event.get("response") or {})
        behave = self.server.script.popleft() if self.server.script else self.server.usual
        self.active = asyncio.create_task(self._respond(self.turn, behave))
        self.server.responses += 1
        self.server.changed.set()

    async def _respond(self, turn: Turn, behave: Behaviour) -> None:
        response = {"object": "realtime.response", "id": turn.id, "status": "in_progress", "output": []}
        await self.send("response.created", response=response)
        await behave(turn)

    async def on_response_cancel(self, event: Event) -> None:
        """An answer is not wanted any more."""
        if self.active is None or self.turn is None or event.get("response_id", self.turn.id) != self.turn.id:
            await self.error("response_cancel_not_active", "no", event.get("event_id"))
            return
        self.active.cancel()
        self.server.cancelled += 1
        await self.turn.done("cancelled", reason="client_cancelled")
        self.server.changed.set()

    async def on_conversation_item_truncate(self, event: Event) -> None:
        """Less of an answer was heard than was said."""
        made = self.made.get(event["item_id"])
        if made is None or event["audio_end_ms"] > made / BYTES_PER_MS:
            await self.complain("cannot_truncate", event)
            return
        self.server.truncated.append((self.server.items[event["item_id"]].strip(), event["audio_end_ms"]))
        where = {"item_id": event["item_id"], "content_index": 0, "audio_end_ms": event["audio_end_ms"]}
        await self.send("conversation.item.truncated", **where)
        self.server.changed.set()


@dataclass
class RealtimeServer:
    """``async with RealtimeServer() as server``: serves until the block's end; beyond its script it does ``usual``."""

    script: deque[Behaviour] = field(default_factory=deque)
    usual: Behaviour = field(default_factory=lambda: says("What can I do for you?", bytes([0x12]) * 4800))
    hears: deque[str | None] = field(default_factory=deque)
    """What is understood next; None is a transcription that fails. After that, always ``usually_hears``."""
    usually_hears: str = "yes please"
    key: str | None = None
    refusals: deque[HTTPStatus | None] = field(default_factory=deque)
    """What the next connections are refused with; None is a handshake that never ends."""
    retry_after: str | None = None
    """What refusals ask for, in seconds."""
    refuses_session: str | None = None
    refuses_response: str | None = None
    is_mute: bool = False
    """Takes connections and says nothing, not even who it is."""
    port: int = 0
    events: list[Event] = field(default_factory=list)
    """What it was told, sound aside."""
    heard: bytearray = field(default_factory=bytearray)
    """All sound that it was sent."""
    utterances: list[bytes] = field(default_factory=list)
    items: dict[str, str] = field(default_factory=dict)
    """What it has said, by item."""
    truncated: list[tuple[str, int]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    connections: int = 0
    responses: int = 0
    cancelled: int = 0

    async def __aenter__(self) -> Self:
        self.changed = asyncio.Event()
        self._over = asyncio.Event()
        self.numbers = itertools.count(1)
        self.clients: list[Client] = []
        self._server: Server = await serve(self._serve, "127.0.0.1", self.port, process_request=self._admit)
        self.port = next(iter(self._server.sockets)).getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._over.set()
        for client in self.clients:
            client.socket.transport.abort()
        self._server.close()
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"ws://127.0.0.1:{self.port}/v1/realtime"

    def will(self, *behaviours: Behaviour) -> None:
        """What it does next."""
        self.script.extend(behaviours)

    def told(self, event: Event) -> None:
        """Notes what it was told."""
        if event["type"] != "input_audio_buffer.append":
            self.events.append(event)
        self.changed.set()

    def types(self) -> list[str]:
        """What it was told, by type."""
        return [event["type"] for event in self.events]

    def texts(self) -> list[tuple[str, str]]:
        """The items that it was told: who, and what."""
        return [_told(event["item"]) for event in self.events if event["type"] == "conversation.item.create"]

    async def until(self, so: Callable[[], bool]) -> None:
        """Waits until something is so."""
        async with asyncio.timeout(20):
            while not so():
                self.changed.clear()
                await self.changed.wait()

    async def asked(self, times: int) -> None:
        """Waits until so many answers have been asked for."""
        await self.until(lambda: self.responses >= times)

    async def _admit(self, socket: ServerConnection, request: Request) -> Response | None:
        self.connections += 1
        self.changed.set()
        parts = urlsplit(request.path)
        if parts.path != "/v1/realtime" or list(parse_qs(parts.query)) != ["model"]:
            self.wrong.append(f"nothing is at {request.path}")
        if self.refusals:
            status = self.refusals.popleft()
            if status is None:
                await self._over.wait()
            response = socket.respond(status or HTTPStatus.SERVICE_UNAVAILABLE, "no\n")
            if self.retry_after is not None:
                response.headers["Retry-After"] = self.retry_after
            return response
        if self.key is not None and request.headers.get("Authorization") != f"Bearer {self.key}":
            return socket.respond(HTTPStatus.UNAUTHORIZED, "no\n")
        return None

    async def _serve(self, socket: ServerConnection) -> None:
        client = Client(self, socket)
        self.clients.append(client)
        await client.serve()


def _told(item: Event) -> tuple[str, str]:
    match item["type"]:
        case "function_call":
            return "call", f"{item['name']} {item['arguments']}"
        case "function_call_output":
            return "result", item["output"]
    return item["role"], " ".join(part["text"] for part in item["content"])

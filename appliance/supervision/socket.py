"""One viewer's socket: reads, writes, and asks now and then whether the viewer may still be here."""

import asyncio
import socket as sockets
import struct
from collections.abc import Callable

from starlette.websockets import WebSocket, WebSocketDisconnect

from appliance.errors import ProtocolError
from appliance.rtvi.reading import read_message
from appliance.rtvi.wire import Audio, read_frame
from appliance.supervision.allowance import Allowance
from appliance.supervision.feed import FLOOD, GRACE_SECS, Closing, Feed
from appliance.supervision.subject import Subject

TRANSPORT = "appliance.transport"
"""The scope's extension: what lies under the socket, an asyncio.Transport, where the server gives it away."""

NOT_ALLOWED = 1008

CHECK_SECS = 5.0
"""How often it is asked whether a viewer's token still stands."""

READY_SECS = 30.0
"""How long a viewer may take to say ``client-ready``."""

MOST_WRITTEN_BYTES = 65_536
"""So much is given to the system before more of it waits in the feed, where it can be dropped."""

MOST_SENT_BYTES = 131_072
"""So much of what was given to it the system keeps for a viewer that has not read it."""

CUT_SECS = 1.0
"""How long a viewer that has done what is not allowed may take to read why it is closed."""


async def converse(websocket: WebSocket, subject: Subject, feed: Feed, still_good: Callable[[], bool]) -> None:
    """Runs an accepted socket until either side closes it."""
    transport: asyncio.Transport | None = websocket.scope.get("extensions", {}).get(TRANSPORT)
    if transport is not None:
        _bound(transport)
    reader = asyncio.create_task(_read(websocket, subject, feed))
    writer = asyncio.create_task(feed.write(lambda payload: _send(websocket, feed, payload)))
    guard = asyncio.create_task(_guard(feed, still_good))
    gone = asyncio.create_task(feed.gone.wait())
    try:
        await asyncio.wait((reader, writer, guard, gone), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (reader, writer, guard, gone):
            task.cancel()
        results = await asyncio.gather(reader, writer, guard, gone, return_exceptions=True)
    is_told = feed.closing is None or await _close(websocket, feed.closing)
    if transport is not None:
        patience = CUT_SECS if feed.closing is not None and feed.closing.code == NOT_ALLOWED else GRACE_SECS
        asyncio.get_running_loop().call_later(patience if is_told else 0, _cut, transport)
    for result in results:
        if isinstance(result, Exception) and not isinstance(result, WebSocketDisconnect):
            raise result


async def _read(websocket: WebSocket, subject: Subject, feed: Feed) -> None:
    allowance = Allowance()
    is_first = True
    while (received := await websocket.receive())["type"] != "websocket.disconnect":
        binary: bytes | None = received.get("bytes")
        payload: str | bytes = received["text"] if binary is None else binary
        if is_first:
            feed.is_binary, is_first = binary is not None, False
        if feed.closing is None:
            _take(subject, feed, payload, allowance)
        if feed.closing is not None:
            await feed.gone.wait()  # Nothing is read any more: what else comes stays on the wire.


def _take(subject: Subject, feed: Feed, payload: str | bytes, allowance: Allowance) -> None:
    if not allowance.covers(len(payload)):
        subject.refuse(feed, f"{FLOOD.reason.capitalize()}: this one was not handled.", _request_id(payload))
        feed.close(FLOOD.code, FLOOD.reason)
        return
    try:
        message = read_frame(payload) if isinstance(payload, bytes) else payload
    except ProtocolError as error:
        subject.refuse(feed, str(error))
        return
    if isinstance(message, Audio):
        subject.receive_audio(feed, message.pcm, message.sample_rate, message.num_channels)
    else:
        subject.receive(feed, message)


def _request_id(payload: str | bytes) -> str | None:
    """The id of a message that is refused unread, where it has one."""
    try:
        text = read_frame(payload) if isinstance(payload, bytes) else payload
        message = None if isinstance(text, Audio) else read_message(text)
    except ProtocolError:
        return None
    return None if message is None else message.id


async def _send(websocket: WebSocket, feed: Feed, payload: bytes) -> None:
    if feed.is_binary:
        await websocket.send_bytes(payload)
    else:
        await websocket.send_text(payload.decode())


async def _guard(feed: Feed, still_good: Callable[[], bool]) -> None:
    started = asyncio.get_running_loop().time()
    while True:
        await asyncio.sleep(CHECK_SECS)
        if not still_good():
            feed.close(NOT_ALLOWED, "the token was revoked or has expired")
        elif not feed.ready and asyncio.get_running_loop().time() - started > READY_SECS:
            feed.close(NOT_ALLOWED, "no client-ready was sent")


async def _close(websocket: WebSocket, closing: Closing) -> bool:
    """Tells the peer why; False where that was not even taken: it reads nothing, or has gone."""
    try:
        async with asyncio.timeout(GRACE_SECS):
            await websocket.close(closing.code, closing.reason)
    except (TimeoutError, WebSocketDisconnect, RuntimeError):
        return False
    return True


def _bound(transport: asyncio.Transport) -> None:
    """What a viewer does not read waits where it can be dropped, not in buffers that grow."""
    transport.set_write_buffer_limits(high=MOST_WRITTEN_BYTES)
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(sockets.SOL_SOCKET, sockets.SO_SNDBUF, MOST_SENT_BYTES)


def _cut(transport: asyncio.Transport) -> None:
    """Ends a connection whose peer does not end it; without this, what it does not read would be kept for hours."""
    if transport.get_write_buffer_size():
        connection = transport.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()

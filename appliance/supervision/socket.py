"""One viewer's socket: reads, writes, and asks now and then whether the viewer may still be here."""

import asyncio
from collections.abc import Callable

from starlette.websockets import WebSocket, WebSocketDisconnect

from appliance.supervision.feed import GRACE_SECS, Closing, Feed
from appliance.supervision.subject import Subject

UNSUPPORTED, NOT_ALLOWED = 1003, 1008

CHECK_SECS = 5.0
"""How often it is asked whether a viewer's token still stands."""

READY_SECS = 30.0
"""How long a viewer may take to say ``client-ready``."""


async def converse(websocket: WebSocket, subject: Subject, feed: Feed, still_good: Callable[[], bool]) -> None:
    """Runs an accepted socket until either side closes it."""
    reader = asyncio.create_task(_read(websocket, subject, feed))
    writer = asyncio.create_task(feed.write(websocket.send_text))
    guard = asyncio.create_task(_guard(feed, still_good))
    gone = asyncio.create_task(feed.gone.wait())
    try:
        await asyncio.wait((reader, writer, guard, gone), return_when=asyncio.FIRST_COMPLETED)
        left = reader.done()
    finally:
        for task in (reader, writer, guard, gone):
            task.cancel()
        results = await asyncio.gather(reader, writer, guard, gone, return_exceptions=True)
    if feed.closing is not None and not left:
        await _close(websocket, feed.closing)
    for result in results:
        if isinstance(result, Exception) and not isinstance(result, WebSocketDisconnect):
            raise result


async def _read(websocket: WebSocket, subject: Subject, feed: Feed) -> None:
    while True:
        received = await websocket.receive()
        if received["type"] == "websocket.disconnect":
            return
        text = received.get("text")
        if text is None:
            feed.close(UNSUPPORTED, "binary messages are not understood, expected JSON text")
        elif feed.closing is None:
            subject.receive(feed, text)


async def _guard(feed: Feed, still_good: Callable[[], bool]) -> None:
    started = asyncio.get_running_loop().time()
    while True:
        await asyncio.sleep(CHECK_SECS)
        if not still_good():
            feed.close(NOT_ALLOWED, "the token was revoked or has expired")
        elif not feed.ready and asyncio.get_running_loop().time() - started > READY_SECS:
            feed.close(NOT_ALLOWED, "no client-ready was sent")


async def _close(websocket: WebSocket, closing: Closing) -> None:
    try:
        async with asyncio.timeout(GRACE_SECS):
            await websocket.close(closing.code, closing.reason)
    except (TimeoutError, WebSocketDisconnect, RuntimeError):
        # The peer reads nothing, or has gone: the server drops the connection when this returns.
        return

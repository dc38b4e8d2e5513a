"""Twilio's four addresses: the voice webhook, the media socket, and two status callbacks."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from appliance.call.stream import Take
from appliance.carriers.base import StreamStartFrame
from appliance.carriers.twilio.codec import TwilioCodec
from appliance.carriers.twilio.signature import SignatureCheck
from appliance.errors import ProtocolError
from appliance.server.desk import Desk
from appliance.server.house import House
from appliance.server.websocket import DIRECT

log = logging.getLogger(__name__)

LONGEST_FORM_BYTES = 64 * 1024
POLICY_VIOLATION, TRY_AGAIN_LATER = 1008, 1013
OVER = ("completed", "busy", "failed", "no-answer", "canceled")


class TwilioEndpoints:
    """The routes, and what stands before them: signatures, sizes, time limits."""

    def __init__(self, house: House, desk: Desk) -> None:
        self._house = house
        self._desk = desk
        token = house.settings.twilio.auth_token
        self._check = SignatureCheck(token.get_secret_value(), house.base_url) if token else None

    def routes(self) -> list[Route | WebSocketRoute]:
        """What Twilio asks and where it streams to."""
        return [
            Route("/twilio/voice", self.voice, methods=["POST"]),
            Route("/twilio/status", self.status, methods=["POST"]),
            Route("/twilio/stream", self.stream_status, methods=["POST"]),
            WebSocketRoute("/twilio/media", self.media),
        ]

    async def voice(self, request: Request) -> Response:
        """What is to happen with this call now, as TwiML."""
        form = await self._form(request)
        if isinstance(form, Response):
            return form
        if not form.get("CallSid"):
            return PlainTextResponse("CallSid is missing, expected Twilio's id of the call\n", 400)
        return Response(await self._desk.answer(form), media_type="text/xml")

    async def status(self, request: Request) -> Response:
        """A call's state changed."""
        form = await self._form(request)
        if isinstance(form, Response):
            return form
        if form.get("CallStatus") in OVER:
            await self._desk.carrier_ended(form.get("CallSid", ""))
        return Response(status_code=204)

    async def stream_status(self, request: Request) -> Response:
        """A stream's state changed; errors are worth a line."""
        form = await self._form(request)
        if isinstance(form, Response):
            return form
        if form.get("StreamEvent") == "stream-error":
            call_id = form.get("CallSid", "")
            log.warning(
                "Twilio reports a stream error: %s", form.get("StreamError", "")[:200], extra={"call_id": call_id}
            )
        return Response(status_code=204)

    async def media(self, socket: WebSocket) -> None:
        """A call's stream, from its handshake to its close."""
        if not self._handshake_is_signed(socket):
            self._refuse("media signature")
            await socket.send_denial_response(PlainTextResponse("the handshake's signature does not fit\n", 403))
            return
        await socket.accept()
        codec = TwilioCodec()
        try:
            async with asyncio.timeout(self._house.settings.twilio.start_timeout_secs):
                start = await self._start(socket, codec)
        except TimeoutError:
            self._refuse("media without start")
            await _close(socket, POLICY_VIOLATION, "start did not come")
            return
        if start is None:
            self._refuse("media without start")
            await _close(socket, POLICY_VIOLATION, "expected start")
            return
        refusal = self._desk.redeem(start.parameters.get("token", ""), start.call_id)
        if refusal is not None:
            self._refuse(f"media token: {refusal}", call_id=start.call_id)
            await _close(socket, POLICY_VIOLATION, f"token {refusal}")
            return
        await self._desk.stream(start.call_id, codec, SocketMessages(socket), socket.send_text)
        await _close(socket, 1000, "done")

    async def _start(self, socket: WebSocket, codec: TwilioCodec) -> StreamStartFrame | None:
        """The first message that counts; None when too much nonsense comes, or the socket closes."""
        nonsense = 0
        while nonsense <= self._house.settings.limits.flood_messages:
            message = await _receive(socket)
            if message is None:
                return None
            try:
                frame = codec.decode(message)
            except ProtocolError:
                nonsense += 1
                continue
            if isinstance(frame, StreamStartFrame):
                return frame
        return None

    async def _form(self, request: Request) -> dict[str, str] | Response:
        """The request's form once its signature is known to be right; otherwise the refusal."""
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > LONGEST_FORM_BYTES:
                self._refuse("webhook too long")
                return PlainTextResponse(f"more than {LONGEST_FORM_BYTES} bytes, expected a webhook's form\n", 413)
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
        if self._check is not None and not self._check.webhook(
            request.url.path,
            request.url.query,
            pairs,
            request.headers.get("x-twilio-signature"),
            body=b"" if pairs else body,
        ):
            self._refuse("webhook signature")
            return PlainTextResponse("the signature does not fit\n", 403)
        return dict(pairs)

    def _handshake_is_signed(self, socket: WebSocket) -> bool:
        if self._check is None or not self._house.settings.twilio.require_stream_signature:
            return True
        return self._check.websocket(socket.url.path, socket.url.query, socket.headers.get("x-twilio-signature"))

    def _refuse(self, reason: str, **fields: str) -> None:
        self._house.counts.refused.add(reason=reason)
        log.warning("refused: %s", reason, extra=fields)


class SocketMessages:
    """What comes in on a media socket, see ``call.stream.Receive``."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._direct: Callable[[Take | None], None] | None = socket.scope.get("extensions", {}).get(DIRECT)

    async def __call__(self) -> str | bytes | None:
        """The next message; None once the socket is closed."""
        return await _receive(self._socket)

    def direct(self, take: Take | None) -> None:
        """Has text messages handed over at once, if the server that runs us can."""
        if self._direct is not None:
            self._direct(take)


async def _receive(socket: WebSocket) -> str | bytes | None:
    """The socket's next message; None once it is closed."""
    try:
        message = await socket.receive()
    except (RuntimeError, WebSocketDisconnect):
        return None
    if message["type"] == "websocket.disconnect":
        return None
    text: str | None = message.get("text")
    return text if text is not None else message.get("bytes", b"")


async def _close(socket: WebSocket, code: int, reason: str) -> None:
    with contextlib.suppress(RuntimeError, WebSocketDisconnect, OSError):
        await socket.close(code, reason)

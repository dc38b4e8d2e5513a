"""Twilio's addresses: the voice webhook, the media socket, status callbacks, and what transfers ask."""

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
from appliance.carriers.twilio import twiml
from appliance.carriers.twilio.addresses import http_address
from appliance.carriers.twilio.codec import TwilioCodec
from appliance.carriers.twilio.results import OVER, leg_result
from appliance.carriers.twilio.signature import SignatureCheck
from appliance.dialplan.transfer import LONGEST_QUEUE_SECS
from appliance.errors import ProtocolError
from appliance.server.desk import Desk
from appliance.server.hold import HOLD_SECS, hold_music
from appliance.server.house import House
from appliance.server.warm import TAKE_KEY
from appliance.server.websocket import DIRECT

log = logging.getLogger(__name__)

LONGEST_FORM_BYTES = 64 * 1024
POLICY_VIOLATION, TRY_AGAIN_LATER = 1008, 1013


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
            Route("/twilio/leg", self.leg, methods=["POST"]),
            Route("/twilio/room", self.room, methods=["POST"]),
            Route("/twilio/person", self.person, methods=["POST"]),
            Route("/twilio/wait", self.wait, methods=["POST"]),
            Route("/twilio/hold.wav", self.hold, methods=["GET"]),
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

    async def leg(self, request: Request) -> Response:
        """The call to whoever is to take a caller over: somebody has picked up, or it is over."""
        form = await self._form(request)
        if isinstance(form, Response):
            return form
        call_id = request.query_params.get("call", "")
        if self._is_room(request, call_id):
            if (result := leg_result(form)) is not None:
                await self._desk.person_left(call_id, result)
        elif form.get("CallStatus") == "in-progress":
            self._desk.person_answered(form.get("ParentCallSid", ""))
        elif form.get("CallStatus") in OVER:
            self._desk.person_rang_out(form.get("ParentCallSid", ""))
        return Response(status_code=204)

    async def room(self, request: Request) -> Response:
        """Somebody has left a room."""
        form = await self._form(request)
        if isinstance(form, Response):
            return form
        if form.get("StatusCallbackEvent") == "participant-leave":
            self._desk.left_room(form.get("CallSid", ""))
        return Response(status_code=204)

    async def person(self, request: Request) -> Response:
        """A person has heard what a caller wants: who takes the call gets the caller."""
        form = await self._form(request)
        if isinstance(form, Response):
            return form
        call_id, room = request.query_params.get("call", ""), request.query_params.get("room", "")
        if not self._is_room(request, call_id):
            self._refuse("room", call_id=call_id)
            return PlainTextResponse("there is no such room\n", 403)
        takes_it = form.get("Digits") == TAKE_KEY or request.query_params.get("asked") == "no"
        return Response(self._desk.person_decides(call_id, room, takes_it), media_type="text/xml")

    async def wait(self, request: Request) -> Response:
        """What a caller hears in a queue, and for how long."""
        form = await self._form(request)
        if isinstance(form, Response):
            return form
        secs = request.query_params.get("secs", "")
        wanted = min(int(secs), LONGEST_QUEUE_SECS) if secs.isascii() and secs.isdecimal() else LONGEST_QUEUE_SECS
        hold_url = http_address(self._house.base_url, "/twilio/hold.wav")
        return Response(twiml.wait_in_queue(hold_url, HOLD_SECS, wanted), media_type="text/xml")

    async def hold(self, request: Request) -> Response:
        """What is played meanwhile."""
        return Response(hold_music(), media_type="audio/wav", headers={"Cache-Control": "max-age=86400"})

    def _is_room(self, request: Request, call_id: str) -> bool:
        warm = self._desk.warm
        return warm is not None and warm.is_room(request.query_params.get("room", ""), call_id)

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

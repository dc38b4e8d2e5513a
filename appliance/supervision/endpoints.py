"""Supervision's addresses: the RTVI sockets, signing in, the page."""

import asyncio

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from appliance.supervision import pages
from appliance.supervision.auth import COOKIE, Auth, Refusal
from appliance.supervision.credentials import SESSION_SECS
from appliance.supervision.hub import Hub
from appliance.supervision.socket import converse
from appliance.supervision.subject import Full

GONE_AFTER = 5
"""So many turns of the event loop see a refused connection gone."""

NO_SUCH_CALL = Refusal(404, "There is no such call.")


def routes(hub: Hub, auth: Auth) -> list[Route | WebSocketRoute]:
    """What a server mounts at its root."""
    desk = _Desk(hub, auth)
    return [
        WebSocketRoute("/rtvi", desk.watch_house),
        WebSocketRoute("/rtvi/{call_id:path}", desk.watch_call),
        Route("/", desk.page),
        Route("/sign-in", desk.sign_in),
        Route("/assets/{name}", desk.asset),
    ]


class _Desk:
    def __init__(self, hub: Hub, auth: Auth) -> None:
        self._hub = hub
        self._auth = auth

    async def page(self, request: Request) -> Response:
        admitted = self._auth.admit(request)
        if isinstance(admitted, Refusal):
            return pages.signed_out(admitted)
        return pages.desk()

    async def asset(self, request: Request) -> Response:
        admitted = self._auth.admit(request)
        if isinstance(admitted, Refusal):
            return _refused(admitted)
        return pages.asset(request.path_params["name"])

    async def sign_in(self, request: Request) -> Response:
        session = self._auth.sign_in(request, request.query_params.get("code", ""))
        if isinstance(session, Refusal):
            return pages.signed_out(session)
        response = pages.signed_in()
        secure = request.url.scheme == "https"
        response.set_cookie(COOKIE, session, max_age=SESSION_SECS, httponly=True, samesite="strict", secure=secure)
        return response

    async def watch_house(self, websocket: WebSocket) -> None:
        await self._watch(websocket, None)

    async def watch_call(self, websocket: WebSocket) -> None:
        await self._watch(websocket, websocket.path_params["call_id"])

    async def _watch(self, websocket: WebSocket, call_id: str | None) -> None:
        admitted = self._auth.admit(websocket)
        if isinstance(admitted, Refusal):
            await _refuse(websocket, admitted)
            return
        credential, role = admitted.credential, admitted.role
        subject = self._hub.subject(call_id)
        if subject is None:
            await _refuse(websocket, NO_SUCH_CALL)
            return
        if not subject.is_open_to(role):
            await _refuse(websocket, Refusal(403, f"The role {role.name!r} does not cover this call's dialplan."))
            return
        feed = self._hub.new_feed(credential.name, role)
        try:
            self._hub.join(subject, feed, _after(websocket))
        except Full as full:
            await _refuse(websocket, Refusal(429, str(full)))
            return
        try:
            await websocket.accept()
            await converse(websocket, subject, feed, lambda: self._auth.good(credential))
        finally:
            self._hub.leave(subject, feed)


def _after(websocket: WebSocket) -> int | None:
    after = websocket.query_params.get("after", "")
    return int(after) if after.isdecimal() and len(after) < 19 else None


async def _refuse(websocket: WebSocket, refusal: Refusal) -> None:
    await websocket.send_denial_response(_refused(refusal))
    # Until the connection is gone, uvicorn takes the handshake for unfinished, and would log an error for each
    # refusal: anybody could fill the log.
    for _ in range(GONE_AFTER):
        await asyncio.sleep(0)


def _refused(refusal: Refusal) -> Response:
    headers = {"www-authenticate": "Bearer"} if refusal.status == 401 else None
    return PlainTextResponse(f"{refusal.text}\n", refusal.status, headers)

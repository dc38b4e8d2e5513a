"""The carrier's REST resource of a call: asking for it, ending it, giving it other TwiML.

See Twilio, "Call resource". Errors are JSON with Twilio's codes.
"""

import base64
import hmac
from collections.abc import Mapping
from email.utils import format_datetime
from typing import Any

from aiohttp import web

from appliance.simulator.leg import API_VERSION, Document
from appliance.simulator.live import LiveCall
from appliance.simulator.verbs import CallEnd

AUTHENTICATION = (401, 20003, "Authenticate")
NOT_FOUND = (404, 20404, "The requested resource {path} was not found")
BOTH = (400, 21218, "Only one of Url and Twiml may be given")
BAD_STATUS = (400, 21213, "Status is {status}, expected completed or canceled")


class RestServer:
    """Serves the calls of one account on 127.0.0.1."""

    def __init__(self, account_sid: str, auth_token: str | None, calls: Mapping[str, LiveCall], port: int) -> None:
        self._account_sid = account_sid
        self._auth_token = auth_token
        self._calls = calls
        self._port = port
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """The base address, without a slash at the end."""
        return f"http://127.0.0.1:{self._port}"

    async def start(self) -> None:
        """Begins to listen. OSError when the port is taken."""
        app = web.Application()
        path = f"/{API_VERSION}/Accounts/{{account}}/Calls/{{call}}.json"
        app.router.add_post(path, self._update)
        app.router.add_get(path, self._get)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Stops listening."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _get(self, request: web.Request) -> web.Response:
        refused = self._refusal(request)
        return refused or web.json_response(_resource(self._calls[request.match_info["call"]]))

    async def _update(self, request: web.Request) -> web.Response:
        refused = self._refusal(request)
        if refused is not None:
            return refused
        live = self._calls[request.match_info["call"]]
        if live.is_over:
            return _error(NOT_FOUND, path=request.path)
        form = {name: str(value) for name, value in (await request.post()).items()}
        return self._apply(live, form) or web.json_response(_resource(live))

    def _apply(self, live: LiveCall, form: Mapping[str, str]) -> web.Response | None:
        status = form.get("Status")
        if "Twiml" in form and "Url" in form:
            return _error(BOTH)
        if status not in (None, "completed", "canceled"):
            return _error(BAD_STATUS, status=status)
        if status is not None:
            live.interrupt(CallEnd("ended over REST"))
        elif "Twiml" in form or "Url" in form:
            live.leg.tell("server", "gives the call other TwiML over REST")
            live.interrupt(lambda: _document(live, form))
        return None

    def _refusal(self, request: web.Request) -> web.Response | None:
        if not self._is_authorized(request.headers.get("Authorization", "")):
            return _error(AUTHENTICATION)
        known = request.match_info["account"] == self._account_sid and request.match_info["call"] in self._calls
        return None if known else _error(NOT_FOUND, path=request.path)

    def _is_authorized(self, header: str) -> bool:
        """Without a token of our own, any Basic credentials will do."""
        if self._auth_token is None:
            return header.startswith("Basic ")
        expected = base64.b64encode(f"{self._account_sid}:{self._auth_token}".encode()).decode()
        return hmac.compare_digest(header.encode(), f"Basic {expected}".encode())


async def _document(live: LiveCall, form: Mapping[str, str]) -> Document:
    if "Url" in form:
        return await live.leg.fetch(form["Url"], {}, form.get("Method", "POST"))
    return live.leg.read(live.leg.url, form["Twiml"])


def _error(kind: tuple[int, int, str], **values: object) -> web.Response:
    status, code, text = kind
    body = {
        "code": code,
        "message": text.format(**values),
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
    return web.json_response(body, status=status)


def _resource(live: LiveCall) -> dict[str, Any]:
    leg = live.leg
    created = format_datetime(leg.created)
    return {
        "sid": leg.sid,
        "account_sid": leg.account_sid,
        "api_version": API_VERSION,
        "date_created": created,
        "date_updated": format_datetime(leg.ended or leg.answered or leg.created),
        "direction": "inbound",
        "duration": str(leg.duration_secs) if leg.ended else None,
        "end_time": format_datetime(leg.ended) if leg.ended else None,
        "from": leg.call.from_number,
        "parent_call_sid": None,
        "price": None,
        "price_unit": "USD",
        "start_time": format_datetime(leg.answered) if leg.answered else None,
        "status": leg.status,
        "to": leg.call.to,
        "uri": f"/{API_VERSION}/Accounts/{leg.account_sid}/Calls/{leg.sid}.json",
    }

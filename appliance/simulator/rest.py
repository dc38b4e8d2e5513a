"""The carrier's REST resources: calls are placed, asked for, ended and given other TwiML, text messages sent.

See Twilio, "Call resource" and "Messages resource". Errors are JSON with Twilio's codes.
"""

import base64
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import format_datetime
from typing import Any, Protocol

from aiohttp import web

from appliance.simulator.leg import API_VERSION, Call, Document
from appliance.simulator.live import LiveCall
from appliance.simulator.sids import new_sid
from appliance.simulator.verbs import CallEnd

AUTHENTICATION = (401, 20003, "Authenticate")
NOT_FOUND = (404, 20404, "The requested resource {path} was not found")
BOTH = (400, 21218, "Only one of Url and Twiml may be given")
NEITHER = (400, 21205, "Url or Twiml is missing")
NO_TO, NO_FROM = (400, 21201, "No 'To' number is given"), (400, 21213, "No 'From' number is given")
CALL_NEEDS = (("To", NO_TO), ("From", NO_FROM))
MESSAGE_NEEDS = (
    ("To", (400, 21604, "No 'To' number is given")),
    ("From", (400, 21603, "No 'From' number is given")),
    ("Body", (400, 21602, "No message body is given")),
)
BAD_STATUS = (400, 21213, "Status is {status}, expected completed or canceled")


@dataclass(frozen=True, slots=True)
class TextMessage:
    """A text message that the server has sent."""

    to: str
    from_number: str
    body: str


class Exchange(Protocol):
    """Where calls of the server's begin and its messages go."""

    def place(self, call: Call, twiml: str | None) -> LiveCall:
        """Calls somebody; ``twiml`` in place of what ``call.url`` says."""

    def deliver(self, message: TextMessage) -> None:
        """Delivers a text message."""


class RestServer:
    """Serves the calls of one account on 127.0.0.1."""

    def __init__(
        self,
        account_sid: str,
        auth_token: str | None,
        calls: Mapping[str, LiveCall],
        port: int,
        exchange: Exchange,
    ) -> None:
        self._account_sid = account_sid
        self._auth_token = auth_token
        self._calls = calls
        self._port = port
        self._exchange = exchange
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """The base address, without a slash at the end."""
        return f"http://127.0.0.1:{self._port}"

    async def start(self) -> None:
        """Begins to listen. OSError when the port is taken."""
        app = web.Application()
        account = f"/{API_VERSION}/Accounts/{{account}}"
        path = f"{account}/Calls/{{call}}.json"
        app.router.add_post(f"{account}/Calls.json", self._create)
        app.router.add_post(f"{account}/Messages.json", self._send)
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

    async def _create(self, request: web.Request) -> web.Response:
        refused = self._refusal(request)
        if refused is not None:
            return refused
        sent = await request.post()
        form = {name: str(value) for name, value in sent.items()}
        wrong = next((error for name, error in CALL_NEEDS if not form.get(name)), None)
        if wrong is None and ("Twiml" in form) == ("Url" in form):
            wrong = BOTH if "Url" in form else NEITHER
        if wrong is not None:
            return _error(wrong)
        call = Call(
            url=form.get("Url", ""),
            to=form["To"],
            from_number=form["From"],
            direction="outbound-api",
            longest_ring_secs=min(float(form.get("Timeout", 60)), Call.longest_ring_secs),
            status_callback=form.get("StatusCallback"),
            status_events=[str(event) for event in sent.getall("StatusCallbackEvent", ["completed"])],
        )
        live = self._exchange.place(call, form.get("Twiml"))
        return web.json_response(_resource(live), status=201)

    async def _send(self, request: web.Request) -> web.Response:
        refused = self._refusal(request)
        if refused is not None:
            return refused
        form = {name: str(value) for name, value in (await request.post()).items()}
        wrong = next((error for name, error in MESSAGE_NEEDS if not form.get(name)), None)
        if wrong is not None:
            return _error(wrong)
        self._exchange.deliver(TextMessage(form["To"], form["From"], form["Body"]))
        sid = new_sid("SM")
        known = {"sid": sid, "account_sid": self._account_sid, "status": "queued", "body": form["Body"]}
        return web.json_response(known | {"to": form["To"], "from": form["From"], "num_segments": "1"}, status=201)

    def _apply(self, live: LiveCall, form: Mapping[str, str]) -> web.Response | None:
        status = form.get("Status")
        if "Twiml" in form and "Url" in form:
            return _error(BOTH)
        if status not in (None, "completed", "canceled"):
            return _error(BAD_STATUS, status=status)
        if status is not None:
            if live.leg.answered is None:
                live.leg.status = "canceled"
            live.interrupt(CallEnd("ended over REST"))
        elif "Twiml" in form or "Url" in form:
            live.leg.tell("server", "gives the call other TwiML over REST")
            live.interrupt(lambda: _document(live, form))
        return None

    def _refusal(self, request: web.Request) -> web.Response | None:
        if not self._is_authorized(request.headers.get("Authorization", "")):
            return _error(AUTHENTICATION)
        known = request.match_info["account"] == self._account_sid
        if "call" in request.match_info:
            known = known and request.match_info["call"] in self._calls
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
        "direction": leg.call.direction,
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

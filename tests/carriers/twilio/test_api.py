"""Twilio's REST API, against a real local server that answers as Twilio does."""

import asyncio
import json
from base64 import b64decode
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from appliance.carriers.twilio.api import TwilioApi
from appliance.errors import CarrierError

ACCOUNT = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
CALL = "CA22222222222222222222222222222222"
CALL_PATH = f"/2010-04-01/Accounts/{ACCOUNT}/Calls/{CALL}.json"
SECRET = "a very secret token"
TWIML = "<Response><Dial>+15551230001</Dial></Response>"

Reply = tuple[int, object]
"""Status and body; a body that is None closes the connection without an answer, text is sent as it is."""

FINE: Reply = (200, {"sid": CALL, "account_sid": ACCOUNT, "status": "completed"})
ENDED: Reply = (404, {"code": 20404, "message": "The requested resource was not found", "status": 404})
BUSY: Reply = (429, {"code": 20429, "message": "Too Many Requests", "status": 429})
BROKEN: Reply = (503, {"code": 20503, "message": "Service unavailable", "status": 503})
BARRED: Reply = (401, {"code": 20003, "message": f"Authenticate {SECRET}", "status": 401})
WRONG: Reply = (400, {"code": 21218, "message": "Invalid TwiML for +15551230001", "status": 400})
PROBLEM: Reply = (400, {"type": "t", "title": "Bad", "status": 400, "code": 20001})
PAGE: Reply = (404, "<h1>Not here</h1>")
NO_ANSWER: Reply = (0, None)


@dataclass
class Twilio:
    """The local server: what it will answer, in order, and what it was asked."""

    replies: list[Reply] = field(default_factory=lambda: [FINE])
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    signed_in_as: list[str] = field(default_factory=list)
    peers: set[object] = field(default_factory=set)
    silent: asyncio.Event | None = None
    base: str = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.asked.append((request.method, request.raw_path, form))
        scheme, login = request.headers["Authorization"].split()
        self.signed_in_as.append(f"{scheme} {b64decode(login).decode()}")
        assert request.transport is not None
        self.peers.add(request.transport.get_extra_info("peername"))
        if self.silent is not None:
            await self.silent.wait()
        status, body = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if body is None:
            request.transport.close()
            return web.Response()
        text = body if isinstance(body, str) else json.dumps(body)
        return web.Response(status=status, text=text, content_type="application/json")


@pytest.fixture
async def twilio() -> AsyncIterator[Twilio]:
    double = Twilio()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", double.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    double.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield double
    await runner.cleanup()


@pytest.fixture
async def api(twilio: Twilio) -> AsyncIterator[TwilioApi]:
    api = TwilioApi(ACCOUNT, SECRET, base_url=twilio.base)
    yield api
    await api.close()


async def test_a_call_is_hung_up(twilio: Twilio, api: TwilioApi) -> None:
    await api.hang_up(CALL)
    assert twilio.asked == [("POST", CALL_PATH, {"Status": "completed"})]
    assert twilio.signed_in_as == [f"Basic {ACCOUNT}:{SECRET}"]


async def test_a_call_goes_on_with_another_document(twilio: Twilio, api: TwilioApi) -> None:
    await api.redirect(CALL, TWIML)
    assert twilio.asked == [("POST", CALL_PATH, {"Twiml": TWIML})]


async def test_somebody_is_called_and_hears_a_document(twilio: Twilio, api: TwilioApi) -> None:
    call = await api.place_call("+1555", "+1666", TWIML, ring_secs=20, status_callback="https://h/leg?call=a")
    path = f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json"
    form = {"To": "+1555", "From": "+1666", "Twiml": TWIML, "Timeout": "20", "StatusCallback": "https://h/leg?call=a"}
    assert (call, twilio.asked) == (CALL, [("POST", path, form)])


async def test_a_text_message_is_sent(twilio: Twilio, api: TwilioApi) -> None:
    await api.send_message("+1555", "+1666", "Hi & bye")
    path = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    assert twilio.asked == [("POST", path, {"To": "+1555", "From": "+1666", "Body": "Hi & bye"})]


async def test_nobody_is_called_or_written_to_twice(twilio: Twilio, api: TwilioApi) -> None:
    twilio.replies = [(503, {"status": 503, "message": "Busy"})]
    with pytest.raises(CarrierError, match=r"^Twilio did not place a call: HTTP status 503"):
        await api.place_call("+1555", "+1666", TWIML, ring_secs=20, status_callback="https://h/leg")
    with pytest.raises(CarrierError, match=r"^Twilio did not send a message: HTTP status 503"):
        await api.send_message("+1555", "+1666", "Hi")
    assert len(twilio.asked) == 2


async def test_an_api_key_signs_in_instead_of_the_account(twilio: Twilio) -> None:
    api = TwilioApi(ACCOUNT, "its secret", api_key="SK1", base_url=f"{twilio.base}/")
    await api.hang_up(CALL)
    await api.close()
    assert twilio.asked == [("POST", CALL_PATH, {"Status": "completed"})]
    assert twilio.signed_in_as == ["Basic SK1:its secret"]


async def test_the_api_may_lie_below_a_path(twilio: Twilio) -> None:
    api = TwilioApi(ACCOUNT, SECRET, base_url=f"{twilio.base}/proxy")
    await api.hang_up(CALL)
    await api.close()
    assert twilio.asked == [("POST", f"/proxy{CALL_PATH}", {"Status": "completed"})]


async def test_a_call_id_cannot_lead_elsewhere(twilio: Twilio, api: TwilioApi) -> None:
    await api.hang_up("../../x?y#z")
    path = f"/2010-04-01/Accounts/{ACCOUNT}/Calls/..%2F..%2Fx%3Fy%23z.json"
    assert twilio.asked == [("POST", path, {"Status": "completed"})]


async def test_a_call_that_has_ended_already_is_fine(twilio: Twilio, api: TwilioApi) -> None:
    twilio.replies = [ENDED]
    await api.hang_up(CALL)
    await api.redirect(CALL, TWIML)
    assert len(twilio.asked) == 2


async def test_one_session_serves_all_operations(twilio: Twilio, api: TwilioApi) -> None:
    for _ in range(5):
        await api.hang_up(CALL)
    assert (len(twilio.asked), len(twilio.peers)) == (5, 1)


RETRIED = [
    ("hang_up", [BROKEN, FINE]),
    ("hang_up", [NO_ANSWER, FINE]),
    ("hang_up", [BUSY, FINE]),
    ("hang_up", [BROKEN, ENDED]),
    ("redirect", [BUSY, FINE]),
]


@pytest.mark.parametrize(("operation", "replies"), RETRIED)
async def test_what_does_no_harm_twice_is_tried_once_more(
    twilio: Twilio, api: TwilioApi, operation: str, replies: list[Reply]
) -> None:
    twilio.replies = replies
    await perform(api, operation)
    assert len(twilio.asked) == 2


REFUSED = [
    ("hang_up", BROKEN, 2, "Twilio did not end a call: HTTP status 503, code 20503"),
    ("hang_up", (500, "<html>"), 2, "Twilio did not end a call: HTTP status 500"),
    ("hang_up", BUSY, 2, "Twilio did not end a call: HTTP status 429, code 20429"),
    ("hang_up", BARRED, 1, "Twilio did not end a call: HTTP status 401, code 20003"),
    ("hang_up", PROBLEM, 1, "Twilio did not end a call: HTTP status 400, code 20001"),
    ("hang_up", PAGE, 1, "Twilio did not end a call: HTTP status 404"),
    ("hang_up", (302, {}), 1, "Twilio did not end a call: HTTP status 302"),
    (
        "hang_up",
        (200, "<html>"),
        1,
        "Twilio did not end a call: {base} answered something that is not a resource of Twilio's",
    ),
    (
        "hang_up",
        (200, "[]"),
        1,
        "Twilio did not end a call: {base} answered something that is not a resource of Twilio's",
    ),
    ("redirect", WRONG, 1, "Twilio did not redirect a call: HTTP status 400, code 21218"),
    ("redirect", BROKEN, 1, "Twilio did not redirect a call: HTTP status 503, code 20503"),
    (
        "redirect",
        NO_ANSWER,
        1,
        "Twilio did not redirect a call: the connection to {base} failed (ServerDisconnectedError)",
    ),
]


@pytest.mark.parametrize(("operation", "reply", "attempts", "text"), REFUSED)
async def test_a_refusal_is_one_sentence_without_secrets_or_numbers(
    twilio: Twilio, api: TwilioApi, operation: str, reply: Reply, attempts: int, text: str
) -> None:
    twilio.replies = [reply]
    with pytest.raises(CarrierError) as caught:
        await perform(api, operation)
    assert str(caught.value) == text.format(base=twilio.base)
    assert len(twilio.asked) == attempts


@pytest.mark.parametrize("operation", ["hang_up", "redirect"])
async def test_an_api_that_does_not_answer_is_given_up(twilio: Twilio, operation: str) -> None:
    twilio.silent = asyncio.Event()
    api = TwilioApi(ACCOUNT, SECRET, base_url=twilio.base, time_limit_secs=0.1)
    with pytest.raises(CarrierError) as caught:
        await perform(api, operation)
    twilio.silent.set()
    await api.close()
    what = {"hang_up": "end a call", "redirect": "redirect a call"}[operation]
    assert str(caught.value) == f"Twilio did not {what} within 0.1 seconds"


@pytest.mark.parametrize("operation", ["hang_up", "redirect"])
async def test_an_api_that_cannot_be_reached_is_named(twilio: Twilio, unused_tcp_port: int, operation: str) -> None:
    base = f"http://127.0.0.1:{unused_tcp_port}"
    api = TwilioApi(ACCOUNT, SECRET, base_url=base)
    with pytest.raises(CarrierError) as caught:
        await perform(api, operation)
    await api.close()
    what = {"hang_up": "end a call", "redirect": "redirect a call"}[operation]
    assert str(caught.value) == f"Twilio did not {what}: {base} cannot be reached"


async def test_closing_what_was_never_used_is_fine() -> None:
    api = TwilioApi(ACCOUNT, SECRET)
    await api.close()
    await api.close()


async def test_after_closing_another_session_is_opened(twilio: Twilio, api: TwilioApi) -> None:
    await api.hang_up(CALL)
    await api.close()
    await api.hang_up(CALL)
    assert (len(twilio.asked), len(twilio.peers)) == (2, 2)


async def perform(api: TwilioApi, operation: str) -> None:
    if operation == "hang_up":
        await api.hang_up(CALL)
    else:
        await api.redirect(CALL, TWIML)

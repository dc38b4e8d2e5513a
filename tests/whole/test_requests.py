"""Who may ring and who may stream: signatures and tokens, with the carrier's own signers."""

import asyncio
import re
import socket
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import aiohttp
import orjson
import pytest
from twilio.request_validator import RequestValidator

from appliance.simulator import Call, Phone, Sound, Speak, Wait
from tests.whole.appliance import Appliance, running
from tests.whole.carrier import NUMBER, SILENCE, Carrier, closed, heard, new_call_id, start
from tests.whole.engines import Engines

AUTH_TOKEN = "0123456789abcdef0123456789abcdef"
PUBLIC = "https://voice.example.com"
FORM = {"CallSid": "CA" + "1" * 32, "To": NUMBER, "From": "+15550100199", "Empty": ""}
Sign = Callable[[str, dict[str, str]], str]


@pytest.fixture(scope="module")
def signed(
    tmp_path_factory: pytest.TempPathFactory, quick_dialplans: Path, listener: socket.socket
) -> Iterator[Appliance]:
    """A service with an auth token, reached under a public name."""
    with running(
        tmp_path_factory.mktemp("signed"),
        quick_dialplans,
        speech__uri=f"tcp://127.0.0.1:{listener.getsockname()[1]}",
        server__public_base_url=PUBLIC,
        twilio__auth_token=AUTH_TOKEN,
    ) as service:
        yield service


@pytest.fixture
async def stranger(signed: Appliance) -> AsyncIterator[Carrier]:
    """Requests by hand to the service that wants signatures."""
    async with aiohttp.ClientSession() as http:
        yield Carrier(signed, http)


def _sign_python(address: str, form: dict[str, str]) -> str:
    return str(RequestValidator(AUTH_TOKEN).compute_signature(address, form))


async def _voice(stranger: Carrier, signature: str | None, form: dict[str, str] = FORM) -> int:
    headers = {} if signature is None else {"X-Twilio-Signature": signature}
    status, _ = await stranger.post("/twilio/voice", form, headers)
    return status


async def test_the_right_signature_is_accepted_and_every_other_is_refused(stranger: Carrier) -> None:
    right = _sign_python(f"{PUBLIC}/twilio/voice", FORM)
    other_form = {**FORM, "To": "+15555550101"}
    statuses = [
        await _voice(stranger, right),
        await _voice(stranger, None),
        await _voice(stranger, ""),
        await _voice(stranger, "not base64 \N{SNOWMAN}".encode().decode("latin-1")),
        await _voice(stranger, right, other_form),
        await _voice(stranger, _sign_python(f"{PUBLIC}/twilio/status", FORM)),
        await _voice(stranger, _sign_python("http://127.0.0.1/twilio/voice", FORM)),
        await _voice(stranger, str(RequestValidator("another").compute_signature(f"{PUBLIC}/twilio/voice", FORM))),
    ]
    assert statuses == [200, *[403] * 7]
    assert await stranger.service.metric("appliance_refused_total", reason="webhook signature") >= 7


@pytest.mark.parametrize("path", ["/twilio/status", "/twilio/stream"])
async def test_status_callbacks_are_signed_too(stranger: Carrier, path: str) -> None:
    form = {"CallSid": "CA" + "3" * 32, "CallStatus": "completed"}
    assert (await stranger.post(path, form))[0] == 403
    assert (await stranger.post(path, form, {"X-Twilio-Signature": _sign_python(PUBLIC + path, form)}))[0] == 204


@pytest.mark.needs("node", "tests/js/node_modules")
async def test_what_the_npm_package_signs_is_accepted(stranger: Carrier, program: Callable[[str], Path]) -> None:
    script = Path(__file__).parent.parent / "js" / "sign_twilio.mjs"
    cases = [{"token": AUTH_TOKEN, "url": f"{PUBLIC}/twilio/voice", "params": FORM}]
    command = [str(program("node")), str(script)]
    done = await asyncio.to_thread(
        subprocess.run,
        command,
        input=orjson.dumps(cases),
        capture_output=True,
        check=True,
        timeout=60,
    )
    signature = orjson.loads(done.stdout)[0]
    assert signature == _sign_python(f"{PUBLIC}/twilio/voice", FORM)
    assert await _voice(stranger, signature) == 200


async def test_a_media_socket_without_the_right_signature_is_refused_before_it_opens(stranger: Carrier) -> None:
    address = "wss://voice.example.com/twilio/media"
    wrong = [None, "nonsense", _sign_python("https://voice.example.com/twilio/media", {})]
    for signature in wrong:
        headers = {} if signature is None else {"x-twilio-signature": signature}
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with stranger.stream(headers):
                pass
        assert refused.value.status == 403
    for right in (_sign_python(address, {}), _sign_python(f"{address}/", {})):
        async with stranger.stream({"x-twilio-signature": right}) as socket:
            await socket.send_json(start(new_call_id(), "guessed"))
            assert await closed(socket) == (1008, "token unknown")
    assert await stranger.service.metric("appliance_refused_total", reason="media signature") >= 3


async def test_a_signing_carrier_is_served(signed: Appliance, engines: Engines, yes: Sound) -> None:
    async with Phone(auth_token=AUTH_TOKEN, public_url=PUBLIC) as phone:
        call = Call(url=signed.voice_url, to=NUMBER, actions=[Wait("bot"), Speak(yes), Wait("end")])
        result = await phone.call(call)
    assert (result.problems, result.end) == ([], "<Hangup>")


async def test_a_carrier_that_does_not_sign_hears_nothing(signed: Appliance, phone: Phone) -> None:
    result = await phone.call(Call(url=signed.voice_url, to=NUMBER))
    assert (result.verbs, result.streams) == ([], 0)
    assert result.problems == [f"11200: {signed.voice_url} answered with status 403, expected 200."]


async def test_a_token_opens_one_stream_of_its_own_call_once(carrier: Carrier, engines: Engines) -> None:
    call_id, other = new_call_id(), new_call_id()
    token, others_token = await carrier.token(call_id), await carrier.token(other)
    async with carrier.stream() as socket:
        await socket.send_json(start(call_id, others_token))
        assert await closed(socket) == (1008, "token other call")
    async with carrier.stream() as first:
        await first.send_json(start(call_id, token))
        await heard(first, "media")
        async with carrier.stream() as second:
            await second.send_json(start(call_id, token))
            assert await closed(second) == (1008, "token reused")
        await first.send_json({"event": "stop"})
        assert await closed(first) == (1000, "done")
    record = await carrier.service.record(call_id)
    assert (record["outcome"], record["end_reason"]) == ("abandoned", "the caller hung up")
    assert (await carrier.service.get(f"/api/calls/{other}", carrier.service.token()))[0] == 404


async def test_silent_sockets_are_closed_after_a_time_limit_and_tokens_expire(carrier: Carrier) -> None:
    call_id = new_call_id()
    token = await carrier.token(call_id)
    for _ in range(3):  # Each is closed after a second, and a token lives for two.
        async with carrier.stream() as socket:
            assert await closed(socket) == (1008, "start did not come")
    async with carrier.stream() as socket:
        await socket.send_json(start(call_id, token))
        assert await closed(socket) == (1008, "token expired")


async def test_nonsense_before_the_start_is_skipped_and_too_much_of_it_closes_the_socket(
    carrier: Carrier, engines: Engines
) -> None:
    call_id = new_call_id()
    token = await carrier.token(call_id)
    async with carrier.stream() as socket:
        for message in ("", "null", "{", '{"event":"surprise"}', orjson.dumps(SILENCE).decode()):
            await socket.send_str(message)
        await socket.send_bytes(b"\x00")
        await socket.send_json(start(call_id, token))
        assert (await heard(socket, "media"))["event"] == "media"
    async with carrier.stream() as socket:
        for _ in range(101):
            await socket.send_str("{")
        assert await closed(socket) == (1008, "expected start")


async def test_an_unknown_number_hears_a_sentence_and_is_hung_up(quick: Appliance, phone: Phone) -> None:
    result = await phone.call(Call(url=quick.voice_url, to="+15550000000"))
    assert result.verbs == ["Say", "Hangup"]
    assert (result.streams, result.end) == (0, "<Hangup>")
    said = [item.what for item in result.items if "<Say>" in item.what]
    assert said == ["<Say> 'The number you have called is not in service. Goodbye.'"]


async def test_a_webhook_that_is_not_one_is_refused_with_a_sentence(carrier: Carrier) -> None:
    assert await carrier.post("/twilio/voice", {}) == (400, "CallSid is missing, expected Twilio's id of the call\n")
    status, text = await carrier.post("/twilio/voice", {"CallSid": "CA1", "Body": "x" * 70_000})
    assert (status, text) == (413, "more than 65536 bytes, expected a webhook's form\n")


async def test_the_answer_is_a_stream_with_a_token_and_then_exactly_a_redirect_back(carrier: Carrier) -> None:
    text = await carrier.ring(new_call_id())
    base = carrier.service.url
    socket = base.replace("http", "ws", 1)
    assert re.sub(r'value="[\w-]{43}"', 'value="TOKEN"', text) == (
        '<?xml version="1.0" encoding="UTF-8"?><Response><Connect>'
        f'<Stream statusCallback="{base}/twilio/stream" url="{socket}/twilio/media">'
        '<Parameter name="token" value="TOKEN" /></Stream></Connect>'
        f'<Redirect method="POST">{base}/twilio/voice</Redirect></Response>'
    )

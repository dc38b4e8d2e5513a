"""`<Connect><Stream>`: the address, the parameters, the handshake's signature, and the stream's callbacks."""

import pytest
from twilio.request_validator import RequestValidator

from appliance.simulator import Call, CallResult, Phone, Wait, place_call
from tests.simulator.bot import Bot, Socket, greet, listen, serving

CALLBACK = (
    '<Connect><Stream url="ws://{host}/media" name="main" statusCallback="/stream">'
    '<Parameter name="token" value="a&amp;b"/><Parameter name="lang" value="en"/></Stream></Connect>'
)


async def calling(bot: Bot, *, wait: str = "bot") -> CallResult:
    """A call that listens."""
    return await place_call(Call(url=bot.url, actions=[Wait(wait)], grace_secs=0.0))


async def test_start_carries_the_parameters_and_the_ids_of_the_webhook() -> None:
    async with serving(greet, CALLBACK, stream=["<Response/>"]) as bot:
        result = await calling(bot)
    start = bot.sockets[0].start["start"]
    assert start["customParameters"] == {"token": "a&b", "lang": "en"}
    assert start["callSid"] == bot.forms("/voice")[0]["CallSid"] == result.call_sid
    assert start["accountSid"] == bot.forms("/voice")[0]["AccountSid"]


async def test_the_stream_callback_is_told_of_start_and_stop() -> None:
    async with serving(greet, CALLBACK, stream=[""]) as bot:
        result = await calling(bot)
    forms = bot.forms("/stream")
    assert [form["StreamEvent"] for form in forms] == ["stream-started", "stream-stopped"]
    assert {form["StreamName"] for form in forms} == {"main"}
    assert {form["StreamSid"] for form in forms} == {bot.sockets[0].sid}
    assert {form["CallSid"] for form in forms} == {result.call_sid}


async def test_a_handshake_that_fails_is_told_to_the_callback_and_the_twiml_goes_on() -> None:
    twiml = '<Connect><Stream url="ws://{host}/closed" statusCallback="/stream"/></Connect><Hangup/>'
    async with serving(greet, twiml, stream=[""]) as bot:
        result = await calling(bot, wait="end")
    [form] = bot.forms("/stream")
    failed = "The media stream's handshake failed: status 404."
    assert (form["StreamEvent"], form["StreamError"]) == ("stream-error", failed)
    assert (result.end, result.problems) == ("<Hangup>", [f"31920: {failed}"])


async def test_a_dropped_connection_is_told_to_the_callback() -> None:
    async def vanish(socket: Socket) -> None:
        await socket.until("start")
        connection = socket.ws._req
        assert connection is not None
        assert connection.transport is not None
        connection.transport.abort()

    async with serving(vanish, CALLBACK, stream=[""]) as bot:
        result = await calling(bot, wait="end")
    assert [form["StreamEvent"] for form in bot.forms("/stream")] == ["stream-started", "stream-error"]
    assert result.problems == ["31921: The server dropped the media stream's connection without closing it."]
    assert result.end == "the TwiML ended"


async def test_the_query_of_the_streams_url_never_arrives() -> None:
    asked: list[str] = []

    async def note(socket: Socket) -> None:
        asked.append(socket.ws._req.path_qs if socket.ws._req is not None else "")
        await greet(socket)

    async with serving(note, '<Connect><Stream url="ws://{host}/media?token=secret"/></Connect>') as bot:
        result = await calling(bot)
    assert (asked, result.problems) == (["/media"], [])


async def test_behind_a_proxy_the_handshake_is_signed_over_the_wss_address_of_the_twiml() -> None:
    twiml = '<Connect><Stream url="wss://bot.example.com/media"/></Connect>'
    async with (
        serving(greet, twiml) as bot,
        Phone(auth_token="t0p", public_url="https://bot.example.com") as phone,
    ):
        result = await phone.call(Call(url=bot.url, actions=[Wait()], grace_secs=0.0))
    signature = bot.sockets[0].headers["x-twilio-signature"]
    validator = RequestValidator("t0p")
    assert validator.validate("wss://bot.example.com/media", {}, signature)
    _, form, headers = bot.requests[0]
    assert validator.validate("https://bot.example.com/voice", form, headers["X-Twilio-Signature"])
    assert result.ok


WRONG = {
    '<Connect><Stream url="https://h/media"/></Connect>': (
        "31922: The stream's url is 'https://h/media', expected one that begins with wss://."
    ),
    '<Connect><Stream url="ws://example.com/media"/></Connect>': (
        "31922: The stream's url is 'ws://example.com/media', expected one that begins with wss://."
    ),
    "<Connect/>": "12100: <Connect> with nothing in it, expected one <Stream>.",
    "<Connect><Room>r</Room></Connect>": "12100: <Connect> with <Room> in it, expected one <Stream>.",
}


@pytest.mark.parametrize(("twiml", "problem"), WRONG.items())
async def test_a_stream_that_the_carrier_does_not_take_ends_the_call(twiml: str, problem: str) -> None:
    async with serving(listen, twiml) as bot:
        result = await calling(bot, wait="end")
    assert (result.problems, result.end) == ([problem], "an error")


async def test_parameters_that_are_too_long_or_none_are_left_out_and_told() -> None:
    twiml = (
        '<Connect><Stream url="ws://{host}/media"><Parameter name="long" value="' + "x" * 496 + '"/>'
        '<Parameter name="fits" value="' + "x" * 495 + '"/><Param name="a" value="b"/></Stream></Connect>'
    )
    async with serving(greet, twiml) as bot:
        result = await calling(bot)
    assert bot.sockets[0].start["start"]["customParameters"] == {"fits": "x" * 495}
    assert result.problems == [
        "The stream's parameter 'long' has 500 characters, expected less than 500.",
        "12100: <Param> in <Stream>, expected <Parameter name= value=>.",
    ]

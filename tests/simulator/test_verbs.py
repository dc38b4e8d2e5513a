"""TwiML is run as the carrier runs it."""

import io
import wave

import pytest

from appliance.simulator import Call, CallResult, Phone, Wait, place_call
from appliance.simulator.sound import SILENT_BYTE, decode
from tests.simulator.bot import STREAM, Bot, Socket, greet, listen, serving, tone


async def calling(bot: Bot, **more: object) -> CallResult:
    """A call that stays until the server ends it."""
    options = {"actions": [Wait("end")], "talk_secs": 0.05, **more}
    return await place_call(Call(url=bot.url, **options))  # type: ignore[arg-type]


async def close_at_once(socket: Socket) -> None:
    """Plays a little, and ends the stream."""
    await socket.until("start")
    await socket.play(tone(0.1))
    await socket.mark("played")
    await socket.until("mark")
    await socket.ws.close()


async def test_when_the_server_closes_the_stream_the_next_verb_is_run() -> None:
    async with serving(close_at_once, STREAM + "<Dial>+15550123</Dial><Hangup/>") as bot:
        result = await calling(bot)
    assert (result.verbs, result.dialled, result.end) == (["Connect", "Dial", "Hangup"], ["+15550123"], "<Hangup>")
    assert (result.problems, result.marks) == ([], ["played"])


async def test_with_nothing_after_the_stream_the_call_ends() -> None:
    async with serving(close_at_once) as bot:
        result = await calling(bot)
    assert (result.verbs, result.end, result.problems) == (["Connect"], "the TwiML ended", [])


async def test_with_an_action_the_call_goes_on_there_and_not_with_the_next_verb() -> None:
    twiml = STREAM.replace("<Connect>", '<Connect action="/done">') + "<Dial>+1666</Dial>"
    async with serving(close_at_once, twiml, done=["<Hangup/>"]) as bot:
        result = await calling(bot)
    assert (result.verbs, result.dialled, result.end) == (["Connect", "Hangup"], [], "<Hangup>")
    assert bot.forms("/done")[0]["CallStatus"] == "in-progress"


async def test_a_redirect_back_gives_a_new_stream_to_the_same_call() -> None:
    twiml = STREAM + '<Redirect method="POST">/voice</Redirect>'
    async with serving(close_at_once, twiml, twiml, "<Hangup/>") as bot:
        result = await calling(bot)
    assert (result.streams, result.end, result.problems) == (2, "<Hangup>", [])
    assert len({socket.sid for socket in bot.sockets}) == 2
    assert {socket.start["start"]["callSid"] for socket in bot.sockets} == {result.call_sid}


async def test_a_redirect_in_circles_is_ended() -> None:
    async with serving(listen, "<Redirect>/voice</Redirect>") as bot:
        result = await calling(bot)
    assert len(bot.requests) == 40
    assert (result.end, result.problems) == (
        "an error",
        ["The server was asked for TwiML 40 times in one call: it goes round in circles."],
    )


async def test_a_redirect_by_get_asks_by_get() -> None:
    async with serving(listen, '<Redirect method="GET">/next?a=1</Redirect>', next=["<Hangup/>"]) as bot:
        await calling(bot)
    path, form, _ = bot.requests[1]
    assert path.startswith("/next?a=1&AccountSid=AC")
    assert form == {}


@pytest.mark.parametrize(
    ("human", "status", "secs"),
    [
        ("answers", "completed", "2"),
        ("hangs-up", "completed", "0"),
        ("busy", "busy", None),
        ("declines", "busy", None),
        ("no-answer", "no-answer", None),
        ("failed", "failed", None),
    ],
)
async def test_what_comes_of_a_dial_is_told_to_its_action(human: str, status: str, secs: str | None) -> None:
    twiml = '<Dial action="/dialled"><Number>+15550123</Number></Dial><Say>never</Say>'
    async with serving(listen, twiml, dialled=["<Hangup/>"]) as bot:
        result = await calling(bot, human=human, talk_secs=1.6)
    [form] = bot.forms("/dialled")
    assert (form["DialCallStatus"], form["DialCallSid"][:2]) == (status, "CA")
    assert form.get("DialCallDuration") == secs
    assert (result.dialled, result.verbs, result.problems) == (["+15550123"], ["Dial", "Hangup"], [])


async def test_a_dial_to_several_calls_them_all() -> None:
    async with serving(listen, "<Dial><Number>+1555</Number><Sip>sip:a@h</Sip></Dial>") as bot:
        result = await calling(bot)
    assert result.dialled == ["+1555", "sip:a@h"]


async def test_say_and_pause_take_their_time_and_are_told() -> None:
    async with serving(listen, '<Say>Sorry.</Say><Pause length="0"/><Hangup/>') as bot:
        result = await calling(bot)
    assert [item.what for item in result.items if item.who == "carrier"][1:] == [
        "<Say> 'Sorry.'",
        "<Pause> 0 s",
        "<Hangup>",
        "the call is over: <Hangup>",
    ]
    assert result.secs >= 0.36
    assert result.problems == []


async def test_a_phone_with_a_voice_speaks_what_is_to_be_said() -> None:
    class Speaker:
        async def speak(self, text: str, *, voice: str) -> bytes:
            return decode(tone(0.1)).tobytes()

    async with serving(listen, '<Say loop="2">Sorry.</Say>') as bot, Phone(speaker=Speaker()) as phone:
        result = await phone.call(Call(url=bot.url, actions=[Wait("end")]))
    assert result.bot_track.count(tone(0.1)) == 2


async def test_a_wav_file_is_fetched_and_played() -> None:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(decode(tone(0.1)).tobytes())
    async with serving(listen, "<Play>/sorry.wav</Play>") as bot:
        bot.files["/sorry.wav"] = buffer.getvalue()
        result = await calling(bot)
    assert result.bot_track.strip(SILENT_BYTE) == tone(0.1)
    assert bot.requests[1][0] == "/sorry.wav"


async def test_what_cannot_be_played_is_a_problem_and_the_twiml_goes_on() -> None:
    async with serving(listen, "<Play>/a.wav</Play><Play>/b.wav</Play><Hangup/>") as bot:
        bot.files["/a.wav"] = b"rubbish"
        result = await calling(bot)
    first, second = result.problems
    assert first.startswith(f"http://{bot.host}/a.wav cannot be played: ")
    assert second == f"11200: http://{bot.host}/b.wav answered with status 404, expected 200."
    assert result.end == "<Hangup>"


async def test_a_rejected_call_was_never_answered() -> None:
    async with serving(greet, '<Reject reason="busy"/>') as bot:
        result = await calling(bot, status_callback=f"http://{bot.host}/voice")
    assert (result.end, result.problems) == ("<Reject>", ["The server rejected the call (busy)."])
    assert bot.forms("/voice")[1]["CallStatus"] == "busy"


BAD = {
    "<Pay/>": "12100: <Pay> is not a verb that this carrier runs.",
    "<connect/>": "12100: <connect> is not a verb that this carrier runs.",
    '<Pause length="long"/>': "12100: <Pause length='long'>, expected a number.",
    "<Dial/>": "12100: <Dial> without anybody to call.",
    "<Hangup>": "12100: The TwiML is not XML: mismatched tag: line 1, column 20.",
}


@pytest.mark.parametrize(("twiml", "problem"), BAD.items())
async def test_twiml_that_cannot_be_run_ends_the_call(twiml: str, problem: str) -> None:
    async with serving(listen, twiml) as bot:
        result = await calling(bot)
    assert (result.problems, result.end) == ([problem], "an error")


async def test_an_empty_document_ends_the_call() -> None:
    async with serving(listen, "") as bot:
        result = await calling(bot)
    assert (result.end, result.problems) == ("the TwiML ended", ["The bot was never heard."])

"""The caller's line: what is said, what is heard, and that both stand on the tape where they belong."""

import asyncio
import base64

import pytest

from appliance.errors import ProtocolError
from appliance.simulator import Action, Call, Pause, Phone, Press, Speak, Wait
from appliance.simulator.line import Line, LineEars
from appliance.simulator.sound import SILENT_BYTE, Sound
from tests.simulator.bot import Socket, beep, listen, serving, tone

LIMIT_SECS = 5.0


async def test_what_is_said_stands_on_the_tape_where_it_was_begun_sample_for_sample() -> None:
    line = Line()
    line.start()
    first, second = line.say(Sound(bytes(range(1, 200)))), line.say(beep(0.1))
    await asyncio.wait_for(second.done.wait(), LIMIT_SECS)
    await line.stop()
    assert first.began_tick is not None
    spoken = first.sound.mulaw + second.sound.mulaw
    assert line.caller_track[first.began_tick * 160 :].startswith(spoken)
    assert set(line.caller_track.replace(spoken, b"")) <= set(SILENT_BYTE)
    assert len(line.caller_track) == len(line.bot_track) == line.ticks * 160


async def test_what_is_played_stands_on_the_tape_sample_for_sample() -> None:
    line = Line()
    audio = bytes(range(100)) * 9
    line.playout.add(audio)
    line.start()
    await line.until(lambda: line.playout.is_empty, LIMIT_SECS)
    await line.stop()
    assert line.bot_track == audio + SILENT_BYTE * (len(line.bot_track) - 900)


async def test_the_clock_keeps_20_ms_by_absolute_deadlines() -> None:
    line = Line()
    line.start()
    await line.until(lambda: line.ticks == 25, LIMIT_SECS)
    assert line.now_secs >= 0.48
    await line.stop()


async def test_the_bots_speech_is_followed_through_short_breaks_and_told_at_its_end() -> None:
    told: list[tuple[float, float]] = []
    line = Line(ears=LineEars(bot_spoke=lambda start, end: told.append((round(start, 2), round(end, 2)))))
    line.playout.add(tone(0.1) + SILENT_BYTE * 800 + tone(0.1))
    line.start()
    await line.bot_speaks(LIMIT_SECS)
    assert line.bot_is_speaking
    await line.bot_has_spoken(LIMIT_SECS)
    await line.stop()
    assert told == [(0.0, 0.3)]


@pytest.mark.parametrize("what", ["speech", "key", "clear"])
async def test_what_the_bot_said_before_the_caller_does_not_count_as_an_answer(what: str) -> None:
    line = Line()
    line.playout.add(tone(0.1))
    line.start()
    await line.bot_has_spoken(LIMIT_SECS)
    if what == "clear":
        line.was_cleared(0)
    else:
        said = line.say(beep(0.05)) if what == "speech" else line.press("1")
        await asyncio.wait_for(said.done.wait(), LIMIT_SECS)
    with pytest.raises(TimeoutError):
        await line.bot_has_spoken(0.05)
    line.playout.add(tone(0.1))
    await line.bot_has_spoken(LIMIT_SECS)
    await line.stop()


async def test_an_answer_during_the_silent_end_of_what_is_said_counts() -> None:
    line = Line()
    line.start()
    said = line.say(Sound(tone(0.1) + SILENT_BYTE * 8000))
    await line.until(lambda: line.ticks > 10, LIMIT_SECS)
    line.playout.add(tone(0.1))
    await line.bot_has_spoken(LIMIT_SECS)
    assert not said.done.is_set()
    await line.stop()


async def test_who_waits_on_a_line_that_is_closed_is_told() -> None:
    line = Line()
    line.start()
    waiting = asyncio.create_task(line.bot_speaks())
    await line.until(lambda: line.ticks == 2, LIMIT_SECS)
    await line.stop()
    with pytest.raises(TimeoutError, match=r"The line was closed\."):
        await waiting


async def test_no_keys_cannot_be_pressed() -> None:
    with pytest.raises(ProtocolError, match=r"No keys are to be pressed, expected at least one\."):
        Line().press("")


async def test_an_open_line_has_a_noise_that_nobody_hears() -> None:
    line = Line(noise=True)
    line.start()
    await line.until(lambda: line.ticks == 60, LIMIT_SECS)
    await line.stop()
    assert len(set(line.caller_track[:8000])) > 2
    assert line.caller_track[8000:9600] == line.caller_track[:1600]


async def test_the_server_gets_what_the_caller_said_and_keys_one_after_the_other() -> None:
    async def answer(socket: Socket) -> None:
        await socket.until("start")
        await socket.play(tone(0.1))
        await listen(socket)

    async with serving(answer) as bot, Phone() as phone:
        actions: list[Action] = [Wait("bot"), Speak(beep(0.2)), Press("1#")]
        result = await phone.call(Call(url=bot.url, actions=actions, grace_secs=0.1))
    [socket] = bot.sockets
    assert socket.audio().strip(SILENT_BYTE) == beep(0.2).mulaw
    assert result.caller_track.strip(SILENT_BYTE) == beep(0.2).mulaw
    keys = [index for index, m in enumerate(socket.messages) if m["event"] == "dtmf"]
    assert [socket.messages[index]["dtmf"]["digit"] for index in keys] == ["1", "#"]
    assert keys[1] - keys[0] == 6
    last = max(i for i, m in enumerate(socket.messages[: keys[0]]) if _is_loud(m))
    assert keys[0] > last - 1


def _is_loud(message: dict[str, object]) -> bool:
    media = message.get("media")
    return isinstance(media, dict) and bool(base64.b64decode(media["payload"]).strip(SILENT_BYTE))


async def test_the_bots_track_is_what_was_heard_of_it_and_nothing_that_was_cleared() -> None:
    first, second = tone(1.0, 440), tone(0.25, 880)

    async def talkative(socket: Socket) -> None:
        await socket.until("start")
        await socket.play(first)
        async for message in socket.read():
            if _is_loud(message):
                break
        await socket.send("clear")
        await socket.play(second)
        await listen(socket)

    async with serving(talkative) as bot, Phone() as phone:
        actions: list[Action] = [Wait("speech"), Speak(beep(0.1)), Wait("bot")]
        result = await phone.call(Call(url=bot.url, actions=actions, grace_secs=0.0))
    heard = result.bot_track.strip(SILENT_BYTE)
    assert heard.endswith(second)
    kept = heard.removesuffix(second).rstrip(SILENT_BYTE)
    assert 0 < len(kept) < len(first) // 2
    assert first.startswith(kept)
    assert [barge_in.clear_secs is not None for barge_in in result.barge_ins] == [True]


async def test_an_echo_stands_on_the_bots_track_whole_frames_after_the_callers_and_sample_for_sample() -> None:
    async def echo(socket: Socket) -> None:
        async for message in socket.read():
            if message["event"] == "media":
                await socket.play(base64.b64decode(message["media"]["payload"]))

    said = Sound(bytes(range(1, 255)) * 20, "all codes")
    async with serving(echo) as bot, Phone() as phone:
        actions: list[Action] = [Pause(0.2), Speak(said)]
        result = await phone.call(Call(url=bot.url, actions=actions, grace_secs=0.3))
    began = result.caller_track.index(said.mulaw)
    heard = result.bot_track.index(said.mulaw[:160])
    assert (heard - began) % 160 == 0
    assert heard - began >= 2 * 160, "a frame is sent when it has been spoken, and played in a later one"
    assert result.bot_track[heard:].replace(SILENT_BYTE, b"").startswith(said.mulaw.replace(SILENT_BYTE, b"")[:3000])

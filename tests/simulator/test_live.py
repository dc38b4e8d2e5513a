"""A call from ring to end: who ends it, what is wrong with it, what is measured."""

import asyncio

from appliance.simulator import Action, Call, Pause, Phone, Speak, Wait, place_call
from tests.simulator.bot import STREAM, Socket, beep, greet, listen, serving, tone

LIMIT_SECS = 5.0


async def test_a_caller_who_hangs_up_sends_stop_and_runs_no_verb_after_the_stream() -> None:
    async with serving(greet, STREAM + "<Dial>+1666</Dial>") as bot:
        result = await place_call(Call(url=bot.url, actions=[Wait()], grace_secs=0.1))
    assert bot.sockets[0].events() == ["connected", "start", "stop"]
    assert (result.end, result.verbs, result.ok) == ("the caller hung up", ["Connect"], True)


async def test_a_call_can_be_driven_step_by_step() -> None:
    async def echo(socket: Socket) -> None:
        await socket.until("start")
        async for message in socket.read():
            if message["event"] == "dtmf":
                await socket.play(tone(0.1))

    async with serving(echo) as bot, Phone() as phone:
        async with phone.dialling(Call(url=bot.url, actions=[Wait("end")])) as live:
            await live.line.streams(LIMIT_SECS)
            for digit in "12":
                live.line.press(digit)
                await live.line.bot_has_spoken(LIMIT_SECS)
        result = await live.result()
    assert [turn.what for turn in result.turns] == ["keys 1", "keys 2"]
    assert all(turn.gap_secs is not None and turn.gap_secs >= 0 for turn in result.turns)


async def test_the_answer_and_the_gap_are_measured_on_what_was_played() -> None:
    async def slow(socket: Socket) -> None:
        await socket.until("start")
        await socket.play(b"\xff" * 800 + tone(0.1))
        async for _ in socket.read():
            if beep(0.1).mulaw in socket.audio():
                await socket.play(b"\xff" * 1600 + tone(0.1))
                break
        await listen(socket)

    async with serving(slow) as bot:
        result = await place_call(Call(url=bot.url, actions=[Wait(), Speak(beep(0.1)), Wait()], grace_secs=0.0))
    [turn] = result.turns
    assert result.answer_secs is not None
    assert result.answer_secs >= 0.1
    assert turn.gap_secs is not None
    assert turn.gap_secs >= 0.2
    assert turn.arrival_secs is not None
    assert 0 <= turn.arrival_secs <= turn.gap_secs - 0.2
    first = round(result.answer_secs * 8000)
    assert result.bot_track[first : first + 800] == tone(0.1)
    second = round((turn.end_secs + turn.gap_secs) * 8000)
    assert result.bot_track[second : second + 800] == tone(0.1)


async def test_dead_air_is_a_problem() -> None:
    async with serving(greet) as bot:
        result = await place_call(Call(url=bot.url, actions=[Wait(), Pause(0.5)], grace_secs=0.0, dead_air_secs=0.4))
    silence = result.longest_silence
    assert result.problems == [f"Nobody could be heard for {silence.secs:.1f} s from {silence.start_secs:.1f} s on."]
    assert silence.secs >= 0.5


async def test_a_bot_that_never_speaks_is_a_problem() -> None:
    async with serving(listen) as bot:
        result = await place_call(Call(url=bot.url, actions=[Wait()], patience_secs=0.2))
    assert (result.problems, result.end) == (["The caller waited 0.2 s for the bot in vain."], "the caller hung up")
    assert (result.answer_secs, result.ok) == (None, False)


async def test_violations_are_problems_and_told_once() -> None:
    async def wrong(socket: Socket) -> None:
        await socket.until("start")
        for _ in range(3):
            await socket.send("mark", mark={"name": "a"}, sequenceNumber="1")
        await socket.play(tone(0.1))
        await listen(socket)

    async with serving(wrong) as bot:
        result = await place_call(Call(url=bot.url, actions=[Wait()], grace_secs=0.0))
    assert result.problems == ["31951: A mark message must not have sequenceNumber."]
    assert [violation.code for violation in result.violations] == [31951]
    assert result.marks == []


async def test_a_webhook_that_fails_is_a_problem() -> None:
    async with serving(listen) as bot:
        bot.twiml.clear()
        result = await place_call(Call(url=bot.url))
    assert (result.problems, result.end) == ([f"11200: {bot.url} answered with status 404, expected 200."], "an error")


async def test_a_call_without_end_is_ended() -> None:
    async with serving(greet) as bot:
        result = await place_call(Call(url=bot.url, actions=[Wait("end")], limit_secs=0.3))
    assert (result.problems, result.end) == (["The call had not ended after 0.3 s."], "time limit")
    assert bot.sockets[0].events()[-1] == "stop"


async def test_the_status_callback_is_told_what_it_wants_to_know() -> None:
    events = ("initiated", "ringing", "answered", "completed")
    async with serving(greet, status=[""]) as bot:
        call = Call(
            url=bot.url,
            actions=[Wait()],
            grace_secs=0.0,
            status_callback=f"http://{bot.host}/status",
            status_events=events,
        )
        result = await place_call(call)
    forms = bot.forms("/status")
    assert [form["CallStatus"] for form in forms] == ["ringing", "ringing", "in-progress", "completed"]
    assert forms[-1]["CallDuration"].isdecimal()
    assert result.ok


async def test_only_completed_is_told_unless_more_is_wanted() -> None:
    async with serving(greet, status=[""]) as bot:
        await place_call(
            Call(url=bot.url, actions=[Wait()], grace_secs=0.0, status_callback=f"http://{bot.host}/status")
        )
    assert [form["CallStatus"] for form in bot.forms("/status")] == ["completed"]


async def test_many_calls_at_once_each_hear_their_own_bot() -> None:
    async def echo(socket: Socket) -> None:
        await socket.until("start")
        async for message in socket.read():
            if message["event"] == "dtmf":
                await socket.play(tone(0.1, 300.0 + 100 * int(message["dtmf"]["digit"])))

    async with serving(echo) as bot, Phone() as phone:
        lives = [await phone.dial(Call(url=bot.url, actions=[Wait("end")])) for _ in range(8)]
        for number, live in enumerate(lives):
            await live.line.streams(LIMIT_SECS)
            live.line.press(str(number))
        await asyncio.gather(*(live.line.bot_has_spoken(LIMIT_SECS) for live in lives))
        results = await asyncio.gather(*(live.hang_up() for live in lives))
    for number, result in enumerate(results):
        assert tone(0.1, 300.0 + 100 * number) in result.bot_track
    assert len({result.call_sid for result in results}) == 8


async def test_an_interruption_is_noticed() -> None:
    async def polite(socket: Socket) -> None:
        await socket.until("start")
        await socket.play(tone(3.0))
        async for _ in socket.read():
            if beep(0.1).mulaw in socket.audio():
                await socket.send("clear")
                await socket.play(tone(0.1))
                break
        await listen(socket)

    actions: list[Action] = [Wait("speech"), Pause(0.1), Speak(beep(0.1)), Wait("bot")]
    async with serving(polite) as bot:
        result = await place_call(Call(url=bot.url, actions=actions, grace_secs=0.0))
    [barge_in] = result.barge_ins
    assert barge_in.clear_secs is not None
    assert barge_in.quiet_secs is not None
    assert barge_in.clear_secs >= 0.1
    assert "clears" in " ".join(item.what for item in result.items if item.who == "server")
    assert result.ok

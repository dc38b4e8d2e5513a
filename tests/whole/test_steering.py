"""Supervisors steer real calls over real sockets; what the caller heard is on the caller's own tape."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import pytest

from appliance.audio.tones import tone
from appliance.simulator import Call, LiveCall, Phone, Sound, Wait
from appliance.simulator.sound import decode
from tests.whole.appliance import Appliance
from tests.whole.carrier import NUMBER
from tests.whole.engines import Engines
from tests.whole.viewer import Viewer, watching

QUESTION, ASKED_AGAIN, GOODBYE = "Shall we go on?", "Yes or no, please.", "Thank you and goodbye."
HZ = 440


@pytest.fixture
async def live(quick: Appliance, engines: Engines, phone: Phone) -> AsyncIterator[LiveCall]:
    """A caller who has been asked the question."""
    engines.secs = lambda text: 0.3
    call = Call(url=quick.voice_url, to=NUMBER, actions=[Wait("end")], talk_secs=2.0)
    async with phone.dialling(call) as live:
        await live.line.until(lambda: QUESTION in engines.spoken, 20)
        await live.line.bot_has_spoken(20)
        yield live


@asynccontextmanager
async def supervising(quick: Appliance, live: LiveCall, name: str = "anna") -> AsyncIterator[Viewer]:
    async with watching(quick, f"/rtvi/{live.sid}", "supervisor", name) as viewer:
        await viewer.ready()
        await viewer.until("snapshot")
        yield viewer


async def does(viewer: Viewer, what: str, **arguments: Any) -> Any:
    """Runs an action; its result, or the sentence that refuses it."""
    service, action = what.split(":")
    given = [{"name": name, "value": value} for name, value in arguments.items()]
    await viewer.say("action", {"service": service, "action": action, "arguments": given}, what)
    while True:
        message = await viewer.next()
        if message.get("id") == what:
            return message["data"].get("result", message["data"].get("error"))


async def ended(quick: Appliance, live: LiveCall) -> tuple[str, str]:
    """Waits for the end; the record's outcome and reason."""
    result = await live.result()
    assert result.problems == []
    record = await quick.record(live.sid)
    return record["outcome"], record["end_reason"]


def heard_secs(tape: bytes) -> float:
    """How long a tone of 440 Hz can be heard on the caller's tape, in 20 ms."""
    frames = decode(tape)[: len(tape) // 160 * 160].reshape(-1, 160).astype(float)
    wave = np.exp(-2j * np.pi * HZ * np.arange(160) / 8000)
    power = (frames**2).mean(axis=1)
    share = np.abs(frames @ wave) ** 2 / 160**2 * 2 / np.maximum(power, 1)
    return float(((power > 1e6) & (share > 0.8)).sum() * 0.02)


async def speak(viewer: Viewer, secs: float, rate_hz: int = 16_000) -> None:
    """The viewer's microphone, in real time: a tone."""
    pcm = tone((HZ,), secs, rate_hz)
    step = rate_hz // 25 * 2
    loop = asyncio.get_running_loop()
    for number, at in enumerate(range(0, len(pcm), step)):
        audio = base64.b64encode(pcm[at : at + step]).decode()
        await viewer.say("raw-audio", {"base64Audio": audio, "sampleRate": rate_hz, "numChannels": 1})
        due = loop.create_future()
        loop.call_later(0.04, due.set_result, number)
        await due


async def told_of(house: Viewer, holder: str | None) -> None:
    """Waits until the house tells of a call who has taken it over."""
    while (await house.until("call-updated"))["data"]["call"]["taken_over_by"] != holder:
        pass


async def test_text_answers_the_open_question_and_the_record_says_who_gave_it(quick: Appliance, live: LiveCall) -> None:
    async with supervising(quick, live) as anna, supervising(quick, live, "bert") as bert:
        await anna.say("send-text", {"content": "yes"})
        assert await ended(quick, live) == ("completed", "completed")
        await bert.to_the_end()
    assert bert.data("said-for-caller") == [{"type": "said-for-caller", "by": "anna", "text": "yes"}]
    assert bert.data("user-llm-text") == [{"text": "yes"}]
    assert bert.data("user-transcription") == []
    turns = (await quick.record(live.sid))["turns"]
    assert [(turn["who"], turn["text"], turn["details"].get("by")) for turn in turns] == [
        ("bot", f"Welcome. {QUESTION}", None),
        ("supervisor", "yes", "anna"),
        ("bot", GOODBYE, None),
    ]


async def test_text_cuts_the_bot_off_and_what_was_heard_of_it_is_kept(
    quick: Appliance, engines: Engines, live: LiveCall
) -> None:
    engines.secs = lambda text: 5.0 if text == ASKED_AGAIN else 0.3
    async with supervising(quick, live) as anna:
        await anna.say("send-text", {"content": "perhaps"})
        await live.line.bot_speaks(10)
        await anna.until("bot-started-speaking")
        while (await anna.until("bot-output"))["data"]["spoken_progress"]["accumulated_text"] != "Yes or":
            pass
        await anna.say("send-text", {"content": "yes"})
        assert await ended(quick, live) == ("completed", "completed")
        await anna.to_the_end()
    assert "bot-interrupted" in anna.kinds()
    turns = (await quick.record(live.sid))["turns"]
    assert [(turn["who"], turn["text"], turn["heard"]) for turn in turns[1:]] == [
        ("supervisor", "perhaps", None),
        ("bot", ASKED_AGAIN, "Yes or"),
        ("supervisor", "yes", None),
        ("bot", GOODBYE, None),
    ]


async def test_text_that_is_not_run_is_only_noted(quick: Appliance, live: LiveCall) -> None:
    async with supervising(quick, live) as anna:
        await anna.say("send-text", {"content": "yes", "options": {"run_immediately": False}})
        await anna.say("append-to-context", {"role": "system", "content": "A member."})
        context = await does(anna, "llm:get_context")
        assert context[1:] == [{"role": "user", "content": "yes"}, {"role": "system", "content": "A member."}]
        assert anna.data("bot-llm-started") == []
        assert await does(anna, "call:hangup") is True
        assert await ended(quick, live) == ("completed", "supervisor")


async def test_an_answer_that_shall_not_be_spoken_is_not_and_the_dialogue_goes_on_aloud(
    quick: Appliance, engines: Engines, live: LiveCall
) -> None:
    async with supervising(quick, live) as anna:
        engines.spoken.clear()
        patience = {"service": "turn", "options": [{"name": "no_input_secs", "value": 1}]}
        await anna.say("update-config", {"config": [patience]})
        await anna.until("config")
        await anna.say("send-text", {"content": "perhaps", "options": {"audio_response": False}})
        silent = (await anna.until("bot-output"))["data"]
        assert (silent["text"], silent["will_be_spoken"]) == (ASKED_AGAIN, False)
        assert (engines.spoken, anna.data("bot-started-speaking")) == ([], [])
        await anna.until("bot-started-speaking")
        assert engines.spoken == [QUESTION]
        await anna.say("send-text", {"content": "yes"})
        assert await ended(quick, live) == ("completed", "completed")
    assert engines.spoken == [QUESTION, GOODBYE]


async def test_keys_are_pressed_one_after_another_in_the_callers_place(quick: Appliance, live: LiveCall) -> None:
    async with supervising(quick, live) as anna:
        await anna.say("dtmf", {"buttons": ["7", "1"]})
        assert await ended(quick, live) == ("completed", "completed")
        await anna.to_the_end()
    turns = (await quick.record(live.sid))["turns"]
    pressed = [(turn["who"], turn["text"], turn["details"]) for turn in turns if turn["who"] != "bot"]
    assert pressed == [("supervisor", key, {"keys": True, "by": "anna"}) for key in ("7", "1")]


async def test_a_bot_that_is_disconnected_hangs_up(quick: Appliance, live: LiveCall) -> None:
    async with supervising(quick, live) as anna:
        await anna.say("disconnect-bot")
        assert await ended(quick, live) == ("completed", "disconnect-bot")


async def test_messages_of_a_client_that_a_call_has_no_use_for_do_it_no_harm(quick: Appliance, live: LiveCall) -> None:
    async with supervising(quick, live) as anna:
        await anna.say("ui-event", {"event": "clicked"})
        await anna.say("ui-snapshot", {"tree": {"root": {"ref": "e", "role": "page"}, "captured_at": 1}})
        await anna.say("ui-cancel-job-group", {"job_id": "j"})
        await anna.say("client-message", {"t": "weather"}, "w")
        answer = await anna.until("error-response")
        assert (answer["id"], answer["data"]) == (
            "w",
            {"error": "Nobody answers a client message of the type 'weather' here."},
        )
        assert await does(anna, "call:hangup", say="Goodbye then.") is True
        assert await ended(quick, live) == ("completed", "supervisor")


async def test_a_supervisor_transfers_a_caller_by_the_carriers_own_means(
    quick: Appliance, engines: Engines, live: LiveCall
) -> None:
    async with supervising(quick, live) as anna:
        refused = await does(anna, "call:transfer", to="somewhere")
        assert refused.startswith("Action call:transfer failed: to: 'somewhere', expected a telephone number")
        assert await does(anna, "call:transfer", to="+15555550177", say="I connect you.") is True
        assert await ended(quick, live) == ("transferred", "supervisor")
    result = await live.result()
    assert result.dialled == ["+15555550177"]
    assert engines.spoken[-1] == "I connect you."


async def test_a_caller_talks_to_the_supervisor_and_then_to_the_bot_again(
    quick: Appliance, engines: Engines, live: LiveCall, yes: Sound
) -> None:
    engines.hears.append("I have a question")
    async with supervising(quick, live) as anna, watching(quick, "/rtvi") as house:
        await house.ready()
        assert await does(anna, "call:take_over") is True
        await told_of(house, "anna")
        live.line.say(yes)
        await speak(anna, 1.5)
        while not (heard := (await anna.until("user-transcription"))["data"])["final"]:
            pass
        assert heard["text"] == "I have a question"
        assert await does(anna, "call:hand_back") is True
        await told_of(house, None)
        await anna.until("bot-stopped-speaking")
        await anna.say("send-text", {"content": "yes"})
        assert await ended(quick, live) == ("completed", "completed")
    result = await live.result()
    assert heard_secs(result.bot_track) == pytest.approx(1.5, abs=0.1)
    texts = [(turn["who"], turn["text"]) for turn in (await quick.record(live.sid))["turns"]]
    assert texts[1:] == [
        ("caller", "I have a question"),
        ("bot", QUESTION),
        ("supervisor", "yes"),
        ("bot", GOODBYE),
    ]


async def test_a_supervisor_whose_connection_breaks_leaves_the_caller_to_the_bot(
    quick: Appliance, engines: Engines, live: LiveCall
) -> None:
    async with supervising(quick, live, "bert") as bert:
        async with supervising(quick, live) as anna:
            assert await does(anna, "call:take_over") is True
            await speak(anna, 0.5, 48_000)
            assert await does(bert, "call:take_over") == (
                "Action call:take_over failed: anna has already taken the call over"
            )
            await speak(bert, 0.5)
        engines.spoken.clear()
        await bert.until("bot-started-speaking")
        assert engines.spoken == [QUESTION]
        assert await does(bert, "call:hangup") is True
        assert await ended(quick, live) == ("completed", "supervisor")
    assert heard_secs((await live.result()).bot_track) == pytest.approx(0.5, abs=0.1)


async def test_rubbish_for_a_microphone_is_refused_and_the_call_goes_on(quick: Appliance, live: LiveCall) -> None:
    rubbish: list[tuple[dict[str, Any], str]] = [
        ({"base64Audio": "?", "sampleRate": 16000, "numChannels": 1}, "its audio is not base64."),
        ({"base64Audio": "AAA=", "sampleRate": 0, "numChannels": 1}, "Audio of 0 Hz, expected 8000 to 96000 Hz."),
        ({"base64Audio": "AAA=", "sampleRate": 16000, "numChannels": 9}, "Audio of 9 channels, expected 1 or 2."),
        ({"base64Audio": 5}, "Invalid raw-audio message: data.base64Audio: Input should be a valid string."),
    ]
    async with supervising(quick, live) as anna:
        assert await does(anna, "call:take_over") is True
        for number, (data, problem) in enumerate(rubbish):
            await anna.say("raw-audio", data, str(number))
            answer = await anna.until("error-response")
            assert (answer["id"], answer["data"]["error"].endswith(problem)) == (str(number), True)
        assert await does(anna, "call:hangup") is True
        assert await ended(quick, live) == ("completed", "supervisor")

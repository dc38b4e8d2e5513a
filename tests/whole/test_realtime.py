"""A model that hears and speaks itself answers calls: a real service, a simulated carrier, and a server's stand-in."""

import json
import random
import wave
from collections.abc import AsyncIterator, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from appliance.simulator import Call, LiveCall, Phone, Sound, Wait
from tests.stand_ins.realtime import RealtimeServer, Turn, calls, says
from tests.whole.appliance import Appliance, free_port, running
from tests.whole.carrier import NUMBER
from tests.whole.engines import Engines
from tests.whole.viewer import watching

TALK = """\
name: Talk
numbers: ["+15555550100"]
function_call_report_level: {"*": full}
fallback: {say: We have a technical problem., transfer: "+15555550199"}
functions:
  order_status:
    description: Where an order is.
    parameters: {number: The order's number}
    table: {"4711": {state: shipped}}
steps:
  talk:
    llm: {prompt: You are Ann of Harper and Sons., engine: front}
    functions: order_status
    may: [hang_up]
    otherwise: end
  end: {hang_up: Goodbye.}
"""
HELLO = "Harper and Sons, Ann speaking. What can I do for you?"
SHIPPED = "Your order was shipped yesterday. Our own driver brings it, and rings the bell twice."
STORY = [
    *("user-started-speaking", "user-stopped-speaking", "bot-llm-started", "user-transcription"),
    *("llm-function-call-started", "llm-function-call-in-progress", "llm-function-call-stopped"),
    *("bot-llm-text", "bot-tts-started", "bot-started-speaking", "bot-output", "bot-tts-text"),
    *("bot-tts-stopped", "bot-llm-stopped", "bot-stopped-speaking"),
]
"""What supervisors are told of one turn, each by when it comes first."""
ENDS = ("bot-tts-stopped", "bot-llm-stopped")
"""An answer is made faster than it is heard, and how much faster is nobody's promise."""
SOUND = bytes(byte for byte in range(256) if byte not in (0x7F, 0xFF))
"""Sounds that are no silence; and a negative zero is heard as a positive one."""


def voice(secs: float, seed: int) -> bytes:
    """So much of a voice that can be known again."""
    return bytes(random.Random(seed).choices(SOUND, k=round(secs * 8000)))


@pytest.fixture(scope="module")
def port() -> int:
    """Where the model is."""
    return free_port()


@pytest.fixture(scope="module")
def talking(listener: Any, port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Appliance]:
    """A service whose calls the model answers."""
    dialplans = tmp_path_factory.mktemp("talk")
    (dialplans / "talk.yaml").write_text(TALK)
    with running(
        tmp_path_factory.mktemp("talking"),
        dialplans,
        speech__uri=f"tcp://127.0.0.1:{listener.getsockname()[1]}",
        engines__front__kind="openai-realtime",
        engines__front__base_url=f"ws://127.0.0.1:{port}/v1/realtime",
        engines__front__api_key="secret",
        engines__front__timeout_secs=2,
        engines__front__stall_secs=1,
        supervision__linger_secs=0.5,
    ) as service:
        yield service


@pytest.fixture
async def server(port: int) -> AsyncIterator[RealtimeServer]:
    """The model's server."""
    async with RealtimeServer(port=port, key="secret") as one:
        one.will(says(HELLO, voice(2.2, 1), piece_bytes=3200))
        yield one
        assert one.wrong == []


@pytest.fixture
async def live(talking: Appliance, engines: Engines, server: RealtimeServer, phone: Phone) -> AsyncIterator[LiveCall]:
    """A caller who has been greeted."""
    async with phone.dialling(Call(url=talking.voice_url, to=NUMBER, actions=[Wait("end")])) as call:
        await call.line.bot_has_spoken(20)
        yield call


async def test_a_caller_talks_with_it_and_hears_every_sample_that_it_has_made(
    talking: Appliance, server: RealtimeServer, live: LiveCall, yes: Sound, tmp_path: Path
) -> None:
    answer = voice(5.5, 77)
    server.hears.extend(["where is order 4711", "thank you"])
    server.will(calls(("order_status", {"number": "4711"})), says(SHIPPED, answer), calls(("hang_up", {})))
    async with watching(talking, f"/rtvi/{live.sid}") as viewer:
        await viewer.ready()
        live.line.say(yes)
        await viewer.until("bot-stopped-speaking")
        seen = len(viewer.seen)
        live.line.say(yes)
        await viewer.to_the_end()
    viewer.seen[seen:] = []
    kinds = [kind for kind in viewer.kinds() if kind in STORY]
    assert sorted(set(kinds)) == sorted(STORY)
    assert [kind for kind in dict.fromkeys(kinds) if kind not in ENDS] == [one for one in STORY if one not in ENDS]
    assert viewer.data("user-transcription")[-1]["text"] == "where is order 4711"
    assert viewer.data("llm-function-call-in-progress")[0]["arguments"] == {"number": "4711"}
    first, second = SHIPPED.split(". ")
    assert [told["text"] for told in viewer.data("bot-llm-text")] == [f"{first}. ", f"{second} "]
    output = [(told["text"], told["spoken_status"]) for told in viewer.data("bot-output")]
    assert list(dict.fromkeys(output)) == [
        (text, status) for text in (f"{first}.", second) for status in ("new", "in-progress", "completed")
    ]
    assert " ".join(told["text"] for told in viewer.data("bot-tts-text")) == SHIPPED
    tokens = [told["tokens"] for told in viewer.data("metrics") if "tokens" in told]
    assert tokens == [[{"prompt_tokens": 70, "completion_tokens": 7, "total_tokens": 77, "engine": "front"}]] * 2
    assert "Dialogue" in {one["processor"] for told in viewer.data("metrics") for one in told.get("ttfb", ())}
    result = await live.result()
    assert result.problems == []
    result.save(tmp_path / "call.wav")
    assert (tmp_path / "call.wav").stat().st_size > 44
    with wave.open(str(tmp_path / "call.wav")) as saved:
        assert (saved.getnchannels(), saved.getframerate()) == (2, 8000)
    assert voice(2.2, 1) in result.bot_track
    assert answer in result.bot_track
    assert server.truncated == []
    told = (await talking.record(live.sid))["turns"]
    assert [(turn["who"], turn["details"].get("result") or turn["heard"] or turn["text"]) for turn in told] == [
        ("bot", HELLO),
        ("caller", "where is order 4711"),
        ("function", {"state": "shipped"}),
        ("bot", SHIPPED),
        ("caller", "thank you"),
        ("bot", "Goodbye."),
    ]


async def test_who_interrupts_it_is_heard_and_it_knows_to_the_millisecond_what_they_had_heard(
    talking: Appliance, server: RealtimeServer, live: LiveCall, yes: Sound
) -> None:
    answer = voice(9, 50)
    server.will(says(SHIPPED, answer), says("Yes?", voice(0.5, 5)), calls(("hang_up", {})))
    live.line.say(yes)
    await server.asked(2)
    await live.line.bot_speaks(20)
    live.line.say(yes)
    await server.asked(3)
    await live.line.bot_has_spoken(20)
    live.line.say(yes)
    result = await live.result()
    start = result.bot_track.find(answer[:800])
    heard = next(
        (at for at, byte in enumerate(answer) if result.bot_track[start + at : start + at + 1] != bytes([byte])),
        len(answer),
    )
    ((text, ms),) = server.truncated
    assert text == SHIPPED
    assert 0 < heard < len(answer)
    assert abs(ms - heard / 8) < 150
    (turn,) = [turn for turn in (await talking.record(live.sid))["turns"] if turn["text"].startswith("Your order")]
    assert SHIPPED.startswith(turn["heard"])
    assert turn["heard"] != SHIPPED


async def test_a_key_that_is_refused_gives_the_caller_to_a_person_and_is_never_shown(
    talking: Appliance, engines: Engines, port: int, phone: Phone
) -> None:
    engines.secs = lambda text: 0.3
    async with (
        RealtimeServer(port=port, key="another") as server,
        phone.dialling(Call(url=talking.voice_url, to=NUMBER, actions=[Wait("end")])) as call,
    ):
        result = await call.result()
        assert server.responses == 0
    assert result.dialled == ["+15555550199"]
    what = f"The speech-to-speech engine at ws://127.0.0.1:{port}/v1/realtime refused with status 401."
    assert what in talking.log()
    assert "secret" not in talking.log()
    said = [turn["text"] for turn in (await talking.record(call.sid))["turns"]]
    assert said == ["We have a technical problem."]


async def test_a_server_that_is_gone_in_the_middle_and_back_is_asked_again(
    talking: Appliance, engines: Engines, server: RealtimeServer, live: LiveCall, yes: Sound
) -> None:
    engines.secs = lambda text: 0.3

    async def goes(turn: Turn) -> None:
        server.refusals.extend([HTTPStatus.SERVICE_UNAVAILABLE] * 2)
        turn.client.socket.transport.abort()

    server.will(goes, says("I am back.", voice(0.5, 9)), calls(("hang_up", {})))
    live.line.say(yes)
    await live.line.until(lambda: server.responses == 3, 20)
    await live.line.bot_has_spoken(20)
    live.line.say(yes)
    result = await live.result()
    assert voice(0.5, 9) in result.bot_track
    assert json.dumps(server.texts()).count(HELLO) == 1


def test_a_service_without_the_engine_or_its_key_refuses_the_dialplan_and_says_why(tmp_path: Path) -> None:
    dialplans = tmp_path / "dialplans"
    dialplans.mkdir()
    (dialplans / "talk.yaml").write_text(TALK)
    at = f"dialplan refused: {dialplans}/talk.yaml:12: steps.talk.llm.engine:"
    with running(tmp_path / "none", dialplans, speech__uri="tcp://127.0.0.1:9") as service:
        assert f"{at} unknown engine 'front', expected one of kind openai-realtime" in service.log()
    with running(
        tmp_path / "keyless", dialplans, speech__uri="tcp://127.0.0.1:9", engines__front__kind="openai-realtime"
    ) as service:
        assert f"{at} engines.front.api_key is missing, expected the key for api.openai.com" in service.log()

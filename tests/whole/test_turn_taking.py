"""Who speaks when: half a question, a cough, a mm-hm. A real service, a simulated call, a stand-in for the model."""

import socket
from collections.abc import AsyncIterator, Iterator

import numpy as np
import pytest

from appliance.bench.detectors import NOISES
from appliance.simulator import Action, Call, LiveCall, Phone, Sound, Speak, Wait
from tests.stand_ins.chat import ChatServer, calls
from tests.whole.appliance import Appliance, running
from tests.whole.carrier import NUMBER
from tests.whole.engines import Engines, free_listener
from tests.whole.viewer import watching

OPENING = "One two three four five six seven eight nine ten."
TALK = f"""\
name: Talk
numbers: ["{NUMBER}"]
turn: {{resume_after_secs: 0.2, unfinished_silence_secs: 3}}
steps:
  talk:
    llm: You are Ann.
    opening: {OPENING}
    may: [hang_up]
    otherwise: end
  end: {{hang_up: Goodbye.}}
"""

NOISY_NUMBER = "+15555550177"
NOISY = f"""\
name: Noisy
numbers: ["{NOISY_NUMBER}"]
vad: {{detector: silero}}
steps:
  ask: {{ask: Shall we go on?, yes_no: {{"yes": end, "no": end}}, otherwise: other}}
  end: {{hang_up: Thank you.}}
  other: {{hang_up: Goodbye.}}
"""


@pytest.fixture(scope="module")
def model_listener() -> Iterator[socket.socket]:
    """Where the model's server is."""
    with free_listener() as one:
        yield one


@pytest.fixture(scope="module")
def talking(
    listener: socket.socket, model_listener: socket.socket, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Appliance]:
    """A service whose calls a language model answers."""
    dialplans = tmp_path_factory.mktemp("turns")
    (dialplans / "talk.yaml").write_text(TALK)
    (dialplans / "noisy.yaml").write_text(NOISY)
    with running(
        tmp_path_factory.mktemp("turn_taking"),
        dialplans,
        speech__uri=f"tcp://127.0.0.1:{listener.getsockname()[1]}",
        llm__base_url=f"http://127.0.0.1:{model_listener.getsockname()[1]}/v1",
        llm__model="small",
        supervision__linger_secs=0.5,
    ) as service:
        yield service


@pytest.fixture
async def model(model_listener: socket.socket) -> AsyncIterator[ChatServer]:
    """The model's server; whatever it is asked, it hangs up."""
    async with ChatServer(listener=model_listener) as server:
        server.will(calls(("hang_up", {})))
        yield server
        assert server.wrong == []


@pytest.fixture
async def live(talking: Appliance, engines: Engines, model: ChatServer, phone: Phone) -> AsyncIterator[LiveCall]:
    """A caller to whom the bot speaks: ten words in five seconds."""
    engines.secs = lambda text: 0.5 * len(text.split())
    async with phone.dialling(Call(url=talking.voice_url, to=NUMBER, actions=[Wait("end")])) as call:
        await call.line.bot_speaks(20)
        yield call


async def turns(service: Appliance, call_id: str) -> list[tuple[str, str]]:
    """Who said what, as it was heard."""
    return [(turn["who"], turn["heard"] or turn["text"]) for turn in (await service.record(call_id))["turns"]]


async def test_after_a_cough_the_bot_goes_on_where_it_was_cut_off(
    talking: Appliance, engines: Engines, model: ChatServer, live: LiveCall, yes: Sound
) -> None:
    engines.hears.extend(["", "that is all"])
    async with watching(talking, f"/rtvi/{live.sid}") as viewer:
        await viewer.ready()
        live.line.say(yes)
        await viewer.until("bot-interrupted")
        await live.line.until(lambda: len(engines.spoken) == 2, 20)
        await live.line.bot_has_spoken(20)
        live.line.say(yes)
        await live.result()
    cut = OPENING.removesuffix(engines.spoken[1]).rstrip()
    assert f"{cut} {engines.spoken[1]}" == OPENING
    assert 0 < len(cut.split()) < 10
    assert await turns(talking, live.sid) == [
        ("bot", cut),
        ("bot", engines.spoken[1]),
        ("caller", "that is all"),
        ("bot", "Goodbye."),
    ]
    assert model.requests[0]["messages"][1:] == [
        {"role": "assistant", "content": OPENING},
        {"role": "user", "content": "that is all"},
    ]


async def test_a_mm_hm_is_seen_and_does_not_stop_the_bot(
    talking: Appliance, engines: Engines, model: ChatServer, live: LiveCall, yes: Sound
) -> None:
    engines.early = "mm-hm"
    engines.hears.extend(["mm-hm", "that is all"])
    async with watching(talking, f"/rtvi/{live.sid}") as viewer:
        await viewer.ready()
        live.line.say(yes)
        assert (await viewer.until("user-transcription"))["data"]["text"] == "mm-hm"
        await live.line.bot_has_spoken(20)
        engines.early = ""
        live.line.say(yes)
        await viewer.to_the_end()
        assert viewer.kinds("bot-interrupted", "user-started-speaking") == ["user-started-speaking"]
    await live.result()
    assert await turns(talking, live.sid) == [("bot", OPENING), ("caller", "that is all"), ("bot", "Goodbye.")]


async def test_a_caller_who_thinks_in_mid_sentence_is_heard_out(
    talking: Appliance, engines: Engines, model: ChatServer, live: LiveCall, yes: Sound
) -> None:
    engines.hears.extend(["I would like to come on", "I would like to come on Tuesday"])
    await live.line.bot_has_spoken(20)
    async with watching(talking, f"/rtvi/{live.sid}") as viewer:
        await viewer.ready()
        live.line.say(yes)
        while (await viewer.until("user-transcription"))["data"]["text"] != "I would like to come on":
            pass
        live.line.say(yes)
        await viewer.to_the_end()
    await live.result()
    assert [text for who, text in await turns(talking, live.sid) if who == "caller"] == [
        "I would like to come on Tuesday"
    ]
    assert len(model.requests) == 1


async def test_silero_hears_a_caller_and_not_what_is_behind_the_caller(
    talking: Appliance, engines: Engines, phone: Phone, yes: Sound
) -> None:
    """WebRTC's detector would take the music for speech, several times."""
    samples = NOISES["music"](12_000, [])
    music = Sound.from_pcm((samples * 2000 / np.std(samples)).astype("<i2").tobytes())
    actions: list[Action] = [Wait("speech"), Speak(music), Wait("bot"), Speak(yes), Wait("end")]
    engines.secs = lambda text: 2.5
    result = await phone.call(Call(url=talking.voice_url, to=NOISY_NUMBER, actions=actions))
    assert result.problems == []
    assert [one.clear_secs for one in result.barge_ins] == [None]
    assert await turns(talking, result.call_sid) == [
        ("bot", "Shall we go on?"),
        ("caller", "yes"),
        ("bot", "Thank you."),
    ]

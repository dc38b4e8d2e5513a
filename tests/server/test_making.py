"""How engines are made from settings, and tried: against stand-ins over real sockets."""

from typing import Any

import pytest

from appliance.dialogue.openai_chat import OpenAIChat
from appliance.errors import EngineError
from appliance.server.making import MAKERS, make_llm, make_synthesizer, make_transcriber, try_realtime
from appliance.settings import DeepgramSettings, LLMSettings, OpenAISTTSettings, OpenAITTSSettings, Settings
from appliance.settings.lineups import Embedded
from appliance.settings.named_engines import ChatEngine, WyomingEngine
from appliance.settings.realtime import RealtimeEngine
from appliance.speech.canned_server import CannedServer
from appliance.speech.deepgram import DeepgramTranscriber
from appliance.speech.openai_stt import OpenAITranscriber
from appliance.speech.openai_tts import OpenAISynthesizer
from appliance.speech.wyoming import WyomingSynthesizer, WyomingTranscriber
from tests.speech import deepgram_server as deepgram
from tests.speech import openai_server as openai
from tests.stand_ins.chat import ChatServer, refuses
from tests.stand_ins.realtime import RealtimeServer

URI = "tcp://127.0.0.1:1"


@pytest.mark.parametrize(
    ("role", "entry", "kind"),
    [
        ("transcriber", Embedded(), WyomingTranscriber),
        ("transcriber", WyomingEngine(kind="wyoming", uri=URI), WyomingTranscriber),
        ("transcriber", OpenAISTTSettings(), OpenAITranscriber),
        ("transcriber", DeepgramSettings(), DeepgramTranscriber),
        ("synthesizer", Embedded(), WyomingSynthesizer),
        ("synthesizer", WyomingEngine(kind="wyoming", uri=URI), WyomingSynthesizer),
        ("synthesizer", OpenAITTSSettings(), OpenAISynthesizer),
        ("llm", LLMSettings(model="small"), OpenAIChat),
        ("llm", ChatEngine(kind="openai-chat", model="small"), OpenAIChat),
    ],
)
async def test_each_entry_becomes_an_engine(role: Any, entry: Any, kind: type) -> None:
    made = MAKERS[role](entry, Settings(), "tcp://127.0.0.1:2")
    assert type(made.engine) is kind
    if made.close is not None:
        await made.close()


async def test_a_language_model_has_what_its_entry_says_and_the_houses_time_limit() -> None:
    async with ChatServer() as server:
        entry = ChatEngine(kind="openai-chat", model="small", base_url=server.url, context_chars=5000)
        made = make_llm(entry, Settings(llm=LLMSettings(timeout_secs=2.5)), "")
        assert (made.engine.context_chars, made.engine.timeout_secs) == (5000, 2.5)
        await made.probe()
        assert server.requests[0]["model"] == "small"
        server.will(refuses(503), refuses(503))
        first = make_llm(entry, Settings(), "", is_last=False)
        with pytest.raises(EngineError, match="503"):
            await first.probe()
        assert len(server.requests) == 2
        for one in (made, first):
            assert one.close is not None
            await one.close()


async def test_a_voice_is_tried_with_a_word() -> None:
    answers = (openai.sends(bytes(4800), "audio/pcm"), openai.sends(b"", "audio/pcm"))
    async with openai.openai_server(*answers) as server, CannedServer(secs=0.1) as near:
        made = make_synthesizer(OpenAITTSSettings(base_url=server.base_url, voice="nova"), Settings(), "")
        await made.probe()
        assert server.seen[0].json["voice"] == "nova"
        with pytest.raises(EngineError, match="made no audio"):
            await made.probe()
        await make_synthesizer(Embedded(), Settings(), near.uri).probe()
        assert made.close is not None
        await made.close()


async def test_an_ear_is_tried_with_a_moment_of_silence_and_one_that_is_not_last_tries_once() -> None:
    async with deepgram.deepgram_server(503, 503, deepgram.hears(deepgram.results("", from_finalize=True))) as server:
        entry = DeepgramSettings(base_url=server.base_url)
        first = make_transcriber(entry, Settings(), "", is_last=False)
        with pytest.raises(EngineError, match="503"):
            await first.probe()
        assert server.refused == 1
        await make_transcriber(entry, Settings(), "").probe()
        assert len(server.sessions[0].audio) == 2400


async def test_a_model_that_hears_and_speaks_itself_is_tried_by_opening_a_session() -> None:
    async with RealtimeServer(key="secret") as server:
        given = {"kind": "openai-realtime", "base_url": server.url, "api_key": "secret"}
        engine = RealtimeEngine.model_validate(given)
        await try_realtime(engine)
        with pytest.raises(EngineError, match="refused with status 401"):
            await try_realtime(engine.model_copy(update={"api_key": None}))
        assert (server.connections, server.wrong, server.events) == (2, [], [])

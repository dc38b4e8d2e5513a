"""The stand-ins speak the vendors' formats, as our adapters find them, and know how late they were."""

import time
from collections.abc import AsyncIterator

import aiohttp
import msgspec
import pytest

from appliance.bench.stand_ins import (
    FIRST_SENTENCE,
    SECOND_SENTENCE,
    SENTENCE_MS,
    TRANSCRIPT,
    Delays,
    Served,
    StandIns,
    tokens,
)
from appliance.dialogue.chat import ChatEnd, ChatRequest, ChatText
from appliance.dialogue.openai_chat import OpenAIChat
from appliance.settings import DeepgramSettings, LLMSettings, OpenAITTSSettings
from appliance.speech.base import SpeechAudio, Transcript
from appliance.speech.deepgram import DeepgramTranscriber
from appliance.speech.openai_tts import OpenAISynthesizer

DELAYS = Delays(transcript=30, first_token=40, token=2, speech=25)


@pytest.fixture
async def stand_ins() -> AsyncIterator[StandIns]:
    async with StandIns(DELAYS) as serving:
        yield serving


def only(stand_ins: StandIns) -> Served:
    (served,) = msgspec.json.decode(stand_ins.report(), type=list[Served])
    return served


def took_ms(served: Served) -> float:
    return (served.done - served.asked) * 1000


def test_a_first_sentence_is_known_to_be_whole_with_the_next_ones_first_word() -> None:
    assert tokens(FIRST_SENTENCE.format(caller="0200042"))[2:5] == [" caller", " 0200042,", " I"]
    assert Delays(first_token=200, token=20).sentence == 200 + 9 * 20


async def test_an_utterance_is_transcribed_a_known_time_after_its_end(stand_ins: StandIns) -> None:
    engine = DeepgramTranscriber(DeepgramSettings(base_url=f"{stand_ins.url.replace('http', 'ws')}/v1/listen"))
    heard = engine.transcribe(language="en")
    heard.send(bytes(2 * 8000))
    heard.finish()
    texts = [result async for result in heard.results()]
    await heard.close()
    assert texts[0] == Transcript("I would", final=False)
    assert texts[-1] == Transcript(TRANSCRIPT, final=True, confidence=0.98)
    served = only(stand_ins)
    assert (served.engine, served.caller, round(served.due - served.asked, 3)) == ("stt", "", 0.03)
    assert took_ms(served) > 25


async def test_a_model_writes_its_two_sentences_to_the_caller_word_by_word(stand_ins: StandIns) -> None:
    model = OpenAIChat(LLMSettings(model="stand-in", base_url=f"{stand_ins.url}/v1"))
    asked = ChatRequest(({"role": "user", "content": "+15550200042 says hello"},), (), True, None, None, None, None)
    pieces = [piece async for piece in model.stream(asked)]
    await model.close()
    words = [piece.text for piece in pieces if isinstance(piece, ChatText)]
    assert "".join(words) == f"{FIRST_SENTENCE.format(caller='0200042')} {SECOND_SENTENCE}"
    assert len(words) == 18
    end = pieces[-1]
    assert isinstance(end, ChatEnd)
    assert (end.reason, end.model, end.completion_tokens) == ("stop", "stand-in", 18)
    served = only(stand_ins)
    assert (served.engine, served.caller, round(served.due - served.asked, 3)) == ("llm", "0200042", 0.058)
    assert took_ms(served) > 53


async def test_a_sentence_is_spoken_in_a_known_length_and_belongs_to_its_caller(stand_ins: StandIns) -> None:
    voice = OpenAISynthesizer(OpenAITTSSettings(base_url=f"{stand_ins.url}/v1"))
    size = 0
    for text in ("Thank you, caller 0200042, it is here.", "It comes on Tuesday."):
        async for piece in voice.synthesize(text, language="en"):
            size += len(piece.pcm) if isinstance(piece, SpeechAudio) else 0
    await voice.close()
    assert size == 2 * SENTENCE_MS * 16
    served = msgspec.json.decode(stand_ins.report(), type=list[Served])
    assert [(one.engine, one.caller) for one in served] == [("tts", "0200042"), ("tts", "")]
    assert all(round(one.due - one.asked, 3) == 0.025 and took_ms(one) > 20 for one in served)


async def test_what_was_served_is_told_once_and_anything_else_is_not_there(stand_ins: StandIns) -> None:
    now = time.perf_counter()
    stand_ins.served.append(Served("stt", "", now, now + 0.1, now + 0.103))
    async with aiohttp.ClientSession() as http:
        answers = []
        for path in ("served", "served", "v1/models"):
            async with http.get(f"{stand_ins.url}/{path}") as reply:
                answers.append((reply.status, len(await reply.json())))
    assert answers == [(200, 1), (200, 0), (404, 0)]


def test_lateness_is_what_came_after_it_was_due() -> None:
    assert Served("llm", "1", 1.0, 2.0, 2.25).late_secs == 0.25


async def test_who_hangs_up_is_answered_no_more(stand_ins: StandIns) -> None:
    model = OpenAIChat(LLMSettings(model="stand-in", base_url=f"{stand_ins.url}/v1"))
    stream = model.stream(ChatRequest(({"role": "user", "content": "hello"},), (), True, None, None, None, None))
    first = await anext(stream)
    assert first == ChatText("Thank")
    await stream.aclose()
    await model.close()
    async with aiohttp.ClientSession() as http, http.get(f"{stand_ins.url}/served") as reply:
        assert await reply.json() == []

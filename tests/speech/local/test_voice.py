"""The voice worker over its pipe."""

import asyncio

from appliance.speech.local.embedded_voice import VOICE_MODULE
from appliance.speech.local.pipe import Frame, Kind
from appliance.speech.local.worker import Worker, WorkerSession


async def frames(session: WorkerSession) -> list[Frame]:
    got: list[Frame] = []
    async with asyncio.timeout(20):
        while not got or got[-1].kind is not Kind.DONE:
            got.append(await session.receive())
    return got


async def test_every_word_gets_its_time_once_and_within_the_audio() -> None:
    async with Worker(VOICE_MODULE, "voice") as worker:
        got = await frames(worker.open({"text": "one two three", "voice": "en-us"}))
        words = [word for frame in got if frame.kind is Kind.WORDS for word in frame.data()["words"]]
        audio_bytes = sum(len(frame.body) for frame in got if frame.kind is Kind.AUDIO)
        assert [word["text"] for word in words] == ["one", "two", "three"]
        assert [word["start_ms"] for word in words[1:]] == [word["end_ms"] for word in words[:-1]]
        assert words[-1]["end_ms"] <= audio_bytes * 1000 // 2 // worker.info["rate_hz"]
        assert got[-1].data() == {"words": 3}


async def test_a_text_that_nobody_waits_for_holds_nobody_up() -> None:
    async with Worker(VOICE_MODULE, "voice") as worker:
        long = worker.open({"text": "a very long text indeed " * 200, "voice": "en-us"})
        await long.receive()
        long.close()
        got = await frames(worker.open({"text": "one", "voice": "en-us"}))
        assert got[-1].data() == {"words": 1}


async def test_an_empty_text_has_no_audio_and_no_words() -> None:
    async with Worker(VOICE_MODULE, "voice") as worker:
        assert (await frames(worker.open({"text": "", "voice": "en-us"})))[-1].data() == {"words": 0}

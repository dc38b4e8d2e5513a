"""The ear worker over its pipe."""

import asyncio
from collections.abc import Callable

import pytest

from appliance.errors import EngineError
from appliance.speech.local.pipe import Kind
from appliance.speech.local.server import EAR_MODULE
from appliance.speech.local.worker import Worker

YES_NO = "#JSGF V1.0; grammar answer; public <answer> = yes | no;"


async def test_interims_come_while_audio_does_and_one_result_at_the_end(spoken: Callable[[str], bytes]) -> None:
    async with Worker(EAR_MODULE, "ear") as worker, asyncio.timeout(20):
        session = worker.open({"language": "en", "grammar": YES_NO})
        session.send(Kind.AUDIO, spoken("yes"))
        frame = await session.receive()
        assert (frame.kind, frame.data()) == (Kind.INTERIM, {"text": "yes"})
        session.send(Kind.FINISH)
        frame = await session.receive()
        assert (frame.kind, frame.data()) == (Kind.DONE, {"text": "yes"})


async def test_a_refused_utterance_leaves_the_others_alone(spoken: Callable[[str], bytes]) -> None:
    async with Worker(EAR_MODULE, "ear") as worker, asyncio.timeout(20):
        good = worker.open({"language": "en-GB", "grammar": YES_NO})
        good.send(Kind.AUDIO, spoken("no")[:9600])
        bad = worker.open({"language": "fr", "grammar": YES_NO})
        bad.send(Kind.AUDIO, spoken("yes"))
        with pytest.raises(EngineError, match=r'^The embedded recogniser has no model for "fr", expected en.$'):
            await bad.receive()
        good.send(Kind.AUDIO, spoken("no")[9600:])
        good.send(Kind.FINISH)
        while (frame := await good.receive()).kind is not Kind.DONE:
            pass
        assert frame.data() == {"text": "no"}


async def test_utterances_that_were_given_up_do_not_use_decoders_up(spoken: Callable[[str], bytes]) -> None:
    async with Worker(EAR_MODULE, "ear") as worker, asyncio.timeout(20):
        for _ in range(5):
            session = worker.open({"language": "en", "grammar": None})
            session.send(Kind.AUDIO, spoken("yes")[:1600])
            session.close()
        last = worker.open({"language": "en", "grammar": None})
        last.send(Kind.FINISH)
        assert (await last.receive()).data() == {"text": ""}

import asyncio
import os
import signal

import pytest

from appliance.errors import EngineError
from appliance.speech.local.server import SpeechServer
from appliance.speech.local.supervisor import EmbeddedSpeech, describe


async def test_the_engines_are_started_told_of_and_ended() -> None:
    told: list[bool] = []
    async with EmbeddedSpeech(ears=1, on_change=told.append) as speech:
        assert (await describe(speech.uri)).data["tts"][0]["name"] == "espeak-ng"
        assert speech.is_up
        pid = speech.pid
        assert pid is not None
        assert os.getpgid(pid) != os.getpgrp()  # Ctrl+C, which reaches a whole group, leaves live calls their engines
    assert told == [True, False]
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.parametrize("ill", [signal.SIGKILL, signal.SIGSTOP])
async def test_engines_that_die_or_hang_come_back_at_the_same_address(ill: signal.Signals) -> None:
    told: asyncio.Queue[bool] = asyncio.Queue()
    async with EmbeddedSpeech(ears=1, on_change=told.put_nowait, check_every_secs=0.2, check_secs=0.5) as speech:
        first, uri = speech.pid, speech.uri
        assert first is not None
        assert await told.get()
        os.kill(first, ill)
        assert not await asyncio.wait_for(told.get(), 30)
        assert await asyncio.wait_for(told.get(), 30)
        assert (await describe(uri)).type == "info"
        assert speech.restarts >= 1
        assert speech.pid != first


async def test_engines_that_do_not_start_say_why() -> None:
    async with SpeechServer(ears=1) as server:
        speech = EmbeddedSpeech(ears=1)
        speech.uri = server.uri
        with pytest.raises(EngineError) as caught:
            await speech.__aenter__()
        assert str(caught.value) == (
            "The speech engines do not start: "
            f"The speech engines cannot listen on 127.0.0.1:{server.port}: Address already in use."
        )
        assert speech.pid is None


async def test_a_server_that_is_no_wyoming_server_does_not_describe_itself() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    uri = f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    with pytest.raises(EngineError, match=f"^The speech engine at {uri} does not describe itself.$"):
        await describe(uri)
    server.close()

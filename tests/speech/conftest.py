"""Synthesised speech and a running speech server for these tests: real worker processes, started once."""

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from appliance.audio.g711 import pcm_to_ulaw, ulaw_to_pcm
from appliance.speech.local.embedded_voice import EmbeddedVoice
from appliance.speech.local.process import LISTENING

YES_NO = "#JSGF V1.0; grammar answer; public <answer> = yes | no;"
INTENTS = (
    "#JSGF V1.0; grammar intent; public <intent> = opening hours | order status | a person [please] | repeat that;"
)
_TEXTS = {
    "yes": "yes",
    "no": "no",
    "opening hours": "opening hours",
    "order status": "order status",
    "babble": "the weather in the mountains was awfully cold this morning",
}
_SILENCE = bytes(2 * 1600)

Spoken = Callable[[str], bytes]


async def _speak_all() -> dict[str, bytes]:
    async with EmbeddedVoice() as voice:
        return {name: await voice.speak(text) for name, text in _TEXTS.items()}


@pytest.fixture(scope="session")
def spoken() -> Spoken:
    """``spoken("yes")`` is that said by the embedded voice, as a telephone line carries it, with 200 ms around it."""
    said = asyncio.run(_speak_all())
    return lambda name: ulaw_to_pcm(pcm_to_ulaw(_SILENCE + said[name] + _SILENCE))


@pytest.fixture(scope="session")
def engines_uri() -> Iterator[str]:
    """The address of a speech server with one recogniser process."""
    command = [sys.executable, "-m", "appliance.speech.local.process", "--port", "0", "--ears", "1"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        line = process.stdout.readline().strip()
        assert line.startswith(LISTENING), line
        yield line.removeprefix(LISTENING)
        process.stdin.close()
        assert process.wait(timeout=20) == 0

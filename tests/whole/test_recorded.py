"""A recorded call over the real protocol: both sides are where the caller and the caller's ear had them."""

from pathlib import Path

import aiohttp
import pytest

from appliance.audio.g711 import ulaw_to_pcm
from appliance.audio.level import dbfs
from appliance.audio.wav import read_wav
from appliance.simulator import Action, Call, Pause, Phone, Press, Say, Wait
from appliance.speech.local.embedded_voice import EmbeddedVoice
from tests.whole.appliance import running
from tests.whole.conftest import QUICK

NEAR_SECS = 0.12
"""How far the two clocks may be apart: the carrier plays what it has been given a moment later."""


def onset_secs(pcm: bytes, after_secs: float = 0.0) -> float:
    """When sound begins, by pieces of 10 ms."""
    first = round(after_secs * 100)
    loud = (at for at in range(first, len(pcm) // 160) if dbfs(pcm[160 * at : 160 * at + 160]) > -45)
    return next(loud) / 100


async def test_caller_and_bot_lie_side_by_side_as_they_were_heard(tmp_path: Path) -> None:
    (tmp_path / "plans").mkdir()
    plan = QUICK.replace("greeting:", "recording:\ngreeting:")
    (tmp_path / "plans" / "quick.yaml").write_text(plan)
    actions: list[Action] = [Wait("bot"), Pause(0.5), Say("perhaps tomorrow"), Wait("bot"), Press("1"), Wait("end")]
    with running(tmp_path / "data", tmp_path / "plans") as service:
        async with EmbeddedVoice() as voice, Phone(speaker=voice) as phone:
            result = await phone.call(Call(url=service.voice_url, to="+15555550100", actions=actions))
        assert result.problems == []
        record = await service.record(result.call_sid)
        assert record["turns"][0]["text"].startswith("This call is recorded. Welcome.")
        address = f"{service.url}/api/calls/{result.call_sid}/recording"
        headers = {"authorization": f"Bearer {service.token()}"}
        async with aiohttp.ClientSession() as http, http.get(address, headers=headers) as reply:
            content = await reply.read()
    file = tmp_path / "recording.wav"
    file.write_bytes(content)
    wav = read_wav(file)
    assert (wav.channels, wav.rate_hz) == (2, 8000)
    assert wav.secs == pytest.approx(record["recording"]["secs"], abs=0.001)
    caller = b"".join(wav.pcm[at : at + 2] for at in range(0, len(wav.pcm), 4))
    bot = b"".join(wav.pcm[at + 2 : at + 4] for at in range(0, len(wav.pcm), 4))
    line, ear = ulaw_to_pcm(result.caller_track), ulaw_to_pcm(result.bot_track)
    began = line.find(caller[: round(wav.secs * 16_000) - 16_000]) / 16_000
    assert began > 0, "the caller's side is what the line carried, sample for sample"
    # The announcement was heard before the recording began; what the bot said then is where the caller heard it.
    assert onset_secs(ear) < began
    asked = onset_secs(ear, began + 0.05) - began
    assert onset_secs(bot, 0.05) == pytest.approx(asked, abs=NEAR_SECS)
    spoke = onset_secs(caller)
    answered = onset_secs(ear, began + spoke + 1.5) - began
    assert onset_secs(bot, spoke + 1.5) == pytest.approx(answered, abs=NEAR_SECS)
    assert dbfs(bot) == pytest.approx(dbfs(ear[round(began * 16_000) // 2 * 2 :]), abs=1.5)

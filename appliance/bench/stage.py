"""The service with its embedded engines, and a phone to try it with."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
import numpy as np

from appliance.bench import plans
from appliance.bench.processes import running
from appliance.bench.server import SERVING
from appliance.clock import wall
from appliance.simulator import Action, Call, CallResult, Phone, Sound, Speak, Wait
from appliance.speech.local.embedded_voice import EmbeddedVoice
from appliance.supervision.credentials import Credentials

VOICES = ("en-us+f3", "en-us", "en-us+m3", "en-us+f2")
DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@dataclass(frozen=True)
class Stage:
    """A service that runs, a phone that can ring it, and a voice."""

    url: str
    token: str
    phone: Phone
    voice: EmbeddedVoice

    async def sound(self, text: str, voice: str = VOICES[0]) -> Sound:
        """A text, spoken."""
        return Sound.from_pcm(await self.voice.speak(text, voice=voice), text)

    async def call(self, number: str, actions: Sequence[Action]) -> CallResult:
        """One call, with a line's faint noise behind it."""
        call = Call(
            url=f"{self.url}/twilio/voice", to=number, actions=actions, noise=True, grace_secs=0.2, dead_air_secs=30
        )
        return await self.phone.call(call)

    async def turns_of(self, result: CallResult) -> list[dict[str, Any]]:
        """What the service's record says was said in a call."""
        headers = {"Authorization": f"Bearer {self.token}"}
        address = f"{self.url}/api/calls/{result.call_sid}"
        async with aiohttp.ClientSession(headers=headers) as http, http.get(address) as reply:
            turns: list[dict[str, Any]] = (await reply.json())["turns"]
        return turns


@asynccontextmanager
async def stage(directory: Path) -> AsyncIterator[Stage]:
    """Starts all of it. The processes may use every core."""
    with TemporaryDirectory(dir=directory) as temporary:
        data, dialplans = Path(temporary, "data"), Path(temporary, "dialplans")
        token = await asyncio.to_thread(prepare, data, dialplans)
        options = ["--data", str(data), "--dialplans", str(dialplans), "--engines", "embedded"]
        async with (
            running("appliance.bench.server", options, SERVING) as server,
            EmbeddedVoice() as voice,
            Phone(speaker=voice) as phone,
        ):
            yield Stage(server.said, token, phone, voice)


def prepare(data: Path, dialplans: Path, *, with_model: bool = False) -> str:
    """Makes what a service needs; returns a token that may look."""
    data.mkdir()
    plans.write_plans(dialplans, with_model=with_model)
    return Credentials(data, wall).add("token", "bench", "viewer", None)


def question_and_answer(sounds: Sequence[Sound]) -> Sequence[Action]:
    """Lets the bot finish, then says the next."""
    return [action for sound in sounds for action in (Wait("bot"), Speak(sound))] + [Wait("bot")]


def spoken(number: str) -> str:
    """Digits as people say them, one by one."""
    return " ".join(DIGITS[int(digit)] for digit in number)


def percentile(values: Sequence[float], share: float) -> float:
    """Of some values, one of them; not a number when there are none."""
    return float(np.percentile(values, share, method="higher")) if values else float("nan")

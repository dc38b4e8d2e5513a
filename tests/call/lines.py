"""A call over a carrier's stream without a socket: what is sent is written down, and marks come back at once."""

import asyncio
import json
from binascii import b2a_base64
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from appliance.audio.g711 import pcm_to_ulaw
from appliance.audio.tones import silence
from appliance.audio.wav import mono_8k, read_wav
from appliance.bus import Bus, CallEvent
from appliance.call import Call, CallFacts, Engines, Stream, StreamEnd, StreamLimits
from appliance.call.keeping import Keeper
from appliance.carriers.twilio.codec import CAPABILITIES, TwilioCodec
from appliance.dialogue.realtime.model import DirectModel
from appliance.dialplan.loader import load_dialplan
from appliance.functions import Means
from appliance.records import RecordStore
from appliance.speech.base import Synthesizer
from appliance.speech.canned import CannedSynthesizer, CannedTranscriber

PLAN = """\
name: Plan
numbers: ["+15555550100"]
greeting: Welcome.
turn: {no_input_secs: 60}
fallback: {say: We have a technical problem., transfer: "+15555550199"}
steps:
  question:
    ask: Shall we go on?
    yes_no: {yes: done, no: done}
    tries: 9
    no_match: Yes or no, please.
    otherwise: done
  done: {hang_up: Goodbye.}
"""


SPEECH = mono_8k(read_wav(next((Path(__file__).parent.parent / "data").glob("speech_*.wav"))))
TURN = silence(0.3, 8000) + SPEECH + silence(1.0, 8000)
"""The caller says something."""


class Wire:
    """The carrier's end of a stream."""

    def __init__(self, *, returns_marks: bool = True) -> None:
        self.sent: list[dict[str, Any]] = []
        self._returns_marks = returns_marks
        self._messages: asyncio.Queue[str | None] = asyncio.Queue()

    async def send(self, text: str) -> None:
        message = json.loads(text)
        self.sent.append(message)
        if message["event"] == "mark" and self._returns_marks:
            self.says({"event": "mark", "mark": message["mark"]})

    def says(self, message: dict[str, Any] | None) -> None:
        """A message of the carrier's; None closes the socket."""
        self._messages.put_nowait(None if message is None else json.dumps(message))

    def speaks(self, pcm: bytes) -> None:
        """The caller's audio, in 20 ms messages."""
        for start in range(0, len(pcm), 320):
            payload = b2a_base64(pcm_to_ulaw(pcm[start : start + 320]), newline=False).decode()
            self.says({"event": "media", "media": {"payload": payload}})

    async def __call__(self) -> str | None:
        return await self._messages.get()

    def direct(self, take: Callable[[str | bytes], None] | None) -> None:
        """This socket hands nothing over by itself."""

    def events(self) -> list[str]:
        """What kinds of messages were sent, repetitions of audio left out."""
        kinds = [message["event"] for message in self.sent]
        return [kind for at, kind in enumerate(kinds) if kind != "media" or kinds[at - 1 : at] != ["media"]]


def speaks_anew(wire: Wire) -> bool:
    """Whether the caller hears something since what was said before was cleared."""
    events = wire.events()
    return "clear" in events and "media" in events[events.index("clear") :]


class House:
    """One call and what the house is told of it."""

    def __init__(
        self,
        tmp_path: Path,
        *,
        hears: str = "yes",
        speaks_secs: float = 0.1,
        voice: Synthesizer | None = None,
        plan: str = PLAN,
        usual_voice: str = "en-us",
        keeper: Keeper | None = None,
        realtime: Mapping[str, DirectModel] | None = None,
        means: Means | None = None,
    ) -> None:
        (tmp_path / "plan.yaml").write_text(plan)
        loaded = load_dialplan(tmp_path / "plan.yaml")
        assert not isinstance(loaded, list)
        self.told: list[CallEvent] = []
        bus = Bus()
        bus.subscribe(CallEvent, self.told.append)
        self.records = RecordStore(f"sqlite+aiosqlite:///{tmp_path}/records.db")
        self.call = Call(
            CallFacts("CA1", "twilio", "+15555550123", "+15555550100"),
            loaded,
            Engines(
                CannedTranscriber(hears),
                voice or CannedSynthesizer(speaks_secs),
                usual_voice=usual_voice,
                realtime=realtime or {},
            ),
            CAPABILITIES,
            self.records,
            bus,
            longest_secs=600,
            keeper=keeper,
            means=means,
        )

    def connect(self, wire: Wire) -> "asyncio.Task[StreamEnd]":
        """A stream of the call, its first or a further one."""
        stream = Stream(self.call, TwilioCodec(), wire, wire.send, StreamLimits())
        if self.call._runner is None:
            self.call.start(stream.line)
        else:
            self.call.resume(stream.line)
        return asyncio.create_task(stream.run())

    def said(self) -> list[str]:
        """The conversation's messages."""
        assistant = self.call.task.processors[-1]
        return [f"{message['role']}: {message['content']}" for message in assistant._context.messages]  # type: ignore[attr-defined]

    async def until(self, condition: Callable[[], bool]) -> None:
        """Waits for at most five seconds."""
        async with asyncio.timeout(5):
            while not condition():  # noqa: ASYNC110 - there is nothing to wait on but the call itself
                await asyncio.sleep(0)

    async def asked(self, times: int = 1) -> None:
        """Waits until a question has been heard."""
        await self.until(lambda: sum("?" in one or "please" in one for one in self.said()) >= times)

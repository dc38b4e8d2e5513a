"""The synthesizer against real peers: a server built with the wyoming package, ours, and one that misbehaves."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.event import Event
from wyoming.server import AsyncEventHandler, AsyncServer
from wyoming.tts import Synthesize, SynthesizeVoice

from appliance.audio.resample import resample
from appliance.errors import EngineError
from appliance.speech.base import SpeechAudio, SpokenWord, WordTimes
from appliance.speech.canned import babble
from appliance.speech.wyoming_voice import WyomingSynthesizer, estimate_word_times

TONE = resample(babble(1000), 8000, 22_050)


class Speaker(AsyncEventHandler):
    """What the wyoming package's example servers do."""

    asked: list[Synthesize]
    answers: list[Event]
    hangs: bool
    gone: asyncio.Event

    async def handle_event(self, event: Event) -> bool:
        if Synthesize.is_type(event.type):
            self.asked.append(Synthesize.from_event(event))
            for answer in self.answers:
                await self.write_event(answer)
        return self.hangs

    async def disconnect(self) -> None:
        self.gone.set()


class Peer:
    """A Wyoming server made of the package's parts, and what it saw."""

    def __init__(self, answers: list[Event], *, hangs: bool = False) -> None:
        self.asked: list[Synthesize] = []
        self.gone = asyncio.Event()
        parts = {"asked": self.asked, "answers": answers, "hangs": hangs, "gone": self.gone}
        self.handler = type("Speaking", (Speaker,), parts)

    @asynccontextmanager
    async def at(self, socket: Path) -> AsyncIterator[str]:
        server = AsyncServer.from_uri(f"unix://{socket}")
        await server.start(self.handler)
        try:
            yield f"unix://{socket}"
        finally:
            await server.stop()


def speech(pcm: bytes, rate_hz: int) -> list[Event]:
    chunks = [AudioChunk(rate_hz, 2, 1, pcm[at : at + 4000]).event() for at in range(0, len(pcm), 4000)]
    return [AudioStart(rate_hz, 2, 1).event(), *chunks, AudioStop().event()]


async def spoken(uri: str, text: str = "hello you", voice: str | None = None) -> tuple[bytes, list[WordTimes]]:
    audio, times = b"", []
    async with asyncio.timeout(20):
        async for piece in WyomingSynthesizer(uri).synthesize(text, language="en", voice=voice):
            if isinstance(piece, SpeechAudio):
                audio += piece.pcm
            else:
                times.append(piece)
    return audio, times


async def test_a_wyoming_servers_audio_comes_at_8_khz_with_estimated_word_times(tmp_path: Path) -> None:
    peer = Peer(speech(TONE, 22_050))
    async with peer.at(tmp_path / "tts") as uri:
        audio, times = await spoken(uri)
    assert peer.asked == [Synthesize("hello you", SynthesizeVoice(language="en"))]
    assert abs(len(audio) - 16_000) <= 2
    assert times == [WordTimes((SpokenWord("hello", 0, 600), SpokenWord("you", 600, 1000)))]


async def test_word_times_of_the_server_are_used_instead_of_estimated_ones(tmp_path: Path) -> None:
    words = [{"text": "hello", "start_ms": 10, "end_ms": 300}]
    peer = Peer([Event("word-times", {"words": words}), *speech(babble(500), 8000)])
    async with peer.at(tmp_path / "tts") as uri:
        audio, times = await spoken(uri, voice="en-gb")
    assert peer.asked == [Synthesize("hello you", SynthesizeVoice(name="en-gb"))]
    assert audio == babble(500)
    assert times == [WordTimes((SpokenWord("hello", 10, 300),))]


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ([Error("No such voice.").event()], "The speech engine refused: No such voice."),
        ([AudioStart(8000, 2, 1).event()], "The speech engine at {0} hung up before the end of the text's audio."),
        (
            [AudioStart(22_050, 4, 2).event()],
            "The speech engine sends 22050 Hz, 32 bit, 2 channels; expected 8000 Hz or more, 16 bit, 1 channel.",
        ),
        (
            [Event("word-times", {"words": [{"text": "x"}]})],
            "The speech engine at {0} does not speak Wyoming: "
            "The Wyoming event word-times has no words with text, start_ms and end_ms.",
        ),
    ],
    ids=["refuses", "closes mid-stream", "audio of another kind", "nonsense"],
)
async def test_a_failing_server_is_named(tmp_path: Path, answers: list[Event], sentence: str) -> None:
    async with Peer(answers).at(tmp_path / "tts") as uri:
        with pytest.raises(EngineError) as caught:
            await spoken(uri)
    assert str(caught.value) == sentence.format(uri)


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ([], "The speech engine at {0} sent nothing for 0.05 s."),
        ([AudioStart(8000, 2, 1).event()], "The speech engine at {0} sent nothing for 0.06 s."),
    ],
    ids=["from the start", "in the middle"],
)
async def test_a_server_that_hangs_is_given_up(tmp_path: Path, answers: list[Event], sentence: str) -> None:
    async with Peer(answers, hangs=True).at(tmp_path / "tts") as uri:
        synthesizer = WyomingSynthesizer(uri, first_secs=0.05 if not answers else 20, idle_secs=0.06)
        with pytest.raises(EngineError) as caught:
            async for _ in synthesizer.synthesize("hello", language="en"):
                pass
    assert str(caught.value) == sentence.format(uri)


async def test_closing_the_iterator_hangs_up(tmp_path: Path) -> None:
    peer = Peer(speech(babble(500), 8000)[:-1], hangs=True)
    async with peer.at(tmp_path / "tts") as uri:
        pieces = WyomingSynthesizer(uri).synthesize("hello", language="en")
        assert isinstance(await anext(pieces), SpeechAudio)
        await pieces.aclose()  # type: ignore[attr-defined]
        await asyncio.wait_for(peer.gone.wait(), 20)


async def test_the_embedded_voice_tells_when_each_word_is_said(engines_uri: str) -> None:
    audio, times = await spoken(engines_uri, "Grüße, two words.", voice="en-us+f3")
    words = [word for time in times for word in time.words]
    assert [word.text for word in words] == ["Grüße", "two", "words"]
    assert all(a.start_ms < a.end_ms <= b.start_ms for a, b in pairwise(words))
    assert words[-1].end_ms <= len(audio) // 16 + 2


def test_estimated_word_times_fill_the_duration_in_proportion_to_length() -> None:
    assert estimate_word_times("a  bcd\ne", 800) == (
        SpokenWord("a", 0, 200),
        SpokenWord("bcd", 200, 600),
        SpokenWord("e", 600, 800),
    )
    assert estimate_word_times(" ", 800) == ()

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.errors import EngineError
from appliance.speech import cached
from appliance.speech.base import SpeechAudio, SpokenWord, WordTimes
from appliance.speech.cached import CachedSynthesizer
from appliance.speech.canned import babble
from appliance.speech.shelf import Shelf

SOUND = babble(500)
WORDS = (SpokenWord("Grüße", 0, 250), SpokenWord("you", 250, 500))


def files(directory: Path) -> list[Path]:
    return list(directory.iterdir())


class Voice:
    """Says everything as ``pieces``, and then fails if it is told to."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str | None]] = []
        self.pieces: list[SpeechAudio | WordTimes] = [
            SpeechAudio(SOUND[:3000]),
            SpeechAudio(SOUND[3000:]),
            WordTimes(WORDS),
        ]
        self.fails = False

    async def synthesize(
        self, text: str, *, language: str, voice: str | None = None
    ) -> AsyncIterator[SpeechAudio | WordTimes]:
        self.asked.append((text, language, voice))
        for piece in self.pieces:
            yield piece
        if self.fails:
            raise EngineError("broke off")


async def said(
    engine: CachedSynthesizer, text: str = "Grüße you", language: str = "en", voice: str | None = None
) -> tuple[bytes, tuple[SpokenWord, ...]]:
    pieces = [piece async for piece in engine.synthesize(text, language=language, voice=voice)]
    await engine.close()
    audio = b"".join(piece.pcm for piece in pieces if isinstance(piece, SpeechAudio))
    return audio, tuple(word for times in pieces if isinstance(times, WordTimes) for word in times.words)


async def test_what_was_said_before_is_not_synthesized_again_also_after_a_restart(tmp_path: Path) -> None:
    voice = Voice()
    for _ in range(3):
        assert await said(CachedSynthesizer(voice, Shelf(tmp_path, 100_000), "engine")) == (SOUND, WORDS)
    assert voice.asked == [("Grüße you", "en", None)]


async def test_another_engine_voice_language_or_text_is_another_sentence(tmp_path: Path) -> None:
    voice, shelf = Voice(), Shelf(tmp_path, 1_000_000)
    one, other = CachedSynthesizer(voice, shelf, "one"), CachedSynthesizer(voice, shelf, "other")
    for _ in range(2):
        await said(one)
        await said(other)
        await said(one, text="hello")
        await said(one, language="de")
        await said(one, voice="nova")
    assert len(voice.asked) == 5


async def test_a_sentence_that_broke_off_or_was_interrupted_is_not_kept(tmp_path: Path) -> None:
    voice = Voice()
    engine = CachedSynthesizer(voice, Shelf(tmp_path, 100_000), "engine")
    voice.fails = True
    with pytest.raises(EngineError, match="broke off"):
        await said(engine)
    voice.fails = False
    pieces = engine.synthesize("Grüße you", language="en")
    await anext(pieces)
    await pieces.aclose()  # type: ignore[attr-defined]
    await engine.close()
    assert files(tmp_path) == []


async def test_silence_is_not_kept(tmp_path: Path) -> None:
    voice = Voice()
    voice.pieces = [SpeechAudio(b""), WordTimes(WORDS)]
    await said(CachedSynthesizer(voice, Shelf(tmp_path, 100_000), "engine"))
    assert files(tmp_path) == []


async def test_a_damaged_sentence_is_synthesized_again(tmp_path: Path) -> None:
    voice = Voice()
    engine = CachedSynthesizer(voice, Shelf(tmp_path, 100_000), "engine")
    await said(engine)
    (file,) = files(tmp_path)
    file.write_bytes(file.read_bytes()[:-100])
    assert (await said(engine), await said(engine), len(voice.asked)) == ((SOUND, WORDS), (SOUND, WORDS), 2)


async def test_a_disk_that_hangs_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()

    class Hanging(Shelf):
        def get(self, name: str) -> bytes | None:
            assert released.wait(20)
            return super().get(name)

    monkeypatch.setattr(cached, "READ_SECS", 0.01)
    voice = Voice()
    try:
        async with asyncio.timeout(20):
            assert await said(CachedSynthesizer(voice, Hanging(tmp_path, 100_000), "engine")) == (SOUND, WORDS)
    finally:
        released.set()
    assert len(voice.asked) == 1

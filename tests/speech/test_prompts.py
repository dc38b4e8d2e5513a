from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.audio.wav import write_wav
from appliance.errors import EngineError
from appliance.speech.base import SpeechAudio, SpeechPiece, SpokenWord, WordTimes
from appliance.speech.canned import CannedSynthesizer, babble
from appliance.speech.prompts import PromptSynthesizer
from appliance.speech.recordings import Recordings


@pytest.fixture
def prompts(tmp_path: Path) -> PromptSynthesizer:
    write_wav(tmp_path / "welcome.wav", babble(1000), 8000)
    write_wav(tmp_path / "wide.wav", bytes(2 * 16_000), 16_000)
    (tmp_path / "broken.wav").write_bytes(b"no WAV at all")
    return PromptSynthesizer(CannedSynthesizer(0.1), Recordings(tmp_path), {"Good morning.": "welcome.wav"})


async def spoken(pieces: AsyncIterator[SpeechPiece]) -> tuple[bytes, list[WordTimes]]:
    audio, times = b"", []
    async for piece in pieces:
        if isinstance(piece, SpeechAudio):
            audio += piece.pcm
        elif isinstance(piece, WordTimes):
            times.append(piece)
    return audio, times


async def test_a_text_that_names_a_file_plays_it(prompts: PromptSynthesizer) -> None:
    assert await spoken(prompts.synthesize("[wav:welcome.wav]", language="en")) == (babble(1000), [])


async def test_a_recording_with_its_words_tells_their_times(prompts: PromptSynthesizer) -> None:
    audio, times = await spoken(prompts.synthesize("[wav:welcome.wav] Hello you", language="en"))
    assert audio == babble(1000)
    assert times == [WordTimes((SpokenWord("Hello", 0, 600), SpokenWord("you", 600, 1000)))]


async def test_a_text_that_is_mapped_to_a_file_plays_it(prompts: PromptSynthesizer) -> None:
    audio, times = await spoken(prompts.synthesize("Good morning.", language="en"))
    assert audio == babble(1000)
    assert [word.text for time in times for word in time.words] == ["Good", "morning."]


async def test_any_other_text_is_spoken(prompts: PromptSynthesizer) -> None:
    audio, _ = await spoken(prompts.synthesize("Good evening.", language="en"))
    assert audio == babble(100)


async def test_a_recording_comes_at_8_khz(prompts: PromptSynthesizer) -> None:
    audio, _ = await spoken(prompts.synthesize("[wav:wide.wav]", language="en"))
    assert len(audio) == 16_000


async def test_a_recording_is_read_once(prompts: PromptSynthesizer, tmp_path: Path) -> None:
    await spoken(prompts.synthesize("[wav:welcome.wav]", language="en"))
    (tmp_path / "welcome.wav").unlink()
    assert (await spoken(prompts.synthesize("[wav:welcome.wav]", language="en")))[0] == babble(1000)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[wav:missing.wav]", "The recorded prompt {0}/missing.wav cannot be read: No such file or directory."),
        ("[wav:../x.wav]", 'The recorded prompt "../x.wav" lies outside the directory of prompts.'),
        (
            "[wav:broken.wav]",
            "The recorded prompt cannot be played: {0}/broken.wav: "
            "not a WAV file: it does not begin with RIFF and WAVE.",
        ),
    ],
)
async def test_a_recording_that_cannot_be_played_is_named(
    prompts: PromptSynthesizer, tmp_path: Path, text: str, sentence: str
) -> None:
    with pytest.raises(EngineError) as caught:
        await spoken(prompts.synthesize(text, language="en"))
    assert str(caught.value) == sentence.format(tmp_path)

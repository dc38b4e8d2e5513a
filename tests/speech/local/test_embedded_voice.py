import pytest

from appliance.audio.level import dbfs
from appliance.errors import EngineError
from appliance.speech.local.embedded_voice import EmbeddedVoice


async def test_a_text_comes_as_telephone_audio() -> None:
    async with EmbeddedVoice() as voice:
        pcm = await voice.speak("Opening hours, please.")
        assert 1.0 < len(pcm) / 16_000 < 3.0
        assert -35 < dbfs(pcm) < -10


async def test_voice_variant_and_rate_hold_for_one_text_only() -> None:
    async with EmbeddedVoice() as voice:
        usual = await voice.speak("one two three")
        other = await voice.speak("one two three", voice="en-gb+f3")
        fast = await voice.speak("one two three", rate_wpm=300)
        assert len(fast) < 0.8 * len(usual)
        assert other != usual
        assert abs(len(await voice.speak("one two three")) - len(usual)) < 0.02 * len(usual)


async def test_markup_is_spoken_as_the_plain_text_it_is() -> None:
    async with EmbeddedVoice() as voice:
        spoken = await voice.speak("one <break time='10s'/> two")
        assert len(spoken) < 10 * 16_000


@pytest.mark.parametrize(
    ("voice", "rate_wpm", "sentence"),
    [
        ("xx", None, 'The embedded voice has no "xx", expected a name such as en-us, en-gb or de.'),
        (
            "de+f99",
            None,
            'The embedded voice has no variant "f99" (asked for "de+f99"), expected one such as f3 or m3.',
        ),
        ("de", 9, "A speaking rate of 9 words a minute is out of range, expected 80 to 450."),
    ],
)
async def test_what_the_voice_cannot_do_is_said(voice: str, rate_wpm: int | None, sentence: str) -> None:
    async with EmbeddedVoice() as engine:
        with pytest.raises(EngineError) as caught:
            await engine.speak("hello", voice, rate_wpm)
        assert str(caught.value) == sentence
        assert await engine.speak("hello")

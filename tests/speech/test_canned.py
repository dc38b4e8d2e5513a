from appliance.audio.level import dbfs
from appliance.speech.base import SpeechAudio, SpokenWord, Transcript, WordTimes
from appliance.speech.canned import CannedSynthesizer, CannedTranscriber, babble


async def test_a_canned_transcriber_hears_its_text_whatever_is_said() -> None:
    utterance = CannedTranscriber("order status").transcribe(language="en")
    for _ in range(3):
        utterance.send(bytes(1600))
    utterance.finish()
    assert [result async for result in utterance.results()] == [
        Transcript("order status", final=False),
        Transcript("order status", final=True),
    ]
    await utterance.close()
    await utterance.close()


async def test_an_empty_canned_text_is_no_match_without_an_interim() -> None:
    utterance = CannedTranscriber("").transcribe(language="en", grammar="anything")
    utterance.send(bytes(1600))
    utterance.finish()
    assert [result async for result in utterance.results()] == [Transcript("", final=True)]


async def test_a_canned_synthesizer_says_every_word_within_its_time() -> None:
    pieces = [piece async for piece in CannedSynthesizer(2.0).synthesize("all is well now", language="en")]
    times = [piece for piece in pieces if isinstance(piece, WordTimes)]
    pcm = b"".join(piece.pcm for piece in pieces if isinstance(piece, SpeechAudio))
    assert times == [
        WordTimes(
            (
                SpokenWord("all", 0, 500),
                SpokenWord("is", 500, 1000),
                SpokenWord("well", 1000, 1500),
                SpokenWord("now", 1500, 2000),
            )
        )
    ]
    assert pcm == babble(2000)
    assert len(pcm) == 32_000


def test_the_canned_sound_is_as_loud_as_speech() -> None:
    assert -30 < dbfs(babble(1000)) < -18

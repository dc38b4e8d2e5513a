from collections.abc import Callable, Iterator

import numpy as np
import pytest

from appliance.errors import EngineError
from appliance.speech.local.decoders import DecoderPool
from appliance.speech.local.hearing import GrammarHearing, Hearing, Loudness, OpenHearing

YES_NO = "#JSGF V1.0; grammar answer; public <answer> = yes | no;"
INTENTS = "#JSGF V1.0; grammar i; public <i> = opening hours | order status | a person [please] | repeat that;"
CHUNK_BYTES = 1600


@pytest.fixture(scope="module")
def pool() -> Iterator[DecoderPool]:
    pool = DecoderPool()
    yield pool
    pool.close()


def hear(hearing: Hearing, pcm: bytes) -> tuple[list[str], str]:
    """What was understood after each 100 ms, and in the end."""
    so_far = [hearing.hear(pcm[at : at + CHUNK_BYTES]) for at in range(0, len(pcm), CHUNK_BYTES)]
    return so_far, hearing.end()


def understood(pool: DecoderPool, grammar: str, pcm: bytes) -> str:
    return hear(GrammarHearing(pool, grammar, "en"), pcm)[1]


@pytest.mark.parametrize(
    ("grammar", "said"), [(YES_NO, "yes"), (YES_NO, "no"), (INTENTS, "opening hours"), (INTENTS, "order status")]
)
def test_what_the_grammar_expects_is_understood(
    pool: DecoderPool, spoken: Callable[[str], bytes], grammar: str, said: str
) -> None:
    so_far, text = hear(GrammarHearing(pool, grammar, "en"), spoken(said))
    assert text == said
    assert said.split()[0] in " ".join(so_far)


@pytest.mark.parametrize("gain_db", [-20, 6])
def test_a_quiet_and_a_loud_caller_are_understood(
    pool: DecoderPool, spoken: Callable[[str], bytes], gain_db: int
) -> None:
    samples = np.frombuffer(spoken("order status"), np.int16) * 10 ** (gain_db / 20)
    assert understood(pool, INTENTS, np.clip(samples, -32768, 32767).astype(np.int16).tobytes()) == "order status"


def test_silence_before_and_after_does_not_matter(pool: DecoderPool, spoken: Callable[[str], bytes]) -> None:
    silence = bytes(16_000)
    assert understood(pool, INTENTS, silence + spoken("opening hours") + silence) == "opening hours"


def test_what_no_grammar_expects_is_no_match(pool: DecoderPool, spoken: Callable[[str], bytes]) -> None:
    assert understood(pool, INTENTS, spoken("babble")) == ""


def test_a_click_is_no_match(pool: DecoderPool) -> None:
    noise = np.random.default_rng(0).normal(0, 6000, 400).astype(np.int16).tobytes()
    assert understood(pool, YES_NO, bytes(3200) + noise + bytes(3200)) == ""


@pytest.mark.parametrize("pcm", [b"", bytes(2), bytes(32_000)], ids=["nothing", "one sample", "silence"])
def test_silence_is_no_match(pool: DecoderPool, pcm: bytes) -> None:
    assert understood(pool, YES_NO, pcm) == ""


def test_what_is_too_quiet_is_no_match(pool: DecoderPool, spoken: Callable[[str], bytes]) -> None:
    samples = np.frombuffer(spoken("yes"), np.int16) // 150
    assert understood(pool, YES_NO, samples.astype(np.int16).tobytes()) == ""


def test_utterances_do_not_colour_each_other(pool: DecoderPool, spoken: Callable[[str], bytes]) -> None:
    first = GrammarHearing(pool, INTENTS, "en")
    hear(first, spoken("order status"))
    loud = np.random.default_rng(1).normal(0, 9000, 16_000).astype(np.int16).tobytes()
    hear(GrammarHearing(pool, INTENTS, "en"), loud)
    again = GrammarHearing(pool, INTENTS, "en")
    hear(again, spoken("order status"))
    assert again.judgement == first.judgement


def test_two_utterances_at_once_keep_apart(pool: DecoderPool, spoken: Callable[[str], bytes]) -> None:
    one, two = GrammarHearing(pool, YES_NO, "en"), GrammarHearing(pool, INTENTS, "en")
    for at in range(0, 64_000, CHUNK_BYTES):
        one.hear(spoken("no")[at : at + CHUNK_BYTES])
        two.hear(spoken("opening hours")[at : at + CHUNK_BYTES])
    assert (one.end(), two.end()) == ("no", "opening hours")


def test_a_dropped_utterance_gives_its_decoders_back(pool: DecoderPool, spoken: Callable[[str], bytes]) -> None:
    dropped = GrammarHearing(pool, YES_NO, "en")
    dropped.hear(spoken("yes")[:6400])
    dropped.drop()
    assert understood(pool, YES_NO, spoken("no")) == "no"


def test_without_a_grammar_something_is_heard_and_decoders_are_few(
    pool: DecoderPool, spoken: Callable[[str], bytes]
) -> None:
    first, second = OpenHearing(pool), OpenHearing(pool)
    with pytest.raises(EngineError) as caught:
        OpenHearing(pool)
    assert str(caught.value) == (
        "The recogniser hears 2 utterances without a grammar at once in each of its processes already."
    )
    assert hear(first, spoken("order status"))[1] != ""
    second.drop()


def test_speech_is_told_from_the_silence_around_it() -> None:
    loudness = Loudness()
    tone = np.asarray(3276.8 * np.sqrt(2) * np.sin(np.arange(2400) * 0.5), np.int16)
    loudness.hear(np.concatenate((np.zeros(1600, np.int16), tone, np.zeros(800, np.int16))))
    speech_ms, dbfs = loudness.speech()
    assert speech_ms == 300
    assert dbfs == pytest.approx(-20, abs=0.1)

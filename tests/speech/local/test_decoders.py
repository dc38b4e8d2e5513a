from collections.abc import Iterator

import pytest

from appliance.errors import EngineError
from appliance.speech.local.decoders import DecoderPool, check_grammar, key_of

YES_NO = "#JSGF V1.0; grammar a; public <a> = yes | no;"


@pytest.fixture
def pool() -> Iterator[DecoderPool]:
    pool = DecoderPool()
    yield pool
    pool.close()


def test_decoders_that_know_a_grammar_are_lent_for_it_again(pool: DecoderPool) -> None:
    first, second = pool.borrow(YES_NO, "en"), pool.borrow(YES_NO.replace("no", "maybe"), "en")
    pool.give_back(first)
    pool.give_back(second)
    assert pool.borrow(YES_NO, "en") is first


def test_a_bad_grammar_costs_no_decoders(pool: DecoderPool) -> None:
    ears = pool.borrow(YES_NO, "en")
    pool.give_back(ears)
    for bad in ("x = xqzz;", "#JSGF V1.0; grammar a; public <a> = (yes;"):
        with pytest.raises(EngineError):
            pool.borrow(bad, "en")
    assert pool.borrow(YES_NO, "en") is ears


def test_decoders_forget_the_grammar_that_was_used_least_lately(pool: DecoderPool) -> None:
    numbers = ("one", "two", "three", "four", "five", "six")
    grammars = [f"#JSGF V1.0; grammar a; public <a> = {a} {b};" for a in numbers for b in numbers]
    for grammar in grammars:
        pool.give_back(pool.borrow(grammar, "en"))
    ears = pool.borrow(grammars[-1], "en")
    assert [ears.has(key_of(grammar)) for grammar in grammars] == [False] * 4 + [True] * 32


def test_the_words_of_a_grammar_may_be_written_in_any_case() -> None:
    assert check_grammar("#JSGF V1.0; grammar a; public <a> = Monday | I;", "en-US") == ["Monday", "I"]

"""Words of no known segment, masked."""

from typing import Any

from appliance.frames import AggregatedTextFrame
from appliance.redaction import Redactor
from appliance.rtvi.loose_words import LooseWords
from appliance.rtvi.transforms import Spoken

REDACTOR = Redactor(kinds=["digits"])


def data(spoken: Spoken) -> dict[str, Any]:
    return {"text": spoken.text}


def add(words: LooseWords, text: str, kind: str = "word", redactor: Redactor = REDACTOR) -> Spoken | None:
    word = Spoken(text)
    return words.add(redactor, AggregatedTextFrame(text, kind), data, word)(word)


def test_words_are_masked_by_the_sentence() -> None:
    words = LooseWords()
    assert [add(words, text) for text in ["It", "is", "123", "456.", "Or", "not"]] == [
        *(None, None, None),
        Spoken("It is [number]."),
        *(None, None),
    ]


def test_tokens_join_without_spaces() -> None:
    words = LooseWords()
    assert [add(words, text, "token") for text in ("It is 12", "3", "45", "6. ")] == [
        *(None, None, None),
        Spoken("It is [number]."),
    ]


def test_the_rest_is_told_as_the_last_word_was() -> None:
    words = LooseWords()
    assert words.rest(REDACTOR) is None
    add(words, "It is 123456")
    rest = words.rest(REDACTOR)
    assert rest is not None
    make, spoken, mask = rest
    assert (make, spoken, mask(spoken)) == (data, Spoken("It is 123456"), Spoken("It is [number]"))
    assert words.rest(REDACTOR) is None


def test_what_was_cut_off_is_forgotten_and_where_nothing_is_sensitive_nothing_is_gathered() -> None:
    words = LooseWords()
    add(words, "It is 123")
    words.clear()
    add(words, "456", redactor=Redactor())
    assert words.rest(REDACTOR) is None

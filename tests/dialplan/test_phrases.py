"""The small language of phrases."""

import pytest

from appliance.dialplan.phrases import expansions, words_of, words_to_say


def said(phrase: str) -> list[str]:
    return [" ".join(words) for words in expansions(phrase)]


@pytest.mark.parametrize(
    ("phrase", "all_ways"),
    [
        ("opening hours", ["opening hours"]),
        ("a person [please]", ["a person", "a person please"]),
        ("(a|some) person", ["a person", "some person"]),
        ("yes | of course", ["yes", "of course"]),
        ("[[very] much] thanks", ["thanks", "much thanks", "very much thanks"]),
        ("What's UP, Doc?", ["what's up doc"]),
        ("open 24 hours", ["open twenty four hours"]),
        ("twenty-four", ["twenty four"]),
        ("that\u2019s it", ["that's it"]),
    ],
)
def test_a_phrase_stands_for_everything_it_allows(phrase: str, all_ways: list[str]) -> None:
    assert said(phrase) == all_ways


@pytest.mark.parametrize(
    ("phrase", "why"),
    [
        ("[a", r"'\[ a', expected a closing \]"),
        ("(a", r"'\( a', expected a closing \)"),
        ("(a]", r"expected a closing \)"),
        ("a]", r"'a\]', expected an opening bracket before '\]'"),
        ("[a]", "expected at least one word that cannot be left out"),
        ("", "expected at least one word"),
        ("!?", "expected at least one word"),
        ("{{ free[0] }}", r"'\{\{ free\[0\] \}\}': expected phrases cannot have gaps: ask for a number with `digits`"),
        ("at {% if a %}nine{% endif %}", "expected phrases cannot have gaps: .* or name what may be said"),
        ("room 101", "'101', expected a number in words"),
        ("(a|b|c|d|e) " * 5, "more than 500 ways to say it"),
        ("[a] " * 40, "more than 500 ways to say it"),
    ],
)
def test_a_phrase_that_cannot_be_is_refused(phrase: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        expansions(phrase)


def test_very_deep_brackets_are_refused_and_not_a_crash() -> None:
    with pytest.raises(ValueError, match="expected fewer brackets"):
        expansions("[" * 3000 + "a" + "]" * 3000)


def test_transcripts_become_words_whatever_their_punctuation() -> None:
    assert words_of("Yes, please! It\u2019s 47-11 \u2026 'quoted'") == ("yes", "please", "it's", "47", "11", "quoted")


def test_every_word_of_a_phrase_is_named_once() -> None:
    assert words_to_say("(a|some) person [a person]") == ["a", "person", "some"]

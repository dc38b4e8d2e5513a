"""Whole sentences of a text in pieces."""

import pytest

from appliance.rtvi.sentences import LONGEST_SENTENCE, Sentences


@pytest.mark.parametrize(
    ("pieces", "whole", "rest"),
    [
        (["Hello", " there", "."], ["", "", "Hello there."], ""),
        (["Hello. How are you? I"], ["Hello. How are you?"], " I"),
        (["It is 3", ".", "5 km."], ["", "", "It is 3.5 km."], ""),
        (["It is 3. ", "Yes"], ["It is 3."], " Yes"),
        (['He said "no!" and'], ['He said "no!"'], " and"),
        (["e.g", ".x"], ["", ""], "e.g.x"),
        (["はい。そう"], ["はい。"], "そう"),
        (["", " "], ["", ""], " "),
    ],
)
def test_a_sentence_is_told_when_it_is_whole(pieces: list[str], whole: list[str], rest: str) -> None:
    sentences = Sentences()
    assert [sentences.add(piece) for piece in pieces][: len(whole)] == whole
    assert (sentences.rest(), sentences.rest()) == (rest, "")
    assert "".join(whole) + rest == "".join(pieces)


def test_what_is_not_whole_can_be_forgotten() -> None:
    sentences = Sentences()
    sentences.add("Half a")
    sentences.clear()
    assert sentences.rest() == ""


def test_what_never_ends_is_taken_for_whole() -> None:
    sentences = Sentences()
    assert sentences.add("x" * (LONGEST_SENTENCE + 1)) == "x" * (LONGEST_SENTENCE + 1)

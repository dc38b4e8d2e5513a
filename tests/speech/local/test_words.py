import pytest

from appliance.speech.local.words import grammar_words, model_folder, pronunciations, unknown_words


def test_a_word_has_all_its_pronunciations_in_any_case() -> None:
    assert pronunciations("zero") == ("Z IH R OW", "Z IY R OW")
    assert pronunciations("Zero") == pronunciations("zero")


@pytest.mark.parametrize("word", ["'bout", "zywicki"])
def test_the_first_and_the_last_word_of_the_dictionary_are_found(word: str) -> None:
    assert len(pronunciations(word)) == 1


@pytest.mark.parametrize("word", ["xqzz", "", "zer", "yes no", "zürich"])
def test_what_is_not_a_word_of_the_dictionary_has_no_pronunciation(word: str) -> None:
    assert pronunciations(word) == ()


def test_unknown_words_are_named_in_order() -> None:
    assert unknown_words(["yes", "xqzz", "no", "blorp"], "en-US") == ["xqzz", "blorp"]


def test_of_another_language_every_word_is_unknown() -> None:
    assert unknown_words(["yes"], "de-DE") == ["yes"]


def test_the_words_of_a_grammar_are_those_that_can_be_said() -> None:
    grammar = """#JSGF V1.0 UTF-8 en;
    grammar order; // said: never
    /* nor; this = here; */
    public <order> = /0.5/ yes {confirm} | [no] (maybe | so)+ <rest>* ;
    <rest> = "two" yes;"""
    assert grammar_words(grammar) == ["yes", "no", "maybe", "so", "two"]


def test_the_model_is_where_it_is_said_to_be() -> None:
    assert (model_folder() / "cmudict-en-us.dict").is_file()

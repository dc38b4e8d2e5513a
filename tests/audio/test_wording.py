import pytest

from appliance.audio.wording import ends_with_a_mark, is_backchannel, is_half_said

NODS = ("mm-hm", "uh-huh", "yeah", "okay", "right", "i see")


@pytest.mark.parametrize(
    "text",
    [
        *("I would like to book a table and", "My number is", "My number is.", "um", "Well, um.", "It was on Monday,"),
        *("I wanted to ask...", "I wanted to ask…", "and then I", "can I speak to", "because.", "The", "I’m"),
        *("my phone number is zero one five", "my number is 55", "card number 4111", "double", "It is five double"),
    ],
)
def test_more_is_to_come(text: str) -> None:
    assert is_half_said(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "yes", "Yes.", "I would like to book a table", "Where are you from", "Who is this for?", "What is it"),
        *("do you know what the price is", "a table for four", "my number is four seven one one", "order number 4711"),
        *("my phone number is 0151 555 0199", "That is what I am looking for.", "yes it is", "in the morning please"),
        *("room one two", "four seven", "thank you", "I think so", "yes I am", "I will", "is", "no she was not"),
    ],
)
def test_nothing_more_is_to_come(text: str) -> None:
    assert not is_half_said(text)


def test_of_an_engine_that_sets_marks_a_sentence_without_one_is_half_said() -> None:
    texts = ("I would like a haircut", "I would like a haircut.", "Tuesday", "next Tuesday")
    assert [is_half_said(text, is_punctuated=True) for text in texts] == [True, False, False, False]


def test_three_dots_are_no_sentence_s_last_mark() -> None:
    texts = ("Yes.", "Yes?", "Yes! ", "Yes", "Yes,", "Yes...", "")
    assert [ends_with_a_mark(text) for text in texts] == [True, True, True, False, False, False, False]


@pytest.mark.parametrize("text", ["Mm-hm.", "mm hm", "Yeah, okay.", "okay okay right", "I see. Right", "Uh-huh"])
def test_signs_of_listening_say_nothing_else(text: str) -> None:
    assert is_backchannel(text, NODS)


@pytest.mark.parametrize("text", ["", "...", "no", "okay stop", "right now", "yeah but no", "I see a dog", "see I"])
def test_with_other_words_among_them_it_is_something_else(text: str) -> None:
    assert not is_backchannel(text, NODS)


def test_without_a_list_nothing_is_a_sign_of_listening() -> None:
    assert [is_backchannel("yeah", none) for none in ((), ("...",))] == [False, False]

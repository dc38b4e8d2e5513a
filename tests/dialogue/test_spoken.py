"""What of a model's text can be said."""

import pytest

from appliance.dialogue.spoken import Spoken
from appliance.errors import EngineError


def said(*pieces: str) -> str:
    """Everything that is let out."""
    spoken = Spoken()
    return "".join([*map(spoken.add, pieces), spoken.finish()])


@pytest.mark.parametrize(
    ("written", "heard"),
    [
        ("It is **very** `good`, #1.", "It is very good, 1."),
        ("# Opening hours\n- Monday\n- Friday\n\nGood?", "Opening hours. Monday. Friday.  Good?"),
        ("order_status is [here](x)", "order status is (here)(x)"),
        ("[wav:../secret.wav] Hello there", "(wav:../secret.wav) Hello there"),
        ("Great 😀👍🏽! Café, naïve, 5€.", "Great ! Café, naïve, 5€."),
        ("A\x00B\u200bC\ufffdD", "ABCD"),
        ("Where?\r\nHere", "Where?  Here"),
        ("5 > 3 - 1", "5 > 3 - 1"),
        ("", ""),
        ("...", ""),
        ("😀", ""),
    ],
)
def test_markup_and_pictures_are_not_said(written: str, heard: str) -> None:
    assert said(written) == heard
    assert said(*written) == heard


@pytest.mark.parametrize(
    ("written", "heard"),
    [
        ("<think>They want hours.</think>We open at nine.", "We open at nine."),
        ("\n<think>\nWell.\n</think>\n\nWe open at nine.", "  We open at nine."),
        ("<think>They want", ""),
        ("<thing> is what I say.", "<thing> is what I say."),
        ("<", ""),
        ("I say <think> and so on.", "I say <think> and so on."),
    ],
)
def test_thoughts_are_not_said(written: str, heard: str) -> None:
    assert said(written) == heard
    assert said(*written) == heard


def test_text_is_let_out_as_soon_as_its_script_is_known() -> None:
    spoken = Spoken()
    assert [spoken.add(piece) for piece in ("We ", "open ", "at ", "nine ", "and ")] == [
        "",
        "",
        "",
        "We open at nine ",
        "and ",
    ]


@pytest.mark.parametrize(
    ("language", "text"),
    [("ru", "Добрый день. "), ("ja", "はい、明日です. "), ("el-GR", "Καλημέρα σας. "), ("de", "Grüß Gott. ")],
)
def test_each_language_has_its_script(language: str, text: str) -> None:
    assert Spoken(language).add(text) == text
    other = "Good morning to you. " if language != "de" else "Добрый день. "
    with pytest.raises(EngineError):
        Spoken(language).add(other)


def test_a_short_sentence_is_let_out_at_once() -> None:
    assert Spoken().add("Yes. ") == "Yes. "


@pytest.mark.parametrize("written", ["Здравствуйте, чем могу помочь?", "我们九点开门。", "مرحبا بك في متجرنا اليوم"])
def test_a_script_that_the_voice_cannot_read_is_refused(written: str) -> None:
    with pytest.raises(EngineError, match="in a script that is not the language's"):
        said(*written)


def test_so_is_one_that_begins_in_the_middle() -> None:
    spoken = Spoken()
    assert spoken.add("We open at nine.")
    with pytest.raises(EngineError):
        spoken.add("我们九点开门，欢迎光临。我们九点开门，欢迎光临。")


def test_a_foreign_name_is_no_foreign_script() -> None:
    assert said("Mr. Иванов is not in today, I am sorry.") == "Mr. Иванов is not in today, I am sorry."

"""A conversation, masked."""

from typing import Any

import pytest

from appliance.redaction import Redactor
from appliance.rtvi.masked_conversation import masked_items, masked_last

REDACTOR = Redactor(kinds=["digits"])


def items(*said: tuple[str, str]) -> list[dict[str, Any]]:
    return [{"role": role, "text": text, "timestamp": "123456"} for role, text in said]


def texts(*said: tuple[str, str], longest: int = 100) -> list[str]:
    shown = masked_items(items(*said), REDACTOR, longest)
    assert all(item["timestamp"] == "123456" for item in shown)
    return [item["text"] for item in shown]


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ([("user", "It is 471"), ("user", "122.")], ["It is [number]", "[number]."]),
        ([("user", "It is 47"), ("bot", "Yes?"), ("user", "11"), ("user", "22 x")], ["It is [number]", "Yes?", *"NM"]),
        ([("user", "It is 471"), ("bot", "122.")], ["It is 471", "122."]),
        ([("user", "It is 471"), ("user", "so what"), ("user", "122")], ["It is 471", "so what", "122"]),
        ([("user", ""), ("user", "471122")], ["", "[number]"]),
        ([], []),
    ],
)
def test_a_number_that_one_side_splits_is_masked_in_all_its_parts(
    said: list[tuple[str, str]], shown: list[str]
) -> None:
    assert texts(*said) == [each.replace("N", "[number]").replace("M", "[number] x") for each in shown]


def test_what_is_cut_off_at_the_end_is_masked_whole() -> None:
    assert texts(("user", "It is 471122"), longest=9) == ["It is [number]"]
    assert texts(("user", "It is 471122"), longest=5) == ["It is"]


@pytest.mark.parametrize(
    ("heard", "shown"), [("It", "It"), ("It is 4", "It is [number]"), ("#471122#", "#[number]#"), ("", "")]
)
def test_what_was_heard_of_a_text_is_as_much_of_the_masked_one(heard: str, shown: str) -> None:
    item = {"role": "bot", "text": "It is 471122.", "heard": heard}
    both = [masked_items([item], REDACTOR, 100)[0], masked_last([item], REDACTOR, 100)]
    assert both == [{"role": "bot", "text": "It is [number].", "heard": shown}] * 2


def test_the_last_item_is_masked_with_what_its_speaker_said_before_it() -> None:
    said = items(("user", "It is"), ("user", "471"), ("bot", "Yes?"), ("user", "122"))
    assert masked_last(said, REDACTOR, 100)["text"] == "[number]"
    assert masked_last(said[2:], REDACTOR, 100)["text"] == "122"
    assert masked_last([*items(("user", "471")), *items(("user", "x" * 300)), said[-1]], REDACTOR, 100)["text"] == "122"

import random
import re

import pytest

from appliance.redaction import KINDS, Redactor
from appliance.redaction.rows import lowered, rows

CARD = "4111 1111 1111 1111"
EVERYTHING = Redactor(KINDS, patterns=[("policy", r"kd[- ]?\d{6}")], literals=["+15555550123"])


def test_an_empty_redactor_leaves_everything_as_it_is() -> None:
    data = {"card": CARD}
    assert Redactor().is_empty
    assert Redactor().mask(CARD) == CARD
    assert Redactor().mask_data(data) == data


@pytest.mark.parametrize(
    "redactor",
    [Redactor(["card"]), Redactor(patterns=[("a", "b")]), Redactor(fields=["a"]), Redactor(literals=["a"])],
)
def test_a_redactor_that_looks_for_anything_is_not_empty(redactor: Redactor) -> None:
    assert not redactor.is_empty


def test_kinds_are_masked_only_where_they_are_asked_for() -> None:
    text = f"{CARD} or 123456 or a@example.com"
    assert Redactor(["card"]).mask(text) == "[card] or 123456 or a@example.com"
    assert Redactor(["digits"]).mask(text) == "[number] or [number] or a@example.com"
    assert Redactor(["email"]).mask(text) == f"{CARD} or 123456 or [email]"


def test_where_kinds_overlap_the_whole_is_masked_by_the_most_telling() -> None:
    assert EVERYTHING.mask(f"4711 {CARD}, it is") == "[card], it is"
    assert EVERYTHING.mask("KD 471122 and DE89 3704 0044 0532 0130 00") == "[policy] and [iban]"
    assert EVERYTHING.mask("call 415 555 0100 or 471122") == "call [phone] or [number]"


@pytest.mark.parametrize(
    ("before", "text", "masked"),
    [
        ("my number is 4711", "22 is it", "[number] is it"),
        ("one two three", "uh four five six please", "[number] please"),
        ("one two three and", "four five please", "four five please"),
        ("4711 please", "22 is it", "22 is it"),
        ("my number is 471122", "yes", "yes"),
        ("4711" + " " * 300, "22 is it", "22 is it"),
    ],
)
def test_a_row_that_began_before_is_masked_from_the_border_on(before: str, text: str, masked: str) -> None:
    assert Redactor(["digits"]).mask(text, before) == masked


def test_values_under_sensitive_names_are_replaced_whole_and_the_rest_is_masked() -> None:
    redactor = Redactor(["card"], fields=["pin"])
    number = int(CARD.replace(" ", ""))
    assert redactor.mask_data({"pin": {"a": [1]}, "note": [CARD, 5, None, True, number, 1.5], "in": {"pin": "1"}}) == {
        "pin": "[pin]",
        "note": ["[card]", 5, None, True, "[card]", 1.5],
        "in": {"pin": "[pin]"},
    }
    assert redactor.mask_data({CARD: "shipped"}) == {"[card]": "shipped"}


def test_a_kind_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^unknown kind 'cards', expected one of card, iban, email, phone, digits$"):
        Redactor(["cards"])


PIECES = (
    *(" ", " ", " ", ", ", "-", ".", " and ", " uh ", " at ", " dot ", "@", "+", "(", ")", "[", "]", ":", "\n"),
    *("1", "4", "0", "22", "4711", "4111", "1111", "one", "four", "oh", "double", "forty", "eleven", "hundred"),
    *("thousand", "plus", "DE89", "de", "kd", "john", "example", "com", "gmail", "2026-11-20", "1,250", "ß", "İ", "٤"),
    *("please", "a", CARD, "DE89 3704 0044 0532 0130 00", "+1 555 555 0123", "[card]", "[number]", "x@y.de"),
)


def texts(between: str = "") -> list[str]:
    chance = random.Random(4711)
    return [between.join(chance.choices(PIECES, k=chance.randint(1, 25))) for _ in range(3000)]


def test_what_is_masked_once_stays_as_it_is() -> None:
    for text in texts(" "):
        masked = EVERYTHING.mask(text)
        assert EVERYTHING.mask(masked) == masked, text


def long_rows(text: str) -> list[str]:
    return [row.digits for row in rows(lowered(text)) if len(row.digits) > 5]


def test_no_long_row_of_digits_survives() -> None:
    redactor = Redactor(["digits"])
    masked = [redactor.mask(text) for text in texts()]
    assert [text for text in masked if long_rows(text) or re.search(r"\d{6}", text)] == []
    assert sum("[number]" in text for text in masked) > 500


def test_no_long_row_survives_when_it_is_said_piece_by_piece() -> None:
    redactor = Redactor(["digits"])
    for text in texts():
        words = text.split()
        shown = [redactor.mask(word, " ".join(words[:place])) for place, word in enumerate(words)]
        assert long_rows(" ".join(shown)) == [], text


def test_a_text_that_is_cut_anywhere_is_whole_again_when_put_together() -> None:
    for text in texts()[:500]:
        masked = EVERYTHING.masked(text)
        for position in range(len(text) + 1):
            first, rest = masked.cut(position)
            assert first + rest == masked.text


def test_what_is_around_the_masks_is_as_it_was() -> None:
    for text in texts():
        masked = EVERYTHING.masked(text)
        kept, at = [], 0
        for span in masked.spans:
            kept += [text[at : span.start], span.mask]
            assert at <= span.start < span.end
            at = span.end
        assert "".join(kept) + text[at:] == masked.text

import pytest

from appliance.redaction import Masked, Span

RAW = "my card is 4111 1111 please"
CARD = Masked(RAW, [Span(11, 20, "[card]")])


def test_a_span_is_replaced_by_its_mask() -> None:
    assert CARD.text == "my card is [card] please"


def test_a_text_without_spans_is_as_it_was() -> None:
    assert Masked(RAW).text == RAW
    assert Masked(RAW).cut(7) == ("my card", " is 4111 1111 please")


@pytest.mark.parametrize(
    ("position", "first"),
    [
        (-3, ""),
        (0, ""),
        (7, "my card"),
        (11, "my card is "),
        (12, "my card is [card]"),
        (15, "my card is [card]"),
        (20, "my card is [card]"),
        (22, "my card is [card] p"),
        (len(RAW), "my card is [card] please"),
        (len(RAW) + 5, "my card is [card] please"),
    ],
)
def test_a_span_is_never_cut_and_counts_from_its_first_character(position: int, first: str) -> None:
    assert CARD.cut(position) == (first, CARD.text.removeprefix(first))


def test_both_parts_are_the_whole_wherever_it_is_cut() -> None:
    masked = Masked("a12b345c", [Span(1, 3, "[x]"), Span(4, 7, "[yy]")])
    assert masked.text == "a[x]b[yy]c"
    assert {"".join(masked.cut(position)) for position in range(-1, 12)} == {masked.text}
    assert [masked.cut(position)[0] for position in range(9)] == [
        "", "a", "a[x]", "a[x]", "a[x]b", "a[x]b[yy]", "a[x]b[yy]", "a[x]b[yy]", "a[x]b[yy]c",
    ]  # fmt: skip

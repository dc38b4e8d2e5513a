import pytest

from appliance.redaction import Redactor

REDACTOR = Redactor(["iban"])
SPELLED = "D E eight nine, three seven oh four, oh oh double four, oh five three two, oh one three oh, oh oh"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("my account is DE89 3704 0044 0532 0130 00 please", "my account is [iban] please"),
        ("DE89370400440532013000.", "[iban]."),
        ("de89 3704 0044 0532 0130 00 please", "[iban] please"),
        ("GB29 NWBK 6016 1331 9268 19", "[iban]"),
        ("NO93 8601 1117 947 is it", "[iban] is it"),
        (SPELLED, "[iban]"),
        (f"it is {SPELLED} please", "it is [iban] please"),
        ("G B two nine N W B K six zero one six, one three three one, nine two six eight, one nine", "[iban]"),
    ],
)
def test_an_account_number_is_masked_however_it_is_written_or_spelled(text: str, masked: str) -> None:
    assert REDACTOR.mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "DE89 3704 0044 0532 0130 01 has wrong check digits",
        "node 89 3704 0044 0532 0130 00",
        "it is 12345678",
        "we are there at 10 30, order 4711",
        "me 12 34 56 78",
        "DE89 3704 is not all of it, he said",
        "XX89 3704 0044 0532 0130 00",
    ],
)
def test_other_texts_are_no_account_number(text: str) -> None:
    assert REDACTOR.mask(text) == text


def test_one_that_is_said_in_several_transcripts_is_masked_from_its_eighth_character_on() -> None:
    said = ["DE89", "3704", "0044 0532", "0130 00 that is it"]
    seen = [REDACTOR.mask(text, " ".join(said[:place])) for place, text in enumerate(said)]
    assert seen == ["DE89", "[iban]", "[iban]", "[iban] that is it"]

"""Ids."""

from appliance.simulator.sids import new_sid


def test_ids_are_two_letters_and_32_hexadecimal_digits() -> None:
    sid = new_sid("CA")
    assert (sid[:2], len(sid)) == ("CA", 34)
    assert set(sid[2:]) <= set("0123456789abcdef")
    assert sid != new_sid("CA")

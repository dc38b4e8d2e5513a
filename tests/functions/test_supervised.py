"""What may come back from a supervisor's client."""

from typing import Any

import pytest

from appliance.errors import ProtocolError
from appliance.functions.supervised import MOST_CHARACTERS, read_result

FIELDS = ("state", "day")


@pytest.mark.parametrize(
    ("result", "value"),
    [
        ("shipped", "shipped"),
        (" shipped\n", "shipped"),
        (True, "approved"),
        ("Approved", "approved"),
        (False, "refused"),
        ("REFUSED", "refused"),
        ({"approved": True}, "approved"),
        ({"approved": False}, "refused"),
        (0, "0"),
        (-40, "-40"),
        (40.0, "40"),
        (12.5, "12.5"),
        (10**20, "100000000000000000000"),
        (None, None),
        ("", None),
        (" ", None),
        ({}, None),
        ("x" * MOST_CHARACTERS, "x" * MOST_CHARACTERS),
    ],
)
def test_a_result_is_one_text_an_approval_or_nothing(result: Any, value: str | None) -> None:
    assert read_result((), result) == value


@pytest.mark.parametrize(
    ("result", "value"),
    [
        ({"state": "gone", "day": "today"}, {"state": "gone", "day": "today"}),
        ({"state": " gone ", "day": 3, "more": [1]}, {"state": "gone", "day": "3"}),
        ({"state": "", "day": 0.5}, {"state": "", "day": "0.5"}),
        (False, "refused"),
        ("refused", "refused"),
        ({"approved": False}, "refused"),
        (None, None),
        ("", None),
        ({}, None),
    ],
)
def test_a_result_with_fields_is_an_object_that_has_them_a_refusal_or_nothing(result: Any, value: object) -> None:
    assert read_result(FIELDS, result) == value


@pytest.mark.parametrize(
    ("fields", "result", "said"),
    [
        ((), [], "The result is a list, expected text, a number, true, false or null."),
        ((), {"a": "b"}, "The result is an object, expected text, a number, true, false or null."),
        ((), {"approved": 1}, "The result is an object, expected text, a number, true, false or null."),
        ((), {"approved": True, "a": 1}, "The result is an object, expected text, a number, true, false or null."),
        ((), float("nan"), "The result is the number nan, expected text, a number, true, false or null."),
        ((), float("inf"), "The result is the number inf, expected text, a number, true, false or null."),
        ((), "x" * 1001, "The result has 1001 characters, expected at most 1000."),
        (FIELDS, "gone", "The result is text, expected an object with 'state' and 'day', or false or null."),
        (FIELDS, True, "The result is true or false, expected an object with 'state' and 'day', or false or null."),
        (FIELDS, 7, "The result is the number 7, expected an object with 'state' and 'day', or false or null."),
        (FIELDS, [], "The result is a list, expected an object with 'state' and 'day', or false or null."),
        (FIELDS, {"state": "gone"}, "The result lacks 'day', expected an object with 'state' and 'day'."),
        (FIELDS, {"state": None, "day": "x"}, "The result's 'state' is null, expected text or a number."),
        (FIELDS, {"state": True, "day": "x"}, "The result's 'state' is true or false, expected text or a number."),
        (FIELDS, {"state": {}, "day": "x"}, "The result's 'state' is an object, expected text or a number."),
        (
            FIELDS,
            {"state": "gone", "day": "x" * 1001},
            "The result's 'day' has 1001 characters, expected at most 1000.",
        ),
    ],
)
def test_what_cannot_be_used_is_refused_with_what_was_expected(fields: tuple[str, ...], result: Any, said: str) -> None:
    with pytest.raises(ProtocolError) as refused:
        read_result(fields, result)
    assert str(refused.value) == said

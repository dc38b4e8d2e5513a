"""What a dialplan may say of a question to supervisors."""

from typing import Any

import pytest

from appliance.dialplan import Function


@pytest.mark.parametrize("written", [None, {}])
def test_a_supervised_function_may_leave_everything_open(written: dict[str, Any] | None) -> None:
    function = Function.model_validate({"supervised": written})
    assert function.supervised is not None
    assert function.supervised.model_dump() == {
        "timeout_secs": 30.0,
        "say": "One moment please, I am asking a colleague.",
        "fallback": "I am sorry, I cannot reach anybody who could answer that.",
        "fields": (),
    }


def test_a_single_field_needs_no_list() -> None:
    function = Function.model_validate({"supervised": {"fields": "state", "timeout_secs": "5"}})
    assert function.supervised is not None
    assert (function.supervised.fields, function.supervised.timeout_secs) == (("state",), 5)

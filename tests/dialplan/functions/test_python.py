"""What a dialplan may say of a function of the operator's own."""

from typing import Any

import pytest
from pydantic import ValidationError

from appliance.dialplan import Function
from appliance.dialplan.shapes import ANY


@pytest.mark.parametrize("written", ["booking:free_slots", {"call": "booking:free_slots"}])
def test_an_entry_point_is_a_module_and_a_function(written: Any) -> None:
    function = Function.model_validate({"python": written})
    assert function.python is not None
    assert (function.kind, function.python.call, function.result_shape()) == ("python", "booking:free_slots", ANY)


@pytest.mark.parametrize("written", ["booking", "booking.free_slots", "a b:c", "booking:", ":f", "x:y()", "1:2"])
def test_anything_else_is_refused(written: str) -> None:
    with pytest.raises(ValidationError, match="expected a module and a function of it such as booking:free_slots"):
        Function.model_validate({"python": written})

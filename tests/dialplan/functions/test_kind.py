"""What a kind of function is to the checks when it says nothing more."""

from appliance.dialplan.functions import Kind
from appliance.dialplan.shapes import TEXT


def test_a_kind_that_says_nothing_more_has_no_texts_and_no_fields() -> None:
    kind = Kind()
    assert ([*kind.spoken(), *kind.filled()], kind.result_shape()) == ([], TEXT)

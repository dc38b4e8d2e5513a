"""A dialplan's functions."""

import pytest

from appliance.dialplan import Dialplan
from appliance.errors import ProtocolError
from appliance.functions import FunctionResult, Functions

PLAN = Dialplan.model_validate(
    {
        "name": "x",
        "numbers": ["*"],
        "functions": {
            "order": {"table": {"4711": {"state": "here"}, "2580": "gone"}},
            "refund": {"supervised": {}},
            "parcel": {"supervised": {"fields": ["place"]}},
        },
        "steps": {"end": {"hang_up": None}},
    }
)


@pytest.mark.parametrize(
    ("number", "result"),
    [("4711", {"state": "here"}), ("2580", "gone"), (" 2580 ", "gone"), (2580, "gone"), ("1", None), ("", None)],
)
async def test_a_table_gives_what_stands_under_the_key(number: str | int, result: object) -> None:
    found = await Functions(PLAN).call("order", {"number": number})
    assert (found.value, found.found) == (result, result is not None)


async def test_without_an_argument_nothing_is_found() -> None:
    assert await Functions(PLAN).call("order", {}) == FunctionResult(None)


async def test_a_function_that_does_not_exist_is_an_error_of_the_caller() -> None:
    assert Functions(PLAN).names == ("order", "refund", "parcel")
    with pytest.raises(KeyError):
        await Functions(PLAN).call("ordr", {})


def test_a_clients_result_is_read_as_its_function_wants_it() -> None:
    functions = Functions(PLAN)
    assert functions.read("refund", True) == "approved"
    assert functions.read("parcel", {"place": "Ulm"}) == {"place": "Ulm"}
    with pytest.raises(ProtocolError, match="expected an object with 'place'"):
        functions.read("parcel", True)
    assert functions.read("of somebody else", True) == "approved"

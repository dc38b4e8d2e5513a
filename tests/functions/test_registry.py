"""A dialplan's functions."""

import pytest

from appliance.dialplan import Dialplan
from appliance.errors import FunctionError, ProtocolError
from appliance.functions import Functions

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


async def test_a_function_is_called_by_its_name() -> None:
    assert await Functions(PLAN).call("order", {"number": "4711"}) == {"state": "here"}
    assert await Functions(PLAN).call("order", {"number": "1"}) is None


@pytest.mark.parametrize("name", ["ordr", "refund"])
async def test_what_the_bot_cannot_carry_out_is_an_error(name: str) -> None:
    assert Functions(PLAN).names == ("order", "refund", "parcel")
    with pytest.raises(FunctionError) as refused:
        await Functions(PLAN).call(name, {})
    assert str(refused.value) == f"There is no function {name!r} that the bot could carry out."


def test_a_clients_result_is_read_as_its_function_wants_it() -> None:
    functions = Functions(PLAN)
    assert functions.read("refund", True) == "approved"
    assert functions.read("parcel", {"place": "Ulm"}) == {"place": "Ulm"}
    with pytest.raises(ProtocolError, match="expected an object with 'place'"):
        functions.read("parcel", True)
    assert functions.read("of somebody else", True) == "approved"

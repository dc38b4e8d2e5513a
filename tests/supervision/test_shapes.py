"""Each ``server-message`` of the appliance's own has a shape, and what is sent has it."""

import ast
from typing import Any

import pytest
from pydantic import ValidationError

from appliance.supervision.shapes import SHAPES, type_of
from tests.house.checkout import sources
from tests.supervision.desk import CALL
from tests.supervision.well_formed import well_formed


def sent() -> set[str]:
    """The types of all ``server-message``s in the sources: each is a dict with a fixed type and no message itself."""
    found = set()
    for source in sources("appliance/call", "appliance/rtvi", "appliance/server", "appliance/supervision"):
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Dict):
                fixed = {
                    key.value: value.value if isinstance(value, ast.Constant) else None
                    for key, value in zip(node.keys, node.values, strict=True)
                    if isinstance(key, ast.Constant)
                }
                is_notice = "notices" in source.path.parts  # What is posted to web servers is no message of RTVI's.
                if isinstance(fixed.get("type"), str) and not is_notice and not {"label", "data"} & fixed.keys():
                    found.add(str(fixed["type"]))
    return found


def test_every_message_that_the_code_sends_has_a_shape_and_the_other_way_round() -> None:
    assert sent() == {type_of(shape) for shape in SHAPES}


def server_message(**data: Any) -> dict[str, Any]:
    return {"label": "rtvi-ai", "type": "server-message", "data": data, "seq": 1}


@pytest.mark.parametrize(
    "data",
    [
        {"type": "call-started", "call": {**CALL, "waits": {"for": "nothing", "since": ""}}},
        {"type": "call-started", "call": {**CALL, "more": 1}},
        {"type": "call-started", "call": {key: value for key, value in CALL.items() if key != "waits"}},
        {"type": "snapshot", "calls": [], "conversation": []},
        {"type": "snapshot", "call": CALL, "conversation": [{"role": "user"}], "functions": []},
        {"type": "events-dropped", "counts": {"metrics": "7"}},
    ],
)
def test_what_has_another_shape_is_found_out(data: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        well_formed(server_message(**data))


def test_an_event_is_looked_into() -> None:
    event = server_message(type="events-dropped", counts={"metrics": 7})
    whole = server_message(type="call-event", call_id="CA1", event=event)
    assert well_formed(whole) == whole
    event["data"]["counts"] = []
    with pytest.raises(ValidationError):
        well_formed(whole)

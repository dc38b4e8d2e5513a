"""Holds what a socket brings to the shapes that are documented."""

from typing import Any

from appliance.supervision.shapes import SHAPES, CallSnapshot, HouseSnapshot, Shape, type_of


def shape_of(data: dict[str, Any]) -> type[Shape]:
    """The shape that the data of a ``server-message`` is to have."""
    if data["type"] == "snapshot":
        return HouseSnapshot if "calls" in data else CallSnapshot
    (shape,) = [shape for shape in SHAPES if type_of(shape) == data["type"]]
    return shape


def well_formed(message: dict[str, Any]) -> dict[str, Any]:
    """The message, if it is one of RTVI's with a number, and a ``server-message`` has one of the known shapes."""
    assert message["label"] == "rtvi-ai", message
    assert isinstance(message["seq"], int), message
    if message["type"] == "server-message":
        shape_of(message["data"]).model_validate(message["data"])
        if message["data"]["type"] == "call-event":
            well_formed(message["data"]["event"])
    return message

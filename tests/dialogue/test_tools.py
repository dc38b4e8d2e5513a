"""What a model may call, as it is described to it, and the arguments that it writes."""

from typing import Any

import pytest

from appliance.dialogue.chat import ToolRequest
from appliance.dialogue.tools import ToolCall, ToolError, Tools
from appliance.dialplan import Dialplan, LLMStep

PARAMETERS = {
    "name": "The caller's name",
    "size": {"description": "How big", "enum": ["small", "large"]},
    "guests": {"type": "integer"},
    "weight": {"type": "number", "required": False},
    "urgent": {"type": "boolean", "required": False},
}

BOOK = '{"name": "A", "size": "small", "guests": %s}'


def tools(**step: Any) -> Tools:
    """The tools of a step."""
    functions = {
        "order_status": {"table": {"1": "here"}},
        "book": {"description": "Books.", "supervised": None, "parameters": PARAMETERS},
    }
    steps = {"talk": {"llm": "Be Ann.", "otherwise": "talk", **step}}
    plan = Dialplan.model_validate({"name": "A", "numbers": "*", "functions": functions, "steps": steps})
    talk = plan.steps["talk"]
    assert isinstance(talk, LLMStep)
    return Tools(talk, plan)


def described(**step: Any) -> dict[str, Any]:
    """The descriptions by name."""
    return {tool["function"]["name"]: tool["function"] for tool in tools(**step).described}


def test_functions_are_described_with_their_parameters() -> None:
    found = described(functions=["book"])["book"]
    assert found == {
        "name": "book",
        "description": "Books.",
        "parameters": {
            "type": "object",
            "properties": {
                "name": {"type": "string", "description": "The caller's name"},
                "size": {"type": "string", "description": "How big", "enum": ["small", "large"]},
                "guests": {"type": "integer"},
                "weight": {"type": "number"},
                "urgent": {"type": "boolean"},
            },
            "required": ["name", "size", "guests"],
            "additionalProperties": False,
        },
    }


def test_a_table_without_parameters_takes_one_text() -> None:
    found = described(functions=["order_status"])["order_status"]
    assert (found["description"], found["parameters"]["required"]) == ("order status", ["value"])
    assert found["parameters"]["properties"] == {"value": {"type": "string", "description": "What is looked up."}}


def test_a_step_offers_nothing_that_it_does_not_name() -> None:
    assert list(described()) == []
    everything = {"may": ["hang_up", "transfer"], "transfer_to": {"sales": "+15555550100"}, "done": {"ok": "talk"}}
    found = described(**everything, collect={"day": "The day"})
    assert list(found) == ["hang_up", "transfer", "done"]
    assert found["transfer"]["parameters"]["properties"]["to"]["enum"] == ["sales"]
    assert found["done"]["parameters"]["required"] == ["outcome", "day"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('{"name": "Ann", "size": "large", "guests": 2}', {"name": "Ann", "size": "large", "guests": 2}),
        ('{"name": 4711, "size": "small", "guests": "2"}', {"name": "4711", "size": "small", "guests": 2}),
        (
            '{"name": "A", "size": "small", "guests": 2.0, "weight": "1.5", "urgent": "True", "more": 1}',
            {"name": "A", "size": "small", "guests": 2, "weight": 1.5, "urgent": True},
        ),
        ('{"name": "A", "size": "small", "guests": 2, "weight": null}', {"name": "A", "size": "small", "guests": 2}),
    ],
)
def test_arguments_are_read_as_they_were_meant(written: str, read: dict[str, Any]) -> None:
    assert tools(functions=["book"]).read(ToolRequest("book", written)) == ToolCall("book", read)


@pytest.mark.parametrize(
    ("written", "error"),
    [
        ("", "The argument 'name' is missing."),
        ("oops", "The arguments are not JSON, expected an object."),
        ("[" * 100_000, "The arguments are not JSON, expected an object."),
        ("null", "The arguments are null, expected an object."),
        ('{"name": ["A"]}', "The argument 'name' is a list, expected a text."),
        ('{"name": "A", "size": "huge"}', "The argument 'size' is 'huge', expected one of: small, large."),
        (BOOK % "2.5", "The argument 'guests' is a number, expected a whole number."),
        (BOOK % "Infinity", "The argument 'guests' is a number, expected one that JSON has."),
        (BOOK % "NaN", "The argument 'guests' is a number, expected one that JSON has."),
        (BOOK % "true", "The argument 'guests' is true or false, expected a whole number."),
        (BOOK % '1, "urgent": 7', "The argument 'urgent' is a number, expected true or false."),
        (f'{{"name": "{"A" * 1001}"}}', "The argument 'name' has 1001 characters, expected at most 1000."),
    ],
)
def test_what_does_not_fit_is_explained(written: str, error: str) -> None:
    with pytest.raises(ToolError) as refused:
        tools(functions=["book"]).read(ToolRequest("book", written))
    assert str(refused.value) == error


def test_what_is_not_offered_cannot_be_called() -> None:
    with pytest.raises(ToolError, match=r"There is no function 'book', expected one of: none\."):
        tools().read(ToolRequest("book", "{}"))

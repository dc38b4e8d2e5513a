"""A dialplan's functions, called by name."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

import pytest

from appliance.dialplan import Dialplan
from appliance.errors import CarrierError, FunctionError, ProtocolError
from appliance.functions import Functions
from appliance.functions.registry import MOST_CHARACTERS

PLAN = Dialplan.model_validate(
    {
        "name": "x",
        "numbers": ["*"],
        "functions": {
            "order": {"table": {"4711": {"state": "here"}, "2580": "gone"}},
            "refund": {"supervised": {}},
            "parcel": {"supervised": {"fields": ["place"]}},
            "book": {
                "python": "booking:book",
                "timeout_secs": 0.1,
                "parameters": {"guests": {"type": "integer"}, "day": {"format": "date", "required": "no"}},
            },
            "slots": {"python": "booking:slots", "returns": {"type": "array", "items": {"type": "integer"}}},
        },
        "steps": {"end": {"hang_up": None}},
    }
)


class Does:
    """An executor that does what it is told."""

    def __init__(self, result: Any = None) -> None:
        self.result = result
        self.told: list[Mapping[str, Any]] = []
        self.cancelled = False
        self.begun = asyncio.Event()

    async def run(self, arguments: Mapping[str, Any]) -> Any:
        self.told.append(arguments)
        self.begun.set()
        if isinstance(self.result, Exception):
            raise self.result
        if isinstance(self.result, asyncio.Event):
            try:
                await self.result.wait()
            except asyncio.CancelledError:
                self.cancelled = True
                raise
        return self.result


def functions(name: str, does: Does) -> Functions:
    """The functions, of which one does something else."""
    found = Functions(PLAN)
    found._executors[name] = does
    return found


async def refused(found: Functions, name: str, **arguments: Any) -> str:
    """Why a call is refused."""
    with pytest.raises(FunctionError) as error:
        await found.call(name, arguments)
    return str(error.value)


async def test_a_function_is_called_by_its_name() -> None:
    assert await Functions(PLAN).call("order", {"number": "4711"}) == {"state": "here"}
    assert await Functions(PLAN).call("order", {"number": "1"}) is None


@pytest.mark.parametrize("name", ["ordr", "refund"])
async def test_what_the_bot_cannot_carry_out_is_an_error(name: str) -> None:
    assert Functions(PLAN).names == ("order", "refund", "parcel", "book", "slots")
    assert await refused(Functions(PLAN), name) == f"There is no function {name!r} that the bot could carry out."


async def test_arguments_are_taken_as_their_type_and_what_nobody_asked_for_is_left_out() -> None:
    does = Does("done")
    assert await functions("book", does).call("book", {"guests": "4", "more": "x"}) == "done"
    assert does.told == [{"guests": 4}]


async def test_arguments_that_do_not_fit_are_an_error_and_nothing_is_carried_out() -> None:
    does = Does()
    found = functions("book", does)
    assert await refused(found, "book") == "The argument 'guests' is missing."
    said = "The argument 'day' does not fit, expected a date such as 2026-11-30."
    assert await refused(found, "book", guests=4, day="tomorrow") == said
    assert does.told == []


async def test_a_result_is_held_against_what_was_promised() -> None:
    assert await functions("slots", Does(["1", 2])).call("slots", {}) == [1, 2]
    assert await functions("slots", Does(None)).call("slots", {}) is None
    assert await refused(functions("slots", Does("x")), "slots") == "The result is a text, expected a list."
    said = "The result's '[0]' is a text, expected a whole number."
    assert await refused(functions("slots", Does(["x"])), "slots") == said


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (object, "The result is not what JSON has (Object of type type is not JSON serializable)."),
        ({"x": float("nan")}, "The result is not what JSON has (Out of range float values are not JSON compliant"),
        ("x" * MOST_CHARACTERS, f"The result has {MOST_CHARACTERS + 2} characters, expected at most {MOST_CHARACTERS}"),
        (["x" * MOST_CHARACTERS], f"The result has {MOST_CHARACTERS + 4} characters, expected at most"),
    ],
)
async def test_what_nobody_can_be_told_is_an_error(result: Any, said: str) -> None:
    assert (await refused(functions("book", Does(result)), "book", guests=1)).startswith(said)


async def test_a_result_is_a_copy_as_json_has_it() -> None:
    given = {1: ("a", "b")}
    assert await functions("book", Does(given)).call("book", {"guests": 1}) == {"1": ["a", "b"]}


@pytest.mark.parametrize(
    ("result", "found"), [("", None), ([], None), ({}, None), (None, None), (0, 0), (False, False)]
)
async def test_what_is_empty_is_nothing(result: Any, found: Any) -> None:
    assert await functions("book", Does(result)).call("book", {"guests": 1}) is found


async def test_a_function_that_takes_too_long_is_given_up() -> None:
    does = Does(asyncio.Event())
    assert await refused(functions("book", does), "book", guests=1) == "book took longer than 0.1 s."
    assert does.cancelled


async def test_a_function_that_is_cancelled_is_given_up() -> None:
    does = Does(asyncio.Event())
    call = asyncio.ensure_future(functions("slots", does).call("slots", {}))
    await asyncio.wait_for(does.begun.wait(), 20)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert does.cancelled


async def test_what_was_refused_on_purpose_keeps_its_sentence() -> None:
    assert await refused(functions("book", Does(FunctionError("Full."))), "book", guests=1) == "Full."
    assert await refused(functions("book", Does(CarrierError("Away."))), "book", guests=1) == "Away."


@pytest.mark.parametrize("error", [ZeroDivisionError("4711"), TimeoutError("4711")])
async def test_a_function_that_breaks_is_an_error_and_the_operator_sees_where(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    said = await refused(functions("book", Does(error)), "book", guests=1)
    assert said == f"book broke ({type(error).__name__})."
    record = caplog.records[-1]
    assert (record.levelno, record.getMessage()) == (logging.ERROR, "the function book broke")
    assert record.exc_text is not None
    assert "raise self.result" in record.exc_text


def test_a_clients_result_is_read_as_its_function_wants_it() -> None:
    functions = Functions(PLAN)
    assert functions.read("refund", True) == "approved"
    assert functions.read("parcel", {"place": "Ulm"}) == {"place": "Ulm"}
    with pytest.raises(ProtocolError, match="expected an object with 'place'"):
        functions.read("parcel", True)
    assert functions.read("of somebody else", True) == "approved"


async def test_the_operator_is_told_of_failures_without_what_callers_say(caplog: pytest.LogCaptureFixture) -> None:
    await refused(functions("book", Does(FunctionError("shop.example answered 500."))), "book", guests=1)
    await refused(functions("book", Does()), "book", guests="Ann Smith")
    assert [record.getMessage() for record in caplog.records] == [
        "the function book failed: shop.example answered 500.",
        "the function book failed: The argument 'guests' is a text, expected a whole number.",
    ]
    assert "Ann" not in caplog.text

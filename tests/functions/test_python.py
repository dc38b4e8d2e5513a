"""Functions of the operator's own."""

import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.dialplan import Dialplan
from appliance.dialplan.entry_points import look_in
from appliance.errors import FunctionError
from appliance.functions import Functions, Surroundings

MODULE = """\
import threading

class Desk:
    @staticmethod
    async def later(day):
        return {"day": day}

def book(guests, day=None):
    return {"guests": guests, "day": day, "main": threading.current_thread() is threading.main_thread()}

def who(call):
    return [call.call_id, call.caller, call.called, call.dialplan, dict(call.variables)]

def deferred(day):
    return Desk.later(day)

def breaks():
    raise KeyError("hush")
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The module `frontdesk` lies in a directory of functions."""
    (tmp_path / "frontdesk.py").write_text(MODULE)
    monkeypatch.setattr(sys, "path", [*sys.path])
    look_in(tmp_path)
    yield
    sys.modules.pop("frontdesk", None)


AROUND = Surroundings("CA1", "+1555", "+1666", "Desk", lambda: {"order": "4711"})


def functions(entry: str, **parameters: Any) -> Functions:
    """One function, `f`."""
    plan = {
        "name": "Desk",
        "numbers": "*",
        "functions": {"f": {"python": entry, "parameters": parameters}},
        "steps": {"end": {"hang_up": None}},
    }
    return Functions(Dialplan.model_validate(plan), AROUND)


@pytest.mark.usefixtures("module")
async def test_a_plain_function_runs_beside_the_calls_with_its_arguments_as_keywords() -> None:
    found = functions("frontdesk:book", guests={"type": "integer"}, day={"required": "no"})
    assert await found.call("f", {"guests": "4"}) == {"guests": 4, "day": None, "main": False}
    assert threading.current_thread() is threading.main_thread()


@pytest.mark.usefixtures("module")
@pytest.mark.parametrize("name", ["frontdesk:Desk.later", "frontdesk:deferred"])
async def test_an_async_function_is_awaited(name: str) -> None:
    assert await functions(name, day={}).call("f", {"day": "Friday"}) == {"day": "Friday"}


@pytest.mark.usefixtures("module")
async def test_a_function_that_asks_for_its_call_is_told_of_it() -> None:
    told = ["CA1", "+1555", "+1666", "Desk", {"order": "4711"}]
    assert await functions("frontdesk:who").call("f", {}) == told
    own = functions("frontdesk:who", call={"type": "object"})
    with pytest.raises(FunctionError, match=r"f broke \(AttributeError\)"):
        await own.call("f", {"call": {"call_id": "mine"}})


@pytest.mark.usefixtures("module")
async def test_what_it_raises_is_no_part_of_what_others_are_told() -> None:
    with pytest.raises(FunctionError) as refused:
        await functions("frontdesk:breaks").call("f", {})
    assert str(refused.value) == "f broke (KeyError)."


async def test_one_that_is_not_there_is_an_error_of_the_call() -> None:
    with pytest.raises(FunctionError) as refused:
        await functions("nosuchmodule:f").call("f", {})
    assert str(refused.value) == "There is no module 'nosuchmodule', expected nosuchmodule.py."

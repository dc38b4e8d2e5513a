"""Open function calls."""

from types import SimpleNamespace
from typing import Any

import pytest

from appliance.errors import ProtocolError, RequestError
from appliance.rtvi import RTVIFunctionCallReportLevel
from appliance.rtvi.function_calls import MOST_ENDED, MOST_OPEN, FunctionCalls, OpenCall, called, in_progress
from tests.rtvi.stage import FakeViewer

Level = RTVIFunctionCallReportLevel


def asking(level: Level = Level.FULL, *, by_client: bool = True) -> FunctionCalls:
    """One call ``t`` of ``f``, for clients to execute."""
    calls = FunctionCalls()
    call = calls.begin("t", "f", level)
    call.arguments, call.by_client = {"x": 1}, by_client
    return calls


def refusal(calls: FunctionCalls, id_: str = "t", name: str = "f", viewer: FakeViewer | None = None) -> str:
    with pytest.raises(RequestError) as refused:
        calls.take(id_, name, "r", viewer)
    return str(refused.value)


def test_the_level_a_call_begins_with_stays() -> None:
    calls = FunctionCalls()
    call = calls.begin("t", "f", Level.NAME)
    assert calls.begin("t", "f", Level.FULL) is call
    assert calls.end("t", "f", Level.FULL) is call
    assert call.level is Level.NAME


def test_a_call_ends_once_and_may_begin_again() -> None:
    calls = FunctionCalls()
    calls.begin("t", "f", Level.NAME)
    calls.end("t", "f", Level.FULL)
    assert calls.end("t", "f", Level.FULL) is None
    assert calls.begin("t", "f", Level.FULL).level is Level.FULL
    assert calls.end("t", "f", Level.NAME) == OpenCall("f", Level.FULL)


def test_a_call_that_was_not_open_ends_as_if_it_began_here() -> None:
    assert FunctionCalls().end("t", "f", Level.FULL) == OpenCall("f", Level.FULL)


def test_the_oldest_calls_are_forgotten() -> None:
    calls = asking()
    for number in range(MOST_OPEN):
        calls.begin(str(number), "f", Level.NONE)
    assert refusal(calls) == "No function call 't' is open: the result was not used."


def test_the_oldest_ends_are_forgotten() -> None:
    calls = asking()
    for number in ("t", *map(str, range(MOST_ENDED))):
        calls.end(number, "f", Level.FULL)
    assert refusal(calls) == "No function call 't' is open: the result was not used."
    assert refusal(calls, "0") == "The function call '0' is executed by the bot: the result was not used."


def test_the_first_result_counts() -> None:
    calls = asking()
    call, value = calls.take("t", "f", {"a": 1}, FakeViewer())
    assert (call.arguments, value) == ({"x": 1}, {"a": 1})
    again = "The function call 't' has its result already: the result was not used."
    assert refusal(calls) == again
    calls.end("t", "f", Level.FULL)
    assert refusal(calls) == again


def test_a_result_after_the_end_came_too_late() -> None:
    late = "The function call 't' is over: the result came too late and was not used."
    calls = asking()
    assert calls.give_up("t") is True
    assert refusal(calls) == late
    calls.end("t", "f", Level.FULL)
    assert refusal(calls) == late


def test_a_call_whose_result_was_taken_is_not_given_up() -> None:
    calls = asking()
    calls.take("t", "f", "r", None)
    assert calls.give_up("t") is False
    assert calls.give_up("unknown") is True


def test_foreign_results_are_refused() -> None:
    assert refusal(asking(), "u" * 99) == f"No function call {'u' * 80!r} is open: the result was not used."
    assert refusal(asking(), name="g") == "The function call 't' is not one of 'g': the result was not used."
    not_for_clients = "The function call 't' is executed by the bot: the result was not used."
    assert refusal(asking(by_client=False)) == not_for_clients


@pytest.mark.parametrize(
    ("level", "ceiling"), [(Level.FULL, Level.NAME), (Level.NAME, Level.FULL), (Level.NONE, Level.FULL)]
)
def test_who_does_not_see_the_arguments_may_not_answer(level: Level, ceiling: Level) -> None:
    told = "The function call 't' cannot be answered by who does not see its arguments: the result was not used."
    assert refusal(asking(level), name="guess", viewer=FakeViewer(ceiling=ceiling)) == told


@pytest.mark.parametrize(("level", "ceiling"), [(Level.DISABLED, Level.FULL), (Level.FULL, Level.DISABLED)])
def test_a_refusal_does_not_tell_of_a_call_that_is_not_shown(level: Level, ceiling: Level) -> None:
    unknown = "No function call 't' is open: the result was not used."
    calls = asking(level)
    assert refusal(calls, viewer=FakeViewer(ceiling=ceiling)) == unknown
    calls.end("t", "f", level)
    assert refusal(calls, viewer=FakeViewer(ceiling=ceiling)) == unknown


def test_a_result_is_used_as_it_is_read_and_one_that_cannot_be_read_is_none() -> None:
    def read(name: str, result: Any) -> Any:
        if result is None:
            raise ProtocolError("nothing")
        return f"{name} {result}"

    calls = asking()
    calls.read = read
    with pytest.raises(ProtocolError):
        calls.take("t", "f", None, None)
    assert calls.take("t", "f", 1, None)[1] == "f 1"


def test_a_viewer_is_shown_what_runs_as_far_as_it_may_see_it() -> None:
    calls = FunctionCalls()
    calls.begin("not running", "f", Level.FULL)
    calls.begin("a", "f", Level.FULL).arguments = {"x": 1}
    calls.begin("b", "g", Level.NONE).arguments = {"x": 2}
    calls.begin("c", "h", Level.DISABLED).arguments = {"x": 3}
    assert calls.as_list(None) == [
        {"tool_call_id": "a", "function_name": "f", "arguments": {"x": 1}},
        {"tool_call_id": "b"},
    ]
    named = [{"tool_call_id": "a", "function_name": "f"}, {"tool_call_id": "b"}]
    assert calls.as_list(FakeViewer(ceiling=Level.NAME)) == named
    assert calls.as_list(FakeViewer(ceiling=Level.DISABLED)) == []


def test_only_what_still_waits_for_a_client_is_asked_of_who_sees_it_all() -> None:
    calls = asking()
    assert [id_ for id_, _ in calls.asked(FakeViewer())] == ["t"]
    assert calls.asked(FakeViewer(ceiling=Level.NAME)) == []
    calls.take("t", "f", "r", None)
    assert calls.asked(FakeViewer()) == []
    assert asking(by_client=False).asked(FakeViewer()) == []
    given_up = asking()
    given_up.give_up("t")
    assert given_up.asked(FakeViewer()) == []


def test_no_arguments_are_arguments_too() -> None:
    call = OpenCall("f", Level.FULL, {})
    assert in_progress("t", call, Level.FULL) == {"tool_call_id": "t", "function_name": "f", "arguments": {}}


def test_both_documented_forms_of_a_call_are_understood() -> None:
    wanted = ("f", "t", {"a": 1})
    params = SimpleNamespace(function_name="f", tool_call_id="t", arguments={"a": 1}, llm=None, context=None)
    assert called((params,), {}) == wanted
    assert called(wanted, {}) == wanted
    assert called((*wanted, None, None, print), {}) == wanted
    keywords = {"function_name": "f", "tool_call_id": "t", "arguments": {"a": 1}, "result_callback": print}
    assert called((), keywords) == wanted


@pytest.mark.parametrize(
    ("params", "keywords"), [((), {}), (("f",), {}), ((SimpleNamespace(),), {}), (("f", 1, {}), {})]
)
def test_half_a_call_is_refused(params: tuple[Any, ...], keywords: dict[str, Any]) -> None:
    with pytest.raises(TypeError) as refused:
        called(params, keywords)
    assert str(refused.value) == (
        "a function call needs function_name, tool_call_id, arguments, one after another or as one object's attributes"
    )

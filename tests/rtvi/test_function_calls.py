"""Open function calls."""

from appliance.rtvi import RTVIFunctionCallReportLevel
from appliance.rtvi.function_calls import MOST_OPEN, FunctionCalls, OpenCall, in_progress
from tests.rtvi.stage import FakeViewer

Level = RTVIFunctionCallReportLevel


def test_the_level_a_call_begins_with_stays() -> None:
    calls = FunctionCalls()
    assert calls.begin("t", "f", Level.NAME) is calls.begin("t", "f", Level.FULL)
    assert calls.end("t", "f", Level.FULL).level is Level.NAME
    assert calls.end("t", "f", Level.FULL).level is Level.FULL


def test_the_oldest_calls_are_forgotten() -> None:
    calls = FunctionCalls()
    for number in range(MOST_OPEN + 1):
        calls.begin(str(number), "f", Level.NONE)
    assert (calls.answer("0", "f"), calls.answer("1", "f")) == (False, True)


def test_a_result_is_used_once_and_only_for_the_call_it_is_of() -> None:
    calls = FunctionCalls()
    calls.begin("t", "f", Level.FULL)
    assert [calls.answer("t", "g"), calls.answer("u", "f")] == [False, False]
    assert [calls.answer("t", "f"), calls.answer("t", "f")] == [True, False]
    calls.end("t", "f", Level.FULL)
    assert calls.answer("t", "f") is False


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


def test_no_arguments_are_arguments_too() -> None:
    call = OpenCall("f", Level.FULL, {})
    assert in_progress("t", call, Level.FULL) == {"tool_call_id": "t", "function_name": "f", "arguments": {}}

from appliance.frames import (
    FunctionCallCancelFrame,
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
    SystemFrame,
    UninterruptibleFrame,
)


def test_a_result_survives_an_interruption_whatever_it_is() -> None:
    results: list[object] = [None, 0, "", [], {"a": 1}]
    for result in results:
        frame = FunctionCallResultFrame("f", "1", {}, result)
        assert isinstance(frame, UninterruptibleFrame)
        assert frame.result == result


def test_a_call_is_not_cancelled_by_an_interruption_unless_it_says_so() -> None:
    assert not FunctionCallInProgressFrame("f", "1", {}).cancel_on_interruption


def test_a_cancellation_overtakes() -> None:
    assert isinstance(FunctionCallCancelFrame("f", "1"), SystemFrame)

from appliance.frames import (
    CancelFrame,
    EndFrame,
    EngineFailedFrame,
    ErrorFrame,
    HandBackFrame,
    SystemFrame,
    TakeOverFrame,
    UninterruptibleFrame,
)


def test_the_end_waits_its_turn_and_cannot_be_interrupted_but_a_cancellation_waits_for_nothing() -> None:
    assert isinstance(EndFrame(), UninterruptibleFrame)
    assert not isinstance(EndFrame(), SystemFrame)
    assert isinstance(CancelFrame(), SystemFrame)


def test_an_end_hangs_up_unless_it_passes_on() -> None:
    end = EndFrame()
    assert (end.reason, end.transfer_to, end.apology) == ("hang-up", None, False)


def test_that_an_engine_failed_reaches_the_dialogue_whatever_happens() -> None:
    assert isinstance(EngineFailedFrame("stt", "gone"), UninterruptibleFrame)


def test_an_error_is_not_fatal_unless_it_says_so() -> None:
    assert not ErrorFrame("x").fatal


def test_a_take_over_and_its_end_overtake_whatever_waits() -> None:
    assert isinstance(TakeOverFrame("anna"), SystemFrame)
    assert isinstance(HandBackFrame(), SystemFrame)

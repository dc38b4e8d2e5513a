from appliance.frames import MessageTakenFrame, MessageWaitsFrame, SystemFrame, TakeMessageFrame, WantedMessage
from appliance.frames.frame import UninterruptibleFrame


def test_no_interruption_loses_a_message() -> None:
    assert isinstance(TakeMessageFrame(WantedMessage()), UninterruptibleFrame)
    assert isinstance(MessageTakenFrame("silence"), UninterruptibleFrame)


def test_a_message_that_waits_is_told_at_once() -> None:
    assert isinstance(MessageWaitsFrame(), SystemFrame)

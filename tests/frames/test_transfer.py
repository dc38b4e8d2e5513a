"""Frames of callers who are handed over."""

from appliance.dialplan.transfer import Transfer
from appliance.frames import LineBackFrame, TransferFailedFrame, TransferFrame, UninterruptibleFrame


def test_no_interruption_stops_a_transfer_and_who_comes_back_has_a_line() -> None:
    assert isinstance(TransferFrame(Transfer("+1555")), UninterruptibleFrame)
    assert isinstance(TransferFailedFrame("busy"), LineBackFrame)
    assert (TransferFailedFrame("busy").result, TransferFailedFrame().result) == ("busy", "failed")

from appliance.frames import RecordingAnnouncedFrame, RecordingPausedFrame, RecordingResumedFrame, SystemFrame
from appliance.frames.frame import UninterruptibleFrame


def test_an_announcement_that_is_cut_off_begins_no_recording() -> None:
    assert not isinstance(RecordingAnnouncedFrame(), UninterruptibleFrame | SystemFrame)


def test_what_is_left_out_is_left_out_at_once_and_what_follows_is_in_order() -> None:
    assert isinstance(RecordingPausedFrame(), SystemFrame)
    assert isinstance(RecordingResumedFrame(), UninterruptibleFrame)
    assert not isinstance(RecordingResumedFrame(), SystemFrame)

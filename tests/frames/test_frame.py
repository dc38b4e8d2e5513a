import dataclasses
import inspect

import pytest

from appliance import frames
from appliance.frames import ControlFrame, DataFrame, Frame, SystemFrame, TextFrame

EVERY_FRAME = sorted(
    (value for value in vars(frames).values() if inspect.isclass(value) and issubclass(value, Frame)),
    key=lambda frame: frame.__name__,
)


@pytest.mark.parametrize("frame", EVERY_FRAME)
def test_every_frame_is_a_slotted_dataclass_with_a_meaning(frame: type[Frame]) -> None:
    assert dataclasses.is_dataclass(frame)
    assert "__slots__" in vars(frame)
    assert frame.__doc__ is not None
    assert not frame.__doc__.startswith(f"{frame.__name__}(")


@pytest.mark.parametrize("frame", [frame for frame in EVERY_FRAME if frame is not Frame])
def test_every_frame_is_of_exactly_one_kind(frame: type[Frame]) -> None:
    assert [issubclass(frame, kind) for kind in (SystemFrame, DataFrame, ControlFrame)].count(True) == 1


def test_frames_are_numbered_and_named() -> None:
    first, second = TextFrame("a"), TextFrame("a")
    assert second.id == first.id + 1
    assert str(first) == first.name == f"TextFrame#{first.id}"


def test_a_frame_belongs_to_no_reply_unless_it_says_so() -> None:
    assert (TextFrame("a").reply, TextFrame("a", reply=3).reply) == (0, 3)

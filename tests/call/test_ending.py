import pytest

from appliance.call.ending import EndWatch
from appliance.frames import CancelFrame, EndFrame, Frame, InterruptionFrame
from tests.pipeline.rig import Pass, Rig


@pytest.mark.parametrize(
    ("frame", "is_ending"), [(EndFrame(), True), (CancelFrame(), True), (InterruptionFrame(), False)]
)
async def test_a_call_is_ending_once_its_end_is_on_its_way(frame: Frame, is_ending: bool) -> None:
    watch = EndWatch()
    async with Rig(Pass(), Pass(), observers=(watch,)) as rig:
        assert not watch.is_ending
        await rig.send(frame)
    assert watch.is_ending is is_ending

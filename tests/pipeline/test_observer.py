import pytest

from appliance.frames import Frame, InterimTranscriptionFrame, TextFrame, UserStartedSpeakingFrame
from appliance.pipeline import BaseObserver, FrameDirection, FramePushed
from tests.pipeline.rig import Pass, Rig


class Watcher(BaseObserver):
    frame_types: tuple[type[Frame], ...] = (TextFrame,)

    def __init__(self) -> None:
        self.seen: list[FramePushed] = []

    async def on_push_frame(self, data: FramePushed) -> None:
        self.seen.append(data)


async def test_an_observer_sees_every_push_of_the_types_it_asked_for_and_their_subclasses() -> None:
    watcher = Watcher()
    first = Pass(name="first")
    async with Rig(first, observers=(watcher,)) as rig:
        frame = InterimTranscriptionFrame("x")
        await rig.send(frame, UserStartedSpeakingFrame())
        pushes = [(one.source.name, one.destination.name, one.frame, one.direction) for one in watcher.seen]
        assert pushes == [
            ("Source", "first", frame, FrameDirection.DOWNSTREAM),
            ("first", "Sink", frame, FrameDirection.DOWNSTREAM),
        ]
        assert watcher.seen[0].timestamp <= watcher.seen[1].timestamp


async def test_whether_anybody_looks_is_asked_each_time() -> None:
    class Dozing(Watcher):
        awake = False

        @property
        def active(self) -> bool:
            return self.awake

    watcher = Dozing()
    async with Rig(Pass(), observers=(watcher,)) as rig:
        assert not rig.source.watched(TextFrame)
        watcher.awake = True
        assert rig.source.watched(TextFrame)
        assert not rig.source.watched(UserStartedSpeakingFrame)


async def test_an_observer_that_fails_changes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Watcher):
        async def on_push_frame(self, data: FramePushed) -> None:
            raise ValueError("oops")

    watcher = Watcher()
    async with Rig(Pass(), observers=(Broken(), watcher)) as rig:
        frame = TextFrame("x")
        await rig.send(frame)
        assert rig.down == [frame]
        assert len(watcher.seen) == 2
    assert "Broken failed on TextFrame" in caplog.text

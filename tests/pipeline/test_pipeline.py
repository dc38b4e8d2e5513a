from appliance.frames import TextFrame
from appliance.pipeline import FrameDirection, Inbox, Pipeline
from tests.pipeline.rig import Pass, Rig


def test_a_pipeline_within_a_pipeline_counts_as_its_processors() -> None:
    a, b, c = Pass(name="a"), Pass(name="b"), Pass(name="c")
    assert Pipeline([a, Pipeline([b, c])]).processors == [a, b, c]


def test_a_processor_can_be_put_before_all_others() -> None:
    a, b = Pass(), Pass()
    pipeline = Pipeline([a])
    pipeline.prepend(b)
    assert pipeline.processors == [b, a]


async def test_an_empty_pipeline_leads_from_its_source_to_its_sink() -> None:
    async with Rig() as rig:
        frame = TextFrame("x")
        await rig.send(frame)
        assert rig.down == [frame]


async def _nothing(_: object) -> None: ...


def test_linking_gives_each_processor_its_neighbours() -> None:
    a, b = Pass(name="a"), Pass(name="b")
    source = Pipeline([a, b]).link_all(Inbox(), (), _nothing, _nothing)
    assert source.neighbour(FrameDirection.DOWNSTREAM) is a
    assert a.neighbour(FrameDirection.DOWNSTREAM) is b
    assert b.neighbour(FrameDirection.UPSTREAM) is a
    assert source.neighbour(FrameDirection.UPSTREAM) is None

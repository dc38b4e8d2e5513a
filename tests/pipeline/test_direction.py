from appliance.pipeline import FrameDirection


def test_there_are_two_ways() -> None:
    assert [direction.name for direction in FrameDirection] == ["DOWNSTREAM", "UPSTREAM"]

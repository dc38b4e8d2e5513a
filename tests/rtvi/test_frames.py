"""RTVI's own frames."""

from appliance.frames import SystemFrame
from appliance.rtvi import frames


def test_all_but_actions_overtake_what_waits_to_be_said() -> None:
    kinds = {kind for kind in vars(frames).values() if isinstance(kind, type) and kind.__module__ == frames.__name__}
    assert {kind for kind in kinds if not issubclass(kind, SystemFrame)} == {frames.RTVIActionFrame}


def test_an_answer_holds_its_question() -> None:
    question = frames.RTVIClientMessageFrame("7", "ask")
    assert frames.RTVIServerResponseFrame(question, 5).client_msg is question

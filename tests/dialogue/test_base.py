import dataclasses

import pytest

from appliance.dialogue.base import CallFunction, End, Expect, Say, Turn, TurnKind
from appliance.frames import LLMContext


@pytest.mark.parametrize("output", [Say("x"), Expect(None), CallFunction("f", {}), End("done")])
def test_what_an_engine_gives_out_cannot_be_changed_later(output: object) -> None:
    name = dataclasses.fields(output)[0].name  # type: ignore[arg-type]
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(output, name, None)


def test_a_turn_says_why_and_may_say_what() -> None:
    assert Turn(TurnKind.NO_INPUT, LLMContext()).text == ""

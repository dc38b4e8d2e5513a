"""`engines:` of a dialplan; what may be wrong with it is in test_engine_checks."""

from appliance.dialplan.engine_choice import EngineChoice


def test_one_engine_need_not_be_written_as_a_list() -> None:
    assert EngineChoice.model_validate({"transcriber": "ear", "llm": ["a", "b"]}) == EngineChoice(
        transcriber=("ear",), llm=("a", "b")
    )

"""Names of engines; what is wrong with one is said in test_load and test_lineups."""

from appliance.settings.engine_names import OWN_NAMES, ROLES


def test_each_role_has_engines_of_its_own() -> None:
    assert tuple(OWN_NAMES) == ROLES == ("transcriber", "synthesizer", "llm")

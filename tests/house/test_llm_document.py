"""What docs/llm.md says is true: its dialplan and settings load, and serve together."""

import re
from pathlib import Path

from appliance.dialogue.answer import MOST_ROUNDS
from appliance.dialplan import LLMStep, load_dialplans
from appliance.dialplan.llm import LLM
from appliance.settings import load_settings
from tests.house.checkout import read

DOCUMENT = read("docs/llm.md")


def block(kind: str) -> str:
    (found,) = re.findall(rf"^```{kind}\n(.*?)^```", DOCUMENT, re.DOTALL | re.MULTILINE)
    return str(found)


def test_its_dialplan_serves_with_its_settings(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(block("toml"))
    (tmp_path / "a.yaml").write_text(block("yaml"))
    found = load_dialplans(tmp_path / "a.yaml", load_settings(tmp_path / "a.toml", {}))
    assert [str(problem) for problem in found.problems] == []
    assert [loaded.plan.name for loaded in found.plans] == ["Harper and Sons, receptionist"]


def test_it_names_every_key_of_a_step() -> None:
    keys = {*LLM.model_fields, *LLMStep.model_fields} - {"llm"}
    assert [key for key in keys if not re.search(rf"\b{key}\b", DOCUMENT)] == []


def test_its_numbers_are_those_of_the_code() -> None:
    longest = LLM.model_fields["longest_answer"].default
    assert f"`longest_answer` ({longest} characters, about {longest // 15} seconds)" in DOCUMENT
    assert f"more than {MOST_ROUNDS} rounds of calls" in DOCUMENT


def test_the_readme_says_where_it_is() -> None:
    assert "](docs/llm.md)" in read("README.md")

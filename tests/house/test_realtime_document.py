"""What docs/realtime.md says is true: its step and settings load, and serve together."""

import re
from pathlib import Path

from appliance.dialogue.realtime.connection import MOST_RUBBISH
from appliance.dialogue.realtime.keeper import OLD_SECS
from appliance.dialplan import load_dialplans
from appliance.settings import load_settings
from appliance.settings.realtime import RealtimeEngine
from tests.house.checkout import read

DOCUMENT = read("docs/realtime.md")
AROUND = """\
name: Test
numbers: ["*"]
fallback: {transfer: "+15555550199"}
functions: {order_status: {table: {"1": here}}}
"""


def block(kind: str) -> str:
    (found,) = re.findall(rf"^```{kind}\n(.*?)^```", DOCUMENT, re.DOTALL | re.MULTILINE)
    return str(found)


def test_its_step_serves_with_its_settings(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(block("toml"))
    (tmp_path / "a.yaml").write_text(f"{AROUND}{block('yaml')}  person: {{hang_up: Bye.}}\n")
    environment = {"APPLIANCE__ENGINES__FRONT__API_KEY": "secret"}
    found = load_dialplans(tmp_path / "a.yaml", load_settings(tmp_path / "a.toml", environment))
    assert [str(problem) for problem in found.problems] == []
    assert len(found.plans) == 1


def test_its_kinds_of_turn_detection_are_those_that_there_are() -> None:
    kinds = re.findall(r"^\| `(\w+)` \|", DOCUMENT, re.MULTILINE)
    assert {"own", "server_vad", "semantic_vad"} == set(kinds)
    assert RealtimeEngine.model_fields["turn_detection"].default == "own"


def test_its_numbers_are_those_of_the_code() -> None:
    assert (MOST_RUBBISH, OLD_SECS) == (20, 55 * 60)
    assert "more than twenty end the connection" in DOCUMENT
    assert "after 55 minutes" in DOCUMENT


def test_the_readme_says_where_it_is() -> None:
    assert "](docs/realtime.md)" in read("README.md")

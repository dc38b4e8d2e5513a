"""What docs/dialplans.md says is true: its dialplans load, its links lead somewhere, and its reference is today's."""

import re
from pathlib import Path

import pytest

from appliance.cli.check import unpronounceable
from appliance.dialplan import load_dialplans
from appliance.dialplan.filters import FILTERS
from appliance.dialplan.reference import BEGIN, with_reference
from appliance.dialplan.steps import KINDS
from appliance.settings import Settings
from tests.house.checkout import ROOT, read

DOCUMENT = read("docs/dialplans.md")
WRITTEN = DOCUMENT.partition(BEGIN)[0]
SETTINGS = {
    "llm": {"model": "any", "base_url": "http://127.0.0.1:9/v1"},
    "speech": {"transcriber_uri": "tcp://127.0.0.1:9"},
    "secrets": {"salon": "s3cret"},
    "twilio": {"account_sid": "AC" + "0" * 32, "auth_token": "t0ken"},
}


def recipes() -> dict[str, dict[str, str]]:
    """The files of each section that has dialplans; one that does not name its file in the first line is alone."""
    found: dict[str, dict[str, str]] = {}
    for section in re.split(r"^(?=##+ )", WRITTEN, flags=re.MULTILINE):
        for text in re.findall(r"^```yaml\n(.*?)^```", section, re.DOTALL | re.MULTILINE):
            named = re.match(r"# (\w+\.yaml)\n", text)
            found.setdefault(section.splitlines()[0].lstrip("# "), {})[named[1] if named else "only.yaml"] = text
    return found


@pytest.mark.parametrize("recipe", recipes())
def test_each_recipe_serves_as_it_is(recipe: str, tmp_path: Path) -> None:
    for name, text in recipes()[recipe].items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = load_dialplans(tmp_path, Settings.model_validate({"data_dir": tmp_path, **SETTINGS}))
    assert [str(problem) for problem in found.problems] == []
    assert len(found.plans) == sum("numbers:" in text for text in recipes()[recipe].values()) >= 1


@pytest.mark.parametrize("recipe", [name for name, files in recipes().items() if "llm:" not in "".join(files.values())])
def test_a_recipe_without_a_language_model_is_heard_by_the_embedded_engines(recipe: str, tmp_path: Path) -> None:
    for name, text in recipes()[recipe].items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    given = {name: SETTINGS[name] for name in ("secrets", "twilio")}
    found = load_dialplans(tmp_path, Settings.model_validate({"data_dir": tmp_path, **given}))
    assert [str(problem) for problem in (*found.problems, *unpronounceable(found.plans))] == []


def test_there_are_recipes_for_what_operators_ask_first() -> None:
    assert len(recipes()) > 10


def test_the_reference_is_made_from_the_models_of_today() -> None:
    assert with_reference(DOCUMENT) == DOCUMENT, "run scripts/docs"


def test_its_links_lead_somewhere() -> None:
    headings = re.findall(
        r"^#+ (.*)", re.sub(r"^```.*?^```", "", DOCUMENT, flags=re.DOTALL | re.MULTILINE), re.MULTILINE
    )
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    targets = re.findall(r"\]\(([^)\s]+)\)", DOCUMENT)
    assert [target for target in targets if target.startswith("#") and target[1:] not in anchors] == []
    files = [target for target in targets if not target.startswith(("#", "https:"))]
    assert [target for target in files if not (ROOT / "docs" / target).is_file()] == []


def test_it_names_every_kind_of_step_and_our_own_filters() -> None:
    assert [kind for kind in KINDS if f"`{kind}`" not in WRITTEN] == []
    assert [name for name in ("digits", "spell", "date", "time", "tojson", "default") if name not in FILTERS] == []
    assert [name for name in ("digits", "spell", "date", "time", "tojson") if f"\\| {name} " not in WRITTEN] == []


def test_the_readme_says_where_it_is() -> None:
    assert "](docs/dialplans.md)" in read("README.md")

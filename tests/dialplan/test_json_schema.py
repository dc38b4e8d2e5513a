"""What editors are told about dialplans."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from appliance.dialplan import load_dialplan
from appliance.dialplan.json_schema import json_schema
from appliance.dialplan.schema import Dialplan
from tests.dialplan.stories import EXAMPLES
from tests.dialplan.test_refusals import GOOD

COPY = EXAMPLES / "dialplan.schema.json"
FIRST_LINE = "# yaml-language-server: $schema=dialplan.schema.json"
CHECKED = Draft7Validator(json_schema())

MORE = """\
priority: 5
max_call_secs: ${longest}
when: {open: office, callers: [+1555*, anonymous], not_callers: +15551*, carriers: twilio}
hours:
  office:
    zone: Europe/Berlin
    week: {mon-fri: 9:00-12:30, sat: ["9:00-10:00", "11:00-12:00"], sun: closed}
    holidays: {2026-12-24: "9:00-12:00", 12-25: }
  other: {zone: UTC, week: {mon: "9:00-10:00"}, holidays: [12-25]}
redaction: {kinds: card, keep: yes}
tags: [1, two]
turn: {silence_secs: "0.6", interrupt_words: 2}
"""


class Editor(yaml.SafeLoader):
    """YAML 1.2, as editors read it: yes and no are texts."""


Editor.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":bool") or letter in "tTfF"]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def as_an_editor_sees(text: str) -> Any:
    """Typed, with keys as JSON has them."""
    return json.loads(json.dumps(_with_text_keys(yaml.load(text, Editor)), default=str))


def _with_text_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _with_text_keys(one) for key, one in value.items()}
    return [_with_text_keys(one) for one in value] if isinstance(value, list) else value


def complaints(text: str) -> list[str]:
    return [".".join(map(str, error.path)) for error in CHECKED.iter_errors(as_an_editor_sees(text))]


def test_it_is_a_schema() -> None:
    Draft7Validator.check_schema(json_schema())


def test_every_key_of_a_dialplan_is_in_it_with_its_meaning() -> None:
    schema = json_schema()
    parts = {f"#/$defs/{name}": part["description"] for name, part in schema["$defs"].items()}
    told = {name: one.get("description") or parts[one["$ref"]] for name, one in schema["properties"].items()}
    assert told == {field.alias or name: field.description for name, field in Dialplan.model_fields.items()}


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.yaml")), ids=lambda file: file.stem)
def test_the_examples_name_it_in_their_first_line_and_fit_it(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.splitlines()[0] == FIRST_LINE
    assert complaints(text) == []


def test_the_copy_beside_the_examples_is_what_the_command_prints() -> None:
    assert COPY.read_text(encoding="utf-8") == json.dumps(json_schema(), indent=1) + "\n"


def test_what_the_loader_takes_an_editor_takes(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(GOOD + MORE.replace("${longest}", "60").replace("+1555*", '"+1555*"'), encoding="utf-8")
    assert not isinstance(load_dialplan(file), list)
    assert complaints(GOOD) == complaints(GOOD + MORE) == []


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("name: Test", "title: Test", ""),
        ("name: Test", "name: Test\nvoic: en", ""),
        ("name: Test", "name: Test\nlanguage: German", "language"),
        ("name: Test", "name: Test\nturn: {silence_secs: long}", "turn.silence_secs"),
        ("name: Test", "name: Test\nvad: {mode: 4}", "vad.mode"),
        ("name: Test", "name: Test\nhours: {office: {week: {mon: closed}}}", "hours.office"),
        ("    next: end\n", "", "steps.hours"),
        ("    say: From nine.", "    say: From nine.\n    tries: 2", "steps.hours"),
    ],
)
def test_what_the_loader_refuses_an_editor_marks(old: str, new: str, place: str) -> None:
    assert complaints(GOOD.replace(old, new, 1))[:1] == [place]

"""Every key with its meaning, as Markdown."""

import re
from typing import Any

import pytest

from appliance.dialplan import reference as module
from appliance.dialplan.json_schema import json_schema
from appliance.dialplan.reference import BEGIN, END, reference, with_reference

TEXT = {"type": ["string", "number", "boolean"]}
SMALL: dict[str, Any] = {
    "description": "The whole.",
    "required": ["name"],
    "properties": {
        "name": {**TEXT, "description": "What it is called: `*`, or *."},
        "turn": {"$ref": "#/$defs/Turn", "default": {"secs": 1}},
        "do": {
            "description": "All.",
            "additionalProperties": {"anyOf": [{"$ref": "#/$defs/Say"}, {"$ref": "#/$defs/Ask"}]},
        },
        "tags": {"type": "array", "items": TEXT, "default": []},
    },
    "$defs": {
        "Turn": {
            "description": "Who speaks when.",
            "properties": {
                "secs": {
                    "anyOf": [
                        {"type": "number", "minimum": 0, "maximum": 5},
                        {"type": "string", "pattern": "^[0-9]"},
                        {"type": "null"},
                    ],
                    "default": 0.5,
                    "description": "How long.",
                },
                "mode": {"enum": ["a", "b|c", "d"], "default": "a"},
            },
        },
        "Say": {"description": "Says.", "required": ["say"], "properties": {"say": TEXT}},
        "Ask": {
            "description": "Asks.",
            "required": ["ask"],
            "properties": {"ask": TEXT, "then": {"$ref": "#/$defs/Say"}},
        },
    },
}

WRITTEN = """\
### A dialplan

The whole.

| key | holds | without it | meaning |
|---|---|---|---|
| `name` | text | needed | What it is called: `*`, or \\*. |
| `turn` | [`turn`](#turn) |  | Who speaks when. |
| `do` | names with [`do.NAME` with `say`](#doname-with-say) or [`do.NAME` with `ask`](#doname-with-ask) |  | All. |
| `tags` | a list of texts |  |  |

### `turn`

Who speaks when.

| key | holds | without it | meaning |
|---|---|---|---|
| `secs` | a number, 0 to 5 | `0.5` | How long. |
| `mode` | `a`, `b\\|c` or `d` | `a` |  |

### `do.NAME` with `say`

Says.

| key | holds | without it | meaning |
|---|---|---|---|
| `say` | text | needed |  |

### `do.NAME` with `ask`

Asks.

| key | holds | without it | meaning |
|---|---|---|---|
| `ask` | text | needed |  |
| `then` | [`do.NAME` with `say`](#doname-with-say) |  | Says. |
"""


def test_each_part_has_a_table_where_a_reader_meets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "json_schema", lambda: SMALL)
    assert reference() == WRITTEN


def test_every_key_of_every_part_is_in_it_with_its_meaning() -> None:
    schema, text = json_schema(), reference()
    parts = [schema, *schema["$defs"].values()]
    assert len(re.findall("^### ", text, re.MULTILINE)) == len(parts)
    rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in text.splitlines() if line.startswith("| `")]
    told = {(key.strip(), meaning.strip().replace("\\|", "|").replace("\\*", "*")) for key, _, _, meaning in rows}
    for part in parts:
        for key, value in part["properties"].items():
            meaning = " ".join(value.get("description", "").split())
            assert (f"`{key}`", meaning) in told or (not meaning and f"`{key}`" in dict(told)), key


def test_nothing_is_without_a_meaning() -> None:
    assert re.findall(r"^\| .*\|  \|$", reference(), re.MULTILINE) == []


def test_only_what_is_between_the_marks_is_changed() -> None:
    made = with_reference(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    assert made == f"before\n{BEGIN}\n\n{reference()}\n{END}\nafter\n"
    assert with_reference(made) == made


def test_a_document_without_the_marks_is_refused() -> None:
    with pytest.raises(ValueError, match=re.escape(f"expected the lines {BEGIN!r} and {END!r}")):
        with_reference("# A page\n")

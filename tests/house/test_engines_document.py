"""What docs/engines.md says is true: its settings and its dialplan serve together, and its numbers are the code's."""

import re
from pathlib import Path

import pytest

from appliance.dialogue.answer import LONG_SECS
from appliance.dialplan import load_dialplans
from appliance.dialplan.engine_checks import engine_names
from appliance.dialplan.language import Sentences
from appliance.failover.health import MOST_FAILURES, PAUSES_SECS
from appliance.server.making import SAMPLE_CHAT, SAMPLE_TEXT
from appliance.settings import Settings, load_settings
from appliance.settings.engine_names import OWN_NAMES, ROLES
from appliance.settings.lineups import default_names, wrong_lists
from appliance.settings.named_engines import kinds
from appliance.speech.failover_stt import MOST_KEPT_BYTES
from appliance.speech.failover_tts import IDLE_SECS
from tests.house.checkout import read

DOCUMENT = read("docs/engines.md")
TEXT = " ".join(DOCUMENT.split())


def block(kind: str) -> str:
    (found,) = re.findall(rf"^```{kind}\n(.*?)^```", DOCUMENT, re.DOTALL | re.MULTILINE)
    return str(found)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "a.toml").write_text(block("toml"))
    keys = ("ENGINES__EAR", "ENGINES__LARGE", "OPENAI_TTS")
    return load_settings(tmp_path / "a.toml", {f"APPLIANCE__{key}__API_KEY": "s3cret" for key in keys})


def test_its_settings_name_engines_that_there_are(settings: Settings) -> None:
    assert list(wrong_lists(settings)) == []
    assert [default_names(settings, role) for role in ROLES] == [
        ("ear", "embedded"),
        ("piper", "openai", "embedded"),
        ("large", "spare"),
    ]


def test_its_dialplan_serves_with_its_settings(tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "a.yaml").write_text(block("yaml"))
    found = load_dialplans(tmp_path / "a.yaml", settings)
    assert [str(problem) for problem in found.problems] == []
    (loaded,) = found.plans
    assert [engine_names(loaded.plan, settings, role) for role in ROLES] == [
        ("ear", "embedded"),
        ("piper", "embedded"),
        ("spare",),
    ]


def test_its_table_has_every_name_and_kind() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (yes)? ?\| (yes)? ?\| (yes)? ?\|", DOCUMENT, re.MULTILINE)
    told = {role: tuple(name for name, *does in rows if does[number]) for number, role in enumerate(ROLES)}
    assert told == OWN_NAMES
    (named,) = re.findall(r"with a `kind`: (.*) \|$", DOCUMENT, re.MULTILINE)
    assert {*re.findall(r"`([\w-]+)`", named), "openai-realtime"} == set(kinds())


def test_its_numbers_and_words_are_those_of_the_code() -> None:
    assert MOST_KEPT_BYTES == 2 * 60 * 16_000
    assert f"waited for more than {LONG_SECS:g} s" in TEXT
    assert f'hears "{Sentences().one_moment}"' in TEXT
    assert f"then {IDLE_SECS:g} s of silence" in TEXT
    assert f"After {MOST_FAILURES} failures in a row" in TEXT
    *first, last = PAUSES_SECS
    assert f"after {', '.join(f'{secs:g}' for secs in first[:-1])} and {first[-1]:g} s, then every minute" in TEXT
    assert last == 60
    assert f'the word "{SAMPLE_TEXT}", "{SAMPLE_CHAT.messages[0]["content"]}"' in TEXT


def test_the_readme_says_where_it_is() -> None:
    assert "](docs/engines.md)" in read("README.md")

"""The unit and the example settings are true: what they say is what the appliance does."""

import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from appliance.settings import Settings, load_settings
from tests.house.checkout import ROOT, read

EXAMPLE = "systemd/appliance.toml"
OURS = {"data_dir": Path("/var/lib/appliance"), "dialplans.path": Path("/etc/appliance/dialplans")}


def leaves(model: BaseModel, above: str = "") -> Iterator[tuple[str, Any]]:
    """Every setting by its dotted name, with its value."""
    for name in type(model).model_fields:
        value = getattr(model, name)
        sections = {name: value} if isinstance(value, BaseModel) else {}
        if name != "engines" and isinstance(value, dict) and all(isinstance(one, BaseModel) for one in value.values()):
            sections = {f"{name}.{key}": section for key, section in value.items()}
        for section, content in sections.items():
            yield from leaves(content, f"{above}{section}.")
        if not sections:
            yield f"{above}{name}", value


DEFAULTS = dict(leaves(Settings()))
SECRETS = {
    f"{section}.{name}"
    for section, model in Settings()
    if isinstance(model, BaseModel)
    for name, field in type(model).model_fields.items()
    if SecretStr.__name__ in str(field.annotation)
}
NAMED = {"secrets"}
"""Secrets whose names are the operator's own."""


def shown() -> dict[str, bool]:
    """The settings in the example by dotted name, and whether a value follows "for example"."""
    section, found, before = "", {}, ""
    for line in read(EXAMPLE).splitlines():
        if header := re.fullmatch(r"\[([\w.]+)\]", line):
            section = f"{header[1]}."
        elif key := re.match(r"(?:# )?([a-z_]+) = ", line):
            found["engines" if section == "engines." else f"{section}{key[1]}"] = before.endswith("For example:")
        before = line
    return found


def uncommented(tmp_path: Path) -> Path:
    file = tmp_path / "appliance.toml"
    file.write_text(re.sub(r"^# (?=[a-z_]+ = )", "", read(EXAMPLE), flags=re.MULTILINE), encoding="utf-8")
    return file


def test_the_example_settings_show_every_setting_but_secrets() -> None:
    assert set(shown()) == set(DEFAULTS) - SECRETS - NAMED
    assert [name for name in SECRETS | NAMED if name not in read(EXAMPLE)] == []


def test_the_example_settings_load_as_they_are_and_change_only_directories() -> None:
    settings = dict(leaves(load_settings(ROOT / EXAMPLE, {})))
    assert {name: value for name, value in settings.items() if value != DEFAULTS[name]} == OURS


def test_the_values_commented_out_are_the_defaults_or_valid_examples(tmp_path: Path) -> None:
    settings = dict(leaves(load_settings(uncommented(tmp_path), {})))
    changed = {name for name, value in settings.items() if value != DEFAULTS[name]}
    assert changed == {name for name, is_example in shown().items() if is_example} | set(OURS)


def unit() -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for line in read("systemd/appliance.service").splitlines():
        if line and line[0] not in "#[":
            name, _, value = line.partition("=")
            values.setdefault(name, []).append(value)
    return values


def test_the_unit_gives_a_drain_the_time_it_may_take() -> None:
    (limit,) = unit()["TimeoutStopSec"]
    assert int(limit) >= DEFAULTS["server.drain_secs"] + 30


def test_the_unit_starts_what_there_is_with_the_settings_that_are_shown() -> None:
    assert unit()["ExecStart"] == ["/opt/appliance/.venv/bin/appliance serve --config /etc/appliance/appliance.toml"]
    assert (unit()["Type"], unit()["NotifyAccess"]) == (["notify"], ["main"])
    assert unit()["StateDirectory"] == [OURS["data_dir"].name]


def test_the_unit_hands_over_every_secret_as_a_credential() -> None:
    assert set(unit()["LoadCredential"]) == SECRETS


def test_the_unit_does_not_try_again_when_settings_are_refused() -> None:
    assert unit()["RestartPreventExitStatus"] == ["78 2"]


def test_the_user_of_the_unit_is_made() -> None:
    made = re.search(r"^u (\w+) ", read("systemd/appliance.sysusers"), re.MULTILINE)
    assert made is not None
    assert unit()["User"] == unit()["Group"] == [made[1]]


@pytest.mark.needs("systemd-analyze")
def test_systemd_finds_nothing_wrong_with_the_unit(program: Callable[[str], Path], tmp_path: Path) -> None:
    """Only the program, which is not installed here, is replaced."""
    file = tmp_path / "appliance.service"
    file.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", read("systemd/appliance.service"), flags=re.M))
    command = [str(program("systemd-analyze")), "verify", "--man=no", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert [line for line in done.stderr.splitlines() if "appliance" in line] == []
    assert done.returncode == 0, done.stderr

"""[roles.NAME]: what is built in, what the settings change, and how mistakes are explained."""

from pathlib import Path
from typing import Any

import pytest

from appliance.errors import SettingsError
from appliance.settings import RoleSettings, Settings, load_settings
from appliance.settings.roles import MESSAGES


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "appliance.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_four_roles_are_built_in_from_the_one_that_looks_to_the_one_that_may_all() -> None:
    looks = {
        "messages": ("client-ready", "describe-config", "get-config", "describe-actions", "client-message"),
        "actions": (),
        "services": (),
        "report_level": "name",
        "sees": (),
        "dialplans": ("*",),
    }
    takes_part = {
        "messages": MESSAGES,
        "actions": ("*",),
        "services": ("*",),
        "report_level": "full",
        "sees": ("numbers", "sensitive", "audit", "recordings"),
        "dialplans": ("*",),
    }
    assert {name: role.model_dump() for name, role in Settings().roles.items()} == {
        "viewer": looks,
        "coach": looks | {"actions": ("dialogue:append",)},
        "supervisor": takes_part,
        "admin": takes_part | {"messages": ("*",)},
    }


def test_a_built_in_role_keeps_what_the_settings_do_not_name(tmp_path: Path) -> None:
    roles = load_settings(written(tmp_path, '[roles.coach]\nsees = "numbers"\n'), {}).roles
    built_in = Settings().roles
    assert roles == built_in | {"coach": built_in["coach"].model_copy(update={"sees": ("numbers",)})}


def test_a_new_role_is_a_viewer_but_for_what_it_says(tmp_path: Path) -> None:
    text = '[roles.night-desk]\nactions = ["call:*"]\ndialplans = ["tag:night", "Harper and Sons, reception"]\n'
    roles = load_settings(written(tmp_path, text), {}).roles
    assert list(roles) == ["viewer", "coach", "supervisor", "admin", "night-desk"]
    assert roles["night-desk"] == RoleSettings(
        actions=("call:*",), dialplans=("tag:night", "Harper and Sons, reception")
    )


def test_the_environment_changes_single_keys_of_roles_and_writes_lists_as_the_file_does(tmp_path: Path) -> None:
    file = written(tmp_path, '[roles.coach]\nreport_level = "none"\nservices = ["vad"]\n')
    environ = {
        "APPLIANCE__ROLES__COACH__REPORT_LEVEL": "full",
        "APPLIANCE__ROLES__COACH__SEES": '["numbers", "sensitive"]',
        "APPLIANCE__ROLES__NIGHT__DIALPLANS": "Harper and Sons, reception",
        "APPLIANCE__ROLES__NIGHT__MESSAGES": "[]",
    }
    roles = load_settings(file, environ).roles
    assert roles["coach"] == RoleSettings(
        actions=("dialogue:append",), services=("vad",), report_level="full", sees=("numbers", "sensitive")
    )
    assert roles["night"] == RoleSettings(messages=(), dialplans=("Harper and Sons, reception",))


MISTAKES = {
    '[roles.x]\nmessages = ["send-txt"]\n': "2: roles.x.messages: unknown message type 'send-txt', did you mean "
    "'send-text'?",
    '[roles.x]\nmessages = ["action"]\n': "2: roles.x.messages: 'action' is permitted by what 'actions' lists, "
    "expected it there",
    '[roles.x]\nmessages = ["update-config"]\n': "2: roles.x.messages: 'update-config' is permitted by what "
    "'services' lists, expected it there",
    '[roles.x]\nmessages = ["*", 5]\n': "2: roles.x.messages.1: 5, expected text",
    "[roles.x]\nmessages = true\n": "2: roles.x.messages: true, expected a list",
    '[roles.x]\nactions = ["hangup"]\n': "2: roles.x.actions: 'hangup', expected service:action, service:* or *",
    '[roles.x]\nactions = ["*:hangup"]\n': "2: roles.x.actions: '*:hangup', expected service:action, service:* or *",
    '[roles.x]\nreport_level = "all"\n': "2: roles.x.report_level: 'all', expected 'disabled', 'none', 'name' or "
    "'full'",
    '[roles.x]\nsees = ["number"]\n': "2: roles.x.sees: unknown sight 'number', did you mean 'numbers'?",
    '[roles.x]\nsees = ["all"]\n': "2: roles.x.sees: unknown sight 'all', expected one of numbers, sensitive, audit, "
    "recordings",
    "[roles.x]\ndialplan = []\n": "2: roles.x.dialplan: unknown key 'dialplan', did you mean 'dialplans'?",
    "[roles]\nx = 5\n": "2: roles.x: 5, expected keys with values",
    "roles = 5\n": "1: roles: 5, expected keys with values",
    "[roles.Chef]\n": "1: roles.Chef: 'Chef', expected a name of a-z, 0-9, _ and - that begins with a letter",
}


@pytest.mark.parametrize(("text", "said"), MISTAKES.items())
def test_a_mistake_in_a_role_is_one_sentence_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    file = written(tmp_path, text)
    with pytest.raises(SettingsError) as refused:
        load_settings(file, {})
    assert str(refused.value) == f"{file}:{said}"


@pytest.mark.parametrize("value", ['["numbers"', "[numbers]"])
def test_a_list_in_the_environment_that_is_none_is_explained(tmp_path: Path, value: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings(written(tmp_path, ""), {"APPLIANCE__ROLES__COACH__SEES": value})
    place = "environment APPLIANCE__ROLES__COACH__SEES: roles.coach.sees"
    assert str(refused.value) == f'{place}: {value!r}, expected a list such as ["one", "two"]'


@pytest.mark.parametrize("action", ["*", "call:*", "call:hangup"])
def test_each_form_of_an_action_is_understood(action: str) -> None:
    role: Any = {"actions": [action]}
    assert RoleSettings.model_validate(role).actions == (action,)

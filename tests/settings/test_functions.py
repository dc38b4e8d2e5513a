"""[functions] and [secrets]."""

from pathlib import Path

import pytest

from appliance.errors import SettingsError
from appliance.settings import Settings, load_settings


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "appliance.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_functions_reach_nothing_within_unless_it_is_allowed(tmp_path: Path) -> None:
    assert Settings().functions.allow == ()
    file = written(tmp_path, '[functions]\nallow = ["127.0.0.1", "10.1.0.0/16", "fd00::/8", "CRM.inside"]\n')
    assert load_settings(file, {}).functions.allow == ("127.0.0.1/32", "10.1.0.0/16", "fd00::/8", "crm.inside")
    environ = {"APPLIANCE__FUNCTIONS__ALLOW": "crm"}
    assert load_settings(None, environ).functions.allow == ("crm",)


@pytest.mark.parametrize("place", ["10.1.0.1/16", "10.1.0", "http://crm", "crm/24", "*.inside", "", "a b"])
def test_what_is_no_place_is_refused(tmp_path: Path, place: str) -> None:
    file = written(tmp_path, f'[functions]\nallow = ["{place}"]\n')
    with pytest.raises(SettingsError) as refused:
        load_settings(file, {})
    what = f"{place!r}, expected an address, a network such as 10.1.0.0/16, or a host's name"
    assert str(refused.value) == f"{file}:2: functions.allow.0: {what}"


def test_secrets_come_from_file_environment_and_credentials_and_are_shown_nowhere(tmp_path: Path) -> None:
    file = written(tmp_path, '[secrets]\ncrm_key = "from the file"\n')
    (tmp_path / "secrets.sms_key").write_text("from systemd\n")
    environ = {"APPLIANCE__SECRETS__SHOP": "from outside", "CREDENTIALS_DIRECTORY": str(tmp_path)}
    settings = load_settings(file, environ)
    assert {name: secret.get_secret_value() for name, secret in settings.secrets.items()} == {
        "crm_key": "from the file",
        "sms_key": "from systemd",
        "shop": "from outside",
    }
    assert "from" not in repr(settings.secrets)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("crm_key = 4711", "secrets.crm_key: not shown, expected text"),
        ('Key = "hush hush"', "secrets.Key: expected another value"),
    ],
)
def test_a_secret_that_is_refused_is_not_shown(tmp_path: Path, line: str, said: str) -> None:
    file = written(tmp_path, f"[secrets]\n{line}\n")
    with pytest.raises(SettingsError) as refused:
        load_settings(file, {})
    assert str(refused.value) == f"{file}:2: {said}"

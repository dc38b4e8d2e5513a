"""`appliance token`: a secret is shown once; what it opens can be closed again."""

import re
from pathlib import Path

import pytest

from appliance.cli import main
from appliance.cli.token import base_url
from appliance.clock import wall
from appliance.settings import ServerSettings, Settings
from appliance.supervision.credentials import Credentials


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("APPLIANCE__DATA_DIR", str(tmp_path))
    return tmp_path


def test_a_new_token_is_printed_once_and_lets_its_holder_in(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["token", "add", "anna", "--role", "coach", "--expires", "30d"]) == 0
    told = capsys.readouterr()
    assert told.err == "This is anna's token, with the role coach. It is not shown again.\n"
    found = Credentials(data_dir, wall).find("token", told.out.strip())
    assert found is not None
    assert (found.name, found.role) == ("anna", "coach")
    assert found.expires == found.created + 30 * 86400
    assert main(["token", "list"]) == 0
    listed = capsys.readouterr().out
    assert re.fullmatch(r"anna  coach       since \d{4}-\d\d-\d\d  until \d{4}-\d\d-\d\d \d\d:\d\d UTC\n", listed)


def test_a_name_has_one_token(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["token", "add", "anna", "--role", "viewer"]) == 0
    capsys.readouterr()
    assert main(["token", "add", "anna", "--role", "viewer"]) == 1
    expected = "anna has a token: expected another name, or `appliance token revoke` first\n"
    assert capsys.readouterr() == ("", expected)


def test_a_revoked_token_opens_nothing(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["token", "add", "anna", "--role", "viewer"])
    token = capsys.readouterr().out.strip()
    assert main(["token", "revoke", "anna"]) == 0
    assert capsys.readouterr().out == "anna is shut out: open connections are closed within seconds.\n"
    assert Credentials(data_dir, wall).find("token", token) is None
    assert main(["token", "revoke", "anna"]) == 1
    assert capsys.readouterr().err == "anna has no token here\n"
    assert main(["token", "list"]) == 0
    expected = "There is no token. `appliance token add NAME --role viewer` makes one.\n"
    assert capsys.readouterr() == ("", expected)


@pytest.mark.parametrize(
    ("more", "role"), [([], "viewer"), (["--role", "admin"], "admin")], ids=["no token", "role given"]
)
def test_a_link_signs_in_once(data_dir: Path, capsys: pytest.CaptureFixture[str], more: list[str], role: str) -> None:
    assert main(["token", "link", "anna", *more]) == 0
    address, _, code = capsys.readouterr().out.strip().partition("?code=")
    assert address == "http://127.0.0.1:8080/sign-in"
    credentials = Credentials(data_dir, wall)
    session = credentials.redeem(code, "session", 60)
    assert session is not None
    found = credentials.find("session", session)
    assert found is not None
    assert (found.name, found.role) == ("anna", role)


def test_a_link_has_the_role_of_its_holders_token(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["token", "add", "anna", "--role", "supervisor"])
    capsys.readouterr()
    main(["token", "link", "anna"])
    credentials = Credentials(data_dir, wall)
    session = credentials.redeem(capsys.readouterr().out.strip().partition("?code=")[2], "session", 60)
    assert session is not None
    found = credentials.find("session", session)
    assert found is not None
    assert found.role == "supervisor"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["add", "anna"], "the following arguments are required: --role"),
        (["add", "a b", "--role", "viewer"], "argument NAME: 'a b', expected letters, digits or . @ _ - (at most 64)"),
        (
            ["add", "anna", "--role", "viewer", "--expires", "soon"],
            "argument --expires: 'soon', expected a number and m, h, d or w, such as 12h or 30d",
        ),
    ],
)
def test_bad_arguments_are_refused(arguments: list[str], error: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["token", *arguments])
    assert ended.value.code == 2
    assert capsys.readouterr().err.splitlines()[-1] == f"appliance token add: error: {error}"


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        (ServerSettings(), "http://127.0.0.1:8080"),
        (ServerSettings(host="0.0.0.0", port=81), "http://127.0.0.1:81"),
        (ServerSettings(host="::1"), "http://[::1]:8080"),
        (ServerSettings(host="voice.local"), "http://voice.local:8080"),
        (ServerSettings(public_base_url="https://voice.example.com/"), "https://voice.example.com"),
    ],
)
def test_links_lead_where_a_browser_finds_the_appliance(server: ServerSettings, expected: str) -> None:
    assert base_url(Settings(server=server)) == expected

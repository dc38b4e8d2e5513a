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
    dialplans = tmp_path / "dialplans"
    dialplans.mkdir()
    text = 'name: Harper and Sons, reception\nnumbers: "+15555550100"\nsteps: {end: {hang_up: Bye.}}\n'
    (dialplans / "reception.yaml").write_text(text)
    monkeypatch.setenv("APPLIANCE__DATA_DIR", str(tmp_path))
    monkeypatch.setenv("APPLIANCE__DIALPLANS__PATH", str(dialplans))
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
    times = r"since \d{4}-\d\d-\d\d  until \d{4}-\d\d-\d\d \d\d:\d\d UTC"
    assert re.fullmatch(rf"anna  coach  {times}  for all dialplans\n", listed)


def test_a_token_may_be_for_some_dialplans_until_some_time(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    more = ["--dialplan", "Harper and Sons, reception", "--dialplan", "tag:x", "--expires", "2999-12-31T18:30"]
    assert main(["token", "add", "ben", "--role", "viewer", *more]) == 0
    told = capsys.readouterr()
    found = Credentials(data_dir, wall).find("token", told.out.strip())
    assert found is not None
    assert found.dialplans == ("Harper and Sons, reception", "tag:x")
    assert told.err.splitlines() == [
        "This is ben's token, with the role viewer. It is not shown again.",
        "Warning: unknown dialplan 'tag:x', expected one of Harper and Sons, reception",
    ]
    main(["token", "list"])
    listed = capsys.readouterr().out
    assert listed.partition("until ")[2] == "2999-12-31 18:30 UTC  for Harper and Sons, reception; tag:x\n"


def test_a_role_is_one_of_the_settings(
    data_dir: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APPLIANCE__ROLES__NIGHT__DIALPLANS", '["Sales", "tag:x"]')
    for action in ("add", "link"):
        assert main(["token", action, "anna", "--role", "chef"]) == 2
        expected = "there is no role 'chef', expected one of viewer, coach, supervisor, admin, night\n"
        assert capsys.readouterr() == ("", expected)
    assert main(["token", "add", "anna", "--role", "night"]) == 0
    capsys.readouterr()
    main(["token", "list"])
    assert capsys.readouterr().out.endswith("until revoked  for Sales; tag:x\n")
    monkeypatch.delenv("APPLIANCE__ROLES__NIGHT__DIALPLANS")
    main(["token", "list"])
    assert capsys.readouterr().out.endswith("until revoked  opens nothing: there is no such role any more\n")


@pytest.mark.parametrize(
    ("when", "until"),
    [
        ("2999-12-31", "3000-01-01 00:00 UTC"),
        ("2999-12-31T18:00", "2999-12-31 18:00 UTC"),
        ("2999-12-31T18:00:30Z", "2999-12-31 18:00 UTC"),
        ("2999-12-31T18:00+02:00", "2999-12-31 16:00 UTC"),
    ],
)
def test_a_token_expires_at_the_end_of_a_day_or_at_a_time(
    when: str, until: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["token", "add", "anna", "--role", "viewer", "--expires", when]) == 0
    capsys.readouterr()
    main(["token", "list"])
    assert f"  until {until}  " in capsys.readouterr().out


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
    main(["token", "add", "anna", "--role", "supervisor", "--dialplan", "Sales"])
    capsys.readouterr()
    main(["token", "link", "anna"])
    credentials = Credentials(data_dir, wall)
    session = credentials.redeem(capsys.readouterr().out.strip().partition("?code=")[2], "session", 60)
    assert session is not None
    found = credentials.find("session", session)
    assert found is not None
    assert (found.role, found.dialplans) == ("supervisor", ("Sales",))


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["add", "anna"], "the following arguments are required: --role"),
        (["add", "a b", "--role", "viewer"], "argument NAME: 'a b', expected letters, digits or . @ _ - (at most 64)"),
        (
            ["add", "anna", "--role", "viewer", "--expires", "2001-01-31"],
            "argument --expires: '2001-01-31' is over, expected a time to come",
        ),
        *(
            (
                ["add", "anna", "--role", "viewer", "--expires", when],
                f"argument --expires: {when!r}, expected a span such as 12h or 30d, the end of a day such as "
                "2027-01-31, or a time such as 2027-01-31T18:00",
            )
            for when in ("soon", "0d", "12", "2999-02-30", "9999-12-31", "2999-W01-1", "20991231", "2999-12-31Tnoon")
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

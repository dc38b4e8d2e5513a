"""Tokens, codes and sessions: only their digests are kept, and what the command line changes counts at once."""

import json
import os
from pathlib import Path

import pytest

from appliance.clock import ManualClock
from appliance.errors import StartError
from appliance.supervision.credentials import MAX_KEPT, Credential, Credentials


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1000.0)


@pytest.fixture
def credentials(tmp_path: Path, clock: ManualClock) -> Credentials:
    return Credentials(tmp_path / "data", clock)


def test_a_token_is_found_by_its_secret_and_only_by_it(credentials: Credentials) -> None:
    secret = credentials.add("token", "anna", "supervisor", None)
    found = credentials.find("token", secret)
    assert found is not None
    assert (found.kind, found.name, found.role, found.created, found.expires) == (
        "token",
        "anna",
        "supervisor",
        1000.0,
        None,
    )
    wrong = [secret[:-1], secret + "x", "", "ü", "\udc80", found.digest]
    assert [credentials.find("token", each) for each in wrong] == [None] * len(wrong)
    assert credentials.find("session", secret) is None
    assert credentials.find("code", secret) is None


def test_the_file_holds_no_secret_and_is_nobody_elses_to_read(credentials: Credentials) -> None:
    secret = credentials.add("token", "anna", "viewer", None)
    assert secret not in credentials.path.read_text()
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in credentials.path.parent.iterdir()}
    assert modes == {"tokens.json": "0o600", "tokens.lock": "0o600"}


def test_what_another_process_changes_counts_at_once(credentials: Credentials, clock: ManualClock) -> None:
    other = Credentials(credentials.path.parent, clock)
    secret = other.add("token", "anna", "viewer", None)
    found = credentials.find("token", secret)
    assert found is not None
    assert credentials.holds(found)
    assert other.revoke("anna") == 1
    assert not credentials.holds(found)
    assert credentials.find("token", secret) is None


def test_two_processes_that_write_in_turn_lose_nothing(credentials: Credentials, clock: ManualClock) -> None:
    other = Credentials(credentials.path.parent, clock)
    secrets = [
        (each, each.add("token", str(number), "viewer", None)) for number, each in enumerate([credentials, other] * 3)
    ]
    assert all(each.find("token", secret) for _, secret in secrets for each in (credentials, other))


def test_what_has_expired_is_good_for_nothing(credentials: Credentials, clock: ManualClock) -> None:
    secret = credentials.add("token", "anna", "viewer", 60)
    found = credentials.find("token", secret)
    assert found is not None
    clock.advance(59.9)
    assert credentials.holds(found)
    clock.advance(0.1)
    assert credentials.find("token", secret) is None
    assert not credentials.holds(found)
    assert [token.name for token in credentials.tokens()] == ["anna"]


def test_a_code_can_be_traded_once_and_in_time(credentials: Credentials, clock: ManualClock) -> None:
    code = credentials.add("code", "anna", "admin", 600)
    late = credentials.add("code", "anna", "admin", 600)
    session = credentials.redeem(code, "session", 3600)
    assert session is not None
    found = credentials.find("session", session)
    assert found is not None
    assert (found.kind, found.name, found.role, found.expires) == ("session", "anna", "admin", 4600.0)
    assert credentials.redeem(code, "session", 3600) is None
    clock.advance(600)
    assert credentials.redeem(late, "session", 3600) is None
    assert credentials.redeem(session, "session", 3600) is None


def test_revoking_a_name_ends_its_sessions_and_links_too(credentials: Credentials) -> None:
    token = credentials.add("token", "anna", "viewer", None)
    code = credentials.add("code", "anna", "viewer", 600)
    session = credentials.add("session", "anna", "viewer", 600)
    other = credentials.add("token", "ben", "viewer", None)
    assert credentials.revoke("anna") == 1
    assert credentials.revoke("anna") == 0
    assert credentials.find("token", token) is None
    assert credentials.find("session", session) is None
    assert credentials.redeem(code, "session", 600) is None
    assert credentials.find("token", other) is not None


def test_a_new_token_replaces_the_one_of_the_same_name(credentials: Credentials) -> None:
    old = credentials.add("token", "anna", "viewer", None)
    new = credentials.add("token", "anna", "coach", None)
    assert credentials.find("token", old) is None
    assert [(token.name, token.role) for token in credentials.tokens()] == [("anna", "coach")]
    assert credentials.find("token", new) is not None


def test_sessions_and_codes_are_bounded_and_tokens_are_never_dropped(tmp_path: Path, clock: ManualClock) -> None:
    credentials = Credentials(tmp_path, clock)
    token = credentials.add("token", "anna", "viewer", None)
    sessions = [Credential("session", "ben", "viewer", f"{number:064}", 0.0, 9e9) for number in range(MAX_KEPT)]
    content = json.loads(credentials.path.read_text())
    content["credentials"] += [
        {"kind": one.kind, "name": one.name, "role": one.role, "digest": one.digest, "created": 0, "expires": 9e9}
        for one in sessions
    ]
    credentials.path.write_text(json.dumps(content))
    newest = credentials.add("session", "cleo", "viewer", 600)
    assert credentials.find("session", newest) is not None
    assert credentials.find("token", token) is not None
    assert not credentials.holds(sessions[0])
    assert credentials.holds(sessions[1])


def test_a_file_broken_from_outside_leaves_those_known_before_in_force(
    credentials: Credentials, caplog: pytest.LogCaptureFixture
) -> None:
    secret = credentials.add("token", "anna", "viewer", None)
    assert credentials.find("token", secret) is not None
    credentials.path.write_text("{")
    assert credentials.find("token", secret) is not None
    assert credentials.find("token", secret) is not None
    expected = f"{credentials.path}: Input data was truncated, expected a file written by this appliance"
    assert caplog.messages == [f"The credentials cannot be read, those known before stay in force: {expected}"]
    with pytest.raises(StartError) as refused:
        credentials.add("token", "ben", "viewer", None)
    assert str(refused.value) == expected


def test_a_directory_that_cannot_be_written_is_a_clear_error(tmp_path: Path, clock: ManualClock) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StartError) as refused:
        Credentials(tmp_path / "file", clock).add("token", "anna", "viewer", None)
    expected = f"{tmp_path / 'file' / 'tokens.json'}: {os.strerror(17)}, expected a file that can be written"
    assert str(refused.value) == expected

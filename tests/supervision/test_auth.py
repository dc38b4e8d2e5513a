"""Who is let in, who is not, and with which answer."""

from pathlib import Path

import pytest
from starlette.requests import HTTPConnection

from appliance.clock import ManualClock
from appliance.settings import Settings
from appliance.supervision.auth import (
    BAD_CREDENTIAL,
    COOKIE,
    FOREIGN_ORIGIN,
    NOT_SIGNED_IN,
    TOO_MANY_FAILURES,
    Admitted,
    Auth,
    Refusal,
)
from appliance.supervision.credentials import Credentials
from appliance.supervision.roles import Role, roles_of

ROLES = roles_of(Settings().roles)


@pytest.fixture
def auth(tmp_path: Path) -> Auth:
    clock = ManualClock(1000.0)
    return Auth(Credentials(tmp_path, clock), ROLES, clock)


def connection(query: str = "", kind: str = "websocket", client: str = "10.0.0.1", **headers: str) -> HTTPConnection:
    known = {"host": "voice.example.com:8443"} | headers
    scope = {
        "type": kind,
        "path": "/rtvi",
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in known.items()],
        "client": (client, 40000),
    }
    return HTTPConnection(scope)


def admitted(auth: Auth, asked: HTTPConnection) -> str | Refusal:
    found = auth.admit(asked)
    return found.credential.name if isinstance(found, Admitted) else found


def role_of(auth: Auth, token: str) -> Role | Refusal:
    found = auth.admit(connection(f"token={token}"))
    return found.role if isinstance(found, Admitted) else found


def test_a_token_may_come_as_bearer_or_in_the_query(auth: Auth) -> None:
    token = auth.credentials.add("token", "anna", "viewer", None)
    assert admitted(auth, connection(authorization=f"Bearer {token}")) == "anna"
    assert admitted(auth, connection(authorization=f"bearer  {token}")) == "anna"
    assert admitted(auth, connection(f"after=3&token={token}")) == "anna"
    assert admitted(auth, connection(f"token={token}", origin="https://elsewhere.example")) == "anna"
    assert admitted(auth, connection(f"token={token}", kind="http")) == "anna"


def test_without_or_with_a_wrong_credential_nobody_is_let_in(auth: Auth) -> None:
    token = auth.credentials.add("token", "anna", "viewer", None)
    code = auth.credentials.add("code", "anna", "viewer", 600)
    assert admitted(auth, connection()) == NOT_SIGNED_IN
    assert admitted(auth, connection("token=")) == NOT_SIGNED_IN
    assert admitted(auth, connection(authorization=f"Basic {token}")) == NOT_SIGNED_IN
    assert admitted(auth, connection(f"token={token}x")) == BAD_CREDENTIAL
    assert admitted(auth, connection(f"token={code}")) == BAD_CREDENTIAL
    assert admitted(auth, connection(cookie=f"{COOKIE}={token}")) == BAD_CREDENTIAL


@pytest.mark.parametrize(
    ("origin", "is_let_in"),
    [
        ("https://voice.example.com:8443", True),
        ("https://VOICE.example.com:8443", True),
        ("https://voice.example.com", False),
        ("https://voice.example.com.evil.example:8443", False),
        ("null", False),
        ("", False),
        (None, False),
    ],
)
def test_a_session_opens_sockets_only_for_pages_of_the_same_origin(
    auth: Auth, origin: str | None, is_let_in: bool
) -> None:
    session = auth.credentials.add("session", "anna", "viewer", 600)
    headers = {"cookie": f"{COOKIE}={session}"} | ({} if origin is None else {"origin": origin})
    assert admitted(auth, connection(**headers)) == ("anna" if is_let_in else FOREIGN_ORIGIN)
    assert admitted(auth, connection(kind="http", **headers)) == "anna"


def test_an_address_that_keeps_failing_is_not_listened_to(auth: Auth) -> None:
    token = auth.credentials.add("token", "anna", "viewer", None)
    for _ in range(10):
        assert admitted(auth, connection("token=guess")) == BAD_CREDENTIAL
    assert admitted(auth, connection(f"token={token}")) == TOO_MANY_FAILURES
    assert auth.sign_in(connection(), auth.sign_in_code("anna", "viewer")) == TOO_MANY_FAILURES
    assert admitted(auth, connection(f"token={token}", client="10.0.0.2")) == "anna"


def test_asking_without_any_credential_is_no_guess(auth: Auth) -> None:
    token = auth.credentials.add("token", "anna", "viewer", None)
    for _ in range(50):
        assert admitted(auth, connection()) == NOT_SIGNED_IN
    assert admitted(auth, connection(f"token={token}")) == "anna"


def test_whoever_is_let_in_has_the_role_of_the_token_for_the_tokens_dialplans(auth: Auth) -> None:
    token = auth.credentials.add("token", "anna", "coach", None)
    assert role_of(auth, token) == ROLES["coach"]
    narrow = auth.credentials.add("token", "ben", "coach", None, ["Sales", "tag:x"])
    assert role_of(auth, narrow) == ROLES["coach"].narrowed(["Sales", "tag:x"])


def test_a_session_is_for_the_same_dialplans_as_the_link_it_came_from(auth: Auth) -> None:
    code = auth.credentials.add("code", "anna", "admin", 600, ["Sales"])
    session = auth.sign_in(connection(), code)
    admitted = auth.admit(connection(kind="http", cookie=f"{COOKIE}={session}"))
    assert isinstance(admitted, Admitted)
    assert admitted.role == ROLES["admin"].narrowed(["Sales"])


def test_a_token_whose_role_is_gone_lets_nobody_in_and_is_reported_once(
    auth: Auth, caplog: pytest.LogCaptureFixture
) -> None:
    token = auth.credentials.add("token", "anna", "night", None)
    gone = Refusal(403, "There is no role 'night' any more: expected a token with one of the settings.")
    assert [role_of(auth, token) for _ in range(12)] == [gone] * 12
    assert caplog.messages == ["anna is refused: there is no role 'night' any more"]

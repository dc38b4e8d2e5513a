"""Who is let in, who is not, and with which answer."""

from pathlib import Path

import pytest
from starlette.requests import HTTPConnection

from appliance.clock import ManualClock
from appliance.supervision.auth import (
    BAD_CREDENTIAL,
    COOKIE,
    FOREIGN_ORIGIN,
    NOT_SIGNED_IN,
    TOO_MANY_FAILURES,
    Auth,
    Refusal,
)
from appliance.supervision.credentials import Credential, Credentials


@pytest.fixture
def auth(tmp_path: Path) -> Auth:
    clock = ManualClock(1000.0)
    return Auth(Credentials(tmp_path, clock), clock, clock)


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
    return found.name if isinstance(found, Credential) else found


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

"""Who may come in: a bearer token, ``?token=``, or the page's session cookie."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from appliance.clock import Clock
from appliance.supervision.attempts import Attempts
from appliance.supervision.credentials import CODE_SECS, SESSION_SECS, Credential, Credentials
from appliance.supervision.roles import Role

COOKIE = "appliance_session"

log = logging.getLogger(__name__)


@dataclass(slots=True, frozen=True)
class Refusal:
    """Why somebody is not let in: an HTTP status and one sentence."""

    status: int
    text: str


@dataclass(slots=True, frozen=True)
class Admitted:
    """Who is let in, and what they may see and do."""

    credential: Credential
    role: Role


NOT_SIGNED_IN = Refusal(401, "Not signed in: a token or the page's session is expected.")
BAD_CREDENTIAL = Refusal(401, "The token or session is unknown, revoked or expired.")
FOREIGN_ORIGIN = Refusal(403, "The page's session is good for the page's own address only.")
TOO_MANY_FAILURES = Refusal(429, "Too many failed attempts from this address: wait a minute.")
BAD_CODE = Refusal(401, "The sign-in link was used before or is older than 10 minutes.")


class Auth:
    """Checks credentials, and trades sign-in codes for sessions."""

    def __init__(self, credentials: Credentials, roles: Mapping[str, Role], clock: Clock) -> None:
        self.credentials = credentials
        self._roles = roles
        self._attempts = Attempts(clock)
        self._missing: set[tuple[str, str]] = set()
        """Holders whose role is gone, as they were reported."""

    def admit(self, connection: HTTPConnection) -> Admitted | Refusal:
        """Who a request or WebSocket handshake comes from, or why it is refused."""
        token = _token(connection)
        session = None if token else connection.cookies.get(COOKIE)
        if not token and not session:
            return NOT_SIGNED_IN
        address = _address(connection)
        if self._attempts.exhausted(address):
            return TOO_MANY_FAILURES
        found = self.credentials.find("token", token) if token else self.credentials.find("session", session or "")
        if found is None:
            self._attempts.failed(address)
            return BAD_CREDENTIAL
        if session and connection.scope["type"] == "websocket" and not _same_origin(connection):
            return FOREIGN_ORIGIN
        role = self._roles.get(found.role)
        return self._without_role(found) if role is None else Admitted(found, role.narrowed(found.dialplans))

    def good(self, credential: Credential) -> bool:
        """Whether a credential that let somebody in is still good."""
        return self.credentials.holds(credential)

    def sign_in_code(self, name: str, role: str) -> str:
        """A code for ``GET /sign-in?code=``: good once, for 10 minutes."""
        return self.credentials.add("code", name, role, CODE_SECS)

    def sign_in(self, connection: HTTPConnection, code: str) -> str | Refusal:
        """Trades a code for a session's secret, or says why not."""
        address = _address(connection)
        if self._attempts.exhausted(address):
            return TOO_MANY_FAILURES
        session = self.credentials.redeem(code, "session", SESSION_SECS)
        if session is None:
            self._attempts.failed(address)
            return BAD_CODE
        return session

    def _without_role(self, holder: Credential) -> Refusal:
        """The role was there when the credential was made: whoever took it away meant its holders, too."""
        if (holder.name, holder.role) not in self._missing:
            self._missing.add((holder.name, holder.role))
            log.warning("%s is refused: there is no role %r any more", holder.name, holder.role)
        return Refusal(403, f"There is no role {holder.role!r} any more: expected a token with one of the settings.")


def _token(connection: HTTPConnection) -> str | None:
    scheme, _, bearer = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return bearer.strip()
    return connection.query_params.get("token")


def _address(connection: HTTPConnection) -> str:
    return connection.client.host if connection.client else ""


def _same_origin(connection: HTTPConnection) -> bool:
    origin = urlsplit(connection.headers.get("origin", ""))
    return bool(origin.netloc) and origin.netloc.lower() == connection.headers.get("host", "").lower()

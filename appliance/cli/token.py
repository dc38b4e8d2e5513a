"""``appliance token``: who may watch. A token or link is printed once, and kept only as a digest."""

import argparse
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from appliance.cli.config import add_config, settings_of
from appliance.cli.coverage import strangers
from appliance.clock import wall
from appliance.dialplan import load_dialplans
from appliance.settings import Settings
from appliance.supervision.credentials import CODE_SECS, Credential, Credentials

EXIT_OK, EXIT_PROBLEMS, EXIT_USAGE = 0, 1, 2
UNITS = {"m": 60, "h": 3600, "d": 86400, "w": 604800}
WHEN = "a span such as 12h or 30d, the end of a day such as 2027-01-31, or a time such as 2027-01-31T18:00"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``add``, ``list``, ``revoke``, ``link``."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    add = actions.add_parser("add", help="make a token, and print it this once")
    add.add_argument("name", metavar="NAME", type=_name, help="whose token it is")
    add.add_argument("--role", required=True, help="what its holder may see and do: a role of the settings")
    add.add_argument("--expires", metavar="WHEN", type=_secs, help=f"until when it is good: {WHEN} (both UTC)")
    show = actions.add_parser("list", help="show whose tokens there are")
    revoke = actions.add_parser("revoke", help="take a token away, and its holder's sessions on the page")
    revoke.add_argument("name", metavar="NAME", type=_name)
    link = actions.add_parser("link", help="print a link that signs a browser in, once")
    link.add_argument("name", metavar="NAME", type=_name, help="whose session it will be")
    link.add_argument("--role", help="what its holder may see and do (as the token of that name, or viewer)")
    for action in (add, link):
        action.add_argument(
            "--dialplan", dest="dialplans", metavar="D", action="append", default=[], help="only calls of this one, "
            "a name or tag:x; may be repeated (all that the role covers)"
        )  # fmt: skip
    for action in (add, show, revoke, link):
        add_config(action)


def run(arguments: argparse.Namespace) -> int:
    """Does what was asked for; 1 when there is no such token, or already one of that name; 2 for an unknown role."""
    settings = settings_of(arguments)
    role = getattr(arguments, "role", None)
    if role is not None and role not in settings.roles:
        print(f"there is no role {role!r}, expected one of {', '.join(settings.roles)}", file=sys.stderr)
        return EXIT_USAGE
    return ACTIONS[arguments.action](arguments, Credentials(settings.data_dir, wall), settings)


def _add(arguments: argparse.Namespace, credentials: Credentials, settings: Settings) -> int:
    if any(token.name == arguments.name and token.good(wall()) for token in credentials.tokens()):
        print(
            f"{arguments.name} has a token: expected another name, or `appliance token revoke` first", file=sys.stderr
        )
        return EXIT_PROBLEMS
    print(credentials.add("token", arguments.name, arguments.role, arguments.expires, arguments.dialplans))
    print(f"This is {arguments.name}'s token, with the role {arguments.role}. It is not shown again.", file=sys.stderr)
    _warn(arguments.dialplans, settings)
    return EXIT_OK


def _list(_: argparse.Namespace, credentials: Credentials, settings: Settings) -> int:
    tokens = credentials.tokens()
    width = max((len(token.name) for token in tokens), default=0)
    roles = max((len(token.role) for token in tokens), default=0)
    for token in tokens:
        times = f"since {_day(token.created)}  {_until(token.expires)}"
        print(f"{token.name:<{width}}  {token.role:<{roles}}  {times}  {_scope(token, settings)}")
    if not tokens:
        print("There is no token. `appliance token add NAME --role viewer` makes one.", file=sys.stderr)
    return EXIT_OK


def _revoke(arguments: argparse.Namespace, credentials: Credentials, _: Settings) -> int:
    gone = credentials.revoke(arguments.name)
    if gone == 0:
        print(f"{arguments.name} has no token here", file=sys.stderr)
        return EXIT_PROBLEMS
    print(f"{arguments.name} is shut out: open connections are closed within seconds.")
    return EXIT_OK


def _link(arguments: argparse.Namespace, credentials: Credentials, settings: Settings) -> int:
    token = next((token for token in credentials.tokens() if token.name == arguments.name), None)
    role = arguments.role or (token.role if token else "viewer")
    dialplans = arguments.dialplans or (token.dialplans if token else ())
    code = credentials.add("code", arguments.name, role, CODE_SECS, dialplans)
    _warn(arguments.dialplans, settings)
    print(f"{base_url(settings)}/sign-in?code={code}")
    print(f"This link signs {arguments.name} in once, for {CODE_SECS // 60} minutes.", file=sys.stderr)
    return EXIT_OK


def base_url(settings: Settings) -> str:
    """Where a browser finds the appliance."""
    server = settings.server
    if server.public_base_url is not None:
        return server.public_base_url
    host = "127.0.0.1" if server.host in ("0.0.0.0", "::") else server.host
    return f"http://{f'[{host}]' if _is_v6(host) else host}:{server.port}"


def _is_v6(host: str) -> bool:
    try:
        return ip_address(host).version == 6
    except ValueError:
        return False


def _name(text: str) -> str:
    if not re.fullmatch(r"[\w.@-]{1,64}", text):
        raise argparse.ArgumentTypeError(f"{text!r}, expected letters, digits or . @ _ - (at most 64)")
    return text


def _secs(text: str) -> float:
    """How long from now: a span, or what is left until a time."""
    found = re.fullmatch(r"([1-9][0-9]{0,5})([mhdw])", text)
    if found is not None:
        return float(int(found[1]) * UNITS[found[2]])
    try:
        at = _time(text)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"{text!r}, expected {WHEN}") from None
    secs = at.timestamp() - wall()
    if secs <= 0:
        raise argparse.ArgumentTypeError(f"{text!r} is over, expected a time to come")
    return secs


def _time(text: str) -> datetime:
    """A time in ISO 8601; a day's is its end. Without a zone it is UTC. Raises ValueError and OverflowError."""
    if not re.match(r"\d{4}-\d\d-\d\d(T|$)", text):
        raise ValueError(text)
    at = datetime.fromisoformat(text)
    at = at if "T" in text else at + timedelta(days=1)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _warn(dialplans: list[str], settings: Settings) -> None:
    """A dialplan that is not there may come; until then there are no calls of it."""
    if dialplans:
        for what in strangers(dialplans, load_dialplans(settings.dialplans.path).plans):
            print(f"Warning: {what}", file=sys.stderr)


def _scope(token: Credential, settings: Settings) -> str:
    """Which calls it opens."""
    role = settings.roles.get(token.role)
    if role is None:
        return "opens nothing: there is no such role any more"
    words = token.dialplans or role.dialplans
    return "for all dialplans" if "*" in words else f"for {'; '.join(words) or 'no dialplan'}"


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")


def _until(expires: float | None) -> str:
    if expires is None:
        return "until revoked"
    at = datetime.fromtimestamp(expires, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return f"expired {at}" if expires <= wall() else f"until {at}"


ACTIONS: dict[str, Callable[[argparse.Namespace, Credentials, Settings], int]] = {
    "add": _add,
    "list": _list,
    "revoke": _revoke,
    "link": _link,
}

"""``appliance token``: who may watch. A token or link is printed once, and kept only as a digest."""

import argparse
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import ip_address

from appliance.cli.config import add_config, settings_of
from appliance.clock import wall
from appliance.settings import Settings
from appliance.supervision.credentials import CODE_SECS, ROLES, Credentials, Role

EXIT_OK, EXIT_PROBLEMS = 0, 1
UNITS = {"m": 60, "h": 3600, "d": 86400, "w": 604800}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``add``, ``list``, ``revoke``, ``link``."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    add = actions.add_parser("add", help="make a token, and print it this once")
    add.add_argument("name", metavar="NAME", type=_name, help="whose token it is")
    add.add_argument("--role", required=True, choices=ROLES, help="what its holder may do")
    add.add_argument("--expires", metavar="TIME", type=_secs, help="how long it is good, such as 12h, 30d or 8w")
    show = actions.add_parser("list", help="show whose tokens there are")
    revoke = actions.add_parser("revoke", help="take a token away, and its holder's sessions on the page")
    revoke.add_argument("name", metavar="NAME", type=_name)
    link = actions.add_parser("link", help="print a link that signs a browser in, once")
    link.add_argument("name", metavar="NAME", type=_name, help="whose session it will be")
    link.add_argument("--role", choices=ROLES, help="what its holder may do (as the token of that name, or viewer)")
    for action in (add, show, revoke, link):
        add_config(action)


def run(arguments: argparse.Namespace) -> int:
    """Does what was asked for; 1 when there is no such token, or already one of that name."""
    settings = settings_of(arguments)
    return ACTIONS[arguments.action](arguments, Credentials(settings.data_dir, wall), settings)


def _add(arguments: argparse.Namespace, credentials: Credentials, _: Settings) -> int:
    if any(token.name == arguments.name and token.good(wall()) for token in credentials.tokens()):
        print(
            f"{arguments.name} has a token: expected another name, or `appliance token revoke` first", file=sys.stderr
        )
        return EXIT_PROBLEMS
    print(credentials.add("token", arguments.name, arguments.role, arguments.expires))
    print(f"This is {arguments.name}'s token, with the role {arguments.role}. It is not shown again.", file=sys.stderr)
    return EXIT_OK


def _list(_: argparse.Namespace, credentials: Credentials, __: Settings) -> int:
    tokens = credentials.tokens()
    width = max((len(token.name) for token in tokens), default=0)
    for token in tokens:
        print(f"{token.name:<{width}}  {token.role:<10}  since {_day(token.created)}  {_until(token.expires)}")
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
    roles: list[Role] = [token.role for token in credentials.tokens() if token.name == arguments.name]
    role: Role = arguments.role or (roles or ["viewer"])[0]
    code = credentials.add("code", arguments.name, role, CODE_SECS)
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
    found = re.fullmatch(r"([1-9][0-9]{0,5})([mhdw])", text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r}, expected a number and m, h, d or w, such as 12h or 30d")
    return float(int(found[1]) * UNITS[found[2]])


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

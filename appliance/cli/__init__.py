"""The command line: ``appliance COMMAND``.

A command is a module of this package with ``add_arguments(parser)`` and ``run(arguments) -> int``. It is imported
only when it is used, so that ``appliance route`` does not load what a call needs.
"""

import argparse
import importlib
import importlib.util
import os
import sys
from collections.abc import Sequence

from appliance import __version__
from appliance.errors import ApplianceError, DialplanError, SettingsError

COMMANDS = {
    "serve": "run the service",
    "call": "place a simulated call",
    "check": "find every problem in settings and dialplans",
    "route": "say which dialplan answers a number, and with what",
    "schema": "print the JSON Schema of dialplans, for editors",
    "watch": "show live calls, or one call's conversation",
    "token": "give supervisors access",
    "bench": "measure load and latencies",
    "speech": "run the embedded speech server",
}
"""Name and meaning, in the order in which ``--help`` lists them."""

EXIT_OK, EXIT_PROBLEMS, EXIT_USAGE, EXIT_START, EXIT_CALL, EXIT_SETTINGS = 0, 1, 2, 3, 4, 78
EXIT_INTERRUPTED = 130

_EXITS: tuple[tuple[type[ApplianceError], int], ...] = (
    (SettingsError, EXIT_SETTINGS),
    (DialplanError, EXIT_PROBLEMS),
    (ApplianceError, EXIT_START),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command named on the command line and returns its exit status."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    try:
        parsed = _parser(arguments).parse_args(arguments)
        status: int = importlib.import_module(f"{__name__}.{parsed.command}").run(parsed)
        sys.stdout.flush()
        return status
    except ApplianceError as error:
        print(f"appliance: {error}", file=sys.stderr)
        return next(status for kind, status in _EXITS if isinstance(error, kind))
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has seen enough; the interpreter must not complain when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_OK


def available() -> dict[str, str]:
    """The commands that this installation has, with their meanings."""
    return {name: what for name, what in COMMANDS.items() if importlib.util.find_spec(f"{__name__}.{name}")}


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    """Knows all commands by name, and the arguments of the one that is used."""
    parser = argparse.ArgumentParser(prog="appliance", description="A voice-bot appliance for the telephone.")
    parser.add_argument("--version", action="version", version=f"appliance {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    used = next((argument for argument in arguments if not argument.startswith("-")), None)
    for name, what in available().items():
        command = commands.add_parser(name, help=what, description=f"{what[:1].upper()}{what[1:]}.")
        if name == used:
            importlib.import_module(f"{__name__}.{name}").add_arguments(command)
    return parser

"""``appliance speech``: the embedded speech engines as a Wyoming server of their own."""

import argparse
import asyncio

from appliance.speech.local import process


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    process.add_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Serves until SIGTERM or Ctrl-C."""

    def announce(line: str) -> None:
        print(line, flush=True)

    asyncio.run(process.serve(arguments.host, arguments.port, arguments.ears, announce))
    return 0

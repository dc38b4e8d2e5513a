"""``appliance schema``: the JSON Schema of dialplans, for editors that complete and check YAML."""

import argparse
import json
from pathlib import Path

from appliance.dialplan.json_schema import json_schema
from appliance.dialplan.reference import with_reference


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A document that is to have the reference, if any."""
    parser.add_argument(
        "--into",
        type=Path,
        metavar="FILE",
        help="write every key with its meaning between the marks of a Markdown file",
    )
    parser.epilog = "A dialplan names it in its first line: # yaml-language-server: $schema=dialplan.schema.json"


def run(arguments: argparse.Namespace) -> int:
    """Prints the schema, or writes the reference."""
    if arguments.into is not None:
        arguments.into.write_text(with_reference(arguments.into.read_text(encoding="utf-8")), encoding="utf-8")
        return 0
    print(json.dumps(json_schema(), indent=1))
    return 0

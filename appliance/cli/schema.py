"""``appliance schema``: the JSON Schema of dialplans, for editors that complete and check YAML."""

import argparse
import json

from appliance.dialplan.json_schema import json_schema


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It takes none."""
    parser.epilog = "A dialplan names it in its first line: # yaml-language-server: $schema=dialplan.schema.json"


def run(arguments: argparse.Namespace) -> int:
    """Prints the schema."""
    print(json.dumps(json_schema(), indent=1))
    return 0

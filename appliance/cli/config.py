"""``--config``, for every command that needs settings."""

import argparse
import os
import shlex
import sys
from pathlib import Path

from appliance.settings import Settings, load_settings

TOKEN_VARIABLE = "APPLIANCE_TOKEN"
"""The environment variable that may hold a supervisor's token, so that no command line shows it."""


def add_config(parser: argparse.ArgumentParser) -> None:
    """Adds ``--config FILE``."""
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings, as TOML (/etc/appliance/appliance.toml)")


def settings_of(arguments: argparse.Namespace) -> Settings:
    """The settings of this run; SettingsError when there is something wrong with them."""
    return load_settings(arguments.config, os.environ)


def command(name: str, config: Path | None = None) -> str:
    """What to type for another command of ours: from the directory where we were started, with the settings given."""
    given = f" --config {shlex.quote(str(config))}" if config else ""
    return f"{program()} {name}{given}"


def program() -> str:
    """How whoever reads this can call us from the directory where they started us."""
    path = Path(sys.argv[0]).absolute()
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)

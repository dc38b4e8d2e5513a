"""``--config``, for every command that needs settings."""

import argparse
import os
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

"""[dialplans]: where the dialplans are."""

from pathlib import Path

from appliance.settings.section import Section


class DialplanSettings(Section):
    """Where the dialplans are."""

    path: Path = Path("dialplans")
    """The directory with one YAML file per dialplan."""

"""[dialplans]: where the dialplans are."""

from pathlib import Path

from pydantic import Field

from appliance.settings.section import Section


class DialplanSettings(Section):
    """Where the dialplans are."""

    path: Path = Path("dialplans")
    """The directory with one YAML file per dialplan."""

    watch_secs: float = Field(default=2, ge=0, le=3600)
    """How often the directory is looked at for changes; 0: never, only SIGHUP loads it again."""

    values: dict[str, str] = Field(default_factory=dict)
    """Texts for ${name} in dialplans; nothing secret: callers may hear them, and supervisors see them."""

"""[log]: what is written to standard error."""

from typing import Literal

from appliance.settings.section import Section


class LogSettings(Section):
    """What is written to standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """The least important lines that are written."""

    format: Literal["text", "json"] = "text"
    """text for people, json (one object a line) for machines."""

    personal_data: bool = False
    """Whether callers' numbers, and texts of errors that may quote callers, are written at all."""

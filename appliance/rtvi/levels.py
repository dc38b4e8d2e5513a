"""How much of a function call is reported."""

from collections.abc import Mapping
from enum import IntEnum


class RTVIFunctionCallReportLevel(IntEnum):
    """From nothing to everything; ``min`` of two levels is the stricter one."""

    DISABLED = 0
    """No events at all."""
    NONE = 1
    """That there is a call, and its ``tool_call_id``."""
    NAME = 2
    """The function's name, too."""
    FULL = 3
    """Arguments and result, too."""

    @classmethod
    def _missing_(cls, value: object) -> "RTVIFunctionCallReportLevel | None":
        """Dialplans and settings write levels as words: ``none``, ``full``."""
        return cls.__members__.get(value.upper()) if isinstance(value, str) else None


ReportLevels = Mapping[str, RTVIFunctionCallReportLevel]
"""By function name; ``*`` is for all others."""


def level_of(levels: ReportLevels, function_name: str) -> RTVIFunctionCallReportLevel:
    """The level of a function: its own, else that of ``*``, else NONE."""
    return levels.get(function_name, levels.get("*", RTVIFunctionCallReportLevel.NONE))

"""What is wrong with a dialplan, and where."""

from dataclasses import dataclass
from pathlib import Path

Place = tuple[str | int, ...]
"""Keys and list positions from the top of a dialplan, such as ("steps", "menu", "expect", 0)."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason why a dialplan is refused."""

    file: Path
    line: int
    where: str
    what: str
    """What is wrong, and what was expected."""

    def __str__(self) -> str:
        where = f"{self.where}: " if self.where else ""
        return f"{self.file}:{self.line}: {where}{self.what}"


def spelled(place: Place) -> str:
    """A place as an operator reads it: ``steps.menu.say[2]``; list positions count from 1."""
    text = ""
    for part in place:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text

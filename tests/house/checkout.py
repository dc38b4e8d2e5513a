"""The checkout as the house rules see it: its files, and its Python as syntax trees."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
MADE = {"__pycache__", "node_modules", ".git"}


@dataclass(frozen=True)
class Source:
    """A Python file: its path from the checkout's top, its text, its tree."""

    path: Path
    text: str
    tree: ast.Module

    def __str__(self) -> str:
        return self.path.as_posix()

    def calls(self) -> Iterator[tuple[str, ast.Call]]:
        """Every call in it, with what is called as written: ``asyncio.create_task``."""
        return ((ast.unparse(node.func), node) for node in ast.walk(self.tree) if isinstance(node, ast.Call))


def read(path: str | Path) -> str:
    """The text of a file of the checkout."""
    return (ROOT / path).read_text(encoding="utf-8")


def files(*patterns: str) -> list[Path]:
    """Files that match a pattern, as paths from the checkout's top; nothing that was made or installed."""
    found = {path.relative_to(ROOT) for pattern in patterns for path in ROOT.glob(pattern) if path.is_file()}
    return sorted(path for path in found if not MADE & set(path.parts))


@cache
def sources(*tops: str) -> tuple[Source, ...]:
    """The Python files under ``tops``, parsed."""
    texts = ((path, read(path)) for path in files(*(f"{top}/**/*.py" for top in tops)))
    return tuple(Source(path, text, ast.parse(text)) for path, text in texts)


def tracked() -> list[Path]:
    """What git keeps; where there is no git, what would be kept."""
    try:
        kept = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        tops = ("appliance", "tests", "scripts", "systemd", "dialplans", "docs", ".ci")
        return files("*", *(f"{top}/**/*" for top in tops))
    return [Path(name) for name in kept.split("\0") if (ROOT / name).is_file()]

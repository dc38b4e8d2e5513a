"""Where settings come from. Each source gives a tree of values and remembers the place of each, for error messages."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from appliance.errors import SettingsError

PREFIX = "APPLIANCE__"

Keys = tuple[str, ...]


class PlacedSource(PydanticBaseSettingsSource):
    """A tree of values and, for each path in it, the place where a person wrote it."""

    def __init__(self, settings: type[BaseSettings]) -> None:
        super().__init__(settings)
        self.values: dict[str, Any] = {}
        self._places: dict[Keys, str] = {}

    def __call__(self) -> dict[str, Any]:
        return self.values

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Required by the base class; ``__call__`` gives everything at once instead."""
        return self.values.get(field_name), field_name, False

    def put(self, path: Keys, value: str, place: str) -> None:
        """Adds one value."""
        tree = self.values
        for name in path[:-1]:
            tree = tree.setdefault(name, {})
            if not isinstance(tree, dict):
                raise SettingsError(f"{place}: {'.'.join(path)}: {name} is a value, expected a section")
        tree[path[-1]] = value
        self._places[path] = place

    def holds(self, path: Keys) -> bool:
        """Whether ``path`` has a value here; the entries of a list belong to it."""
        tree: Any = self.values
        for name in path:
            if isinstance(tree, list):
                return True
            if not isinstance(tree, Mapping) or name not in tree:
                return False
            tree = tree[name]
        return True

    def place(self, path: Keys) -> str:
        """Where ``path`` was written; the nearest that is known."""
        for length in range(len(path), 0, -1):
            if place := self._places.get(path[:length]):
                return place
        return next((place for known, place in self._places.items() if known[: len(path)] == path), "settings")


class EnvironmentSource(PlacedSource):
    """``APPLIANCE__SECTION__KEY``; an empty value counts as not set."""

    def __init__(self, settings: type[BaseSettings], environ: Mapping[str, str]) -> None:
        super().__init__(settings)
        for name, value in sorted(environ.items()):
            if name.startswith(PREFIX) and value:
                self.put(tuple(name.removeprefix(PREFIX).lower().split("__")), value, f"environment {name}")


class CredentialsSource(PlacedSource):
    """systemd's credentials: files ``section.key`` or ``engines.name.key``; others are none of our business."""

    def __init__(self, settings: type[BaseSettings], directory: Path | None) -> None:
        super().__init__(settings)
        for file in sorted(directory.iterdir()) if directory and directory.is_dir() else ():
            section, _, key = file.name.partition(".")
            if key and section in settings.model_fields:
                try:
                    value = file.read_text(encoding="utf-8").strip()
                except (OSError, UnicodeDecodeError) as error:
                    raise SettingsError(f"credential {file.name}: cannot be read, expected UTF-8 text") from error
                self.put((section, *key.split(".")), value, f"credential {file.name}")


class FileSource(PlacedSource):
    """The TOML file."""

    def __init__(self, settings: type[BaseSettings], file: Path | None) -> None:
        super().__init__(settings)
        if file is None:
            return
        self._file = file
        try:
            text = file.read_text(encoding="utf-8")
        except OSError as error:
            raise SettingsError(f"{file}: cannot be read ({error.strerror}), expected a settings file") from error
        except UnicodeDecodeError as error:
            raise SettingsError(f"{file}: is not UTF-8, expected a settings file") from error
        try:
            self.values = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise SettingsError(_syntax(file, str(error))) from error
        self._places = {path: f"{file}:{line}" for path, line in _lines(text).items()}

    def place(self, path: Keys) -> str:
        """File and line; the first line when nothing nearer is known."""
        place = super().place(path)
        return f"{self._file}:1" if place == "settings" else place


def _syntax(file: Path, message: str) -> str:
    found = re.fullmatch(r"(?P<what>.*) \(at (?:line (?P<line>\d+), column \d+|end of document)\)", message, re.DOTALL)
    what, line = (found["what"], found["line"] or "end") if found else (message, "1")
    return f"{file}:{line}: {what[:1].lower()}{what[1:]}, expected TOML such as port = 8080"


def _lines(text: str) -> dict[Keys, int]:
    """The line of each key: what ``tomllib`` does not tell. Reads headers and keys, not values."""
    lines: dict[Keys, int] = {}
    section: Keys = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*\[\s*([\w.\- ]+?)\s*\]", line):
            section = _names(header[1])
            lines.setdefault(section, number)
        elif key := re.match(r"\s*([\w.\- ]+?)\s*=", line):
            lines.setdefault((*section, *_names(key[1])), number)
    return lines


def _names(dotted: str) -> Keys:
    return tuple(name.strip() for name in dotted.split("."))

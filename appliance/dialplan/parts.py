"""What dialplans share: ``defaults.yaml`` of their directory and of those above it, and files that they include.

What is nearer wins: the dialplan itself, then what it includes (of several the last), then the nearest defaults.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from appliance.dialplan.problems import Place
from appliance.dialplan.source import Source

DEFAULTS = "defaults.yaml"
ENDINGS = (".yaml", ".yml")
MARK = "_"
"""The first letter of a file that is only there to be included."""

OWN = ("name", "numbers")
"""What each dialplan says for itself."""


def is_dialplan(file: Path) -> bool:
    """Whether a file of ``files_of`` is a dialplan, by its name."""
    return not file.name.startswith(MARK) and file.name != DEFAULTS


def files_of(path: Path) -> list[Path]:
    """The files of a directory that dialplans are made of, sorted; or the one file that ``path`` is."""
    if not path.is_dir():
        return [path]
    found = (file for file in path.rglob("*") if file.suffix in ENDINGS)
    return sorted(file for file in found if not any(part[0] == "." for part in file.relative_to(path).parts))


class Library:
    """The files beneath one directory, each read once."""

    def __init__(self, root: Path, values: Mapping[str, str] | None = None) -> None:
        self._root, self._values = root, values
        self._parts: dict[Path, Source] = {}

    def place_of(self, file: Path) -> str:
        """A file's path beneath the directory."""
        return str(file.relative_to(self._root)) if self._root in file.parents else file.name

    def dialplan(self, file: Path) -> Source:
        """A dialplan over everything that it shares."""
        own = Source.read(file, self._values, expected="a dialplan or a directory of them")
        beneath: dict[Path, Source] = {}
        self._include(own, (file,), beneath)
        for directory in (file.parent, *file.parent.parents):
            if (defaults := directory / DEFAULTS).exists():
                self._add(defaults, (), beneath)
            if directory == self._root or self._root not in directory.parents:
                break
        return own.over(beneath.values()) if beneath else own

    def _add(self, file: Path, chain: tuple[Path, ...], beneath: dict[Path, Source]) -> None:
        if file in beneath:
            return
        if file not in self._parts:
            self._parts[file] = _checked(Source.read(file, self._values, expected="a file to include"))
        beneath[file] = self._parts[file]
        self._include(beneath[file], (*chain, file), beneath)

    def _include(self, source: Source, chain: tuple[Path, ...], beneath: dict[Path, Source]) -> None:
        """Puts what a source includes into ``beneath``."""
        if not isinstance(source.data, dict) or "include" not in source.data:
            return
        for place, name in reversed(list(_names(source))):
            file = Path(os.path.normpath(source.file.parent / name))
            if what := self._wrong(file, name, chain):
                if (problem := source.problem(place, what)) not in source.problems:
                    source.problems.append(problem)
            else:
                self._add(file, chain, beneath)

    def _wrong(self, file: Path, name: str, chain: tuple[Path, ...]) -> str | None:
        if file in chain:
            circle = " > ".join(one.name for one in (*chain[chain.index(file) :], file))
            return f"{name!r} includes itself ({circle}), expected no circle"
        if self._root.resolve() not in file.resolve().parents:
            return f"{name!r} lies outside of {self._root}, expected a file in it"
        if file.suffix not in ENDINGS or not file.name.startswith(MARK):
            return f"{name!r}, expected a YAML file whose name begins with {MARK}: others are dialplans themselves"
        return None if file.is_file() else f"{name!r} is not there, expected a file beside this one"


def _names(source: Source) -> Iterator[tuple[Place, str]]:
    named = source.data["include"]
    if isinstance(named, str):
        yield ("include",), named
    elif isinstance(named, list):  # What else it may be, the schema refuses.
        yield from ((("include", position), name) for position, name in enumerate(named) if isinstance(name, str))


def _checked(part: Source) -> Source:
    if part.data is not None and not isinstance(part.data, dict):
        part.problems.append(part.problem((), "holds no keys, expected some of a dialplan's"))
    for key in OWN:
        if isinstance(part.data, dict) and key in part.data:
            part.problems.append(part.problem((key,), "belongs to one dialplan, expected it there"))
    return part

"""A dialplan's YAML, with every scalar as the text that was written and the line of every key.

Plain YAML turns +15551234567 into a number, yes into True and 0123 into 83. Here pydantic gives types, YAML does not.
Anchors and aliases are refused: an operator who writes ``*`` means the asterisk, and nothing can grow without bounds.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from pathlib import Path
from typing import Any

import yaml

from appliance.dialplan.problems import Place, Problem, spelled
from appliance.settings.explained import unknown

MAX_BYTES = 1_000_000
"""A larger file is not a dialplan."""

Events = Iterator[yaml.Event]

_ALIAS = 'an unquoted * or & at the start of a value, expected it in quotes, such as "*"'

_GAP = 'a text with {{ or {% that is not in quotes, expected quotes, such as "{{ order }}"'

_SYNTAX: tuple[tuple[str, str], ...] = (
    ("scanning an alias", _ALIAS),
    ("scanning an anchor", _ALIAS),
    ("undefined alias", _ALIAS),
    ("character '\\t'", "a tab, expected spaces"),
    (
        "mapping values are not allowed",
        "a colon inside a text, expected the text in quotes, or this line is indented too far",
    ),
    ("cannot start any token", "a text that begins with a special character, expected the text in quotes"),
    ("found unexpected end of stream", "a quote that is never closed, expected a closing quote"),
    (
        "parsing a block mapping",
        "a key or text out of line, expected equal depth, closed quotes, and texts that begin with { or [ in quotes",
    ),
    (
        "parsing a block collection",
        "an item or text out of line, expected items at equal depth, and texts that begin with { or [ in quotes",
    ),
    (
        "parsing a flow",
        "a [ or { that is not closed, or a text that begins with one or has # or ? in it, "
        "expected it closed or in quotes",
    ),
    ("another document", "a second document, expected one dialplan in a file"),
    ("could not find expected ':'", "a line that is neither a key nor text of one, expected `key: value`"),
    ("characters with its values", f"more than {MAX_BYTES} characters with its values, expected fewer"),
    ("special characters are not allowed", "a control character, expected plain text"),
)


class Source:
    """One file: ``data`` (mappings, lists and texts; empty values are None) and ``problems`` found while reading.

    ``${name}`` in a text is the one of ``values``; without these it stays as it is. ``$${`` is ``${`` itself.
    """

    def __init__(self, file: Path, text: str, values: Mapping[str, str] | None = None) -> None:
        self.file = file
        self.data: Any = None
        self.problems: list[Problem] = []
        self._beneath: tuple[Source, ...] = ()
        self._values = values
        for loader in _LOADERS:
            self.problems, self._filled_chars = [], 0
            self._lines: dict[Place, int] = {(): 1}
            try:
                self.data = self._read(yaml.parse(text, Loader=loader))
                break
            except yaml.MarkedYAMLError as error:
                self.problems = [Problem(file, *_syntax(error, text.splitlines()))]
            except (yaml.YAMLError, RecursionError):
                what = "cannot be read as YAML, expected text without control codes and not so deep"
                self.problems = [Problem(file, 1, "", what)]

    @classmethod
    def read(cls, file: Path, values: Mapping[str, str] | None = None, *, expected: str) -> "Source":
        """What ``file`` says; where it cannot be read, that is its problem."""
        source = cls(file, "")
        try:
            if file.exists() and not file.is_file():
                raise OSError(0, "it is no file")
            size = file.stat().st_size
            if size > MAX_BYTES:
                raise ValueError(f"has {size} bytes, expected at most {MAX_BYTES}")
            raw = file.read_bytes()
            return cls(file, raw.decode("utf-8-sig"), values)
        except OSError as error:
            source.problems = [Problem(file, 1, "", f"cannot be read ({error.strerror}), expected {expected}")]
        except UnicodeDecodeError as error:
            line = raw[: error.start].count(b"\n") + 1
            source.problems = [Problem(file, line, "", "is not UTF-8, expected text in UTF-8")]
        except ValueError as error:
            source.problems = [Problem(file, 1, "", str(error))]
        return source

    def over(self, beneath: Iterable["Source"]) -> "Source":
        """The same with what others say where it says nothing itself: key by key, and in mappings key by key again."""
        merged = copy(self)
        merged._beneath = tuple(beneath)
        merged.problems = [problem for source in (self, *merged._beneath) for problem in source.problems]
        for source in merged._beneath:
            if isinstance(merged.data, dict) and isinstance(source.data, dict):
                merged.data = _joined(merged.data, source.data)
        return merged

    def is_shared(self, place: Place) -> bool:
        """Whether what stands at ``place`` comes from another file."""
        return self._owner(place) is not self

    def problem(self, place: Place, what: str) -> Problem:
        """A problem at ``place``, with the line of the nearest key that is there."""
        owner = self._owner(place)
        return Problem(owner.file, owner.line(place), spelled(place), what)

    def line(self, place: Place) -> int:
        """The line of ``place``, counted from 1."""
        return next(
            self._lines[place[:length]] for length in range(len(place), -1, -1) if place[:length] in self._lines
        )

    def _owner(self, place: Place) -> "Source":
        for length in (2, 1):
            for source in (self, *self._beneath):
                if place and place[:length] in source._lines:
                    return source
        return self

    def _read(self, events: Events) -> Any:
        data = None
        for event in events:
            if isinstance(event, yaml.NodeEvent):
                data = self._value(event, events, ())
            elif isinstance(event, yaml.DocumentEndEvent):
                following = next(events)
                if isinstance(following, yaml.DocumentStartEvent):
                    raise _refusal("another document", following)
        return data

    def _value(self, event: yaml.Event, events: Events, place: Place) -> Any:
        if getattr(event, "anchor", None) is not None:
            raise _refusal("undefined alias", event)
        if isinstance(event, yaml.MappingStartEvent):
            known = len(self.problems)
            items = dict(self._items(event, events, place))
            # What an unquoted gap was read as is no mistake of its own.
            return "-" if _GAP in (problem.what for problem in self.problems[known:]) and not any(items) else items
        if isinstance(event, yaml.SequenceStartEvent):
            return list(self._members(events, place))
        assert isinstance(event, yaml.ScalarEvent)
        if event.value == "" and event.implicit[0]:
            return None
        return event.value if self._values is None or "${" not in event.value else self._filled(event, place)

    def _filled(self, event: yaml.ScalarEvent, place: Place) -> str:
        values = self._values or {}

        def value(found: re.Match[str]) -> str:
            if found[0].startswith("$$"):
                return found[0][1:]
            if (name := found[1]) not in values:
                what = unknown(name, values, "value").replace(
                    repr(name), f"{name!r} of the settings' dialplans.values", 1
                )
                self.problems.append(Problem(self.file, _line(event), spelled(place), what))
            return values.get(name, "")

        filled = _VALUE.sub(value, event.value)
        self._filled_chars += len(filled)
        if self._filled_chars > MAX_BYTES:
            raise _refusal(f"more than {MAX_BYTES} characters with its values", event)
        return filled

    def _members(self, events: Events, place: Place) -> Iterator[Any]:
        for index, event in enumerate(events):
            if isinstance(event, yaml.SequenceEndEvent):
                return
            self._lines.setdefault((*place, index), _line(event))
            yield self._value(event, events, (*place, index))

    def _items(self, start: yaml.Event, events: Events, place: Place) -> Iterator[tuple[str, Any]]:
        first: dict[str, int] = {}
        for key in events:
            if isinstance(key, yaml.MappingEndEvent):
                return
            name = self._value(key, events, (*place, "")) or ""
            if not isinstance(name, str):
                what = "a key that is a list or mapping, expected text (in quotes if it begins with [ or {)"
                if _is_within(start, key):
                    what = _GAP
                self.problems.append(Problem(self.file, _line(key), spelled(place), what))
                name = ""
            elif name in first:
                what = f"is written twice (first in line {first[name]}), expected each key once"
                self.problems.append(Problem(self.file, _line(key), spelled((*place, name)), what))
            else:
                first[name] = self._lines[*place, name] = _line(key)
            yield name, self._value(next(events), events, (*place, name))


_UNQUOTED = re.compile(r"""^[^#"'|>]*(?:[:\-,\[]\s+|\{[^{]*)\{[{%#]""")
"""A gap at the beginning of a text, or in a mapping in one line, with no quote before it."""

_VALUE = re.compile(r"\$?\$\{([^{}]*)\}")


def _joined(upper: dict[str, Any], lower: dict[str, Any]) -> dict[str, Any]:
    joined = {**upper, **{key: value for key, value in lower.items() if key not in upper}}
    for key, value in upper.items():
        if isinstance(value, dict) and isinstance(below := lower.get(key), dict):
            joined[key] = {**value, **{name: one for name, one in below.items() if name not in value}}
    return joined


_LOADERS = (getattr(yaml, "CSafeLoader", yaml.SafeLoader), yaml.SafeLoader)
"""The second is twenty times slower, and says better what is wrong with a file that the first refuses."""


def _refusal(what: str, event: yaml.Event) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=what, problem_mark=event.start_mark)  # type: ignore[arg-type]


def _line(event: yaml.Event) -> int:
    assert event.start_mark is not None
    return event.start_mark.line + 1


def _is_within(start: yaml.Event, key: yaml.Event) -> bool:
    """Whether a mapping begins with a mapping without anything between: it was meant to be a gap."""
    outer, inner = start.start_mark, key.start_mark
    assert outer is not None
    assert inner is not None
    return isinstance(key, yaml.MappingStartEvent) and inner.index == outer.index + 1


def _syntax(error: yaml.MarkedYAMLError, lines: list[str]) -> tuple[int, str, str]:
    """Line, place and what is wrong; a gap without quotes is often noticed in the line below."""
    mark = error.problem_mark or error.context_mark
    at = mark.line if mark else 0
    said = f"{error.context or ''} {error.problem or ''}"
    what = next((what for sign, what in _SYNTAX if sign in said), f"{error.problem or 'not YAML'}, expected YAML")
    for line in (at, at - 1) if what is not _ALIAS else ():
        if 0 <= line < len(lines) and _UNQUOTED.search(lines[line]):
            return line + 1, "", _GAP
    return at + 1, "", what

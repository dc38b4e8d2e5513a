"""A dialplan's YAML, with every scalar as the text that was written and the line of every key.

Plain YAML turns +15551234567 into a number, yes into True and 0123 into 83. Here pydantic gives types, YAML does not.
Anchors and aliases are refused: an operator who writes ``*`` means the asterisk, and nothing can grow without bounds.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from appliance.dialplan.problems import Place, Problem, spelled

MAX_BYTES = 1_000_000
"""A larger file is not a dialplan."""

Events = Iterator[yaml.Event]

_ALIAS = 'an unquoted * or & at the start of a value, expected it in quotes, such as "*"'

_SYNTAX: tuple[tuple[str, str], ...] = (
    ("scanning an alias", _ALIAS),
    ("scanning an anchor", _ALIAS),
    ("undefined alias", _ALIAS),
    ("character '\\t'", "a tab, expected spaces"),
    ("mapping values are not allowed", "a colon inside a text, expected the text in quotes"),
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
    ("special characters are not allowed", "a control character, expected plain text"),
)


class Source:
    """One file: ``data`` (mappings, lists and texts; empty values are None) and ``problems`` found while reading."""

    def __init__(self, file: Path, text: str) -> None:
        self.file = file
        self.data: Any = None
        self.problems: list[Problem] = []
        for loader in _LOADERS:
            self.problems = []
            self._lines: dict[Place, int] = {(): 1}
            try:
                self.data = self._read(yaml.parse(text, Loader=loader))
                break
            except yaml.MarkedYAMLError as error:
                mark = error.problem_mark or error.context_mark
                self.problems = [Problem(file, mark.line + 1 if mark else 1, "", _syntax(error))]
            except (yaml.YAMLError, RecursionError):
                what = "cannot be read as YAML, expected text without control codes and not so deep"
                self.problems = [Problem(file, 1, "", what)]

    def problem(self, place: Place, what: str) -> Problem:
        """A problem at ``place``, with the line of the nearest key that is there."""
        return Problem(self.file, self.line(place), spelled(place), what)

    def line(self, place: Place) -> int:
        """The line of ``place``, counted from 1."""
        return next(
            self._lines[place[:length]] for length in range(len(place), -1, -1) if place[:length] in self._lines
        )

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
            return dict(self._items(events, place))
        if isinstance(event, yaml.SequenceStartEvent):
            return list(self._members(events, place))
        assert isinstance(event, yaml.ScalarEvent)
        return None if event.value == "" and event.implicit[0] else event.value

    def _members(self, events: Events, place: Place) -> Iterator[Any]:
        for index, event in enumerate(events):
            if isinstance(event, yaml.SequenceEndEvent):
                return
            self._lines.setdefault((*place, index), _line(event))
            yield self._value(event, events, (*place, index))

    def _items(self, events: Events, place: Place) -> Iterator[tuple[str, Any]]:
        first: dict[str, int] = {}
        for key in events:
            if isinstance(key, yaml.MappingEndEvent):
                return
            name = self._value(key, events, (*place, "")) or ""
            if not isinstance(name, str):
                what = "a key that is a list or mapping, expected text (in quotes if it begins with [ or {)"
                self.problems.append(Problem(self.file, _line(key), spelled(place), what))
                name = ""
            elif name in first:
                what = f"is written twice (first in line {first[name]}), expected each key once"
                self.problems.append(Problem(self.file, _line(key), spelled((*place, name)), what))
            else:
                first[name] = self._lines[*place, name] = _line(key)
            yield name, self._value(next(events), events, (*place, name))


_LOADERS = (getattr(yaml, "CSafeLoader", yaml.SafeLoader), yaml.SafeLoader)
"""The second is twenty times slower, and says better what is wrong with a file that the first refuses."""


def _refusal(what: str, event: yaml.Event) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=what, problem_mark=event.start_mark)  # type: ignore[arg-type]


def _line(event: yaml.Event) -> int:
    assert event.start_mark is not None
    return event.start_mark.line + 1


def _syntax(error: yaml.MarkedYAMLError) -> str:
    said = f"{error.context or ''} {error.problem or ''}"
    known = next((what for sign, what in _SYNTAX if sign in said), None)
    return known or f"{error.problem or 'not YAML'}, expected YAML"

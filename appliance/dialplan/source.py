"""A dialplan's YAML, with every scalar as the text that was written and the line of every key.

Plain YAML turns +15551234567 into a number, yes into True and 0123 into 83. Here pydantic gives types, YAML does not.
Anchors and aliases are refused: an operator who writes ``*`` means the asterisk, and nothing can grow without bounds.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from appliance.dialplan.problems import Place, Problem, spelled

MAX_BYTES = 1_000_000
"""A larger file is not a dialplan."""

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
        self._lines: dict[Place, int] = {(): 1}
        try:
            node = _compose(text)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self.problems.append(Problem(file, mark.line + 1 if mark else 1, "", _syntax(error)))
        except (yaml.YAMLError, RecursionError):
            self.problems.append(
                Problem(file, 1, "", "cannot be read as YAML, expected text without control codes and not so deep")
            )
        else:
            self.data = self._value(node, ()) if node else None

    def problem(self, place: Place, what: str) -> Problem:
        """A problem at ``place``, with the line of the nearest key that is there."""
        return Problem(self.file, self.line(place), spelled(place), what)

    def line(self, place: Place) -> int:
        """The line of ``place``, counted from 1."""
        return next(
            self._lines[place[:length]] for length in range(len(place), -1, -1) if place[:length] in self._lines
        )

    def _value(self, node: yaml.Node, place: Place) -> Any:
        if isinstance(node, yaml.MappingNode):
            return dict(self._items(node, place))
        if isinstance(node, yaml.SequenceNode):
            values = []
            for index, item in enumerate(node.value):
                self._lines[*place, index] = item.start_mark.line + 1
                values.append(self._value(item, (*place, index)))
            return values
        return None if node.tag == "tag:yaml.org,2002:null" and node.value == "" else node.value

    def _items(self, node: yaml.MappingNode, place: Place) -> Iterable[tuple[str, Any]]:
        seen: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            name = key.value if isinstance(key, yaml.ScalarNode) else None
            inside = (*place, str(name))
            if name is None:
                what = "a key that is a list or mapping, expected text (in quotes if it begins with [ or {)"
                self.problems.append(Problem(self.file, line, spelled(place), what))
            elif name in seen:
                what = f"is written twice (first in line {seen[name]}), expected each key once"
                self.problems.append(Problem(self.file, line, spelled(inside), what))
            else:
                seen[name] = self._lines[inside] = line
                yield name, self._value(value, inside)


class _Loader(yaml.SafeLoader):
    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise yaml.composer.ComposerError(None, None, "undefined alias", event.start_mark)
        return super().compose_node(parent, index)


def _compose(text: str) -> yaml.Node | None:
    loader = _Loader(text)
    try:
        return loader.get_single_node()
    finally:
        loader.dispose()


def _syntax(error: yaml.MarkedYAMLError) -> str:
    said = f"{error.context or ''} {error.problem or ''}"
    known = next((what for sign, what in _SYNTAX if sign in said), None)
    return known or f"{error.problem or 'not YAML'}, expected YAML"

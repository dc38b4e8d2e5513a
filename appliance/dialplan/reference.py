"""Every key of a dialplan with its meaning, as Markdown, made from the JSON Schema that editors complete by."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from appliance.dialplan.json_schema import json_schema

BEGIN, END = "<!-- The reference: scripts/docs makes it. -->", "<!-- The end of the reference. -->"

_TOP = "A dialplan"
_REF = "#/$defs/"
_WORDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "keys with values",
    "array": "a list",
    "null": "nothing",
}

Json = Mapping[str, Any]


def reference() -> str:
    """One table of keys for each part of a dialplan, in the order in which a reader meets them."""
    return _Reference(json_schema()).text()


def with_reference(document: str) -> str:
    """``document`` with the reference of today between its marks. ValueError where these are missing."""
    found = re.fullmatch(f"(.*{re.escape(BEGIN)}\n).*({re.escape(END)}.*)", document, re.DOTALL)
    if found is None:
        raise ValueError(f"expected the lines {BEGIN!r} and {END!r}")
    return f"{found[1]}\n{reference()}\n{found[2]}"


class _Reference:
    def __init__(self, schema: Json) -> None:
        self._parts: Mapping[str, Json] = schema.get("$defs", {})
        self._headings: dict[str, str] = {}
        """Of each part, by its name in the schema: where it stands in a dialplan."""
        self._order: list[str] = []
        self._top = schema
        self._find(schema, "")

    def text(self) -> str:
        sections = [self._section(_TOP, self._top)]
        sections += [self._section(self._headings[name], self._parts[name]) for name in self._order]
        return "\n".join(sections)

    def _find(self, part: Json, place: str) -> None:
        """The parts beneath one, the nearest first: a part stands where it is met first."""
        inner: list[tuple[str, str]] = []
        for key, value in part.get("properties", {}).items():
            inner += self._refs(value, f"{place}.{key}" if place else key)
        for name, where in inner:
            self._headings.setdefault(name, where)
        for name, where in inner:
            if self._headings[name] == where and name not in self._order:
                self._order.append(name)
                self._find(self._parts[name], where.split(" ")[0])

    def _refs(self, value: Json, place: str) -> Iterator[tuple[str, str]]:
        """Every new part that a value may be, and its place."""
        if "$ref" in value:
            name = value["$ref"].removeprefix(_REF)
            if name not in self._headings:
                yield name, place
            return
        choices = value.get("anyOf", []) + value.get("oneOf", [])
        kinds = [one for one in choices if "$ref" in one]
        for one in choices:
            for name, where in self._refs(one, place):
                yield name, f"{where} with {self._kind(name)}" if len(kinds) > 1 and where == place else where
        if isinstance(below := value.get("additionalProperties"), dict):
            yield from self._refs(below, f"{place}.NAME")
        if isinstance(below := value.get("items"), dict):
            yield from self._refs(below, f"{place}[]")

    def _kind(self, name: str) -> str:
        """The key that says which of several parts one is: the first that it needs, or else that has no default."""
        part = self._parts[name]
        return str(next(iter(part.get("required", part["properties"]))))

    def _section(self, heading: str, part: Json) -> str:
        lines = [f"### {_spelled(heading)}", "", _plain(" ".join(part.get("description", "").split())), ""]
        lines += ["| key | holds | without it | meaning |", "|---|---|---|---|"]
        for key, value in part.get("properties", {}).items():
            cells = (f"`{key}`", self._holds(value), self._default(key, value, part), self._meaning(value))
            lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
        return "\n".join([*lines, ""])

    def _meaning(self, value: Json) -> str:
        own = value.get("description")
        told = own or self._parts.get(str(value.get("$ref", "")).removeprefix(_REF), {}).get("description", "")
        return _plain(" ".join(str(told).split()))

    def _default(self, key: str, value: Json, part: Json) -> str:
        if key in part.get("required", ()):
            return "needed"
        default = value.get("default")
        if default in (None, [], {}, "") or (isinstance(default, dict) and "$ref" in json.dumps(value)):
            return ""
        return f"`{default if isinstance(default, str) else json.dumps(default)}`"

    def _holds(self, value: Json) -> str:
        if "$ref" in value:
            heading = self._headings[value["$ref"].removeprefix(_REF)]
            return f"[{_spelled(heading)}](#{_anchor(heading)})"
        if "const" in value:
            return f"`{value['const']}`"
        if "enum" in value:
            return _listed([f"`{one}`" for one in value["enum"]])
        choices = value.get("anyOf", []) + value.get("oneOf", [])
        if choices:
            return _listed(
                list(dict.fromkeys(self._holds(one) for one in choices if not _is_other_writing(one, choices)))
            )
        return self._holds_one(value)

    def _holds_one(self, value: Json) -> str:
        kind = value.get("type")
        if isinstance(below := value.get("additionalProperties"), dict):
            return f"names with {self._holds(below)}"
        if isinstance(below := value.get("items"), dict):
            held = self._holds(below)
            return "a list of texts" if held == "text" else f"a list: {held}"
        if isinstance(kind, list):
            return "text"
        return _WORDS.get(str(kind), "any value") + _range(value)


def _is_other_writing(one: Json, choices: list[Json]) -> bool:
    """Whether it is only another way to write what stands beside it: nothing, a number in quotes, yes for true."""
    kinds = {choice.get("type") for choice in choices if isinstance(choice.get("type"), str)}
    is_number = "pattern" in one and bool(kinds & {"integer", "number"})
    return one.get("type") == "null" or is_number or ("enum" in one and "boolean" in kinds)


def _range(value: Json) -> str:
    low = value.get("minimum")
    high = value.get("maximum")
    above = value.get("exclusiveMinimum")
    if low is not None and high is not None:
        return f", {low} to {high}"
    if above is not None:
        return f", more than {above}"
    return f", at least {low}" if low is not None else f", at most {high}" if high is not None else ""


def _listed(words: list[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _plain(text: str) -> str:
    """A sentence with its asterisks as they are; what stands in backticks is code already."""
    pieces = text.split("`")
    return "`".join(piece.replace("*", "\\*") if number % 2 == 0 else piece for number, piece in enumerate(pieces))


def _spelled(heading: str) -> str:
    if heading == _TOP:
        return heading
    place, _, kind = heading.partition(" with ")
    return f"`{place}` with `{kind}`" if kind else f"`{place}`"


def _anchor(heading: str) -> str:
    """What a heading is called in an address, as GitHub makes it."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")

"""What a variable will hold, as far as a dialplan says so before any call: a text, fields, a list, or nobody knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from appliance.dialplan.template import Path
from appliance.settings.explained import unknown


@dataclass(frozen=True)
class Shape:
    """A value's shape. Without ``fields`` and ``items`` it is a text or a number."""

    fields: Mapping[str, Shape] | None = None
    """Those that it surely has, by name."""

    items: Shape | None = None
    """What each of a list is."""

    is_any: bool = False
    """Nobody knows."""

    def wrong(self, path: Path) -> str | None:
        """What is wrong with a path that begins with a variable of this shape; None when it leads somewhere."""
        shape = self
        for position, key in enumerate(path[1:], start=1):
            if shape.is_any:
                return None
            following = shape.items if isinstance(key, int) else (shape.fields or {}).get(key)
            if following is None:
                return unknown(dotted(path[: position + 1]), shape._known(path[:position]), "variable")
            shape = following
        return None

    def wrong_to_say(self, path: Path) -> str | None:
        """What is wrong with saying it as a whole."""
        if self.fields:
            return f"{dotted(path)!r} has fields, expected one of {', '.join(self._known(path))}"
        return None

    def _known(self, path: Path) -> list[str]:
        if self.items is not None:
            return [dotted((*path, 0))]
        return sorted(dotted((*path, field)) for field in self.fields or ()) or [dotted(path)]


TEXT = Shape()
ANY = Shape(is_any=True)


def with_fields(names: frozenset[str] | tuple[str, ...]) -> Shape:
    """The shape of something with texts in fields."""
    return Shape(fields=dict.fromkeys(names, TEXT))


def shape_of(schema: Mapping[str, Any]) -> Shape:
    """What a JSON schema says of a value; one that lets other fields in says nothing."""
    kind = schema.get("type")
    properties = schema.get("properties")
    if isinstance(properties, Mapping) and kind in (None, "object"):
        if schema.get("additionalProperties", False) is not False:
            return ANY
        return Shape(fields={name: shape_of(one) for name, one in properties.items() if isinstance(one, Mapping)})
    if kind == "array" and isinstance(items := schema.get("items"), Mapping):
        return Shape(items=shape_of(items))
    return TEXT if kind in ("string", "number", "integer", "boolean") else ANY


def dotted(path: Path) -> str:
    """A path as it is written: ``status.items[0].name``."""
    first, *others = path
    return str(first) + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in others)

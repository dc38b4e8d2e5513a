"""The calls of this house: those that live, and those that ended a moment ago."""

from __future__ import annotations

from collections.abc import Iterator

from appliance.call.call import Call


class Calls:
    """Live calls by the carrier's call id."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._calls: dict[str, Call] = {}

    def __len__(self) -> int:
        return len(self._calls)

    def __iter__(self) -> Iterator[Call]:
        return iter(list(self._calls.values()))

    @property
    def is_full(self) -> bool:
        """Whether no further call is accepted."""
        return len(self._calls) >= self._most

    def get(self, call_id: str) -> Call | None:
        """A live call."""
        return self._calls.get(call_id)

    def add(self, call: Call) -> None:
        """A call begins."""
        self._calls[call.facts.call_id] = call

    def remove(self, call: Call) -> None:
        """A call is over."""
        self._calls.pop(call.facts.call_id, None)

"""Engines for the same work in order, and what those who use them are told of a change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from appliance.failover.health import Health

Engine = TypeVar("Engine")


@dataclass(frozen=True, slots=True)
class Serving:
    """In an engine's output: what comes now is of this engine, and this model of it."""

    engine: str
    model: str | None = None


@dataclass(frozen=True, slots=True)
class GaveUp:
    """In an engine's output: this engine has failed, what it gave so far goes no further, and another one begins."""

    engine: str
    error: str


@dataclass(frozen=True, slots=True)
class Member(Generic[Engine]):
    """An engine, how it does, and how long it may take to begin while others could (at most its share of the time)."""

    engine: Engine
    health: Health
    model: str | None = None
    patience_secs: float | None = None

    @property
    def name(self) -> str:
        """The engine's."""
        return self.health.name


@dataclass(frozen=True, slots=True)
class Share(Generic[Engine]):
    """A member whose turn it is. ``rest`` are those behind it."""

    member: Member[Engine]
    rest: int

    def secs(self, left_secs: float) -> float:
        """How long it may take to begin, of the time that is left for all."""
        share = left_secs / (self.rest + 1)
        return min(self.member.patience_secs or share, share) if self.rest else left_secs


@dataclass(frozen=True, slots=True)
class Lineup(Generic[Engine]):
    """At least one engine, the first choice first."""

    members: tuple[Member[Engine], ...]

    def __post_init__(self) -> None:
        assert self.members, "a lineup needs an engine"

    def turns(self) -> Iterator[Share[Engine]]:
        """Who is asked, one after another: those that are up, and, as there is nothing to lose, the others."""
        order = sorted(self.members, key=lambda member: not member.health.is_up)
        return (Share(member, len(order) - number) for number, member in enumerate(order, start=1))

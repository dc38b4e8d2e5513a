"""Roles, with the decisions that follow from them: who may send what, and who sees which calls."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

from appliance.rtvi.levels import RTVIFunctionCallReportLevel
from appliance.settings import RoleSettings

ALL = "*"
TAG = "tag:"


class Terms(NamedTuple):
    """What a dialplan says of who may see its calls."""

    tags: Collection[str] = ()
    roles: Collection[str] = ()


EVERYBODYS = frozenset({"client-ready"})
"""Without it a viewer would be shown nothing."""


@dataclass(frozen=True, slots=True)
class Role:
    """What its holders may see and do. Each entry of ``dialplans`` narrows the ones before."""

    name: str
    messages: frozenset[str]
    actions: frozenset[str]
    services: frozenset[str]
    report_level: RTVIFunctionCallReportLevel
    sees: frozenset[str]
    dialplans: tuple[frozenset[str], ...]

    @classmethod
    def of(cls, name: str, settings: RoleSettings) -> Self:
        """The role that the settings describe."""
        return cls(
            name,
            EVERYBODYS | frozenset(settings.messages),
            frozenset(settings.actions),
            frozenset(settings.services),
            RTVIFunctionCallReportLevel[settings.report_level.upper()],
            frozenset(settings.sees),
            (frozenset(settings.dialplans),),
        )

    def narrowed(self, dialplans: Collection[str]) -> "Role":
        """This role for some of its dialplans only; for none in particular, it is the role itself."""
        return replace(self, dialplans=(*self.dialplans, frozenset(dialplans))) if dialplans else self

    def may(self, message_type: str, what: str | None = None) -> bool:
        """Whether its holders may send such a message.

        ``what`` is ``service:action`` of an ``action``, the service of an ``update-config``; without it the answer
        says whether there is anything of the kind that they may.
        """
        if message_type == "action":
            return _lists(self.actions, what, *(() if what is None else (f"{what.partition(':')[0]}:{ALL}",)))
        if message_type == "update-config":
            return _lists(self.services, what)
        return _lists(self.messages, message_type)

    def covers(self, dialplan: str, tags: Iterable[str] = (), roles: Collection[str] = ()) -> bool:
        """Whether its holders see calls of this dialplan; ``roles`` are those that it is for, none being all."""
        if roles and self.name not in roles:
            return False
        names = {ALL, dialplan, *(f"{TAG}{tag}" for tag in tags)}
        return all(names & allowed for allowed in self.dialplans)

    def covered(self, dialplans: Mapping[str, Terms]) -> frozenset[str] | None:
        """The names of the dialplans it covers; None for whatever there may be.

        ``dialplans`` are those that serve, by name. One that serves no more is covered by its name.
        """
        shut = any(terms.roles and self.name not in terms.roles for terms in dialplans.values())
        if not shut and all(ALL in allowed for allowed in self.dialplans):
            return None
        named = {word for allowed in self.dialplans for word in allowed if not word.startswith((TAG, ALL))}
        return frozenset(name for name in {*dialplans, *named} if self.covers(name, *dialplans.get(name, Terms())))


def roles_of(settings: Mapping[str, RoleSettings]) -> dict[str, Role]:
    """All roles by name."""
    return {name: Role.of(name, one) for name, one in settings.items()}


def _lists(permitted: frozenset[str], wanted: str | None, *more: str) -> bool:
    if wanted is None:
        return bool(permitted)
    return not permitted.isdisjoint((ALL, wanted, *more))

"""[roles.NAME]: what a supervisor with this role may see and do, in words that the layers above give their types."""

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from appliance.settings.explained import unknown
from appliance.settings.section import Section, as_list

MESSAGES = (
    "client-ready",
    "describe-config",
    "get-config",
    "describe-actions",
    "client-message",
    "send-text",
    "append-to-context",
    "dtmf",
    "raw-audio",
    "raw-audio-batch",
    "llm-function-call-result",
    "ui-event",
    "ui-snapshot",
    "ui-cancel-job-group",
    "disconnect-bot",
)
"""The messages of clients that a role's ``messages`` permits."""

ELSEWHERE = {"action": "actions", "update-config": "services"}
"""The messages that are permitted by what they are about, and the key that lists it."""

SIGHTS = ("numbers", "sensitive", "audit", "recordings")
"""What of a call is personal: telephone numbers, what its dialplan calls sensitive, what supervisors did, its sound."""

_ACTION = re.compile(r"\*|[^\s:*]+:(?:\*|[^\s:*]+)")
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")


def _known(words: Iterable[str], what: str, known: tuple[str, ...]) -> None:
    for word in words:
        if word not in known:
            raise ValueError(unknown(word, known, what))


def _are_messages(types: tuple[str, ...]) -> tuple[str, ...]:
    for kind in types:
        if kind in ELSEWHERE:
            raise ValueError(f"{kind!r} is permitted by what {ELSEWHERE[kind]!r} lists, expected it there")
    _known(types, "message type", ("*", *MESSAGES))
    return types


def _are_actions(actions: tuple[str, ...]) -> tuple[str, ...]:
    for action in actions:
        if not _ACTION.fullmatch(action):
            raise ValueError(f"{action!r}, expected service:action, service:* or *")
    return actions


def _are_sights(sights: tuple[str, ...]) -> tuple[str, ...]:
    _known(sights, "sight", SIGHTS)
    return sights


def _is_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r}, expected a name of a-z, 0-9, _ and - that begins with a letter")
    return name


Words = Annotated[tuple[str, ...], BeforeValidator(as_list)]


class RoleSettings(Section):
    """What a supervisor with this role may see and do; what a new role does not say is as for the viewer."""

    messages: Annotated[Words, AfterValidator(_are_messages)] = MESSAGES[:5]
    """Messages its holders may send; "*" is for all. Everybody may send client-ready."""

    actions: Annotated[Words, AfterValidator(_are_actions)] = ()
    """Actions its holders may run: service:action, service:* for all of a service, or "*"."""

    services: Words = ()
    """Services whose options its holders may change; "*" is for all."""

    report_level: Literal["disabled", "none", "name", "full"] = "name"
    """The most its holders see of function calls: disabled, none, name or full; a dialplan may show less."""

    sees: Annotated[Words, AfterValidator(_are_sights)] = ()
    """Personal data its holders see: numbers, sensitive (what dialplans mask for others), audit (who did what), and
    recordings (they hear messages and recorded calls)."""

    dialplans: Words = ("*",)
    """Dialplans whose calls its holders see: names, tag:x for all with that tag, or "*"."""


BUILT_IN: dict[str, dict[str, Any]] = {
    "viewer": {},
    "coach": {"actions": ("dialogue:append",)},
    "supervisor": {"messages": MESSAGES, "actions": "*", "services": "*", "report_level": "full", "sees": SIGHTS},
    "admin": {"messages": "*", "actions": "*", "services": "*", "report_level": "full", "sees": SIGHTS},
}
"""The roles that are always there, as far as they differ from the viewer."""


def _with_built_in(roles: Any) -> Any:
    """What the settings say of a built-in role changes only the keys that they name."""
    if not isinstance(roles, Mapping):
        return roles
    return {
        name: {**BUILT_IN.get(name, {}), **given} if isinstance(given, Mapping) else given
        for name, given in {**{name: {} for name in BUILT_IN}, **roles}.items()
    }


Roles = Annotated[
    dict[Annotated[str, AfterValidator(_is_name)], RoleSettings],
    BeforeValidator(_with_built_in),
    Field(validate_default=True),
]
"""Roles by name, the built-in ones among them."""

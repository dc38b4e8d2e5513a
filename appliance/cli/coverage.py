"""The dialplans that roles and tokens name, held against those that there are; and the other way round."""

from collections.abc import Callable, Iterable, Iterator

from appliance.dialplan import LoadedDialplan, Problem
from appliance.rtvi import RTVIFunctionCallReportLevel
from appliance.settings import Settings
from appliance.settings.explained import unknown
from appliance.supervision.roles import Role


def strangers(words: Iterable[str], plans: Iterable[LoadedDialplan]) -> Iterator[str]:
    """What is wrong with each word that is neither a dialplan's name nor ``tag:x`` of one, nor "*"."""
    known: dict[str, None] = {}
    for loaded in plans:
        known |= dict.fromkeys([loaded.plan.name, *(f"tag:{tag}" for tag in loaded.plan.tags)])
    for word in words:
        if word != "*" and word not in known:
            yield unknown(word, known, "dialplan")


def uncovered(
    settings: Settings, place_of: Callable[[tuple[str, ...]], str], plans: Iterable[LoadedDialplan]
) -> Iterator[str]:
    """A line for each dialplan that a role of the settings covers and that is not there."""
    known = list(plans)
    for name, role in settings.roles.items():
        path = ("roles", name, "dialplans")
        for what in strangers(role.dialplans, known):
            yield f"{place_of(path)}: {'.'.join(path)}: {what}"


def unknown_roles(roles: Iterable[Role], plans: Iterable[LoadedDialplan]) -> Iterator[Problem]:
    """Roles that a dialplan is for and that the settings do not have."""
    known = [role.name for role in roles]
    for loaded in plans:
        for position, name in enumerate(loaded.plan.roles):
            if name not in known:
                yield loaded.source.problem(("roles", position), unknown(name, known, "role"))


def unanswerable(roles: Iterable[Role], plans: Iterable[LoadedDialplan]) -> Iterator[Problem]:
    """Supervised functions that nobody could answer, whoever watches."""
    able = [
        role
        for role in roles
        if role.report_level is RTVIFunctionCallReportLevel.FULL and role.may("llm-function-call-result")
    ]
    for loaded in plans:
        plan = loaded.plan
        asked = [name for name, function in plan.functions.items() if function.supervised]
        if asked and not any(role.covers(plan.name, plan.tags, plan.roles) for role in able):
            for name in asked:
                what = (
                    "nobody can answer it, expected a role that covers this dialplan, "
                    "with report_level full and llm-function-call-result among its messages"
                )
                yield loaded.source.problem(("functions", name), what)

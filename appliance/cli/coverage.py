"""The dialplans that roles and tokens name, held against those that there are."""

from collections.abc import Callable, Iterable, Iterator

from appliance.dialplan import LoadedDialplan
from appliance.settings import Settings
from appliance.settings.explained import unknown


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

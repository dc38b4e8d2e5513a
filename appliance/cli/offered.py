"""The actions and services that roles permit, held against those that calls offer."""

from collections.abc import Callable, Iterator

from appliance.call.actions import ACTIONS
from appliance.call.services import SERVICES
from appliance.settings import Settings
from appliance.settings.explained import unknown


def unoffered(settings: Settings, place_of: Callable[[tuple[str, ...]], str]) -> Iterator[str]:
    """A line for each action and service that a role of the settings permits and no call offers."""
    actions = dict.fromkeys(f"{offer.service}:{action}" for offer in ACTIONS for action in (offer.action, "*"))
    for name, role in settings.roles.items():
        for key, words, known in (("actions", role.actions, actions), ("services", role.services, SERVICES)):
            for word in words:
                if word != "*" and word not in known:
                    path = ("roles", name, key)
                    yield f"{place_of(path)}: {'.'.join(path)}: {unknown(word, known, key.rstrip('s'))}"

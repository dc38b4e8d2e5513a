"""What the messages of a dialplan need of the settings."""

from collections.abc import Iterator

from appliance.dialplan.engine_checks import NO_EAR, engine_names
from appliance.dialplan.loaded import LoadedDialplan
from appliance.dialplan.message import MessageStep
from appliance.dialplan.problems import Place, Problem
from appliance.dialplan.schema import Dialplan
from appliance.settings import Settings
from appliance.settings.lineups import hears_freely
from appliance.settings.reach import out_of_reach

NO_MAIL = "nobody takes mail, expected `mail.host` in the settings"


def missing_for_messages(loaded: LoadedDialplan, settings: Settings) -> Iterator[Problem]:
    """Every problem with its place."""
    for place, what in _missing(loaded.plan, settings):
        yield loaded.source.problem(place, what)


def _missing(plan: Dialplan, settings: Settings) -> Iterator[tuple[Place, str]]:
    for name, step in plan.steps.items():
        if not isinstance(step, MessageStep):
            continue
        for position, address in enumerate(step.message.notify):
            place = ("steps", name, "message", "notify", position)
            if "://" not in address:
                yield from [] if settings.mail.host else [(place, NO_MAIL)]
            elif what := out_of_reach(address, settings):
                yield place, what
        if step.message.transcript and not hears_freely(settings, engine_names(plan, settings, "transcriber")):
            yield ("steps", name, "message", "transcript"), NO_EAR

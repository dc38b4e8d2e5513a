"""What a dialplan wants of the carrier that the settings have no credentials for."""

from collections.abc import Iterator

from appliance.dialplan.llm import LLMStep
from appliance.dialplan.loaded import LoadedDialplan
from appliance.dialplan.problems import Place, Problem
from appliance.dialplan.schema import Dialplan
from appliance.dialplan.transfer import TransferStep
from appliance.settings import Settings

NO_REST = "needs Twilio's REST API, expected `twilio.account_sid` and `twilio.auth_token` in the settings"


def missing_credentials(loaded: LoadedDialplan, settings: Settings) -> Iterator[Problem]:
    """Every problem with its place."""
    if settings.twilio.account_sid is None or settings.twilio.auth_token is None:
        for place, what in _over_rest(loaded.plan):
            yield loaded.source.problem(place, f"{what} {NO_REST}")


def _over_rest(plan: Dialplan) -> Iterator[tuple[Place, str]]:
    for name, step in plan.steps.items():
        if isinstance(step, TransferStep) and step.transfer.warm:
            yield ("steps", name, "transfer", "warm"), "telling a person first"
        elif isinstance(step, LLMStep):
            for key, to in step.transfer_to.items():
                if to.warm:
                    yield ("steps", name, "transfer_to", key, "warm"), "telling a person first"
    for name, function in plan.functions.items():
        if function.sms is not None:
            yield ("functions", name, "sms"), "a text message"

"""What a dialplan wants in the record of its calls, filled with what the call has collected."""

import logging
from collections.abc import Mapping

from appliance.dialplan import Value, fill
from appliance.dialplan.schema import Dialplan
from appliance.errors import EngineError

log = logging.getLogger(__name__)


def metadata_of(plan: Dialplan, variables: Mapping[str, Value]) -> dict[str, str]:
    """The texts by name; one that cannot be filled is left out, with a line for the operator."""
    filled = {}
    for name, text in plan.metadata.items():
        try:
            filled[name] = fill(text, variables)
        except EngineError as error:
            log.error("metadata.%s is not in the record: %s", name, error)
    return filled

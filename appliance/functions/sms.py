"""The kind `sms`: sends a text message."""

from collections.abc import Mapping
from typing import Any

from appliance.dialplan import Function, fill, normalised
from appliance.dialplan.functions.sms import LONGEST_SMS
from appliance.dialplan.numbers import is_e164
from appliance.errors import CarrierError, EngineError, FunctionError
from appliance.functions.surroundings import Surroundings

SENT = "sent"
"""The result."""


class SmsExecutor:
    """Sends one of the dialplan's text messages."""

    def __init__(self, function: Function, surroundings: Surroundings) -> None:
        assert function.sms is not None
        self._sms = function.sms
        self._around = surroundings

    async def run(self, arguments: Mapping[str, Any]) -> Any:
        """See Executor: ``sent`` once the carrier has taken it."""
        send = self._around.means.send_sms
        if send is None:
            raise FunctionError("There are no credentials for sending text messages.")
        try:
            values = {**self._around.variables(), **arguments}
            to, text = normalised(fill(self._sms.to, values)), fill(self._sms.text, values).strip()
        except EngineError as error:
            raise FunctionError(str(error)) from None
        if not is_e164(to):
            raise FunctionError("There is no telephone number to send it to.")
        if not 0 < len(text) <= LONGEST_SMS:
            raise FunctionError(f"The text has {len(text)} characters, expected 1 to {LONGEST_SMS}.")
        try:
            await send(to, self._sender(), text)
        except CarrierError as error:
            raise FunctionError(f"It was not sent: {error}.") from None
        return SENT

    def _sender(self) -> str:
        number = normalised(self._sms.from_ or self._around.means.own_number or self._around.called)
        if not is_e164(number):
            raise FunctionError("There is no telephone number to send it from.")
        return number

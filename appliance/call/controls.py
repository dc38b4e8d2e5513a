"""What supervisors may do to a call, put together: its services, its actions, and taking it over."""

from __future__ import annotations

from collections.abc import Callable

from appliance.call.actions import Actions, offer_actions
from appliance.call.ending import EndWatch
from appliance.call.services import offer_services
from appliance.call.takeover import TakeOver
from appliance.call.wiring import CallPipeline
from appliance.dialplan import Dialplan
from appliance.rtvi import RTVIProcessor
from appliance.rtvi.client_messages import ClientMessage
from appliance.speech.base import Synthesizer


def offer_controls(
    pipeline: CallPipeline,
    plan: Dialplan,
    voices: Synthesizer,
    end: EndWatch,
    *,
    reads_context: bool,
    taken_over_by: Callable[[str | None], None],
) -> None:
    """Registers everything with the call's RTVI processor.

    ``voices`` speaks samples of new voices, ``end`` knows whether the call is ending, ``reads_context`` says whether
    the dialogue does, and ``taken_over_by`` is told who has the call.
    """
    rtvi = pipeline.task.rtvi
    take_over = TakeOver(pipeline, taken_over_by)
    offer_services(pipeline, plan, voices)
    offer_actions(rtvi, Actions(pipeline, take_over, end, reads_context=reads_context))
    rtvi.add_event_handler("on_client_message", refuse_client_message)


async def refuse_client_message(rtvi: RTVIProcessor, message: ClientMessage) -> None:
    """Answers what nobody on a call answers, so that whoever asked does not wait for it."""
    await rtvi.send_error_response(message, f"Nobody answers a client message of the type {message.type[:80]!r} here.")

"""What supervisors may do to a call, put together: its services, its actions, taking it over, listening to it."""

from __future__ import annotations

from collections.abc import Callable

from appliance.call.actions import Actions, offer_actions
from appliance.call.caller_audio import CALLER_AUDIO, CallerAudio
from appliance.call.ending import EndWatch
from appliance.call.engines import Engines
from appliance.call.services import offer_services
from appliance.call.takeover import TakeOver
from appliance.call.wiring import CallPipeline
from appliance.dialogue.scripted import ScriptedDialogue
from appliance.dialplan import Dialplan
from appliance.errors import RequestError
from appliance.rtvi import RTVIProcessor
from appliance.rtvi.client_messages import ClientMessage


def offer_controls(
    pipeline: CallPipeline,
    plan: Dialplan,
    engines: Engines,
    end: EndWatch,
    dialogue: ScriptedDialogue,
    *,
    taken_over_by: Callable[[str | None], None],
) -> None:
    """Registers everything with the call's RTVI processor.

    ``engines`` speak samples of new voices, ``end`` knows whether the call is ending, and ``taken_over_by`` is told who
    has the call.
    """
    rtvi = pipeline.task.rtvi
    actions = Actions(pipeline, TakeOver(pipeline, taken_over_by), end, reads_context=dialogue.reads_context)
    rtvi.cannot_answer = actions.cannot_answer
    offer_services(pipeline, plan, engines, dialogue.use)
    offer_actions(rtvi, actions)
    answer_client_messages(rtvi, CallerAudio(pipeline))


def answer_client_messages(rtvi: RTVIProcessor, caller_audio: CallerAudio) -> None:
    """Answers the ``client-message``s that a call knows, and the others too: whoever asked must not wait for it."""

    @rtvi.event_handler("on_client_message")
    async def answer(rtvi: RTVIProcessor, message: ClientMessage) -> None:
        if message.type != CALLER_AUDIO or message.viewer is None:
            problem = f"Nobody answers a client message of the type {message.type[:80]!r} here."
            await rtvi.send_error_response(message, problem)
            return
        on = isinstance(message.data, dict) and message.data.get("on") is True
        try:
            caller_audio.listen(message.viewer, on)
        except RequestError as refused:
            await rtvi.send_error_response(message, str(refused))
        else:
            await rtvi.send_server_response(message, {"on": on})

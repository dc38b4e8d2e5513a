"""What each message of a client does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from appliance.errors import ProtocolError, RequestError
from appliance.frames import (
    EndFrame,
    FunctionCallResultFrame,
    InputAudioRawFrame,
    InputDTMFFrame,
    LLMMessagesAppendFrame,
)
from appliance.rtvi.audience import Seat
from appliance.rtvi.audit import ONLY_LOOKS, audited
from appliance.rtvi.client_messages import (
    AppendToContextMessage,
    ClientMessage,
    ClientReadyMessage,
    DisconnectBotMessage,
    DTMFMessage,
    LLMFunctionCallResultMessage,
    RawAudioBatchMessage,
    RawAudioMessage,
    RawClientMessage,
    SendTextMessage,
    SendTextOptions,
)
from appliance.rtvi.envelope import FromClient, Message
from appliance.rtvi.frames import (
    RTVIClientMessageFrame,
    RTVIUICancelJobGroupFrame,
    RTVIUIEventFrame,
    RTVIUISnapshotFrame,
)
from appliance.rtvi.microphones import pieces_of
from appliance.rtvi.permissions import lacking, not_permitted
from appliance.rtvi.reading import read_data
from appliance.rtvi.service_messages import (
    ActionMessage,
    DescribeActionsMessage,
    DescribeConfigMessage,
    GetConfigMessage,
    UpdateConfigMessage,
)
from appliance.rtvi.sound import BOT_AUDIO
from appliance.rtvi.ui_messages import UICancelJobGroupMessage, UIEventMessage, UISnapshotMessage

if TYPE_CHECKING:
    from appliance.rtvi.processor import RTVIProcessor

Handler = Callable[["RTVIProcessor", Seat | None, Any], Awaitable[None]]


async def handle_inbound(rtvi: RTVIProcessor, seat: Seat | None, message: Message | FromClient) -> None:
    """Checks a message, and whether its sender may send it (the program itself, None, may all), and handles it."""
    kind = message.type
    try:
        model, handler = INBOUND[kind]
    except KeyError:
        rtvi.refuse(seat, message.id, f"Unsupported type {kind[:80]}")
        return
    try:
        known = read_data(model, message) if isinstance(message, Message) else message
    except ProtocolError as error:
        rtvi.refuse(seat, message.id, str(error))
        return
    if seat is None:
        await handler(rtvi, None, known)
    else:
        await _handle(rtvi, seat, known, handler)


async def _handle(rtvi: RTVIProcessor, seat: Seat, message: FromClient, handler: Handler) -> None:
    permission = lacking(seat.viewer, message)
    is_early = not seat.served and not isinstance(message, ClientReadyMessage)
    if permission is None and is_early and isinstance(message, UISnapshotMessage):
        seat.snapshot = message
        return
    with audited(rtvi, seat, message):
        if permission is not None:
            rtvi.refuse(seat, message.id, not_permitted(seat.viewer, permission))
        elif is_early:
            rtvi.refuse(seat, message.id, f"A {message.type} message before client-ready cannot be handled.")
        elif rtvi.is_over and message.type not in ONLY_LOOKS:
            rtvi.refuse(seat, message.id, f"The call has ended: this {message.type} message was not handled.")
        else:
            await handler(rtvi, seat, message)


async def _client_ready(rtvi: RTVIProcessor, seat: Seat | None, message: ClientReadyMessage) -> None:
    if seat is not None:
        await rtvi.client_ready(seat, message)


async def _disconnect_bot(rtvi: RTVIProcessor, seat: Seat | None, message: DisconnectBotMessage) -> None:
    await rtvi.push_frame(EndFrame(reason="disconnect-bot"))


async def _client_message(rtvi: RTVIProcessor, seat: Seat | None, message: RawClientMessage) -> None:
    kind, data = message.data.t, message.data.d
    if kind == BOT_AUDIO and seat is not None:
        _listen(rtvi, seat, message.id, isinstance(data, dict) and data.get("on") is True)
        return
    viewer = seat.viewer if seat else None
    await rtvi.fire(seat, message.id, "on_client_message", ClientMessage.of(message.id, kind, data, viewer))
    await rtvi.push_frame(RTVIClientMessageFrame(message.id, kind, data, viewer))


def _listen(rtvi: RTVIProcessor, seat: Seat, request: str, on: bool) -> None:
    try:
        rtvi.bot_sound.listen(seat, on)
    except RequestError as refused:
        rtvi.refuse(seat, request, str(refused))
    else:
        rtvi.audience.send(seat, "server-response", {"t": BOT_AUDIO, "d": {"on": on}}, answers=request)


async def _send_text(rtvi: RTVIProcessor, seat: Seat | None, message: SendTextMessage) -> None:
    options = message.data.options or SendTextOptions()
    said = {"role": "user", "content": message.data.content}
    await _append(rtvi, seat, message, said, options)


async def _append_to_context(rtvi: RTVIProcessor, seat: Seat | None, message: AppendToContextMessage) -> None:
    said = {"role": message.data.role, "content": message.data.content}
    await _append(rtvi, seat, message, said, SendTextOptions(run_immediately=message.data.run_immediately))


async def _append(
    rtvi: RTVIProcessor, seat: Seat | None, message: FromClient, said: dict[str, Any], options: SendTextOptions
) -> None:
    """What was being said is committed, as far as it was heard, before anything is appended to it."""
    run = options.run_immediately
    if run and (why := rtvi.cannot_answer()) is not None:
        rtvi.refuse(seat, message.id, f"The bot answers nothing: {why}.")
        return
    if run:
        await rtvi.interrupt_bot()
        await rtvi.flush()
    by = seat.viewer.name if seat else None
    await rtvi.push_frame(LLMMessagesAppendFrame([said], run, options.audio_response, by))


async def _dtmf(rtvi: RTVIProcessor, seat: Seat | None, message: DTMFMessage) -> None:
    """Like a key of the caller's, the first one silences the bot."""
    await rtvi.supersede()
    for button in message.data.buttons:
        await rtvi.push_frame(InputDTMFFrame(button, seat.viewer.name if seat else None))


async def _audio(rtvi: RTVIProcessor, seat: Seat | None, message: RawAudioMessage | RawAudioBatchMessage) -> None:
    """Audio that the program itself gives is the user's."""
    for pcm, sample_rate, num_channels in pieces_of(message):
        await rtvi.push_frame(InputAudioRawFrame(pcm, sample_rate, num_channels))


async def _function_result(rtvi: RTVIProcessor, seat: Seat | None, message: LLMFunctionCallResultMessage) -> None:
    """The call's own arguments count: a client need not send them back as they were."""
    data, id_ = message.data, message.data.tool_call_id
    try:
        call, result = rtvi.functions.take(id_, data.function_name, data.result, seat.viewer if seat else None)
    except (ProtocolError, RequestError) as refused:
        rtvi.refuse(seat, message.id, str(refused))
        return
    by = seat.viewer.name if seat else None
    await rtvi.push_frame(FunctionCallResultFrame(call.function_name, id_, dict(call.arguments or {}), result, by))


async def _ui_event(rtvi: RTVIProcessor, seat: Seat | None, message: UIEventMessage) -> None:
    viewer = seat.viewer if seat else None
    await rtvi.fire(seat, message.id, "on_ui_message", message)
    await rtvi.push_frame(RTVIUIEventFrame(message.id, message.data.event, message.data.payload, viewer))


async def _ui_snapshot(rtvi: RTVIProcessor, seat: Seat | None, message: UISnapshotMessage) -> None:
    viewer = seat.viewer if seat else None
    await rtvi.fire(seat, message.id, "on_ui_message", message)
    await rtvi.push_frame(RTVIUISnapshotFrame(message.id, message.data.tree, viewer))


async def _ui_cancel(rtvi: RTVIProcessor, seat: Seat | None, message: UICancelJobGroupMessage) -> None:
    viewer = seat.viewer if seat else None
    await rtvi.fire(seat, message.id, "on_ui_message", message)
    await rtvi.push_frame(RTVIUICancelJobGroupFrame(message.id, message.data.job_id, message.data.reason, viewer))


async def _describe_config(rtvi: RTVIProcessor, seat: Seat | None, message: DescribeConfigMessage) -> None:
    rtvi.audience.send(seat, "config-available", rtvi.services.description(), answers=message.id)


async def _get_config(rtvi: RTVIProcessor, seat: Seat | None, message: GetConfigMessage) -> None:
    rtvi.audience.send(seat, "config", rtvi.services.values(), answers=message.id)


async def _update_config(rtvi: RTVIProcessor, seat: Seat | None, message: UpdateConfigMessage) -> None:
    problem = await rtvi.services.update(message.data.config, interrupt=message.data.interrupt)
    if problem is None:
        rtvi.audience.send(seat, "config", rtvi.services.values(), answers=message.id)
    else:
        rtvi.refuse(seat, message.id, problem)


async def _describe_actions(rtvi: RTVIProcessor, seat: Seat | None, message: DescribeActionsMessage) -> None:
    rtvi.audience.send(seat, "actions-available", rtvi.actions.description(), answers=message.id)


async def _action(rtvi: RTVIProcessor, seat: Seat | None, message: ActionMessage) -> None:
    await rtvi.actions.run(message.data, message.id, seat)


INBOUND: dict[str, tuple[type[FromClient], Handler]] = {
    "client-ready": (ClientReadyMessage, _client_ready),
    "disconnect-bot": (DisconnectBotMessage, _disconnect_bot),
    "client-message": (RawClientMessage, _client_message),
    "send-text": (SendTextMessage, _send_text),
    "append-to-context": (AppendToContextMessage, _append_to_context),
    "dtmf": (DTMFMessage, _dtmf),
    "raw-audio": (RawAudioMessage, _audio),
    "raw-audio-batch": (RawAudioBatchMessage, _audio),
    "llm-function-call-result": (LLMFunctionCallResultMessage, _function_result),
    "ui-event": (UIEventMessage, _ui_event),
    "ui-snapshot": (UISnapshotMessage, _ui_snapshot),
    "ui-cancel-job-group": (UICancelJobGroupMessage, _ui_cancel),
    "describe-config": (DescribeConfigMessage, _describe_config),
    "get-config": (GetConfigMessage, _get_config),
    "update-config": (UpdateConfigMessage, _update_config),
    "describe-actions": (DescribeActionsMessage, _describe_actions),
    "action": (ActionMessage, _action),
}
"""Each type's model and what it does; audio of viewers never gets here."""

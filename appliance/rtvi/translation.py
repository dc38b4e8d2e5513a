"""The table of what each frame says to viewers: frame type -> function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from appliance.frames import (
    AggregatedTextFrame,
    AggregatedTextProgressFrame,
    AssistantMessageFrame,
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    ErrorFrame,
    Frame,
    FunctionCallCancelFrame,
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
    FunctionCallsStartedFrame,
    InputAudioRawFrame,
    InterimTranscriptionFrame,
    InterruptionFrame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMMessagesAppendFrame,
    LLMSearchResponseFrame,
    LLMTextFrame,
    Message,
    MetricsFrame,
    StartFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
    TTSTextFrame,
    UserMuteStartedFrame,
    UserMuteStoppedFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
    text_of,
)
from appliance.rtvi.frames import (
    RTVIConfigureObserverFrame,
    RTVIServerMessageFrame,
    RTVIServerResponseFrame,
    RTVIUICommandFrame,
    RTVIUIJobGroupFrame,
)
from appliance.rtvi.function_rows import function_in_progress, function_stopped, functions_started
from appliance.rtvi.masking import WITHHELD, Mask
from appliance.rtvi.metrics import metrics_data
from appliance.rtvi.said import Remark

if TYPE_CHECKING:
    from appliance.rtvi.observer import RTVIObserver

MOST_MESSAGES_BEFORE = 20
"""So many messages of the context are looked at for the beginning of a number."""

Translate = Callable[["RTVIObserver", Any], None]


@dataclass(frozen=True, slots=True)
class Row:
    """What is done with a frame type."""

    translate: Translate
    switch: str | None = None
    """The field of RTVIObserverParams that must be true."""
    is_kept: bool = False
    """Whether it is translated even if nobody watches, because it changes what a late viewer is told."""
    is_played: bool = False
    """Whether only the output transport's push counts: the one in time with the audio."""


def _bot_started(observer: RTVIObserver, frame: BotStartedSpeakingFrame) -> None:
    if observer.params.bot_speaking_enabled:
        observer.audience.publish("bot-started-speaking")
    observer.output.bot_started()


def _bot_stopped(observer: RTVIObserver, frame: BotStoppedSpeakingFrame) -> None:
    observer.output.bot_stopped()
    if observer.params.bot_speaking_enabled:
        observer.audience.publish("bot-stopped-speaking")


def _interrupted(observer: RTVIObserver, frame: InterruptionFrame) -> None:
    observer.output.interrupted()
    observer.rtvi.conversation.interrupted()
    observer.reply.clear()
    if observer.params.bot_speaking_enabled:
        observer.audience.publish("bot-interrupted")


def _event(kind: str) -> Translate:
    """A message without data."""

    def translate(observer: RTVIObserver, frame: Frame) -> None:
        observer.audience.publish(kind)

    return translate


def _transcription(observer: RTVIObserver, frame: TranscriptionFrame) -> None:
    data = {"text": frame.text, "user_id": frame.user_id, "timestamp": frame.timestamp, "final": True}
    said = observer.caller.add(frame.text)
    observer.rtvi.conversation.user_said(data)

    def mask() -> dict[str, Any]:
        redactor = observer.audience.redactor
        return {**data, "user_id": redactor.mask(frame.user_id), "text": said.masked(redactor)}

    observer.audience.publish("user-transcription", data, mask=mask)


def _interim(observer: RTVIObserver, frame: InterimTranscriptionFrame) -> None:
    data = {"text": frame.text, "user_id": frame.user_id, "timestamp": frame.timestamp, "final": False}
    said = Remark(frame.text, observer.caller.text)

    def mask() -> dict[str, Any]:
        redactor = observer.audience.redactor
        return {**data, "user_id": redactor.mask(frame.user_id), "text": said.masked_so_far(redactor)}

    observer.audience.publish("user-transcription", data, droppable=True, mask=mask)


def _context(observer: RTVIObserver, frame: LLMContextFrame) -> None:
    if frame.keys is not None:
        observer.rtvi.conversation.user_pressed(frame.keys, frame.by)
        if frame.by is not None:
            _said_for_caller(observer, {"by": frame.by, "text": frame.keys, "keys": True})
    messages = frame.context.messages
    if not messages or messages[-1].get("role") != "user" or messages[-1].get("content") is None:
        return
    data = {"text": text_of(messages[-1])}
    before = "" if observer.audience.redactor.is_empty else _said_before(messages)
    observer.audience.publish("user-llm-text", data, mask=_masks(observer, Remark(data["text"], before)))


def _written(observer: RTVIObserver, frame: LLMMessagesAppendFrame) -> None:
    """A supervisor's words in the caller's place; what is written to the dialogue is nobody's."""
    for message in frame.messages:
        if frame.by is not None and message.get("role") == "user":
            observer.rtvi.conversation.user_typed(text_of(message), frame.by)
            _said_for_caller(observer, {"by": frame.by, "text": text_of(message)})


def _said_for_caller(observer: RTVIObserver, data: dict[str, Any]) -> None:
    told = {"type": "said-for-caller", **data}
    said = observer.caller.add(data["text"])
    observer.audience.publish(
        "server-message", told, mask=lambda: told | {"text": said.masked(observer.audience.redactor)}
    )


def _said_before(messages: list[Message]) -> str:
    """What the caller had said before the last message."""
    return " ".join(text_of(message) for message in messages[-MOST_MESSAGES_BEFORE:-1] if message.get("role") == "user")


def _llm_text(observer: RTVIObserver, frame: LLMTextFrame) -> None:
    whole = observer.reply.add(frame.text)
    mask = _masks(observer, whole) if whole.text else _withheld
    observer.audience.publish("bot-llm-text", {"text": frame.text}, mask=mask)
    _sentences(observer, whole)


def _llm_stopped(observer: RTVIObserver, frame: LLMFullResponseEndFrame) -> None:
    rest = observer.reply.rest()
    if rest.text:
        mask = _masks(observer, rest)
        observer.audience.publish("bot-llm-text", {"text": rest.text}, to=observer.audience.masks, mask=mask)
    _sentences(observer, rest)
    observer.audience.publish("bot-llm-stopped")


def _sentences(observer: RTVIObserver, whole: Remark) -> None:
    if whole.text.strip():
        observer.audience.publish("bot-transcription", {"text": whole.text}, mask=_masks(observer, whole))


def _masks(observer: RTVIObserver, remark: Remark) -> Mask:
    """The remark masked, as a message's ``text``."""
    return lambda: {"text": remark.masked(observer.audience.redactor)}


def _withheld() -> Any:
    return WITHHELD


def _metrics(observer: RTVIObserver, frame: MetricsFrame) -> None:
    observer.audience.publish("metrics", metrics_data(frame.data), droppable=True)


def _error(observer: RTVIObserver, frame: ErrorFrame) -> None:
    data: dict[str, Any] = {"error": frame.error, "message": frame.error, "fatal": frame.fatal}
    if frame.gave_up is not None:
        data["gave_up"] = frame.gave_up
    observer.audience.publish("error", data)


def _search(observer: RTVIObserver, frame: LLMSearchResponseFrame) -> None:
    data: dict[str, Any] = {"search_result": frame.search_result, "rendered_content": frame.rendered_content}
    data["origins"] = [
        _present(
            {
                "site_uri": origin.site_uri,
                "site_title": origin.site_title,
                "results": [{"text": hit.text, "confidence": hit.confidence} for hit in origin.results],
            }
        )
        for origin in frame.origins
    ]
    observer.audience.publish("bot-llm-search-response", _present(data))


def _server_message(observer: RTVIObserver, frame: RTVIServerMessageFrame) -> None:
    observer.audience.publish("server-message", frame.data)


def _server_response(observer: RTVIObserver, frame: RTVIServerResponseFrame) -> None:
    request = frame.client_msg
    seat = observer.audience.seats.get(request.viewer.id) if request.viewer else None
    if request.viewer is not None and seat is None:
        return  # Whoever asked is gone.
    if frame.error is not None:
        observer.rtvi.refuse(seat, request.msg_id, frame.error)
    else:
        data = _present({"t": request.type, "d": frame.data})
        observer.audience.send(seat, "server-response", data, answers=request.msg_id)


def _ui_command(observer: RTVIObserver, frame: RTVIUICommandFrame) -> None:
    observer.audience.publish("ui-command", _present({"command": frame.command, "payload": frame.payload}))


def _ui_job_group(observer: RTVIObserver, frame: RTVIUIJobGroupFrame) -> None:
    observer.audience.publish("ui-job-group", frame.data.model_dump(mode="json", exclude_none=True))


def _bot_audio(observer: RTVIObserver, frame: TTSAudioRawFrame) -> None:
    observer.rtvi.bot_sound.tell(frame.audio, frame.sample_rate, frame.num_channels)
    if observer.params.bot_audio_level_enabled:
        observer.bot_level.hear(frame.audio)


def _bot_text(observer: RTVIObserver, frame: AggregatedTextFrame) -> None:
    observer.output.text(frame)


def _bot_progress(observer: RTVIObserver, frame: AggregatedTextProgressFrame) -> None:
    observer.output.progress(frame)


def _bot_committed(observer: RTVIObserver, frame: AssistantMessageFrame) -> None:
    observer.output.committed(frame)


def _user_audio(observer: RTVIObserver, frame: InputAudioRawFrame) -> None:
    observer.user_level.hear(frame.audio)


def _present(data: dict[str, Any]) -> dict[str, Any]:
    """Without absent values."""
    return {key: value for key, value in data.items() if value is not None}


ROWS: dict[type[Frame], Row] = {
    StartFrame: Row(lambda observer, _: observer.begin_logs(), "system_logs_enabled", is_kept=True),
    UserStartedSpeakingFrame: Row(_event("user-started-speaking"), "user_speaking_enabled"),
    UserStoppedSpeakingFrame: Row(_event("user-stopped-speaking"), "user_speaking_enabled"),
    VADUserStartedSpeakingFrame: Row(_event("vad-user-started-speaking"), "vad_user_speaking_enabled"),
    VADUserStoppedSpeakingFrame: Row(_event("vad-user-stopped-speaking"), "vad_user_speaking_enabled"),
    UserMuteStartedFrame: Row(_event("user-mute-started"), "user_mute_enabled"),
    UserMuteStoppedFrame: Row(_event("user-mute-stopped"), "user_mute_enabled"),
    BotStartedSpeakingFrame: Row(_bot_started, is_kept=True),
    BotStoppedSpeakingFrame: Row(_bot_stopped, is_kept=True),
    InterruptionFrame: Row(_interrupted, is_kept=True),
    TranscriptionFrame: Row(_transcription, "user_transcription_enabled", is_kept=True),
    InterimTranscriptionFrame: Row(_interim, "user_transcription_enabled"),
    LLMMessagesAppendFrame: Row(_written, is_kept=True),
    LLMContextFrame: Row(_context, "user_llm_enabled", is_kept=True),
    LLMFullResponseStartFrame: Row(_event("bot-llm-started"), "bot_llm_enabled"),
    LLMFullResponseEndFrame: Row(_llm_stopped, "bot_llm_enabled", is_kept=True),
    LLMTextFrame: Row(_llm_text, "bot_llm_enabled", is_kept=True),
    LLMSearchResponseFrame: Row(_search, "bot_llm_enabled"),
    TTSStartedFrame: Row(_event("bot-tts-started"), "bot_tts_enabled"),
    TTSStoppedFrame: Row(_event("bot-tts-stopped"), "bot_tts_enabled"),
    TTSTextFrame: Row(_bot_text, is_kept=True, is_played=True),
    AggregatedTextFrame: Row(_bot_text, is_kept=True, is_played=True),
    AggregatedTextProgressFrame: Row(_bot_progress, is_played=True),
    AssistantMessageFrame: Row(_bot_committed, is_kept=True),
    MetricsFrame: Row(_metrics, "metrics_enabled"),
    ErrorFrame: Row(_error),
    FunctionCallsStartedFrame: Row(functions_started, is_kept=True),
    FunctionCallInProgressFrame: Row(function_in_progress, is_kept=True),
    FunctionCallResultFrame: Row(function_stopped, is_kept=True),
    FunctionCallCancelFrame: Row(function_stopped, is_kept=True),
    RTVIServerMessageFrame: Row(_server_message),
    RTVIServerResponseFrame: Row(_server_response, is_kept=True),
    RTVIConfigureObserverFrame: Row(lambda observer, frame: observer.configure(frame), is_kept=True),
    RTVIUICommandFrame: Row(_ui_command),
    RTVIUIJobGroupFrame: Row(_ui_job_group),
    InputAudioRawFrame: Row(_user_audio, "user_audio_level_enabled"),
    TTSAudioRawFrame: Row(_bot_audio),
}

"""The RTVI observer: watches a call's frames and tells its viewers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from appliance.frames import Frame, InputAudioRawFrame, StartFrame
from appliance.pipeline import BaseObserver, FrameProcessor, FramePushed, SeenFrames
from appliance.rtvi.audio_level import AudioLevel
from appliance.rtvi.bot_output import BotOutput
from appliance.rtvi.frames import RTVIConfigureObserverFrame
from appliance.rtvi.levels import RTVIFunctionCallReportLevel, level_of
from appliance.rtvi.params import BotOutputTransform, RTVIObserverParams
from appliance.rtvi.said import Gathered, Said
from appliance.rtvi.system_log import CallLog
from appliance.rtvi.transforms import ANY_TYPE, Transforms
from appliance.rtvi.translation import ROWS, Row

if TYPE_CHECKING:
    from appliance.rtvi.processor import RTVIProcessor

_OPTIONAL: dict[type[Frame], str] = {
    InputAudioRawFrame: "user_audio_level_enabled",
    StartFrame: "system_logs_enabled",
}
"""Frame types that are not even asked for while their switch is off."""


class RTVIObserver(BaseObserver):
    """Translates frames into messages, each frame once; costs next to nothing while nobody watches."""

    def __init__(self, rtvi: RTVIProcessor, *, params: RTVIObserverParams | None = None) -> None:
        self.rtvi = rtvi
        self.audience = rtvi.audience
        self.functions = rtvi.functions
        self.params = replace(params or RTVIObserverParams())
        self.frame_types = tuple(
            kind for kind in ROWS if kind not in _OPTIONAL or getattr(self.params, _OPTIONAL[kind])
        )
        self.reply = Gathered()
        """What the dialogue writes, by the sentence."""
        self.caller = Said()
        self.user_level: AudioLevel = self._level("user-audio-level")
        self.bot_level = self._level("bot-audio-level")
        self._transforms = Transforms()
        self.output: BotOutput = BotOutput(rtvi, self.params, self._transforms)
        self._ignored = set(self.params.ignored_sources)
        self._seen = SeenFrames()
        self._rows: dict[type[Frame], Row | None] = {}
        self._log: CallLog | None = None
        for aggregation_type, function in self.params.bot_output_transforms or ():
            self.add_bot_output_transformer(function, aggregation_type)

    @property
    def active(self) -> bool:
        """Whether a viewer that is ready watches."""
        return bool(self.audience.watching)

    async def on_push_frame(self, data: FramePushed) -> None:
        """Tells viewers of a frame the first time it is pushed, or when its text has been through the output."""
        frame = data.frame
        try:
            row = self._rows[type(frame)]
        except KeyError:
            row = self._rows[type(frame)] = _row(type(frame))
        if row is None:
            return
        if row.is_played:
            if not getattr(data.source, "plays_audio", False):
                return
        elif not self._seen.is_new(frame):
            return
        if not (row.is_kept or self.audience.watching) or data.source in self._ignored:
            return
        if row.switch is None or getattr(self.params, row.switch):
            row.translate(self, frame)

    def add_bot_output_transformer(self, function: BotOutputTransform, aggregation_type: str = ANY_TYPE) -> None:
        """Has a function change the bot's text of that aggregation type (``*``: of all) before viewers see it."""
        self._transforms.add(function, aggregation_type)

    def remove_bot_output_transformer(self, function: BotOutputTransform, aggregation_type: str = ANY_TYPE) -> None:
        """Takes a transform back that was added for that type."""
        self._transforms.remove(function, aggregation_type)

    def add_ignored_source(self, source: FrameProcessor) -> None:
        """What this processor pushes is not reported from here on."""
        self._ignored.add(source)

    def remove_ignored_source(self, source: FrameProcessor) -> None:
        """What this processor pushes is reported again."""
        self._ignored.discard(source)

    def configure(self, frame: RTVIConfigureObserverFrame) -> None:
        """Takes over what the frame sets; function calls that are open keep the level they began with."""
        if frame.function_call_report_level is not None:
            self.params.function_call_report_level = dict(frame.function_call_report_level)
        if frame.vad_user_speaking_enabled is not None:
            self.params.vad_user_speaking_enabled = frame.vad_user_speaking_enabled

    def report_level(self, function_name: str) -> RTVIFunctionCallReportLevel:
        """How much is reported of a function whose call begins now."""
        return level_of(self.params.function_call_report_level, function_name)

    def begin_logs(self) -> None:
        """From here on viewers get the log lines of this call."""
        self._log = CallLog(self.rtvi.inbox.call_id, self._tell_log)

    def _tell_log(self, line: str) -> None:
        self.audience.publish("system-log", {"text": line}, droppable=True)

    def _level(self, kind: str) -> AudioLevel:
        return AudioLevel(
            self.params.audio_level_period_secs,
            lambda value: self.audience.publish(kind, {"value": value}, droppable=True),
        )


def _row(kind: type[Frame]) -> Row | None:
    """The row of a frame type, or of the nearest type that it is a kind of."""
    return next((ROWS[base] for base in kind.__mro__ if base in ROWS), None)

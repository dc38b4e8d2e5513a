"""What the bot says, segment by segment, in time with the audio: ``bot-output`` and ``bot-tts-text``."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from appliance.frames import AggregatedTextFrame, AggregatedTextProgressFrame, AssistantMessageFrame, TTSTextFrame
from appliance.rtvi.audience import Seat, Slot
from appliance.rtvi.conversation import heard_part
from appliance.rtvi.params import RTVIObserverParams
from appliance.rtvi.server_messages import SpokenStatus
from appliance.rtvi.transforms import Spoken, Transforms

if TYPE_CHECKING:
    from appliance.rtvi.processor import RTVIProcessor

FINE_TYPES = frozenset({"word", "token"})
"""Segments this fine are no ``bot-output`` for clients of protocol 2: word progress tells the same."""

_Then = Callable[[AggregatedTextFrame, Spoken], None]

MOST_SEGMENTS = 64
MOST_TRANSFORMS = 256
"""So many texts wait to be transformed; further ones are withheld."""


@dataclass(slots=True)
class _Segment:
    """A segment that is being spoken."""

    frame: AggregatedTextFrame
    is_completed: bool = False


def is_old(seat: Seat) -> bool:
    """Whether a viewer is served in the shapes of protocol 1."""
    return seat.is_old


def is_current(seat: Seat) -> bool:
    """Whether a viewer is served in the shapes of protocol 2."""
    return not seat.is_old


class BotOutput:
    """The segments of one call."""

    def __init__(self, rtvi: RTVIProcessor, params: RTVIObserverParams, transforms: Transforms) -> None:
        self._rtvi = rtvi
        self._params = params
        self._transforms = transforms
        self._skipped = frozenset(params.skip_aggregator_types or ())
        self._speaking = False
        self._waiting: deque[AggregatedTextFrame] = deque(maxlen=MOST_SEGMENTS)
        self._segments: OrderedDict[int, _Segment] = OrderedDict()
        self._cut_short: list[_Segment] = []
        """What was being spoken at the last interruption; nothing is committed of it when no word was heard."""

    def bot_started(self) -> None:
        """The caller hears the bot: what waited for that is told."""
        self._speaking = True
        waiting, self._waiting = self._waiting, deque(maxlen=MOST_SEGMENTS)
        for frame in waiting:
            self._tell(frame)

    def bot_stopped(self) -> None:
        """The caller does not hear the bot any more."""
        self._speaking = False

    def interrupted(self) -> None:
        """What has not begun to be spoken never will be."""
        self._waiting.clear()
        self._cut_short = [each for each in self._segments.values() if not each.is_completed]

    def text(self, frame: AggregatedTextFrame) -> None:
        """A segment, or words of one, came through the output; what will be spoken waits until the bot speaks."""
        heard = isinstance(frame, TTSTextFrame) and frame.segment_id in self._segments
        if frame.will_be_spoken and not self._speaking and not heard:
            self._waiting.append(frame)
        else:
            self._tell(frame)

    def progress(self, frame: AggregatedTextProgressFrame) -> None:
        """The caller has heard so much of a segment."""
        segment = self._segments.get(frame.segment.id)
        if segment is None or segment.is_completed:
            return
        # The raw rest decides: a transform may well leave nothing of a rest that is still to be spoken.
        segment.is_completed = frame.remaining_text == ""
        status: SpokenStatus = "completed" if segment.is_completed else "in-progress"
        self._heard(segment.frame, frame.accumulated_text, frame.remaining_text, partial(self._publish_status, status))

    def committed(self, frame: AssistantMessageFrame) -> None:
        """A reply is over: how much of each segment was heard is known even if nobody watched the words."""
        words = frame.text.split()
        self._cut_short.clear()
        for segment in [each for each in self._segments.values() if not each.is_completed]:
            text = segment.frame.text
            end = heard_part(text, words) if frame.interrupted else len(text)
            segment.is_completed = True
            if end == len(text):
                self._heard(segment.frame, text, "", partial(self._publish_status, "completed"))
            elif end:
                self._heard(segment.frame, text[:end], text[end:], self._remember_cut)

    def _heard(self, segment: AggregatedTextFrame, accumulated: str, remaining: str, then: _Then) -> None:
        if not self._skips(segment):
            spoken = Spoken(segment.text, accumulated, remaining)
            self._transform(segment.aggregated_by, spoken, partial(then, segment))

    def _tell(self, frame: AggregatedTextFrame) -> None:
        if isinstance(frame, TTSTextFrame):
            self._tell_heard(frame)
            return
        if frame.will_be_spoken:
            while self._cut_short:
                self._cut_short.pop().is_completed = True
            self._segments[frame.id] = _Segment(frame)
            if len(self._segments) > MOST_SEGMENTS:
                self._segments.popitem(last=False)
        if not self._skips(frame):
            self._transform(frame.aggregated_by, Spoken(frame.text), partial(self._publish_segment, frame))

    def _tell_heard(self, frame: TTSTextFrame) -> None:
        """Words that have been heard; where the engine knows no words' times, a whole segment at once."""
        segment = self._segments.get(frame.segment_id)
        is_whole = frame.aggregated_by not in FINE_TYPES
        if self._skips(frame) or (segment is not None and self._hides_words(segment.frame, frame)):
            return
        if not is_whole and not self._rtvi.audience.watching:
            return
        is_news = is_whole and (segment is None or not segment.is_completed)
        if segment is not None and is_whole:
            segment.is_completed = True
        self._transform(frame.aggregated_by, Spoken(frame.text), partial(self._publish_heard, frame, is_news))

    def _hides_words(self, segment: AggregatedTextFrame, words: TTSTextFrame) -> bool:
        """A segment that viewers see changed, or not at all, must not come to them word by word instead."""
        if segment.aggregated_by == words.aggregated_by:
            return False
        return self._skips(segment) or self._transforms.are_for(segment.aggregated_by)

    def _publish_segment(self, frame: AggregatedTextFrame, spoken: Spoken) -> None:
        data = _data(frame, frame.id, spoken.text, False)
        self._publish_old(data)
        if frame.aggregated_by not in FINE_TYPES:
            self._publish(data, frame.will_be_spoken, "new" if frame.will_be_spoken else None, ("", spoken.text))

    def _publish_status(self, status: SpokenStatus, frame: AggregatedTextFrame, spoken: Spoken) -> None:
        data, heard = _data(frame, frame.id, spoken.text, False), (spoken.accumulated or "", spoken.remaining or "")
        self._publish(data, True, status, heard, droppable=status == "in-progress")

    def _remember_cut(self, frame: AggregatedTextFrame, spoken: Spoken) -> None:
        """Who watched was told word by word."""
        data, heard = _data(frame, frame.id, spoken.text, False), (spoken.accumulated or "", spoken.remaining or "")
        if self._params.bot_output_enabled:
            self._rtvi.conversation.bot_output(_current(data, True, "in-progress", heard))

    def _publish_heard(self, frame: TTSTextFrame, is_news: bool, spoken: Spoken) -> None:
        data = _data(frame, frame.segment_id or frame.id, spoken.text, True)
        self._publish_old(data)
        if is_news:
            self._publish(data, True, "completed", (spoken.text, ""))
        if self._params.bot_tts_enabled:
            self._rtvi.audience.publish("bot-tts-text", {"text": spoken.text})

    def _publish_old(self, data: dict[str, Any]) -> None:
        if self._params.bot_output_enabled:
            self._rtvi.audience.publish("bot-output", data, to=is_old)

    def _publish(
        self,
        data: dict[str, Any],
        will_be_spoken: bool,
        status: SpokenStatus | None,
        heard: tuple[str, str],
        *,
        droppable: bool = False,
    ) -> None:
        if not self._params.bot_output_enabled:
            return
        whole = _current(data, will_be_spoken, status, heard)
        self._rtvi.conversation.bot_output(whole)
        self._rtvi.audience.publish("bot-output", whole, droppable=droppable, to=is_current)

    def _transform(self, aggregation_type: str, spoken: Spoken, then: Callable[[Spoken], None]) -> None:
        """Tells the text as it is, or keeps its place in the order of events until it is transformed."""
        if not self._transforms.apply_to(aggregation_type):
            then(spoken)
            return
        slot = self._rtvi.audience.reserve()
        if len(self._rtvi.jobs) >= MOST_TRANSFORMS:
            self._rtvi.audience.fill(slot)
        else:
            self._rtvi.jobs.submit(partial(self._fill, slot, aggregation_type, spoken, then))

    async def _fill(self, slot: Slot, aggregation_type: str, spoken: Spoken, then: Callable[[Spoken], None]) -> None:
        seen = await self._transforms.transformed(spoken, aggregation_type, self._rtvi.handler_secs)
        self._rtvi.audience.fill(slot, *([] if seen is None else [partial(then, seen)]))

    def _skips(self, frame: AggregatedTextFrame) -> bool:
        return frame.aggregated_by in self._skipped


def _data(frame: AggregatedTextFrame, segment_id: int, text: str, spoken: bool) -> dict[str, Any]:
    """A ``bot-output``'s data as clients of protocol 1 get it."""
    return {"text": text, "spoken": spoken, "aggregated_by": frame.aggregated_by, "segment_id": segment_id}


def _current(
    data: dict[str, Any], will_be_spoken: bool, status: SpokenStatus | None, heard: tuple[str, str]
) -> dict[str, Any]:
    """A ``bot-output``'s data as clients of protocol 2 get it."""
    whole = {**data, "will_be_spoken": will_be_spoken}
    if status is not None:
        progress = {"accumulated_text": heard[0], "remaining_text": heard[1]}
        whole |= {"spoken_status": status, "spoken_progress": progress}
    return whole

"""What the bot says, segment by segment, in time with the audio: ``bot-output`` and ``bot-tts-text``."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from appliance.frames import AggregatedTextFrame, AggregatedTextProgressFrame, AssistantMessageFrame, TTSTextFrame
from appliance.redaction import Redactor
from appliance.rtvi.audience import Seat, Slot
from appliance.rtvi.conversation import heard_part
from appliance.rtvi.loose_words import LooseWords
from appliance.rtvi.masking import WITHHELD
from appliance.rtvi.params import RTVIObserverParams
from appliance.rtvi.said import Said
from appliance.rtvi.segments import FINE_TYPES, Segment
from appliance.rtvi.server_messages import SpokenStatus
from appliance.rtvi.transforms import Spoken, Transforms

if TYPE_CHECKING:
    from appliance.rtvi.processor import RTVIProcessor

_Make = Callable[[Spoken], dict[str, Any]]
"""Makes a message's data."""

_Mask = Callable[[Spoken], Spoken | None]
"""Masks what it says; None where nothing is shown."""

MOST_SEGMENTS = 64
MOST_TRANSFORMS = 256
"""So many texts wait to be transformed; further ones are withheld."""


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
        self._audience = rtvi.audience
        self._params = params
        self._transforms = transforms
        self._skipped = frozenset(params.skip_aggregator_types or ())
        self._speaking = False
        self._waiting: deque[AggregatedTextFrame] = deque(maxlen=MOST_SEGMENTS)
        self._segments: OrderedDict[int, Segment] = OrderedDict()
        self._cut_short: list[Segment] = []
        """What was being spoken at the last interruption; nothing is committed of it when no word was heard."""
        self._said = Said()
        self._loose = {"bot-output": LooseWords(), "bot-tts-text": LooseWords()}
        """Words of no known segment, by where they are told: as they were written, and as they were heard."""

    def bot_started(self) -> None:
        """The caller hears the bot: what waited for that is told."""
        self._speaking = True
        self._audience.in_order(self._tell_loose)
        waiting, self._waiting = self._waiting, deque(maxlen=MOST_SEGMENTS)
        for frame in waiting:
            self._tell(frame)

    def bot_stopped(self) -> None:
        """The caller does not hear the bot any more."""
        self._speaking = False

    def interrupted(self) -> None:
        """What has not begun to be spoken never will be."""
        self._waiting.clear()
        self._audience.in_order(self._drop_loose)
        self._cut_short = [each for each in self._segments.values() if not each.is_completed]

    def text(self, frame: AggregatedTextFrame) -> None:
        """A segment, or words of one, came through the output; what will be spoken waits until the bot speaks."""
        if isinstance(frame, TTSTextFrame) and frame.segment_id in self._segments:
            self._tell_heard(frame)
        elif frame.will_be_spoken and not self._speaking:
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
        self._heard(segment, frame.accumulated_text, frame.remaining_text, self._publish_status, status)

    def committed(self, frame: AssistantMessageFrame) -> None:
        """A reply is over: how much of each segment was heard is known even if nobody watched the words."""
        words = frame.text.split()
        self._cut_short.clear()
        self._audience.in_order(self._drop_loose if frame.interrupted else self._tell_loose)
        for segment in [each for each in self._segments.values() if not each.is_completed]:
            text = segment.frame.text
            end = heard_part(text, words) if frame.interrupted else len(text)
            segment.is_completed = True
            if end == len(text):
                self._heard(segment, text, "", self._publish_status, "completed")
            elif end:
                self._heard(segment, text[:end], text[end:], self._remember_cut)

    def _heard(
        self, segment: Segment, accumulated: str, remaining: str, then: Callable[..., None], *given: object
    ) -> None:
        if not (segment.is_skipped or segment.is_fine):
            frame = segment.frame
            spoken = Spoken(frame.text, accumulated, remaining)
            self._transform(frame.aggregated_by, spoken, then, segment, *given)

    def _tell(self, frame: AggregatedTextFrame) -> None:
        if isinstance(frame, TTSTextFrame):
            self._tell_heard(frame)
            return
        segment = self._segment(frame)
        if frame.will_be_spoken:
            while self._cut_short:
                self._cut_short.pop().is_completed = True
            self._segments[frame.id] = segment
            if len(self._segments) > MOST_SEGMENTS:
                self._segments.popitem(last=False)
        if not segment.is_skipped:
            self._transform(frame.aggregated_by, Spoken(frame.text), self._publish_segment, segment)

    def _tell_heard(self, frame: TTSTextFrame) -> None:
        """Words that have been heard; where the engine knows no words' times, a whole segment at once."""
        segment = self._segments.get(frame.segment_id)
        if frame.aggregated_by in self._skipped or (segment is not None and self._hides_words(segment, frame)):
            return
        if frame.aggregated_by not in FINE_TYPES:
            is_news = segment is None or not segment.is_completed
            segment = segment or self._segment(frame)
            segment.is_completed = True
            self._transform_heard(frame, is_news, segment.masked)
        elif segment is None or segment.is_fine:
            if self._audience.watching or not self._redactor.is_empty:
                self._transform_heard(frame, False, None)
        else:
            place = segment.find(frame.text)
            if self._audience.watching:
                self._transform_heard(frame, False, partial(segment.masked_word, place))

    def _transform_heard(self, frame: TTSTextFrame, is_news: bool, mask: _Mask | None) -> None:
        self._transform(frame.aggregated_by, Spoken(frame.text), self._publish_heard, frame, is_news, mask)

    def _hides_words(self, segment: Segment, words: TTSTextFrame) -> bool:
        """A segment that viewers see changed, or not at all, must not come to them word by word instead."""
        if self._transforms.are_none and not segment.is_skipped:
            return False
        kind = segment.frame.aggregated_by
        return kind != words.aggregated_by and (segment.is_skipped or self._transforms.are_for(kind))

    def _publish_segment(self, segment: Segment, spoken: Spoken) -> None:
        frame = segment.frame
        make = partial(_data, frame, frame.id, False)
        if segment.is_fine:
            self._publish_old(make, spoken, self._loose["bot-output"].add(self._redactor, frame, make, spoken))
            return
        self._publish_old(make, spoken, segment.masked)
        if frame.will_be_spoken:
            make, spoken = partial(_current, frame, frame.id, False, "new"), Spoken(spoken.text, "", spoken.text)
        else:
            make = partial(_current, frame, frame.id, False, None)
        self._publish(make, spoken, segment.masked)

    def _publish_status(self, segment: Segment, status: SpokenStatus, spoken: Spoken) -> None:
        make = partial(_current, segment.frame, segment.frame.id, False, status)
        self._publish(make, spoken, segment.masked, droppable=status == "in-progress")

    def _remember_cut(self, segment: Segment, spoken: Spoken) -> None:
        """Who watched was told word by word."""
        if self._params.bot_output_enabled:
            data = _current(segment.frame, segment.frame.id, False, "in-progress", spoken)
            self._rtvi.conversation.bot_output(data)

    def _publish_heard(self, frame: TTSTextFrame, is_news: bool, mask: _Mask | None, spoken: Spoken) -> None:
        """Without ``mask`` it is a loose word."""
        segment_id = frame.segment_id or frame.id
        if mask is None or self._audience.serves_old:
            make = partial(_data, frame, segment_id, True)
            mask = mask or self._loose["bot-tts-text"].add(self._redactor, frame, make, spoken)
            self._publish_old(make, spoken, mask)
        if is_news:
            whole = Spoken(spoken.text, spoken.text, "")
            self._publish(partial(_current, frame, segment_id, True, "completed"), whole, mask)
        if self._params.bot_tts_enabled:
            self._say("bot-tts-text", _text, spoken, mask)

    def _tell_loose(self) -> None:
        """Who gets loose words masked gets them by the sentence, and the last ones when nothing more comes."""
        for kind, words in self._loose.items():
            rest = words.rest(self._redactor)
            if rest is not None:
                make, spoken, mask = rest
                self._publish_old(make, spoken, mask, to=self._audience.masks)
                if kind == "bot-tts-text" and self._params.bot_tts_enabled:
                    self._say(kind, _text, spoken, mask, to=self._audience.masks)

    def _drop_loose(self) -> None:
        for words in self._loose.values():
            words.clear()

    def _publish_old(
        self, make: _Make, spoken: Spoken, mask: _Mask, *, to: Callable[[Seat], bool] | None = None
    ) -> None:
        if self._params.bot_output_enabled and self._audience.serves_old:
            picks = is_old if to is None else lambda seat: seat.is_old and to(seat)
            self._say("bot-output", make, spoken, mask, to=picks)

    def _publish(self, make: _Make, spoken: Spoken, mask: _Mask, *, droppable: bool = False) -> None:
        if self._params.bot_output_enabled:
            data = make(spoken)
            self._rtvi.conversation.bot_output(data)
            masked = partial(_masked, make, mask, spoken)
            to = is_current if self._audience.serves_old else None
            self._audience.publish("bot-output", data, droppable=droppable, to=to, mask=masked)

    def _say(
        self, kind: str, make: _Make, spoken: Spoken, mask: _Mask, *, to: Callable[[Seat], bool] | None = None
    ) -> None:
        self._audience.publish(kind, make(spoken), to=to, mask=partial(_masked, make, mask, spoken))

    def _transform(self, aggregation_type: str, spoken: Spoken, then: Callable[..., None], *given: object) -> None:
        """Tells the text as it is, or keeps its place in the order of events until it is transformed.

        ``then(*given, spoken)`` tells it.
        """
        if self._transforms.are_none or not self._transforms.apply_to(aggregation_type):
            self._audience.in_order(then, *given, spoken)
            return
        slot = self._audience.reserve()
        if len(self._rtvi.jobs) >= MOST_TRANSFORMS:
            self._audience.fill(slot)
        else:
            told = partial(then, *given)
            self._rtvi.jobs.submit(partial(self._fill, slot, aggregation_type, spoken, told))

    async def _fill(self, slot: Slot, aggregation_type: str, spoken: Spoken, then: Callable[[Spoken], None]) -> None:
        seen = await self._transforms.transformed(spoken, aggregation_type, self._rtvi.handler_secs)
        self._audience.fill(slot, *([] if seen is None else [partial(then, seen)]))

    @property
    def _redactor(self) -> Redactor:
        return self._audience.redactor

    def _segment(self, frame: AggregatedTextFrame) -> Segment:
        return Segment(frame, self._redactor, self._said.add(frame.text).before, self._skips(frame))

    def _skips(self, frame: AggregatedTextFrame) -> bool:
        return frame.aggregated_by in self._skipped


def _masked(make: _Make, mask: _Mask, spoken: Spoken) -> Any:
    shown = mask(spoken)
    return WITHHELD if shown is None else make(shown)


def _data(frame: AggregatedTextFrame, segment_id: int, is_spoken: bool, spoken: Spoken) -> dict[str, Any]:
    """A ``bot-output``'s data as clients of protocol 1 get it."""
    return {
        "text": spoken.text,
        "spoken": is_spoken,
        "aggregated_by": frame.aggregated_by,
        "segment_id": segment_id,
    }


def _current(
    frame: AggregatedTextFrame, segment_id: int, is_spoken: bool, status: SpokenStatus | None, spoken: Spoken
) -> dict[str, Any]:
    """A ``bot-output``'s data as clients of protocol 2 get it."""
    text, accumulated, remaining = spoken
    data = {
        "text": text,
        "spoken": is_spoken,
        "aggregated_by": frame.aggregated_by,
        "segment_id": segment_id,
        "will_be_spoken": status is not None,
    }
    if status is not None:
        data["spoken_status"] = status
        data["spoken_progress"] = {"accumulated_text": accumulated or "", "remaining_text": remaining or ""}
    return data


def _text(spoken: Spoken) -> dict[str, Any]:
    return {"text": spoken.text}

"""What of a call may stand in its record: sensitive data is masked before anything is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from appliance.records import CallRecord, Record, SoundRecord, TurnRecord
from appliance.redaction import MOST_BEFORE, Redactor

UNMASKED = "unmasked"
"""The key, among the details of a turn and the metadata of a call, of what was masked there, if that is kept."""

_OPEN = ("transfers",)
"""Metadata that say nothing of the caller: to whom a call was passed on is the house's own number."""


class Privacy:
    """Masks one call's records. It must get the turns in order: what is sensitive may be said in several of them."""

    def __init__(self, redactor: Redactor, *, keep: bool = False) -> None:
        """With ``keep``, what is masked is kept beside the masks, under UNMASKED."""
        self._redactor = redactor
        self._keep = keep
        self._said: defaultdict[str, str] = defaultdict(str)

    def of(self, record: Record) -> Record:
        """A record as it may be written."""
        match record:
            case TurnRecord():
                return self.of_turn(record)
            case CallRecord():
                return self.of_call(record)
            case _:
                return record

    def of_call(self, call: CallRecord) -> CallRecord:
        """A call, with what its dialogue collected masked."""
        open_ = {name: call.metadata[name] for name in _OPEN if name in call.metadata}
        metadata, unmasked = self._data({name: call.metadata[name] for name in call.metadata if name not in _OPEN})
        return replace(call, metadata=metadata | open_ | unmasked)

    def of_sound(self, sound: SoundRecord) -> SoundRecord:
        """A message, with what was said in it masked."""
        return sound if sound.transcript is None else replace(sound, transcript=self._redactor.mask(sound.transcript))

    def of_turn(self, turn: TurnRecord) -> TurnRecord:
        """A turn, with what was said, keyed in, looked up or found masked."""
        if self._redactor.is_empty:
            return turn
        if turn.who == "function":
            details, unmasked = self._data(turn.details)
            return replace(turn, details=details | unmasked)
        text, heard = self._words(turn)
        unmasked = self._unmasked({"text": turn.text, "heard": turn.heard}, {"text": text, "heard": heard})
        return replace(turn, text=text, heard=heard, details={**turn.details, **unmasked})

    def _words(self, turn: TurnRecord) -> tuple[str, str | None]:
        before = self._said[turn.who]
        self._said[turn.who] = f"{before} {turn.text}"[-MOST_BEFORE:]
        masked = self._redactor.masked(turn.text, before)
        if turn.heard is None:
            return masked.text, None
        if turn.text.startswith(turn.heard):
            return masked.text, masked.cut(len(turn.heard))[0]
        return masked.text, self._redactor.mask(turn.heard, before)

    def _data(self, values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        masked: dict[str, Any] = self._redactor.mask_data(dict(values))
        return masked, self._unmasked(values, masked)

    def _unmasked(self, values: Mapping[str, Any], masked: Mapping[str, Any]) -> dict[str, Any]:
        """What of ``values`` is not as it was, if that is to be kept."""
        changed = {name: value for name, value in values.items() if masked.get(name) != value}
        return {UNMASKED: changed} if self._keep and changed else {}

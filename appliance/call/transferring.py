"""A call's transfers: seen when the bot has said its last word, and told in the call's record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from appliance.clock import WallClock
from appliance.dialplan.transfer import Transfer
from appliance.frames import TransferFrame
from appliance.pipeline import BaseObserver, FramePushed
from appliance.records import CallRecord

TRANSFERS = "transfers"
"""Where in a record's metadata they stand."""


class TransferWatch(BaseObserver):
    """Calls ``on_transfer`` when all that was said before a transfer has been heard."""

    frame_types = (TransferFrame,)

    def __init__(self, on_transfer: Callable[[TransferFrame], None]) -> None:
        self._on_transfer = on_transfer

    async def on_push_frame(self, data: FramePushed) -> None:
        """It counts when the output lets it pass."""
        if isinstance(data.frame, TransferFrame) and getattr(data.source, "plays_audio", False):
            self._on_transfer(data.frame)


class TransferLog:
    """What the record keeps of a call's transfers, oldest first: to whom, when, by whom, and what came of it.

    What comes of the last one may be known only after the call is over for the bot: its record is put again then.
    """

    def __init__(self, put: Callable[[CallRecord], None], clock: WallClock) -> None:
        self.entries: list[dict[str, Any]] = []
        self._put = put
        self._clock = clock
        self._record: CallRecord | None = None

    def began(self, transfer: Transfer, by: str | None = None) -> None:
        """The carrier is asked to hand the caller over."""
        entry: dict[str, Any] = {"to": transfer.to, "warm": transfer.is_warm, "at": self._clock(), "result": None}
        self.entries.append(entry | ({"by": by} if by else {}))

    def ended(self, result: str) -> None:
        """What came of the last one, such as ``answered``, ``no-answer``, ``busy``; only the first news counts."""
        if not self.entries or self.entries[-1]["result"] is not None:
            return
        self.entries[-1]["result"] = result
        if self._record is not None:
            self._put(self.in_record(self._record))

    def in_record(self, record: CallRecord) -> CallRecord:
        """The record with the transfers in it; remembered, to be put again when more is known."""
        if not self.entries:
            return record
        transfers = [dict(entry) for entry in self.entries]
        self._record = replace(record, metadata={**record.metadata, TRANSFERS: transfers})
        return self._record

"""One answer of the server's, from being asked for to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from appliance.dialogue.chat import ChatEnd, ChatText, ToolRequest
from appliance.dialogue.realtime.caption import Caption, Pace, SpokenItem
from appliance.dialogue.realtime.connection import code_of
from appliance.errors import EngineError

Piece = Caption | ChatText | ChatEnd
LONGEST_MS = 10 * 60_000.0
"""Of what a model says at once; one that says more has gone mad."""


class Response:
    """What of it has come, piece by piece."""

    def __init__(self, event_id: str, pace: Pace, begin_at: float, stall_secs: float) -> None:
        """``begin_at`` is the loop's time at which it must have begun; ``stall_secs`` limits each pause after that."""
        self.event_id = event_id
        self.id: str | None = None
        """The server's name for it, once it has begun."""
        self.is_abandoned = False
        self.items: dict[str, SpokenItem] = {}
        self._pace = pace
        self.has_begun = False
        """Whether anything of it has come."""
        self._stall_secs = stall_secs
        self._pieces: asyncio.Queue[Piece | EngineError] = asyncio.Queue()
        self._deadline = begin_at

    async def next(self) -> Piece | EngineError:
        """The next piece. Raises TimeoutError when nothing moves for too long."""
        while True:
            try:
                async with asyncio.timeout_at(self._deadline):
                    return await self._pieces.get()
            except TimeoutError:
                if asyncio.get_running_loop().time() >= self._deadline:
                    raise  # And not moved on meanwhile.

    @property
    def is_endless(self) -> bool:
        """Whether it is too long to be meant."""
        return sum(item.made_ms for item in self.items.values()) > LONGEST_MS

    def begin(self, response_id: str) -> None:
        """The server has begun with it."""
        self.id = response_id

    def move(self) -> None:
        """Something of it has come."""
        self.has_begun = True
        self._deadline = asyncio.get_running_loop().time() + self._stall_secs

    def add(self, item_id: str) -> SpokenItem:
        """It begins to speak."""
        self.items[item_id] = SpokenItem(item_id, self._pace)
        return self.items[item_id]

    def tell(self, pieces: Iterable[Piece]) -> None:
        """Pieces that begin."""
        for piece in pieces:
            self._pieces.put_nowait(piece)

    def finish(self, item_id: str) -> None:
        """All of an item has come."""
        self.tell(self.items[item_id].finish())

    def close(self) -> None:
        """Nothing more comes of it."""
        for item in self.items.values():
            item.close()

    def fail(self, why: EngineError) -> None:
        """It ends without its end."""
        self.close()
        self._pieces.put_nowait(why)

    def end(self, end: ChatEnd | EngineError) -> None:
        """Its end, behind all that was said."""
        for item_id in self.items:
            self.finish(item_id)
        self._pieces.put_nowait(end)


def ended(done: dict[str, Any], server: str, model: str) -> ChatEnd | EngineError:
    """How an answer has ended, as the server tells it. Raises what reading rubbish raises."""
    status, details = done["status"], done.get("status_details") or {}
    if status not in ("completed", "incomplete"):
        code = code_of(details.get("error")) if status == "failed" else code_of({"code": details.get("reason")})
        return EngineError(f"{server} gave its answer up ({code}).")
    wanted = [item for item in done.get("output") or () if item["type"] == "function_call"]
    calls = tuple(ToolRequest(item["name"], item["arguments"], item["call_id"]) for item in wanted)
    usage = done.get("usage") or {}
    reason = "length" if details.get("reason") == "max_output_tokens" else "stop"
    tokens = (usage.get("input_tokens"), usage.get("output_tokens"))
    return ChatEnd(reason, calls if status == "completed" else (), model, *tokens)

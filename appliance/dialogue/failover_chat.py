"""Several language models as one: where one refuses, is silent or says nothing that can be said, the next is asked.

What a model has said before it broke off has been heard: the next is told so, and begins the broken sentence again.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from dataclasses import replace

from appliance.dialogue.chat import ChatEnd, ChatModel, ChatPiece, ChatRequest, ChatText
from appliance.dialogue.spoken import Spoken
from appliance.errors import EngineError
from appliance.failover import GaveUp, Lineup, Member, Serving, Share

BROKEN_OFF = "[You were cut off there. Say the last sentence again from its beginning, and go on.]"


class FailoverChat:
    """A ChatModel. A request's own model and address are those of the first choice; the others have theirs."""

    def __init__(self, lineup: Lineup[ChatModel], *, timeout_secs: float) -> None:
        self.lineup = lineup
        self.timeout_secs = timeout_secs
        self.context_chars = min(member.engine.context_chars for member in lineup.members)

    async def stream(self, request: ChatRequest) -> AsyncGenerator[ChatPiece, None]:
        """See ChatModel."""
        loop = asyncio.get_running_loop()
        deadline, said = loop.time() + self.timeout_secs, ""
        for turn in self.lineup.turns():
            member = turn.member
            try:
                async with contextlib.aclosing(self._ask(turn, self._meant(request, member, said), deadline)) as pieces:
                    async for piece in pieces:
                        said += piece.text if isinstance(piece, ChatText) else ""
                        yield piece
            except EngineError as error:
                member.health.failed(str(error))
                if not turn.rest:
                    raise
                yield GaveUp(member.name, str(error))
                if said:
                    deadline = loop.time() + self.timeout_secs
            else:
                member.health.succeeded()
                return

    def _meant(self, request: ChatRequest, member: Member[ChatModel], said: str) -> ChatRequest:
        """The request as it is put to one of the engines."""
        if member is not self.lineup.members[0]:
            request = replace(request, model=None, base_url=None)
        if not said.strip():
            return request
        broken = ({"role": "assistant", "content": said.strip()}, {"role": "user", "content": BROKEN_OFF})
        return replace(request, messages=(*request.messages, *broken))

    async def _ask(
        self, turn: Share[ChatModel], request: ChatRequest, deadline: float
    ) -> AsyncGenerator[ChatPiece, None]:
        """One engine's answer, held back until something of it can be said. Raises EngineError."""
        member, spoken, held, has_begun = turn.member, Spoken(request.language), list[ChatPiece](), False
        limit = self._limit(turn, deadline)
        async with contextlib.aclosing(member.engine.stream(request)) as pieces:
            while (piece := await self._next(pieces, member, limit)) is not None:
                limit = None
                held.append(piece)
                if isinstance(piece, ChatText):
                    spoken.add(piece.text)
                elif isinstance(piece, ChatEnd):
                    spoken.finish()
                    if not (spoken.has_words or piece.calls):
                        raise EngineError(f"The language model {member.name} answered with nothing that can be said.")
                if not (spoken.has_words or isinstance(piece, ChatEnd)):
                    continue
                if not has_begun:
                    has_begun = True
                    yield Serving(member.name, member.model)
                for one in held:
                    yield one
                held.clear()

    def _limit(self, turn: Share[ChatModel], deadline: float) -> float | None:
        """When the first piece must be there; one that is alone looks after itself."""
        if len(self.lineup.members) == 1:
            return None
        now = asyncio.get_running_loop().time()
        return now + turn.secs(max(deadline - now, 0.0))

    @staticmethod
    async def _next(
        pieces: AsyncGenerator[ChatPiece, None], member: Member[ChatModel], limit: float | None
    ) -> ChatPiece | None:
        try:
            async with asyncio.timeout_at(limit):
                return await anext(pieces, None)
        except TimeoutError:
            raise EngineError(f"The language model {member.name} did not begin to answer in its time.") from None

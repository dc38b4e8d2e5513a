"""Sessions with the stand-in of a Realtime server, without a call around them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

from appliance.dialogue.chat import ChatEnd
from appliance.dialogue.realtime.caption import Caption
from appliance.dialogue.realtime.model import DirectModel
from appliance.dialogue.realtime.response import Piece
from appliance.dialogue.realtime.session import Brief, RealtimeSession
from appliance.dialogue.realtime.wire import text_item
from appliance.failover import Health
from appliance.frames import LLMContext, Message
from appliance.settings.realtime import RealtimeEngine
from tests.stand_ins.realtime import RealtimeServer

TOOL = {"type": "function", "function": {"name": "stock", "description": "What.", "parameters": {"type": "object"}}}
SOUND = bytes(byte for byte in range(256) if byte != 0x7F)
"""Every sample of mu-law but the negative zero, which is heard and sent as the positive one."""


def voice(secs: float) -> bytes:
    """So much of a voice that can be known again."""
    return (SOUND * (1 + round(secs * 8000) // len(SOUND)))[: round(secs * 8000)]


def engine_at(server: RealtimeServer, **more: Any) -> RealtimeEngine:
    """The stand-in as settings name it."""
    quick = {"kind": "openai-realtime", "base_url": server.url, "timeout_secs": 2, "stall_secs": 0.5}
    return RealtimeEngine.model_validate({**quick, **more})


class Talk:
    """One session; what it says is kept by ``answer``."""

    def __init__(self, server: RealtimeServer, **more: Any) -> None:
        self.server = server
        self.context = LLMContext()
        self.health = Health("llm", "front")
        self.session = RealtimeSession(
            DirectModel(engine_at(server, **more), self.health), Brief("You are Ann.", (TOOL,))
        )
        self.transcripts: list[tuple[str, bool]] = []
        self.turns: list[bool] = []
        self.session.transcribed = self._transcribed
        self.session.turned = self.turns.append

    def _transcribed(self, message: Message, text: str, is_final: bool) -> None:
        self.transcripts.append((text, is_final))
        if is_final:
            message["content"] = text

    def utter(self, secs: float = 0.5) -> Message:
        """The caller says something, and it is the bot's turn."""
        self.session.hear(voice(secs))
        message: Message = {"role": "user", "content": None}
        assert self.session.end_utterance(message)
        self.context.add_message(message)
        return message

    async def answer(self, *notes: str, may_call: bool = True) -> list[Piece]:
        """All of an answer."""
        told = [text_item("system", note) for note in notes]
        stream = self.session.answer(self.context, told, may_call=may_call, max_tokens=500)
        return [piece async for piece in stream]

    async def spoken(self, *notes: str) -> tuple[list[str], bytes]:
        """An answer's words and its sound."""
        captions = [piece for piece in await self.answer(*notes) if isinstance(piece, Caption)]
        return [caption.text for caption in captions], b"".join([await pcm_of(caption) for caption in captions])


async def pcm_of(caption: Caption) -> bytes:
    """All of a caption's audio."""
    return b"".join([pcm async for pcm in caption.audio()])


def end_of(pieces: Sequence[Piece]) -> ChatEnd:
    """How an answer ended."""
    assert isinstance(pieces[-1], ChatEnd)
    return pieces[-1]


@contextlib.asynccontextmanager
async def talking(server: RealtimeServer, **more: Any) -> AsyncIterator[Talk]:
    """A session at work."""
    talk = Talk(server, **more)
    work = asyncio.create_task(talk.session.run(talk.context))
    try:
        yield talk
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)

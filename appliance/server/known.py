"""What the desk knows of a call that the carrier has asked about."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from appliance.call import CallFacts, Stream
from appliance.call.transferring import TransferLog
from appliance.carriers.twilio.answers import CallState
from appliance.dialplan import LoadedDialplan


@dataclass(slots=True)
class Known:
    """A call that the webhook was asked about."""

    facts: CallFacts
    loaded: LoadedDialplan
    state: CallState = field(default_factory=CallState)
    stream: Stream | None = None
    gone: asyncio.TimerHandle | None = None
    streamless: asyncio.Event = field(default_factory=asyncio.Event)
    """Set while no stream is live."""
    closed_at: float | None = None
    """When we closed its stream for good; the carrier then asks what to do."""
    has_streamed: bool = False
    transfers: TransferLog | None = None
    """Where what came of its last transfer is written down."""

    @property
    def never_streamed(self) -> bool:
        """Whether it was answered with a stream that never came: most likely WebSockets do not get through."""
        return not (self.has_streamed or self.state.passed_on)

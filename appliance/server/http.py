"""uvicorn's HTTP protocol, for connections that never ask for anything."""

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECS = 10.0
"""How long a new connection may take to send its first request's line and headers, or a WebSocket's handshake."""


class PunctualHttp(H11Protocol):
    """To be given to uvicorn as ``http``. Without it, half a handshake would keep its connection for ever."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See asyncio."""
        super().connection_made(transport)
        self._deadline = self.loop.call_later(HEAD_SECS, self._too_late)

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio."""
        if self._deadline is not None:
            self._deadline.cancel()
        super().connection_lost(exc)

    def _too_late(self) -> None:
        # After a handshake the transport has another protocol; after a request's head there is a cycle.
        if self.cycle is None and self.transport.get_protocol() is self:
            self.transport.abort()

"""The log lines of one call, for its viewers. Lines of other calls, and of none, are nobody's business."""

import asyncio
import logging
from collections.abc import Callable
from weakref import WeakValueDictionary

from appliance.ops.logging import without_tokens


class CallLog:
    """Gets the lines that carry its ``call_id`` as long as somebody holds it."""

    def __init__(self, call_id: str, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._loop = asyncio.get_running_loop()
        if call_id:
            _router.calls[call_id] = self
            logging.getLogger().addHandler(_router)

    def write(self, line: str) -> None:
        """Passes a line on, in the call's own thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._tell, line)


class _Router(logging.Handler):
    """Finds the call that a line is of."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: WeakValueDictionary[str, CallLog] = WeakValueDictionary()

    def emit(self, record: logging.LogRecord) -> None:
        """Takes every line of the process, and hands on those with a watched call's id."""
        call = self.calls.get(getattr(record, "call_id", ""))
        if call is not None:
            call.write(without_tokens(f"{record.levelname} {record.name}: {record.getMessage()}"))


_router = _Router()

"""Log lines: text for people or one JSON object a line; no token, and no personal data unless it is asked for.

What could name a caller (numbers, words) never stands in a message's text. It travels in a field of its own::

    log.info("The call was answered", extra={PERSONAL: {"caller": number}, "call_id": call_id})

What an error quotes may be what a caller said: see traces.py.
"""

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any, TextIO

from appliance.ops.traces import discreet
from appliance.settings import LogSettings

PERSONAL = "personal"
"""The name of the field whose values are dropped by default."""

_TOKEN = re.compile(r"(?i)(\b(?:access_|id_|auth_)?(?:token|secret|password)|[?&]code)=[^&\s\"'<>]*")
_BEARER = re.compile(r"(?i)\b(bearer|basic) +[A-Za-z0-9._~+/=-]{6,}")
_USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message", PERSONAL}

_LIBRARIES = (
    "aiohttp",
    "aiosqlite",
    "asyncio",
    "httpcore2",
    "httpx2",
    "openai",
    "sqlalchemy",
    "twilio",
    "urllib3",
    "uvicorn",
    "websockets",
)
_REFUSED_HANDSHAKE = "ASGI callable returned without completing handshake."


def without_tokens(text: str) -> str:
    """``text`` with what follows ``token=`` (and its kin) and ``Bearer`` replaced by an ellipsis."""
    return _BEARER.sub(r"\1 ...", _TOKEN.sub(r"\1=...", text))


class _Formatter(logging.Formatter):
    """What both formats have in common: the whole line is cleaned last, so that nothing gets around it."""

    def __init__(self, *, personal_data: bool) -> None:
        super().__init__()
        self._personal_data = personal_data

    def fields(self, record: logging.LogRecord) -> dict[str, Any]:
        """What was given in ``extra``."""
        fields = {name: value for name, value in vars(record).items() if name not in _USUAL}
        personal = getattr(record, PERSONAL, None)
        return fields | (dict(personal) if self._personal_data and isinstance(personal, dict) else {})

    def trace(self, record: logging.LogRecord) -> str:
        """The traceback, if there is one."""
        if not record.exc_info or record.exc_info[1] is None:
            return ""
        return self.formatException(record.exc_info) if self._personal_data else discreet(record.exc_info[1])

    def said(self, record: logging.LogRecord) -> str:
        """The message. What asyncio adds to its own holds the text of the error that it tells of."""
        message = record.getMessage()
        return message if self._personal_data or record.name != "asyncio" else message.partition("\n")[0]


class TextFormatter(_Formatter):
    """``2026-11-20T10:00:00.000Z INFO appliance.call: The call was answered call_id=CA1``."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, and the traceback if there is one."""
        fields = "".join(f" {name}={_quoted(value)}" for name, value in self.fields(record).items())
        # One event is one line: a peer's text must not be able to write lines of its own.
        said = f"{self.said(record)}{fields}".replace("\r", "\\r").replace("\n", "\\n")
        line = f"{_time(record)} {record.levelname} {record.name}: {said}"
        trace = self.trace(record)
        return without_tokens(f"{line}\n{trace}" if trace else line)


class JsonFormatter(_Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, whatever is in it."""
        entry = {"time": _time(record), "level": record.levelname, "logger": record.name}
        entry |= {"message": self.said(record)} | self.fields(record)
        if trace := self.trace(record):
            entry["trace"] = trace
        cleaned = {name: _cleaned(value) for name, value in entry.items()}
        return json.dumps(cleaned, ensure_ascii=False, default=lambda value: without_tokens(str(value)))


def _quoted(value: Any) -> str:
    """A field's value, in quotes where it would not end at the next space or could pass for another field."""
    text = str(value)
    return text if text and not re.search(r"[\s\"=]", text) else json.dumps(text, ensure_ascii=False)


def _cleaned(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _cleaned(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(inner) for inner in value]
    return without_tokens(value) if isinstance(value, str) else value


def _time(record: logging.LogRecord) -> str:
    at = datetime.fromtimestamp(record.created, UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def configure_logging(settings: LogSettings, stream: TextIO | None = None) -> None:
    """Sends everything, uvicorn's lines too (start it with ``log_config=None``), to ``stream`` or standard error."""
    formatters = {"text": TextFormatter, "json": JsonFormatter}
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(formatters[settings.format](personal_data=settings.personal_data))
    root = logging.getLogger()
    for old in [old for old in root.handlers if getattr(old, "is_appliances", False)]:
        root.removeHandler(old)
    handler.is_appliances = True  # type: ignore[attr-defined]
    root.addHandler(handler)
    root.setLevel(settings.level.upper())
    # Libraries at level info write SQL with its values and requests with their numbers: personal data, in the text.
    for library in _LIBRARIES:
        logging.getLogger(library).setLevel(max(logging.WARNING, root.level))
    # uvicorn takes a refused WebSocket handshake, which is everyday business, for a bug of the application.
    handler.addFilter(lambda record: record.msg != _REFUSED_HANDSHAKE)

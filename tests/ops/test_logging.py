"""Log lines: no token, no personal data, one event a line."""

import io
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.ops.logging import _LIBRARIES, PERSONAL, configure_logging, without_tokens
from appliance.records import CallRecord, RecordStore, TurnRecord, sqlite_url
from appliance.settings import LogSettings

SECRET = "eyJhbGciOi.J9-secret_0"


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    loggers = [logging.getLogger(), *map(logging.getLogger, _LIBRARIES)]
    before = [(logger, list(logger.handlers), logger.level) for logger in loggers]
    yield
    for logger, handlers, level in before:
        logger.handlers[:] = handlers
        logger.setLevel(level)


def logged(settings: LogSettings, *args: object, **extra: object) -> str:
    stream = io.StringIO()
    configure_logging(settings, stream)
    message, *rest = args
    logging.getLogger("appliance.call").info(message, *rest, extra=extra)
    return stream.getvalue()


def test_a_line_for_people_has_time_level_name_text_and_fields() -> None:
    line = logged(LogSettings(), "The call was %s", "answered", call_id="CA1", **{PERSONAL: {"caller": "+15555550123"}})
    stamp, rest = line.split(" ", 1)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", stamp)
    assert rest == "INFO appliance.call: The call was answered call_id=CA1\n"


def test_a_field_that_would_not_end_at_a_space_is_in_quotes() -> None:
    line = logged(LogSettings(), "A call is over", reason='he said "bye" a=b', number="", secs=3.3)
    assert line.endswith(': A call is over reason="he said \\"bye\\" a=b" number="" secs=3.3\n')


def test_a_line_for_machines_is_one_json_object() -> None:
    line = logged(LogSettings(format="json"), "The call\nwas answered", call_id="CA1", **{PERSONAL: {"caller": "+1"}})
    assert line.count("\n") == 1
    entry = json.loads(line)
    entry.pop("time")
    assert entry == {"level": "INFO", "logger": "appliance.call", "message": "The call\nwas answered", "call_id": "CA1"}


@pytest.mark.parametrize("form", ["text", "json"])
def test_personal_data_is_written_only_when_it_is_asked_for(form: str) -> None:
    settings = LogSettings.model_validate({"format": form, "personal_data": True})
    assert "+15555550123" in logged(settings, "Answered", **{PERSONAL: {"caller": "+15555550123"}})


TOKENS = [
    f"/rtvi/CA1?token={SECRET}",
    f"/rtvi?after=3&TOKEN={SECRET}&x=1",
    f"GET /sign-in?code={SECRET} HTTP/1.1",
    f"Authorization: Bearer {SECRET}",
    f"'authorization': 'Basic {SECRET}'",
    f"access_token={SECRET}",
]


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("text", TOKENS)
def test_no_token_reaches_a_log_line_in_text_arguments_or_fields(text: str, form: str) -> None:
    settings = LogSettings.model_validate({"format": form})
    for line in (
        logged(settings, text),
        logged(settings, "%s", text),
        logged(settings, "x", path=text, deep=[{"a": text}]),
    ):
        assert SECRET not in line
        assert "..." in line


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_token_reaches_a_log_line_in_a_traceback(form: str) -> None:
    stream = io.StringIO()
    configure_logging(LogSettings.model_validate({"format": form}), stream)
    try:
        raise ValueError(f"ws://127.0.0.1/rtvi?token={SECRET}")
    except ValueError:
        logging.getLogger("x").exception("It failed")
    assert "ValueError" in stream.getvalue()
    assert SECRET not in stream.getvalue()


@pytest.fixture
def _uvicorn_logs_to_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever another test's uvicorn has set up in this process."""
    for name in ("uvicorn", "uvicorn.error"):
        monkeypatch.setattr(logging.getLogger(name), "propagate", True)


@pytest.mark.usefixtures("_uvicorn_logs_to_the_root")
def test_the_websocket_line_of_uvicorn_loses_its_token() -> None:
    stream = io.StringIO()
    configure_logging(LogSettings(), stream)
    logging.getLogger("uvicorn.error").warning(
        '%s - "WebSocket %s" [accepted]', ("127.0.0.1", 1), f"/rtvi?token={SECRET}"
    )
    assert stream.getvalue().split(" ", 1)[1] == (
        "WARNING uvicorn.error: ('127.0.0.1', 1) - \"WebSocket /rtvi?token=...\" [accepted]\n"
    )


def test_what_is_no_token_stays() -> None:
    text = "closed with code=1006, 3 tokens, token: none, /calls?after=5"
    assert without_tokens(text) == text


def test_a_peers_text_cannot_write_a_line_of_its_own() -> None:
    assert logged(LogSettings(), "from %s", "x\r\n2026 INFO forged").count("\n") == 1


def test_only_lines_of_the_level_are_written_and_each_once() -> None:
    settings = LogSettings(level="warning")
    stream = io.StringIO()
    configure_logging(settings, io.StringIO())
    configure_logging(settings, stream)
    logging.getLogger("x").info("no")
    logging.getLogger("x").warning("yes")
    assert [line.split(" ", 1)[1] for line in stream.getvalue().splitlines()] == ["WARNING x: yes"]


async def test_even_at_level_debug_a_stored_call_leaves_no_number_in_the_log(tmp_path: Path) -> None:
    stream = io.StringIO()
    configure_logging(LogSettings(level="debug"), stream)
    store = RecordStore(sqlite_url(tmp_path))
    await store.open()
    store.put(CallRecord("CA1", "twilio", "+15555550123", "+15555550100", "reception", 1.0))
    store.put(TurnRecord("CA9", 0, "caller", "my secret is out", 1.0))
    await store.flush()
    assert [call.caller for call in await store.calls()] == ["+15555550123"]
    await store.close()
    assert "Records are lost: 1 so far" in stream.getvalue()
    assert [text for text in ("0123", "secret", "CA9") if text in stream.getvalue()] == []


def test_by_default_standard_error_is_written_to(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(LogSettings())
    logging.getLogger("x").info("hello")
    assert capsys.readouterr().err.endswith(" INFO x: hello\n")


@pytest.mark.usefixtures("_uvicorn_logs_to_the_root")
def test_a_refused_handshake_is_not_reported_as_a_bug() -> None:
    stream = io.StringIO()
    configure_logging(LogSettings(), stream)
    logging.getLogger("uvicorn.error").error("ASGI callable returned without completing handshake.")
    assert stream.getvalue() == ""


def failed(settings: LogSettings) -> str:
    """The log of an error whose text quotes a caller, as a processor raises it and as asyncio finds it."""
    stream = io.StringIO()
    configure_logging(settings, stream)
    said = "four seven"
    try:
        float(said)
    except ValueError as error:
        logging.getLogger("appliance.pipeline").exception("It failed on %s", "a frame")
        logging.getLogger("asyncio").error(f"Task exception was never retrieved\nfuture: <{error!r}>", exc_info=error)
    return stream.getvalue()


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_an_error_quotes_is_written_only_when_personal_data_is_asked_for(form: str) -> None:
    discreet = failed(LogSettings.model_validate({"format": form}))
    assert "four seven" not in discreet
    assert ("It failed on a frame" in discreet) is ("Task exception was never retrieved" in discreet) is True
    assert discreet.count("ValueError: (its text is not shown without log.personal_data)") == 2
    assert failed(LogSettings.model_validate({"format": form, "personal_data": True})).count("four seven") == 3

"""Handlers of RTVI's events."""

import pytest

from appliance.rtvi.handlers import EVENTS, Handlers


def test_handlers_are_kept_in_order_and_the_decorated_function_stays_itself() -> None:
    handlers = Handlers()

    @handlers.on("on_client_ready")
    def first() -> None: ...

    handlers.add("on_client_ready", len)
    assert handlers.of("on_client_ready") == [first, len]
    assert [handlers.of(name) for name in EVENTS if name != "on_client_ready"] == [[], [], []]


def test_an_unknown_event_is_refused() -> None:
    expected = (
        "there is no RTVI event 'on_ready', only on_bot_started, on_client_ready, on_client_message, on_ui_message"
    )
    with pytest.raises(ValueError, match=f"^{expected}$"):
        Handlers().on("on_ready")(len)

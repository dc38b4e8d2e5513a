"""Messages of supervision's own have RTVI's shape."""

from appliance.supervision.messages import message, server_message


def test_absent_values_are_left_out() -> None:
    assert message("pong").message == {"label": "rtvi-ai", "type": "pong"}
    assert message("pong", {}, answers="1").message == {"label": "rtvi-ai", "type": "pong", "id": "1", "data": {}}


def test_a_server_message_says_what_it_is_about_and_whether_it_may_be_lost() -> None:
    made = server_message({"type": "call-updated"}, droppable=True)
    assert (made.type, made.droppable, made.message) == (
        "server-message",
        True,
        {"label": "rtvi-ai", "type": "server-message", "data": {"type": "call-updated"}},
    )

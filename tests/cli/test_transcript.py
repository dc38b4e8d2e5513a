"""RTVI messages as a person at a terminal reads them."""

from typing import Any

from appliance.cli.transcript import CallLines, HouseLines, printable

CALL: dict[str, Any] = {
    "call_id": "CA1",
    "from": "+15550100001",
    "to": "+15550100002",
    "dialplan": "reception",
    "started_at": "2027-01-15T08:00:00.000Z",
}


def server(**data: Any) -> dict[str, Any]:
    return {"label": "rtvi-ai", "type": "server-message", "data": data}


def event(kind: str, **data: Any) -> dict[str, Any]:
    return {"label": "rtvi-ai", "type": kind} | ({"data": data} if data else {})


def output(status: str, accumulated: str, text: str = "Hello there.") -> dict[str, Any]:
    progress = {"accumulated_text": accumulated, "remaining_text": text[len(accumulated) :]}
    return event(
        "bot-output", text=text, segment_id=7, will_be_spoken=True, spoken_status=status, spoken_progress=progress
    )


def written(*messages: dict[str, Any], house: bool = False) -> list[str]:
    lines: list[str] = []
    reader = HouseLines(lines.append) if house else CallLines(lines.append)
    for message in messages:
        reader.take(message)
    return lines


def test_a_conversation_so_far_is_told_at_joining() -> None:
    conversation = [
        {"role": "assistant", "text": "Hello there.", "heard": "Hello", "interrupted": True},
        {"role": "user", "text": "It is me"},
        {"role": "assistant", "text": "Oh.", "heard": "Oh.", "spoken_status": "completed"},
        {"role": "assistant", "text": "a note"},
    ]
    first, *rest = written(server(type="snapshot", call=CALL, conversation=conversation, functions=[]))
    assert first.startswith("call     CA1: +15550100001 to +15550100002, reception, since ")
    assert rest == ["bot      Hello... (cut off)", "caller   It is me", "bot      Oh.", "bot      a note"]


def test_what_is_being_said_and_done_at_joining_is_told_once() -> None:
    speaking = {"role": "assistant", "text": "Hello there.", "heard": "", "spoken_status": "new", "segment_id": 7}
    function = {"tool_call_id": "1", "function_name": "refund", "arguments": {"euros": 40}}
    _, *lines = written(
        server(type="snapshot", call=CALL, conversation=[speaking], functions=[function]),
        event("llm-function-call-in-progress", **function),
        output("completed", "Hello there."),
        event("bot-interrupted"),
        event("llm-function-call-stopped", tool_call_id="1", function_name="refund", cancelled=True),
    )
    assert lines == ["function refund(euros=40)", "bot      Hello there.", "function refund -> cancelled"]


def test_what_others_do_and_who_has_taken_the_call_over_is_told() -> None:
    taken, lost = CALL | {"taken_over_by": "max"}, CALL | {"taken_over_by": None, "state": "line lost"}
    deed = {"type": "supervisor-acted", "who": "max", "role": "supervisor"}
    _, *lines = written(
        server(type="snapshot", call=taken, conversation=[], functions=[]),
        server(**deed, what="action call:hand_back", outcome="done"),
        server(**deed, what="dtmf", outcome="not now"),
        server(type="call-updated", call=lost),
        server(type="call-updated", call=lost | {"recording": True}),
        server(type="call-updated", call=CALL),
    )
    assert lines == [
        "call     taken over by max",
        "max      action call:hand_back",
        "max      dtmf (not now)",
        "call     line lost",
        "call     live",
    ]


def test_what_a_supervisor_says_for_the_caller_is_never_the_callers() -> None:
    conversation = [{"role": "user", "text": "yes", "by": "anna"}]
    _, *lines = written(
        server(type="snapshot", call=CALL, conversation=conversation, functions=[]),
        server(type="said-for-caller", by="bert", text="42", keys=True),
    )
    assert lines == ["anna     for the caller: yes", "bert     for the caller: 42"]


def test_what_is_said_is_a_line_once_it_was_heard() -> None:
    assert written(
        event("user-transcription", text="it is", final=False),
        event("user-transcription", text="it is me", final=True),
        output("new", ""),
        output("in-progress", "Hello "),
        output("completed", "Hello there."),
        event("bot-interrupted"),
        event("bot-output", text="a note", segment_id=8, will_be_spoken=False),
    ) == ["caller   it is me", "bot      Hello there.", "bot      (a note)"]


def test_what_was_cut_off_ends_where_it_was_cut() -> None:
    assert written(output("in-progress", "Hello"), event("bot-interrupted"), event("bot-interrupted")) == [
        "bot      Hello... (cut off)"
    ]


def test_functions_errors_losses_and_the_end_are_told() -> None:
    assert written(
        event(
            "llm-function-call-in-progress", tool_call_id="1", function_name="order_status", arguments={"number": 42}
        ),
        event(
            "llm-function-call-stopped", tool_call_id="1", function_name="order_status", cancelled=False, result="ok"
        ),
        event("llm-function-call-in-progress", tool_call_id="2"),
        event("llm-function-call-stopped", tool_call_id="2", cancelled=True),
        event("error", error="it broke", message="it broke", fatal=False),
        server(type="events-dropped", counts={"metrics": 3, "bot-output": 4}),
        event("metrics", ttfb=[]),
        server(type="call-ended", call_id="CA1", outcome="completed"),
    ) == [
        "function order_status(number=42)",
        "function order_status -> ok",
        "function a function()",
        "function a function -> cancelled",
        "error    it broke",
        "         (7 events were skipped)",
        "call     ended: completed",
    ]


def test_the_house_tells_each_call_and_each_change_of_words_once() -> None:
    said = CALL | {"last_words": {"who": "bot", "text": "Hello"}}
    assert written(
        server(type="snapshot", calls=[]),
        server(type="call-started", call=CALL),
        server(type="call-updated", call=CALL),
        server(type="call-updated", call=said),
        server(type="call-updated", call=said),
        server(type="snapshot", calls=[said]),
        server(type="call-ended", call_id="CA1", outcome="completed"),
        event("bot-ready", version="2.1.0"),
        house=True,
    ) == [
        "No call right now; a call appears here when it comes in.",
        "CA1  started  +15550100001 to +15550100002, reception",
        "CA1  bot      Hello",
        "CA1  live     +15550100001 to +15550100002, reception",
        "CA1  ended    completed",
    ]


def test_a_stranger_cannot_steer_the_terminal() -> None:
    assert printable("a\x1b[2J\r\nb\u202e") == "a [2J  b "

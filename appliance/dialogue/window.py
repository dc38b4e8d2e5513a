"""What of a conversation a language model is sent: as much as fits, in a form that every server takes.

Servers differ: some take instructions at the beginning only, some want caller and bot in turns, all refuse a result
without its call. So instructions are put together at the beginning, what one side said in a row is one message, and the
oldest turns are left out in whole.
"""

import json
from collections.abc import Iterable, Sequence

from appliance.frames import Message, text_of

INSTRUCTIONS = ("system", "developer")
WHISPERED = "What you have been told during the call, the newest last:"
NO_RESULT = "There is no result."


def conversation(prompt: str, messages: Sequence[Message], *, most_chars: int) -> list[Message]:
    """The messages of a request: the prompt, and what fits of ``messages``; their last turn is always in it."""
    told = [text_of(message) for message in messages if message.get("role") in INSTRUCTIONS]
    told = [text for text in told if text]
    system = "\n\n".join([prompt, "\n".join([WHISPERED, *(f"- {text}" for text in told)])]) if told else prompt
    said = list(_joined(_paired([message for message in messages if _is_said(message)])))
    turns = _turns(said)
    room = most_chars - len(system) - sum(map(_length, turns[-1] if turns else ()))
    kept = turns[-1:]
    for turn in reversed(turns[:-1]):
        room -= sum(map(_length, turn))
        if room < 0:
            break
        kept.insert(0, turn)
    return [{"role": "system", "content": system}, *(message for turn in kept for message in turn)]


def _is_said(message: Message) -> bool:
    """Neither an instruction, nor words of the caller's that nobody has written down."""
    role = message.get("role")
    return role not in INSTRUCTIONS and not (role == "user" and not text_of(message))


def _paired(messages: Iterable[Message]) -> Iterable[Message]:
    """Every call with its results right behind it, and no result without its call; whoever wrote the context."""
    results = {message.get("tool_call_id"): message for message in messages if message.get("role") == "tool"}
    for message in messages:
        if message.get("role") == "tool":
            continue
        yield message
        for call in message.get("tool_calls") or ():
            missing = {"role": "tool", "tool_call_id": call["id"], "content": NO_RESULT}
            yield results.get(call["id"], missing)


def _joined(messages: Iterable[Message]) -> Iterable[Message]:
    """What one side said in a row as one message."""
    last: Message | None = None
    for message in messages:
        if last is not None and last["role"] == message["role"] != "tool" and not last.get("tool_calls"):
            text = " ".join(text for text in (text_of(last), text_of(message)) if text)
            last = {**message, "content": text}
            continue
        if last is not None:
            yield last
        last = message
    if last is not None:
        yield last


def _turns(messages: Iterable[Message]) -> list[list[Message]]:
    """A turn begins with what the caller says."""
    turns: list[list[Message]] = []
    for message in messages:
        if message["role"] == "user" or not turns:
            turns.append([])
        turns[-1].append(message)
    return turns


def _length(message: Message) -> int:
    return len(text_of(message)) + len(json.dumps(message.get("tool_calls") or ""))

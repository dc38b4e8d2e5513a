"""The step that takes a message: what is said before it, and where its end leads."""

from collections.abc import Iterator, Mapping

from appliance.dialogue.base import End, Expect, Output, TakeMessage, Turn, say
from appliance.dialplan import Value
from appliance.dialplan.message import FIELDS, MessageStep
from appliance.frames import FAILED, LINE_LOST, NOT_ANNOUNCED, TAKEN_OVER, WantedMessage


def begun(step: MessageStep, variables: Mapping[str, Value]) -> Iterator[Output]:
    """Announces it; the rest is the recorder's."""
    message = step.message
    yield Expect(None)
    told = say(message.say, variables) if message.say else None
    if told is not None:
        yield told
    yield TakeMessage(
        WantedMessage(
            told.text.strip() if told else "",
            message.beep,
            message.max_secs,
            message.silence_secs,
            message.min_secs,
            message.end_key,
            message.transcript,
            message.notify,
        )
    )


def over(
    name: str, step: MessageStep, turn: Turn, variables: dict[str, Value], transfer_to: str | None
) -> tuple[list[Output], str | None]:
    """What is said when it is over, and the step that follows; ``transfer_to`` takes who cannot leave a message.

    A line that was lost, a person who spoke, or a caller who did before anything was announced is no end: the step is
    taken once more.
    """
    if turn.text == FAILED:
        sorry = say(step.message.failed, variables)
        return ([sorry], step.otherwise) if step.otherwise else ([sorry, End("no message taken", transfer_to)], None)
    if turn.result is None:
        return [], name if turn.text in (LINE_LOST, NOT_ANNOUNCED, TAKEN_OVER) else step.nothing
    if step.save_as:
        variables[step.save_as] = {field: turn.result[field] for field in FIELDS}
    return [], step.next

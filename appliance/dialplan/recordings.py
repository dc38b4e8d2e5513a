"""Recorded prompts: ``[wav:welcome.wav] Good morning.`` plays the file; the words tell viewers what it says."""

import re
from collections.abc import Iterator

from appliance.dialplan.message import MessageStep
from appliance.dialplan.problems import Place
from appliance.dialplan.schema import Dialplan
from appliance.dialplan.steps import AskStep

_MARK = re.compile(r"\s*\[wav:([^\]]+)\]\s*(.*)", re.DOTALL)

SPOKEN_KEYS = ("say", "ask", "opening", "no_input", "no_match", "hang_up")


def recording_of(text: str) -> tuple[str | None, str]:
    """The file that a text names, if it does, and its words; a file without words is told by its name."""
    marked = _MARK.fullmatch(text)
    if marked is None:
        return None, text
    file = marked[1].strip()
    return file, marked[2] or f"({file})"


def recordings_of(plan: Dialplan) -> Iterator[tuple[Place, str]]:
    """Every file that a dialplan plays, with its place."""
    for place, text in _texts_of(plan):
        file, _ = recording_of(text)
        if file is not None:
            yield place, file


def _texts_of(plan: Dialplan) -> Iterator[tuple[Place, str]]:
    if plan.greeting:
        yield ("greeting",), plan.greeting
    if plan.recording:
        yield ("recording", "announce"), plan.recording.announce
    for name, function in plan.functions.items():
        yield from ((("functions", name, *place), text) for place, text in function.spoken())
    for name, step in plan.steps.items():
        for key in SPOKEN_KEYS:
            if text := getattr(step, key, None):
                yield ("steps", name, key), text
        if isinstance(step, AskStep) and step.confirm:
            asked = {"ask": step.confirm.ask, "no_match": step.confirm.no_match}
            yield from ((("steps", name, "confirm", key), text) for key, text in asked.items())
        if isinstance(step, MessageStep):
            said = {"say": step.message.say, "failed": step.message.failed}
            yield from ((("steps", name, "message", key), text) for key, text in said.items() if text)
        transfer = getattr(step, "transfer", None)
        if transfer is not None and transfer.say:
            yield ("steps", name, "transfer", "say"), transfer.say

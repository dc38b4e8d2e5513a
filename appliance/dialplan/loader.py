"""Reads dialplans from files. Each file stands alone: the bad are refused with every reason, the others serve."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from appliance.dialplan.checks import found_wrong
from appliance.dialplan.conditions import Arrival
from appliance.dialplan.expect import expectations
from appliance.dialplan.llm_checks import missing_engines
from appliance.dialplan.loaded import LoadedDialplan
from appliance.dialplan.matcher import Match, Matcher, claimed_twice
from appliance.dialplan.problems import Problem
from appliance.dialplan.refusals import refusals
from appliance.dialplan.schema import Dialplan
from appliance.dialplan.source import MAX_BYTES, Source
from appliance.settings import Settings

_ENDINGS = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Dialplans:
    """Everything that a directory holds: the dialplans that serve, and why others do not."""

    plans: tuple[LoadedDialplan, ...]
    problems: tuple[Problem, ...]
    matcher: Matcher

    def match(self, arrival: Arrival) -> Match | None:
        """The dialplan for a call; None when no dialplan answers it."""
        return self.matcher.match(arrival)


def load_dialplans(path: Path, settings: Settings | None = None) -> Dialplans:
    """The dialplans of a directory (its subdirectories, too) or of a single file; never raises.

    With ``settings`` those that need an engine that the settings do not name are refused, too.
    """
    files = sorted(file for file in path.rglob("*") if file.suffix in _ENDINGS) if path.is_dir() else [path]
    plans: list[LoadedDialplan] = []
    problems: list[Problem] = []
    for file in files:
        loaded = load_dialplan(file)
        if isinstance(loaded, LoadedDialplan) and settings is not None:
            loaded = list(missing_engines(loaded, settings)) or loaded
        if isinstance(loaded, LoadedDialplan):
            plans.append(loaded)
        else:
            problems += loaded
    twice = list(claimed_twice(plans))
    refused = {id(loaded) for loaded, _ in twice}
    problems += [problem for _, problem in twice]
    serving = tuple(loaded for loaded in plans if id(loaded) not in refused)
    return Dialplans(serving, tuple(problems), Matcher(serving))


def load_dialplan(file: Path) -> LoadedDialplan | list[Problem]:
    """The dialplan in ``file``, or every reason why it is refused, by line."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        return [Problem(file, 1, "", f"cannot be read ({error.strerror}), expected a dialplan or a directory of them")]
    if len(raw) > MAX_BYTES:
        return [Problem(file, 1, "", f"has {len(raw)} bytes, expected at most {MAX_BYTES}")]
    try:
        source = Source(file, raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        return [Problem(file, raw[: error.start].count(b"\n") + 1, "", "is not UTF-8, expected text in UTF-8")]
    return _from_source(source)


def _from_source(source: Source) -> LoadedDialplan | list[Problem]:
    problems = list(source.problems)
    if not problems and not isinstance(source.data, dict):
        problems.append(source.problem((), "is not a dialplan, expected keys such as name, numbers and steps"))
    if isinstance(source.data, dict):
        try:
            plan = Dialplan.model_validate(source.data)
        except ValidationError as refused:
            problems += refusals(source, refused)
        else:
            problems += [source.problem(place, what) for place, what in found_wrong(plan)]
            if not problems:
                return LoadedDialplan(source.file.stem, source.file, plan, expectations(plan), source)
    return sorted(dict.fromkeys(problems), key=lambda problem: (problem.line, problem.where))

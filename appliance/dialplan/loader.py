"""Reads dialplans from files. The bad are refused with every reason, the others serve."""

import json
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from pydantic import ValidationError

from appliance.dialplan.carrier_checks import missing_credentials
from appliance.dialplan.checks import found_wrong, reached_steps
from appliance.dialplan.conditions import Arrival
from appliance.dialplan.engine_checks import missing_engines
from appliance.dialplan.expect import expectations
from appliance.dialplan.function_checks import missing_means
from appliance.dialplan.loaded import LoadedDialplan
from appliance.dialplan.matcher import Match, Matcher, claimed_twice
from appliance.dialplan.message_checks import missing_for_messages
from appliance.dialplan.parts import DEFAULTS, MARK, Library, files_of, is_dialplan
from appliance.dialplan.problems import Problem
from appliance.dialplan.refusals import refusals
from appliance.dialplan.schema import Dialplan
from appliance.dialplan.source import Source
from appliance.settings import Settings

VERSION_DIGITS = 12
_MAY_BE_IDLE = ("function_call_report_level", "redaction")
"""Shared, it may name what one of the dialplans does not have."""


@dataclass(frozen=True)
class Dialplans:
    """Everything that a directory holds: the dialplans that serve, and why others do not."""

    plans: tuple[LoadedDialplan, ...]
    problems: tuple[Problem, ...]
    matcher: Matcher
    drafts: tuple[LoadedDialplan, ...] = ()
    """Those that are refused and yet well formed: more may be found wrong with them."""
    left_out: tuple[Problem, ...] = ()
    """What optional ones lack in the settings."""

    @cached_property
    def version(self) -> str:
        """Changes with whatever the dialplans say."""
        digest = sha256()
        for loaded in self.plans:
            digest.update(loaded.version.encode())
        return digest.hexdigest()[:VERSION_DIGITS]

    def match(self, arrival: Arrival) -> Match | None:
        """The dialplan for a call; None when no dialplan answers it."""
        return self.matcher.match(arrival)


def load_dialplans(path: Path, settings: Settings | None = None) -> Dialplans:
    """The dialplans of a directory (its subdirectories, too) or of a single file; never raises.

    With ``settings`` those that need an engine that the settings do not name are refused, too.
    """
    files = files_of(path)
    library = Library(root_of(path, settings), settings.dialplans.values if settings else None)
    plans: list[LoadedDialplan] = []
    drafts: list[LoadedDialplan] = []
    problems: list[Problem] = []
    left_out: list[Problem] = []
    for file in filter(is_dialplan, files) if path.is_dir() else files:
        loaded, wrong = _load(file, library)
        missing: list[Problem] = []
        if loaded is not None and settings is not None:
            missing += [
                *missing_engines(loaded, settings),
                *missing_for_messages(loaded, settings),
                *missing_means(loaded, settings),
                *missing_credentials(loaded, settings),
            ]
        if loaded is not None and loaded.plan.optional and missing and not wrong:
            left_out += missing
            continue
        wrong += missing
        if loaded is not None:
            (drafts if wrong else plans).append(loaded)
        problems += wrong
    twice = list(claimed_twice(plans))
    refused = {id(loaded): loaded for loaded, _ in twice}
    problems += [problem for _, problem in twice]
    serving = tuple(loaded for loaded in plans if id(loaded) not in refused)
    lost = (*drafts, *refused.values())
    return Dialplans(serving, tuple(dict.fromkeys(problems)), Matcher(serving), lost, tuple(left_out))


def root_of(path: Path, settings: Settings | None) -> Path:
    """How far up a dialplan's defaults may lie, and what it may include."""
    if settings is not None and settings.dialplans.path in path.parents:
        return settings.dialplans.path
    return path if path.is_dir() else path.parent


def load_dialplan(file: Path, library: Library | None = None) -> LoadedDialplan | list[Problem]:
    """The dialplan in ``file``, or every reason why it is refused, by line."""
    loaded, problems = _load(file, library or Library(file.parent))
    return loaded if loaded is not None and not problems else problems


def _load(file: Path, library: Library) -> tuple[LoadedDialplan | None, list[Problem]]:
    """The dialplan, where it is well formed, and what is wrong with it."""
    if file.name == DEFAULTS or file.name.startswith(MARK):
        return None, [Problem(file, 1, "", "is what dialplans share, expected a dialplan or a directory of them")]
    source, loaded = library.dialplan(file), None
    problems = list(source.problems)
    if not problems and not isinstance(source.data, dict):
        problems.append(source.problem((), "is not a dialplan, expected keys such as name, numbers and steps"))
    if isinstance(source.data, dict):
        try:
            plan = Dialplan.model_validate(source.data)
        except ValidationError as refused:
            problems += refusals(source, refused)
        else:
            plan = _without_idle(plan, source)
            problems += [
                source.problem(place, what)
                for place, what in found_wrong(plan)
                if not (place[0] in _MAY_BE_IDLE and source.is_shared(place))
            ]
            place = library.place_of(file)
            loaded = LoadedDialplan(
                source.file.stem,
                source.file,
                plan,
                {} if problems else expectations(plan),
                source,
                place,
                sha256(json.dumps([place, source.data]).encode()).hexdigest()[:VERSION_DIGITS],
            )
    return loaded, sorted(dict.fromkeys(problems), key=lambda one: (one.file != source.file, one.line, one.where))


def _without_idle(plan: Dialplan, source: Source) -> Dialplan:
    """Without the shared steps that nobody reaches: not every dialplan uses everything that there is to share."""
    shared = {name for name in plan.steps if source.is_shared(("steps", name))}
    reached = reached_steps(plan) if shared else set(plan.steps)
    idle = shared - reached if reached <= set(plan.steps) else set()
    return plan.model_copy(update={"steps": {name: step for name, step in plan.steps.items() if name not in idle}})

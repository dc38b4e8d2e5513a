"""``appliance check``: every problem in settings and dialplans, before a caller finds it."""

import argparse
import os
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from appliance.audio.wav import read_wav
from appliance.cli.config import add_config, settings_of
from appliance.cli.coverage import unanswerable, uncovered, unknown_roles
from appliance.cli.offered import unoffered
from appliance.dialplan import Dialplans, LoadedDialplan, Problem, load_dialplans, phrases_of, words_to_say
from appliance.dialplan.engine_checks import engine_names, uses_embedded
from appliance.dialplan.loader import root_of
from appliance.dialplan.problems import Place
from appliance.dialplan.recordings import recordings_of
from appliance.errors import SettingsError
from appliance.settings import Settings, place_of, refuse_incomplete, refuse_unsafe
from appliance.settings.lineups import is_embedded
from appliance.speech.local.voices import wrong_with_voice
from appliance.speech.local.words import unknown_words
from appliance.supervision.roles import Role, roles_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``[PATH ...]`` and ``--config``."""
    add_config(parser)
    parser.add_argument(
        "paths", type=Path, nargs="*", metavar="PATH", help="a dialplan or a directory of them (dialplans.path)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Prints each problem as ``file:line: where: what, and what was expected``; 1 when there is any."""
    problems: list[str] = []
    roles: Collection[Role] = ()
    paths = arguments.paths
    settings: Settings | None = None

    def place(setting: tuple[str, ...]) -> str:
        return place_of(setting, arguments.config, os.environ)

    try:
        settings = settings_of(arguments)
        problems += unoffered(settings, place)
        roles = roles_of(settings.roles).values()
        refuse_incomplete(settings)
        refuse_unsafe(settings)
        paths = paths or [settings.dialplans.path]
    except SettingsError as error:
        problems += str(error).splitlines()
        if not paths:  # Who does not know where the dialplans are must not complain about some other directory.
            print(*problems, f"{_many(len(problems), 'problem')}; the dialplans were not looked at", sep="\n")
            return 1
    checked = [load_dialplans(path, settings) for path in paths]
    for path, dialplans in zip(paths, checked, strict=True):
        problems += map(str, dialplans.problems)
        formed = [*dialplans.plans, *dialplans.drafts]
        if settings is None:
            problems += map(str, unpronounceable(formed))
        else:
            problems += map(
                str, unpronounceable([one for one in formed if uses_embedded(one.plan, settings, "transcriber")])
            )
            problems += map(str, unvoiced(formed, settings))
        problems += map(str, [*unknown_roles(roles, formed), *unanswerable(roles, formed)] if roles else ())
        problems += map(str, unplayable(formed, root_of(path, settings)))
    if settings and not arguments.paths and not checked[0].problems:  # A refused one may be what a role means.
        problems += uncovered(settings, place, checked[0].plans)
    left_out = [f"left out, being optional: {why}" for dialplans in checked for why in dialplans.left_out]
    print(*problems, *left_out, _summary(checked, len(problems)), sep="\n")
    return 1 if problems else 0


def unpronounceable(plans: Sequence[LoadedDialplan]) -> Iterator[Problem]:
    """What callers may say but the embedded recogniser cannot listen for."""
    for loaded in plans:
        for place, phrase in phrases_of(loaded.plan):
            for word in unknown_words(words_to_say(phrase), loaded.plan.language):
                what = f"the embedded recogniser cannot pronounce {word!r}, expected words of its dictionary"
                yield loaded.source.problem(place, what)


def unvoiced(plans: Sequence[LoadedDialplan], settings: Settings) -> Iterator[Problem]:
    """Voices that the embedded engine does not have."""
    for loaded in plans:
        for position, name in enumerate(engine_names(loaded.plan, settings, "synthesizer")):
            if not is_embedded(settings, "synthesizer", name):
                continue
            voice = loaded.plan.voice
            place: Place = ("voice", name) if isinstance(voice, dict) else ("voice",)
            voice = voice.get(name) if isinstance(voice, dict) else voice if position == 0 else None
            if voice is not None and (what := wrong_with_voice(voice)):
                yield loaded.source.problem(place, what)


def unplayable(plans: Sequence[LoadedDialplan], directory: Path) -> Iterator[Problem]:
    """Recorded prompts that are not there, or are no WAV files."""
    for loaded in plans:
        for place, file in recordings_of(loaded.plan):
            try:
                if not (directory / file).resolve().is_relative_to(directory.resolve()):
                    raise ValueError(f"it lies outside of {directory}")
                read_wav(directory / file)
            except (OSError, ValueError) as error:
                why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
                yield loaded.source.problem(
                    place, f"the recording {file!r} cannot be played ({why}), expected a WAV file"
                )


def _summary(checked: Sequence[Dialplans], problems: int) -> str:
    plans = sum(len(dialplans.plans) for dialplans in checked)
    steps = sum(len(loaded.plan.steps) for dialplans in checked for loaded in dialplans.plans)
    can_serve = (
        f"{_many(plans, 'dialplan')} with {_many(steps, 'step')} can serve" if plans else "no dialplan can serve"
    )
    return f"{can_serve}, {_many(problems, 'problem')}"


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count or 'no'} {what}s"

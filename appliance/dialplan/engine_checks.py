"""What a dialplan wants of engines that the settings do not give: names, voices, and what its steps need."""

from collections.abc import Iterator

from appliance.dialplan.language import ENGLISH, language_of
from appliance.dialplan.llm_checks import llm_steps
from appliance.dialplan.loaded import LoadedDialplan
from appliance.dialplan.problems import Place, Problem
from appliance.dialplan.schema import Dialplan
from appliance.settings import Settings
from appliance.settings.engine_names import ROLES, EngineRole
from appliance.settings.explained import unknown
from appliance.settings.lineups import default_names, hears_freely, is_embedded, wrong_name, wrong_realtime

NO_EAR = (
    "the embedded recogniser hears only answers that are expected, not what a caller says freely: "
    "expected an engine that does (`speech.transcriber` or `speech.uri` in the settings)"
)


def engine_names(plan: Dialplan, settings: Settings, role: EngineRole) -> tuple[str, ...]:
    """The engines of the dialplan's calls in that role, the first choice first."""
    return getattr(plan.engines, role) or default_names(settings, role)


def uses_embedded(plan: Dialplan, settings: Settings, role: EngineRole) -> bool:
    """Whether the embedded engines are among them."""
    return any(is_embedded(settings, role, name) for name in engine_names(plan, settings, role))


def missing_engines(loaded: LoadedDialplan, settings: Settings) -> Iterator[Problem]:
    """Every problem with its place."""
    for place, what in _wrong_engines(loaded.plan, settings):
        yield loaded.source.problem(place, what)


def _wrong_engines(plan: Dialplan, settings: Settings) -> Iterator[tuple[Place, str]]:
    for role in ROLES:
        for position, name in enumerate(getattr(plan.engines, role) or ()):
            if (what := wrong_name(settings, role, name)) is not None:
                yield ("engines", role, position), what
    if language_of(plan.language) != ENGLISH and uses_embedded(plan, settings, "transcriber"):
        yield (
            ("language",),
            f"the embedded recogniser understands English alone, expected an engine that hears {plan.language!r}",
        )
    if isinstance(plan.voice, dict):
        names = engine_names(plan, settings, "synthesizer")
        yield from ((("voice", name), unknown(name, names, "engine")) for name in plan.voice if name not in names)
    for name, step in llm_steps(plan).items():
        place = ("steps", name, "llm")
        if step.llm.engine is not None:
            if (what := wrong_realtime(settings, step.llm.engine)) is not None:
                yield (*place, "engine"), what
            continue
        if not engine_names(plan, settings, "llm"):
            yield place, "no language model, expected `llm.model` in the settings"
        if not hears_freely(settings, engine_names(plan, settings, "transcriber")):
            yield place, NO_EAR

"""Which engines the names in settings and dialplans mean, and what is wrong with a name."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from appliance.settings.engine_names import OWN_NAMES, ROLES, EngineRole
from appliance.settings.engines import DeepgramSettings, OpenAISTTSettings, OpenAITTSSettings, missing_key
from appliance.settings.explained import unknown
from appliance.settings.llm import ChatServer
from appliance.settings.model import Settings
from appliance.settings.named_engines import DOES, Listed, WyomingEngine
from appliance.settings.realtime import RealtimeEngine
from appliance.settings.section import Section

_WORDS: dict[EngineRole, str] = {"transcriber": "listens", "synthesizer": "speaks", "llm": "is a language model"}
_KEYED = (OpenAISTTSettings, OpenAITTSSettings, DeepgramSettings, ChatServer)


@dataclass(frozen=True, slots=True)
class Embedded:
    """The engines that come with the appliance."""


def default_names(settings: Settings, role: EngineRole) -> tuple[str, ...]:
    """What dialplans that name no engines of their own use."""
    if role == "llm":
        return () if settings.llm.model is None and settings.llm.engines == ("llm",) else settings.llm.engines
    return settings.speech.transcriber if role == "transcriber" else settings.speech.synthesizer


def engine_of(settings: Settings, role: EngineRole, name: str) -> Section | Embedded | None:
    """What ``name`` stands for in that role; None for a name that stands for nothing there."""
    if name in settings.engines:
        entry = settings.engines[name]
        return entry if role in DOES[type(entry)] else None
    if name not in OWN_NAMES[role]:
        return None
    match name:
        case "llm":
            return settings.llm if settings.llm.model else None
        case "deepgram":
            return settings.deepgram
        case "openai":
            return settings.openai_stt if role == "transcriber" else settings.openai_tts
        case "wyoming":
            speech = settings.speech
            uri = speech.transcriber_uri if role == "transcriber" else speech.synthesizer_uri
            if address := uri or speech.uri:
                return WyomingEngine(kind="wyoming", uri=address)
    return Embedded()


def is_embedded(settings: Settings, role: EngineRole, name: str) -> bool:
    """Whether the name means the embedded engines."""
    return isinstance(engine_of(settings, role, name), Embedded)


def patience_of(engine: Section | Embedded) -> float | None:
    """How long it may take to begin, where the settings say so."""
    return engine.patience_secs if isinstance(engine, Listed) else None


def wrong_name(settings: Settings, role: EngineRole, name: str) -> str | None:
    """What to say of a name that cannot be used in that role: unknown, of another role, without what it needs."""
    engine = engine_of(settings, role, name)
    if isinstance(engine, _KEYED):
        named = name in settings.engines
        return missing_key(f"engines.{name}" if named else _section(role, name), engine)
    if engine is not None:
        return None
    if name == "llm" and role == "llm":
        return "no language model, expected `llm.model` in the settings"
    kind = getattr(settings.engines.get(name), "kind", None)
    if kind is not None or any(name in names for names in OWN_NAMES.values()):
        return f"{name!r} is no engine that {_WORDS[role]}, expected one of {', '.join(usable(settings, role))}"
    return unknown(name, usable(settings, role), "engine")


def realtime_engines(settings: Settings) -> dict[str, RealtimeEngine]:
    """The models that hear and speak themselves, by name."""
    return {name: engine for name, engine in settings.engines.items() if isinstance(engine, RealtimeEngine)}


def wrong_realtime(settings: Settings, name: str) -> str | None:
    """What to say of a name that is to stand for a model that hears and speaks itself."""
    engines = realtime_engines(settings)
    if name in engines:
        return missing_key(f"engines.{name}", engines[name])
    if name in settings.engines:
        return f"{name!r} is of kind {settings.engines[name].kind}, expected an engine of kind openai-realtime"
    if not engines:
        return f"unknown engine {name!r}, expected one of kind openai-realtime in the settings: [engines.{name}]"
    return unknown(name, engines, "engine")


def usable(settings: Settings, role: EngineRole) -> list[str]:
    """The names that mean something in that role."""
    return [name for name in (*OWN_NAMES[role], *settings.engines) if engine_of(settings, role, name) is not None]


def wrong_lists(settings: Settings) -> Iterator[str]:
    """What is wrong with the lists of the settings, a sentence each."""
    keys = {"transcriber": "speech.transcriber", "synthesizer": "speech.synthesizer", "llm": "llm.engines"}
    for role in ROLES:
        for name in default_names(settings, role):
            if (wrong := wrong_name(settings, role, name)) is not None:
                yield wrong if ".api_key is missing" in wrong else f"{keys[role]}: {wrong}"


def hears_freely(settings: Settings, names: Iterable[str]) -> bool:
    """Whether the first of these understands more than the answers that are expected, which is all the embedded can."""
    return not is_embedded(settings, "transcriber", next(iter(names)))


def _section(role: EngineRole, name: str) -> str:
    if name == "openai":
        return "openai_stt" if role == "transcriber" else "openai_tts"
    return name

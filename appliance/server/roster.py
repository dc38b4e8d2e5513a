"""The engines of the house: each made once, however many dialplans name it, and how each of them does."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from appliance.call import Engines
from appliance.dialogue.failover_chat import FailoverChat
from appliance.dialogue.realtime.model import DirectModel
from appliance.dialplan import Dialplan
from appliance.dialplan.engine_checks import engine_names
from appliance.errors import EngineError, StartError
from appliance.failover import Health, Lineup, Member
from appliance.failover.health import Probe
from appliance.server.making import MAKERS, MODULES, try_realtime
from appliance.settings import OpenAITTSSettings, Settings
from appliance.settings.engine_names import ROLES, EngineRole
from appliance.settings.lineups import Embedded, default_names, engine_of, patience_of, realtime_engines
from appliance.settings.named_engines import WyomingEngine
from appliance.settings.section import Section
from appliance.speech.base import Synthesizer
from appliance.speech.cached import CachedSynthesizer
from appliance.speech.failover_stt import FailoverTranscriber
from appliance.speech.failover_tts import FailoverSynthesizer
from appliance.speech.local.supervisor import EmbeddedSpeech
from appliance.speech.prompts import PromptSynthesizer
from appliance.speech.recordings import Recordings
from appliance.speech.shelf import Shelf

USUAL_VOICE = "en-us"
MEGABYTE = 1_000_000

Names = tuple[tuple[str, ...], ...]
"""Of each role, in the order of ``ROLES``."""


class Roster:
    """Makes engines as they are needed; ``stack`` closes them. ``on_change`` learns whose health has changed."""

    def __init__(self, settings: Settings, stack: contextlib.AsyncExitStack, recordings: Recordings) -> None:
        self.on_change: Callable[[Health], None] = lambda health: None
        self.embedded: EmbeddedSpeech | None = None
        """The embedded engines, once something needs them."""
        self._settings = settings
        self._stack = stack
        self._recordings = recordings
        self._members: dict[tuple[EngineRole, str, bool], Member[Any]] = {}
        self._health: dict[tuple[EngineRole, str], Health] = {}
        self._engines: dict[tuple[Names, str], Engines] = {}
        self._shelf = self._open_shelf()

    @property
    def healths(self) -> list[Health]:
        """Of all engines that are used, by role."""
        return [self._health[key] for key in sorted(self._health, key=lambda key: ROLES.index(key[0]))]

    async def prepare(self, plans: Sequence[Dialplan]) -> None:
        """Makes what these dialplans and the settings name. Raises StartError for what does not start."""
        wanted = {self._names(plan) for plan in plans} | {self._names(None)}
        entries = [entry for names in wanted for _, _, entry in self._entries(names)]
        if any(isinstance(entry, Embedded) for entry in entries) and self.embedded is None:
            await self._start_embedded()
        entries += realtime_engines(self._settings).values()
        for module in {module for kind, module in MODULES.items() if any(isinstance(one, kind) for one in entries)}:
            await asyncio.to_thread(importlib.import_module, module)
        for plan in (None, *plans):
            self.engines_of(plan)

    def engines_of(self, plan: Dialplan | None = None) -> Engines:
        """The engines of a dialplan's calls, or those of the settings; after ``prepare``."""
        names = self._names(plan)
        voices = self._voices(plan, names[ROLES.index("synthesizer")])
        key = (names, repr(sorted(voices.items())))
        if key not in self._engines:
            self._engines[key] = self._make(names, voices)
        return self._engines[key]

    def is_cut_off(self, plan: Dialplan) -> bool:
        """Whether no engine of some role that its calls need is up."""
        healths = ([self._health.get((role, name)) for name in self._names_of(plan, role)] for role in ROLES)
        return any(known and not any(one is None or one.is_up for one in known) for known in healths)

    async def close(self) -> None:
        """Tries nothing any more."""
        for health in self._health.values():
            await health.close()

    def _names(self, plan: Dialplan | None) -> Names:
        return tuple(self._names_of(plan, role) for role in ROLES)

    def _names_of(self, plan: Dialplan | None, role: EngineRole) -> tuple[str, ...]:
        return default_names(self._settings, role) if plan is None else engine_names(plan, self._settings, role)

    def _entries(self, names: Names) -> Iterator[tuple[EngineRole, str, Section | Embedded]]:
        for role, listed in zip(ROLES, names, strict=True):
            for name in listed:
                entry = engine_of(self._settings, role, name)
                if entry is None:
                    raise StartError(f"there is no engine {name!r} for the {role}")
                yield role, name, entry

    def _make(self, names: Names, voices: dict[str, str]) -> Engines:
        secs = self._settings.speech.timeout_secs
        ears, voiced, models = (self._lineup(role, listed) for role, listed in zip(ROLES, names, strict=True))
        assert ears is not None
        assert voiced is not None
        speaks = FailoverSynthesizer(voiced, first_secs=secs, voices=voices)
        return Engines(
            FailoverTranscriber(ears, answer_secs=secs),
            PromptSynthesizer(self._cached(speaks, names[1][0]), self._recordings),
            secs,
            FailoverChat(models, timeout_secs=self._settings.llm.timeout_secs) if models else None,
            usual_voice=voices.get(names[1][0]),
            first_voice=voiced.members[0].engine,
            model_name=models.members[0].model if models else None,
            realtime=self._realtime(),
        )

    def _realtime(self) -> dict[str, DirectModel]:
        engines = realtime_engines(self._settings)
        return {
            name: DirectModel(engine, self._health_of("llm", name, partial(try_realtime, engine)))
            for name, engine in engines.items()
        }

    def _health_of(self, role: EngineRole, name: str, probe: Probe | None = None) -> Health:
        if (role, name) not in self._health:
            health = self._health[role, name] = Health(role, name, probe)
            health.on_change = lambda health: self.on_change(health)
            self.on_change(health)
        return self._health[role, name]

    def _lineup(self, role: EngineRole, names: tuple[str, ...]) -> Lineup[Any] | None:
        members = tuple(self._member(role, name, is_last=name == names[-1]) for name in names)
        return Lineup(members) if members else None

    def _member(self, role: EngineRole, name: str, *, is_last: bool) -> Member[Any]:
        key = (role, name, is_last)
        if key not in self._members:
            entry = engine_of(self._settings, role, name)
            assert entry is not None
            uri = self.embedded.uri if self.embedded is not None else ""
            made = MAKERS[role](entry, self._settings, uri, is_last=is_last)
            if made.close is not None:
                self._stack.push_async_callback(made.close)
            health = self._health_of(role, name, made.probe)
            model = getattr(entry, "model", None)
            self._members[key] = Member(made.engine, health, model, patience_of(entry))
        return self._members[key]

    def _voices(self, plan: Dialplan | None, names: tuple[str, ...]) -> dict[str, str]:
        """The voice of each engine that has one: the dialplan's for it, or its usual one."""
        voice = plan.voice if plan is not None else None
        own = voice if isinstance(voice, dict) else {names[0]: voice} if voice else {}
        chosen = {name: own.get(name) or self._usual_voice(name) for name in names}
        return {name: one for name, one in chosen.items() if one is not None}

    def _usual_voice(self, name: str) -> str | None:
        entry = engine_of(self._settings, "synthesizer", name)
        if name in self._settings.engines and isinstance(entry, WyomingEngine):
            return entry.voice
        return entry.voice if isinstance(entry, OpenAITTSSettings) else USUAL_VOICE

    async def _start_embedded(self) -> None:
        try:
            self.embedded = await self._stack.enter_async_context(EmbeddedSpeech(ears=self._settings.speech.ears))
        except EngineError as error:
            raise StartError(str(error)) from error
        self.embedded.on_change = self._embedded_changed
        # Just before they are ended: from then on they are silent because they were told to be.
        self._stack.callback(setattr, self.embedded, "on_change", None)

    def _embedded_changed(self, is_up: bool) -> None:
        for (role, name), health in self._health.items():
            if isinstance(engine_of(self._settings, role, name), Embedded):
                if is_up:
                    health.succeeded()
                else:
                    health.down("the embedded engines do not answer and are restarted")

    def _open_shelf(self) -> Shelf | None:
        if not self._settings.speech.cache_mb:
            return None
        directory = self._settings.data_dir / "spoken"
        try:
            return Shelf(directory, self._settings.speech.cache_mb * MEGABYTE)
        except OSError as error:
            raise StartError(f"the cache {directory} cannot be opened: {error.strerror or error}") from error

    def _cached(self, engine: Synthesizer, first: str) -> Synthesizer:
        """The engines, or one that remembers what the first choice has said, where the settings have room for that."""
        if self._shelf is None:
            return engine
        entry = engine_of(self._settings, "synthesizer", first)
        away = [getattr(entry, key) for key in ("uri", "base_url", "model", "rate_hz") if hasattr(entry, key)]
        cached = CachedSynthesizer(engine, self._shelf, " ".join(map(str, away)) or "embedded", first=first)
        self._stack.push_async_callback(cached.close)
        return cached

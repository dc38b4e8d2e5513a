"""Dialplans that change while calls are running: on SIGHUP, and when the directory changes.

New calls get the new version; running calls keep the one that they began with. A version with a problem is refused as a
whole: the last good one stays.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from appliance.audio.silero import shared_model
from appliance.dialplan import Dialplans, Problem, load_dialplans
from appliance.dialplan.parts import files_of
from appliance.errors import StartError
from appliance.server.house import House
from appliance.settings import Settings

log = logging.getLogger(__name__)

State = frozenset[tuple[str, int, int, int]]
"""Name, time of change, size and inode of every file, recordings among them."""


def state_of(path: Path) -> State:
    """What the files of a directory are like now; what vanishes meanwhile is left out."""
    found = []
    recordings = path.rglob("*.wav") if path.is_dir() else ()
    for file in (*files_of(path), *recordings):
        with contextlib.suppress(OSError):
            status = file.stat()
            found.append((str(file), status.st_mtime_ns, status.st_size, status.st_ino))
    return frozenset(found)


def load(settings: Settings) -> Dialplans:
    """The dialplans that the settings name, each problem of them in the log."""
    dialplans = load_dialplans(settings.dialplans.path, settings)
    tell(dialplans.problems)
    for why in dialplans.left_out:
        log.info("optional dialplan left out: %s", why)
    if any(one.plan.vad.detector == "silero" for one in dialplans.plans):
        shared_model()  # Here, where nobody waits for it, and not in the first call.
    return dialplans


def tell(problems: Iterable[Problem]) -> None:
    """Problems, in the log."""
    for problem in problems:
        log.error("dialplan refused: %s", problem)


class Reloader:
    """Looks after the dialplans of a house."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._loaded = self._last = house.files
        self._asked = asyncio.Event()

    def ask(self) -> None:
        """Loads them again soon, changed or not."""
        self._asked.set()

    async def run(self) -> None:
        """Looks until it is cancelled."""
        secs = self._house.settings.dialplans.watch_secs
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._asked.wait(), secs or None)
            await self.look()

    async def look(self) -> None:
        """Loads the dialplans if that was asked for, or if they have changed and then stayed so for one look."""
        asked = self._asked.is_set()
        self._asked.clear()
        path = self._house.settings.dialplans.path
        state = await asyncio.to_thread(state_of, path)
        is_settled, self._last = state == self._last, state
        if asked or (is_settled and state != self._loaded):
            self._loaded = state
            self._take(await self._prepared(await asyncio.to_thread(load, self._house.settings)))
            if not self._house.refused and self._house.recordings is not None:
                await self._house.recordings.refresh()

    async def _prepared(self, dialplans: Dialplans) -> Dialplans:
        """With the engines that they name; where one does not start, that is what is wrong with them."""
        roster = self._house.roster
        if roster is None or dialplans.problems:
            return dialplans
        try:
            await roster.prepare([loaded.plan for loaded in dialplans.plans])
        except StartError as error:
            problem = Problem(self._house.settings.dialplans.path, 1, "engines", str(error))
            tell([problem])
            return replace(dialplans, problems=(problem,))
        return dialplans

    def _take(self, dialplans: Dialplans) -> None:
        house = self._house
        if not dialplans.plans and not dialplans.problems:
            what = "holds no dialplan any more, expected at least one"
            house.refused = (Problem(house.settings.dialplans.path, 1, "", what),)
            tell(house.refused)
        else:
            house.refused = dialplans.problems
        if house.refused:
            log.error("the dialplans stay as they were", extra={"version": house.dialplans.version})
        else:
            house.dialplans = dialplans
            facts = {"version": dialplans.version, "dialplans": len(dialplans.plans)}
            log.info("dialplans loaded: new calls get them, running calls keep theirs", extra=facts)


def on_hangup(reload: Callable[[], None], stop: Callable[[], None]) -> Callable[[], None]:
    """What SIGHUP does: it loads the dialplans again; where the terminal of whoever started us is gone, it stops."""
    ends = signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN and has_terminal()
    return lambda: stop() if ends and not has_terminal() else reload()


def has_terminal() -> bool:
    """Whether this process belongs to a terminal that is still there."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True

"""Calls that are watched: ``python -m appliance.bench.watched '{...}'``, the same calls in three parts, measured.

At first nobody watches; then each call has its readers; then each has one more viewer, which never reads. The callers
and their viewers are this one process. The result is one JSON object on standard output.
"""

import asyncio
import contextlib
import gc
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
import uvloop

from appliance.bench.processes import rss_mb
from appliance.bench.telephones import Exchange, Load, Measured
from appliance.bench.viewers import Party, Reader

JOIN_SECS = 5.0
"""In which all readers come."""
QUIET_SECS = 3.0
"""Between their coming and what is measured."""
TIDY_SECS = 1.0
SAMPLE_SECS = 0.25
NORMAL, TOO_SLOW = 1000, 1013
CUT_SECS = 8.0
"""A viewer that is closed because it never reads may take so long to read why; then it is cut off."""
END_SECS = 15.0
"""After the end of its call a viewer is closed in less."""


class Watch(msgspec.Struct, kw_only=True):
    """What is to be done."""

    load: Load
    settle_secs: float
    """How long the calls go on before anything is measured."""
    readers: list[tuple[str, str]]
    """Of each call: role and token."""
    deaf: str
    """The token of those that never read."""


class Part(msgspec.Struct, kw_only=True):
    """What one part of the time gave."""

    measured: Measured
    delays_secs: list[float]
    """From the push of a stamp until a viewer had it."""
    messages: int
    """That the readers got."""
    waiting_bytes: int
    """The most that was seen waiting for one viewer."""
    needed_mb: float
    """The server's memory before, without what it does not use."""
    rss_mb: list[float]
    """The server's memory meanwhile, sampled."""


class Watched(msgspec.Struct, kw_only=True):
    """What came of it."""

    parts: list[Part]
    """Unwatched, with readers, and with those that never read."""
    readers: int
    unlike: int
    """Readers that got something else than another one of their role and call."""
    missing: int
    """Numbers that nobody of a call got; what is for one viewer alone that has just come has numbers, too."""
    not_ended: int
    """Readers that were not closed with 1000 after their call's end."""
    deaf: int
    told: int
    """Of those that never read: closed with 1013."""
    cut: int
    """Cut off, because they did not even read that."""
    stayed: int
    """Still counted by the server among the viewers of their call."""
    needed_mb: float
    """The server's memory once it was rid of them, without what it does not use."""


class Watching:
    """All calls and their viewers."""

    def __init__(self, watch: Watch, frames: Sequence[bytes]) -> None:
        self._watch = watch
        self._load = watch.load
        self._exchange = Exchange(watch.load, frames)
        self._parties: list[Party] = []

    @property
    def readers(self) -> list[Reader]:
        """Those of all calls."""
        return [reader for party in self._parties for reader in party]

    async def run(self) -> Watched:
        """One part after the other, and then the end."""
        before = await self._exchange.prepare()
        await asyncio.sleep(self._watch.settle_secs)
        gc.freeze()
        parts = [await self._part(before)]
        await self._join()
        parts.append(await self._part(before))
        async with asyncio.TaskGroup() as group:
            for party in self._parties:
                group.create_task(self._come_deaf(party))
        parts.append(await self._part(before))
        await asyncio.sleep(CUT_SECS)
        after = await self._needed_mb()
        stayed = sum(self._stayed(party) for party in self._parties)
        told, cut = await self._ask_deaf()
        self._exchange.hang_up()
        await self._until_closed()
        readers = self.readers
        return Watched(
            parts=parts,
            readers=len(readers),
            unlike=sum(party.unlike() for party in self._parties),
            missing=sum(party.missing() for party in self._parties),
            not_ended=sum(reader.socket.close_code != NORMAL for reader in readers),
            deaf=sum(len(party.deaf) for party in self._parties),
            told=told,
            cut=cut,
            stayed=stayed,
            needed_mb=after,
        )

    async def _join(self) -> None:
        phones = self._exchange.telephones
        self._parties = [Party(phone.sid) for phone in phones]
        async with asyncio.TaskGroup() as group:
            for number, party in enumerate(self._parties):
                group.create_task(self._come(party, number * JOIN_SECS / len(phones)))
        await asyncio.sleep(QUIET_SECS)
        for party in self._parties:
            party.compare_from_now()

    async def _come(self, party: Party, after_secs: float) -> None:
        await asyncio.sleep(after_secs)
        with contextlib.suppress(ConnectionRefusedError):  # Its call is lost, and counted as such.
            for role, token in self._watch.readers:
                await party.join(self._load.url, role, token)

    async def _come_deaf(self, party: Party) -> None:
        with contextlib.suppress(ConnectionRefusedError):
            await party.join_deaf(self._load.url, self._watch.deaf)

    async def _part(self, before: float) -> Part:
        needed = await self._needed_mb()
        for reader in self.readers:
            reader.count_from_now()
        seen = sum(len(reader.seen) for reader in self.readers)
        samples: list[float] = []
        async with asyncio.TaskGroup() as group:
            sampler = group.create_task(self._sample(samples))
            measured = await self._exchange.measure(before)
            sampler.cancel()
        return Part(
            measured=measured,
            delays_secs=[delay for reader in self.readers for delay in reader.delays_secs],
            messages=sum(len(reader.seen) for reader in self.readers) - seen,
            waiting_bytes=max((reader.most_waiting_bytes for reader in self.readers), default=0),
            needed_mb=needed,
            rss_mb=samples,
        )

    async def _needed_mb(self) -> float:
        os.kill(self._load.server_pid, signal.SIGUSR1)
        await asyncio.sleep(TIDY_SECS)
        return rss_mb(self._load.server_pid)

    async def _sample(self, samples: list[float]) -> None:
        while True:
            samples.append(rss_mb(self._load.server_pid))
            await asyncio.sleep(SAMPLE_SECS)

    def _stayed(self, party: Party) -> int:
        """By the newest stamp."""
        counted = max((reader.stamp.viewers for reader in party if reader.stamp is not None), default=0)
        return max(0, counted - sum(1 for _ in party))

    async def _ask_deaf(self) -> tuple[int, int]:
        """Lets those read at last that never did: how many were told why they are closed, and how many cut off."""
        sockets = [socket for party in self._parties for socket in party.deaf]
        for socket in sockets:
            socket.resume()
        await asyncio.sleep(1)
        told = sum(socket.close_code == TOO_SLOW for socket in sockets)
        cut = sum(socket.lost and socket.close_code is None for socket in sockets)
        for socket in sockets:
            socket.close()
        return told, cut

    async def _until_closed(self) -> None:
        with contextlib.suppress(TimeoutError):  # Those that are not closed by then are counted.
            async with asyncio.timeout(END_SECS):
                for reader in self.readers:
                    await reader.socket.wait_lost()


async def run(watch: Watch) -> Watched:
    """All of it."""
    frames = (await asyncio.to_thread(Path(watch.load.frames).read_bytes)).split()
    return await Watching(watch, frames).run()


def main(argv: Sequence[str] | None = None) -> int:
    """Entry of the process: its one argument is a Watch, as JSON."""
    given = sys.argv[1:] if argv is None else list(argv)
    watch = msgspec.json.decode(given[0], type=Watch)
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(run(watch))) + b"\n")
    sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())

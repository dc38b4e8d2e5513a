"""Calls that many watch: what it changes for the callers, how soon viewers see what happens, what each event costs."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import msgspec
import numpy as np

from appliance.bench import plans
from appliance.bench.event_cost import QUICK_ROUNDS, QUICK_TURNS, ROUNDS, TURNS, Costs, event_costs
from appliance.bench.load import TURN_SILENCE_SECS, cycle
from appliance.bench.processes import cores, output_of, running
from appliance.bench.server import SERVING
from appliance.bench.stage import percentile, prepare
from appliance.bench.systems import pipecat_version
from appliance.bench.telephones import Load
from appliance.bench.watched import Part, Watch, Watched
from appliance.clock import wall
from appliance.supervision.credentials import Credentials
from appliance.supervision.feed import MAX_BYTES

READERS = ("viewer", "viewer", "viewer", "supervisor", "supervisor")
"""Of each call. A viewer gets everything masked, a supervisor as it is."""
MOST_CHANGE_MS = 5.0
MOST_EVENT_MS = 10.0
NOBODY, READ, DEAF = "nobody", f"{len(READERS)} each", "and one deaf"
_MORE_SECS = 180.0


class Size(NamedTuple):
    """How much is done."""

    calls: int
    secs: float
    """Of each part."""
    settle_secs: float
    """After some 45 s of this caller the detector's idea of noise has settled, and each answer comes 20 ms earlier:
    that must not happen between two parts."""
    stamps_per_sec: float
    """To each call; enough to fill the queue of a viewer that never reads within a part."""
    turns: int
    rounds: int


FULL = Size(100, 40.0, 50.0, 1.0, TURNS, ROUNDS)
QUICK = Size(20, 8.0, 0.0, 4.0, QUICK_TURNS, QUICK_ROUNDS)


class Phase(NamedTuple):
    """Figures of one part."""

    watching: str
    calls: int
    viewers: int
    answers: int
    lost: int
    """Answers that failed or came too early, and callers' sockets that closed."""
    p50_ms: float
    p99_ms: float
    """From the last frame of speech to the answer's first audio, less the turn's silence."""
    change_ms: float
    """Of the 99th percentile, to when nobody watched."""
    events_per_sec: float
    """That all readers got."""
    event_p50_ms: float | None
    event_p95_ms: float | None
    event_p99_ms: float | None
    """From the push of a frame until its message was at a viewer; None where there is none."""
    cpu_share: float
    """Of the server's core."""
    core_share: float
    """How busy that core was, with other processes too."""
    client_share: float
    rss_mb: float
    """The most of the server's memory that was seen."""


class Ends(NamedTuple):
    """What became of the viewers."""

    readers: int
    unlike: int
    missing: int
    not_ended: int
    deaf: int
    told: int
    cut: int
    stayed: int
    """See Watched."""
    waiting_bytes: int
    """The most that was seen waiting for one viewer."""
    reader_kb: float
    """The server's memory for each reader, with what its call remembers for those who come back."""
    deaf_kb: float
    """The most of the server's memory for each of those that never read."""
    kept_kb: float
    """Of that, what it still needed once it was rid of them."""


class Rtvi(NamedTuple):
    """All of it."""

    phases: Sequence[Phase]
    ends: Ends
    costs: Costs
    pipecat: str
    """Its version; empty where it was not measured."""

    @property
    def holds(self) -> bool:
        """Whether callers and readers notice nothing of each other, and nothing is kept for those that never read."""
        ends, watched = self.ends, self.phases[1:]
        return (
            all(phase.lost == 0 and phase.change_ms < MOST_CHANGE_MS for phase in watched)
            and all((phase.event_p95_ms or 0) < MOST_EVENT_MS for phase in watched)
            and ends.unlike + ends.missing + ends.not_ended + ends.stayed == 0
            and ends.told + ends.cut == ends.deaf
            and ends.waiting_bytes <= MAX_BYTES
        )


async def rtvi(directory: Path, python: str | None, size: Size) -> Rtvi:
    """Measures it all; ``python`` is that of an environment with Pipecat, if there is one."""
    watched = await _watched(directory, size)
    version = await pipecat_version(python) if python is not None else ""
    costs = await event_costs(python, size.turns, size.rounds)
    return Rtvi(phases_of(watched, size), ends_of(watched), costs, version)


async def _watched(directory: Path, size: Size) -> Watched:
    server_core, client_core = cores()[0], cores()[-1]
    with TemporaryDirectory(dir=directory) as temporary:
        data, dialplans = Path(temporary, "data"), Path(temporary, "dialplans")
        viewer = await asyncio.to_thread(prepare, data, dialplans)
        supervisor = Credentials(data, wall).add("token", "bench's supervisor", "supervisor", None)
        options = ["--data", str(data), "--dialplans", str(dialplans), "--stamps", str(size.stamps_per_sec)]
        options += ["--readers", str(len(READERS))]
        frames = await cycle(Path(temporary))
        async with running("appliance.bench.server", options, SERVING, [server_core]) as server:
            load = Load(
                url=server.said,
                number=plans.LOAD_NUMBER,
                token=viewer,
                frames=str(frames),
                calls=size.calls,
                secs=size.secs,
                server_pid=server.pid,
                server_core=server_core,
                watched=False,
            )
            tokens = {"viewer": viewer, "supervisor": supervisor}
            readers = [(role, tokens[role]) for role in READERS]
            watch = Watch(load=load, settle_secs=size.settle_secs, readers=readers, deaf=viewer)
            argument = msgspec.json.encode(watch).decode()
            secs = size.settle_secs + 3 * size.secs + _MORE_SECS
            written = await output_of("appliance.bench.watched", [argument], [client_core], secs)
    return msgspec.json.decode(written, type=Watched)


def phases_of(watched: Watched, size: Size) -> list[Phase]:
    """The figures that one wants to read."""
    viewers = (0, watched.readers, watched.readers + watched.deaf)
    before = _p99_ms(watched.parts[0])
    return [
        _phase(part, watching, size.calls, count, before)
        for part, watching, count in zip(watched.parts, (NOBODY, READ, DEAF), viewers, strict=True)
    ]


def ends_of(watched: Watched) -> Ends:
    """What became of the viewers."""
    nobody, _, deaf = watched.parts
    return Ends(
        readers=watched.readers,
        unlike=watched.unlike,
        missing=watched.missing,
        not_ended=watched.not_ended,
        deaf=watched.deaf,
        told=watched.told,
        cut=watched.cut,
        stayed=watched.stayed,
        waiting_bytes=max(part.waiting_bytes for part in watched.parts),
        reader_kb=(deaf.needed_mb - nobody.needed_mb) * 1000 / watched.readers,
        deaf_kb=(max(deaf.rss_mb) - deaf.needed_mb) * 1000 / watched.deaf,
        kept_kb=(watched.needed_mb - deaf.needed_mb) * 1000 / watched.deaf,
    )


def _phase(part: Part, watching: str, calls: int, viewers: int, before_p99_ms: float) -> Phase:
    measured = part.measured
    missing = max(0, measured.turns - calls - len(measured.latencies))
    return Phase(
        watching=watching,
        calls=calls,
        viewers=viewers,
        answers=len(measured.latencies),
        lost=measured.unanswered + measured.early + measured.dropped + missing,
        p50_ms=_answer_ms(part, 50),
        p99_ms=_p99_ms(part),
        change_ms=_p99_ms(part) - before_p99_ms,
        events_per_sec=part.messages / measured.secs,
        event_p50_ms=_event_ms(part, 50),
        event_p95_ms=_event_ms(part, 95),
        event_p99_ms=_event_ms(part, 99),
        cpu_share=measured.server_cpu_secs / measured.secs,
        core_share=measured.server_core_secs / measured.secs,
        client_share=measured.client_cpu_secs / measured.secs,
        rss_mb=max(part.rss_mb),
    )


def _p99_ms(part: Part) -> float:
    return _answer_ms(part, 99)


def _event_ms(part: Part, share: float) -> float | None:
    return percentile(part.delays_secs, share) * 1000 if part.delays_secs else None


def _answer_ms(part: Part, share: float) -> float:
    latencies = np.array(part.measured.latencies or [float("inf")])
    return (float(np.percentile(latencies, share, method="lower")) - TURN_SILENCE_SECS) * 1000

"""What the appliance adds to its engines' own delays, and how many calls with engines one core holds.

The service runs on one core with its real adapters; callers and stand-ins for the engines run on another.
"""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import aiohttp
import msgspec
import numpy as np
import numpy.typing as npt

from appliance.audio.g711 import ulaw_to_pcm
from appliance.audio.vad import VADAnalyzer, VADState
from appliance.bench import plans, stand_ins
from appliance.bench.load import MOST_SHARED
from appliance.bench.processes import Running, cores, output_of, running
from appliance.bench.server import SERVING
from appliance.bench.stage import prepare
from appliance.bench.stand_ins import ANSWER_BYTES, Delays, Served
from appliance.bench.telephones import FIRST_FRAME, SPEECH_FRAMES, TICK_SECS, Answered, Load, Measured
from appliance.call.wiring import detector_of, vad_params
from appliance.dialplan.schema import Turn, Vad

MOST_ADDED_MS = 60.0
CALLS = 100
"""So many one core has to hold."""
SILENCE_SECS = Turn().silence_secs
TURNS = 12
"""More than a call has; later ones are heard like the last."""


class Kind(NamedTuple):
    """Stand-ins of some delays."""

    name: str
    delays: Delays


USUAL = Kind("usual", Delays())
LATE = Kind("late transcripts", Delays(transcript=400))
"""The recogniser, and not the turn's silence, says when the answer begins."""


class Heard(NamedTuple):
    """When the detector notices, behind the last frame of speech."""

    pause_ms: float
    """That the voice pauses: now the recogniser is asked."""
    silence_ms: float
    """That it has been silent for as long as a turn's end takes."""


class Took(NamedTuple):
    """What stand-ins of one kind really took; theirs is the callers' core."""

    engine: str
    wanted_ms: float
    p50_ms: float
    p95_ms: float


class Where(NamedTuple):
    """What was added, and where: the medians of answers, stand-ins' lateness left out."""

    to_model_ms: float
    """From the turn's end until the stand-in has read what the model is asked."""
    to_voice_ms: float
    """From a whole sentence of the model's until the stand-in has read that it is to be spoken."""
    to_caller_ms: float
    """From the voice's first audio until the caller hears it."""


class Row(NamedTuple):
    """One load's figures."""

    kind: str
    calls: int
    cpu_ms: float
    """Of the server's process, per call and second."""
    cpu_share: float
    core_share: float
    rss_mb: float
    """Per call."""
    waited_p50_ms: float
    waited_p95_ms: float
    """From the last frame of speech to the answer's first audio."""
    turn_ms: float
    """Of that, until the detector has heard the turn's end, or the recogniser has said what it was."""
    engines_ms: float
    """Of that, the model's and the voice's delays as they were wanted."""
    added_p50_ms: float
    added_p95_ms: float
    """What is left."""
    own_p50_ms: float
    own_p95_ms: float
    """The same, less what the stand-ins were late."""
    where: Where
    """Of what was added."""
    answers: int
    lost: int
    """Answers that failed, were not whole or came too early, sockets that closed."""
    client_share: float
    client_late_ms: float
    took: Sequence[Took]

    @property
    def holds(self) -> bool:
        """Whether nothing was lost and no more was added than may be."""
        return self.lost == 0 and self.added_p95_ms <= MOST_ADDED_MS

    @property
    def was_shared(self) -> bool:
        """Whether other processes of this machine had much of the core."""
        return self.core_share - self.cpu_share > MOST_SHARED


class Engines(NamedTuple):
    """All of it."""

    heard: Sequence[Heard]
    rows: Sequence[Row]


class Plan(NamedTuple):
    """One load: stand-ins, calls, and seconds that are measured."""

    kind: Kind
    calls: int
    secs: float


FULL = (Plan(USUAL, 1, 25.0), Plan(USUAL, 20, 15.0), Plan(USUAL, CALLS, 15.0), Plan(LATE, 20, 15.0))
QUICK = (Plan(USUAL, 20, 5.0), Plan(USUAL, CALLS, 5.0))


async def engines(directory: Path, frames: Path, loads: Sequence[Plan], tell: Callable[[str], None]) -> Engines:
    """Puts the loads on, one after the other; ``frames`` is what ``load.cycle`` made."""
    heard = await asyncio.to_thread(heard_by_the_detector, frames)
    rows = []
    for load in loads:
        tell(f"{load.calls} calls with engines, {load.kind.name}")
        measured, served = await _measure(directory, frames, load)
        rows.append(row_of(measured, served, load.kind, heard))
    return Engines(heard, rows)


def heard_by_the_detector(frames: Path) -> list[Heard]:
    """What the default detector makes of a caller, turn by turn: it gets used to a line."""
    spoken = [ulaw_to_pcm(base64.b64decode(line)) for line in frames.read_bytes().split()]
    vad = VADAnalyzer(vad_params(Vad()), detector_of(Vad()))
    for pcm in spoken[FIRST_FRAME:]:
        vad.process(pcm)
    return [_heard(vad, spoken) for _ in range(TURNS)]


def _heard(vad: VADAnalyzer, spoken: Sequence[bytes]) -> Heard:
    paused = silent = 0
    for behind, pcm in enumerate(spoken, 1 - SPEECH_FRAMES):
        vad.process(pcm)
        if behind > 0:
            paused = paused or (behind if vad.state is VADState.QUIET else 0)
            silent = silent or (behind if vad.silence_secs >= SILENCE_SECS else 0)
    return Heard(paused * TICK_SECS * 1000, silent * TICK_SECS * 1000)


async def _measure(directory: Path, frames: Path, plan: Plan) -> tuple[Measured, list[Served]]:
    server_core, client_core = cores()[0], cores()[-1]
    with TemporaryDirectory(dir=directory) as temporary:
        async with serving(Path(temporary), plan.kind.delays, [server_core], [client_core]) as (server, token, address):
            load = Load(
                url=server.said,
                number=plans.MODEL_NUMBER,
                token=token,
                frames=str(frames),
                calls=plan.calls,
                secs=plan.secs,
                server_pid=server.pid,
                server_core=server_core,
                answer_bytes=ANSWER_BYTES,
            )
            argument, limit = msgspec.json.encode(load).decode(), plan.secs + 60 + plan.calls / 20
            written = await output_of("appliance.bench.telephones", [argument], [client_core], limit)
            async with aiohttp.ClientSession() as http, http.get(f"{address}/served") as reply:
                served = msgspec.json.decode(await reply.read(), type=list[Served])
    return msgspec.json.decode(written, type=Measured), served


@asynccontextmanager
async def serving(
    directory: Path, delays: Delays, on: Sequence[int], beside: Sequence[int]
) -> AsyncIterator[tuple[Running, str, str]]:
    """The service on the cores ``on``, with stand-ins on others; with a viewer's token, and where the stand-ins are."""
    data, dialplans = directory / "data", directory / "dialplans"
    token = await asyncio.to_thread(prepare, data, dialplans, with_model=True)
    argument = msgspec.json.encode(delays).decode()
    async with running(stand_ins.__name__, [argument], stand_ins.LISTENING, beside) as pretenders:
        options = ["--data", str(data), "--dialplans", str(dialplans), "--engines", pretenders.said]
        async with running("appliance.bench.server", options, SERVING, on) as server:
            yield server, token, pretenders.said


def row_of(measured: Measured, served: Sequence[Served], kind: Kind, heard: Sequence[Heard]) -> Row:
    """The figures that one wants to read."""
    calls, secs, delays = measured.calls, measured.secs, kind.delays
    engines_ms = delays.sentence + delays.speech
    turns_ms = [max(one.silence_ms, one.pause_ms + delays.transcript) for one in heard]
    turn_ms = np.array([turns_ms[min(one.turn, TURNS - 1)] for one in measured.answered] or [0.0])
    waited = np.array([one.till - one.since for one in measured.answered] or [float("inf")]) * 1000
    chains = chains_of(measured.answered, served)
    late = np.array([chain.late_secs if chain else 0.0 for chain in chains] or [0.0]) * 1000
    added = waited - turn_ms - engines_ms
    missing = max(0, measured.turns - calls - len(measured.answered))
    return Row(
        kind=kind.name,
        calls=calls,
        cpu_ms=measured.server_cpu_secs * 1000 / calls / secs,
        cpu_share=measured.server_cpu_secs / secs,
        core_share=measured.server_core_secs / secs,
        rss_mb=(measured.rss_mb - measured.rss_mb_before) / calls,
        waited_p50_ms=_share(waited, 50),
        waited_p95_ms=_share(waited, 95),
        turn_ms=_share(turn_ms, 50),
        engines_ms=engines_ms,
        added_p50_ms=_share(added, 50),
        added_p95_ms=_share(added, 95),
        own_p50_ms=_share(added - late, 50),
        own_p95_ms=_share(added - late, 95),
        where=where_of(chains, turn_ms),
        answers=len(measured.answered),
        lost=measured.unanswered + measured.early + measured.dropped + missing,
        client_share=measured.client_cpu_secs / secs,
        client_late_ms=measured.worst_tick_secs * 1000,
        took=took(served, delays),
    )


class Chain(NamedTuple):
    """One answer, from its caller to its caller: when it was waited for and heard, and what served it in between."""

    since: float
    model: Served
    voice: Served
    till: float

    @property
    def late_secs(self) -> float:
        """By how much model and voice together were late."""
        return self.model.late_secs + self.voice.late_secs


def chains_of(answered: Sequence[Answered], served: Sequence[Served]) -> list[Chain | None]:
    """Each answer with what served it; None where that is not known."""
    by_caller: dict[tuple[str, str], list[Served]] = {}
    for one in served:
        by_caller.setdefault((one.engine, one.caller), []).append(one)

    def found(engine: str, to: Answered) -> Served | None:
        all_ = by_caller.get((engine, to.caller), ())
        return next((one for one in all_ if to.since < one.asked and one.done < to.till), None)

    chains: list[Chain | None] = []
    for answer in answered:
        model, voice = found("llm", answer), found("tts", answer)
        chains.append(Chain(answer.since, model, voice, answer.till) if model and voice else None)
    return chains


def where_of(chains: Sequence[Chain | None], turn_ms: npt.NDArray[np.float64]) -> Where:
    """The medians of what lies between."""
    between = [
        (
            (chain.model.asked - chain.since) * 1000 - ended_ms,
            (chain.voice.asked - chain.model.done) * 1000,
            (chain.till - chain.voice.done) * 1000,
        )
        for chain, ended_ms in zip(chains, turn_ms, strict=False)
        if chain
    ]
    return Where(*map(float, np.median(np.array(between), axis=0))) if between else Where(*[float("nan")] * 3)


def took(served: Sequence[Served], delays: Delays) -> tuple[Took, ...]:
    """What the stand-ins took, one engine after the other."""
    wanted = {"stt": delays.transcript, "llm": delays.sentence, "tts": delays.speech}
    times = {name: np.array([one.done - one.asked for one in served if one.engine == name]) * 1000 for name in wanted}
    return tuple(
        Took(name, wanted[name], _share(found, 50), _share(found, 95)) for name, found in times.items() if found.size
    )


def _share(values: npt.NDArray[np.float64], share: float) -> float:
    return float(np.percentile(values, share, method="lower"))

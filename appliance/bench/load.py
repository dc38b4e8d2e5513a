"""How many calls one core holds, and what each costs: a system on one core, its callers on another."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import msgspec
import numpy as np

from appliance.bench import plans
from appliance.bench.processes import cores, output_of
from appliance.bench.systems import Appliance, System
from appliance.bench.telephones import CYCLE_FRAMES, SPEECH_FRAMES, Load, Measured
from appliance.simulator.sound import LINE_NOISE, Sound, base64_text
from appliance.speech.local.embedded_voice import EmbeddedVoice

TURN_SILENCE_SECS = 0.2
"""What ends the canned caller's turns: each is a complete expected answer."""
MOST_ADDED_MS = 100.0
MOST_SHARED = 0.1
"""What others may have of the core. Where they have more, a load that is not held says nothing of what it holds."""
APPLIANCE = Appliance()
SENTENCE = "yes I would like that very much please"
_FRAME_BYTES = 160


class Row(NamedTuple):
    """One load's figures."""

    system: str
    calls: int
    cpu_ms: float
    """Of the server's process, per call and second."""
    cpu_share: float
    """Of the server's core."""
    core_share: float
    """How busy that core was, with other processes too."""
    rss_mb: float
    """Per call."""
    p50_ms: float
    p95_ms: float
    """From the last frame of speech to the answer's first audio, less the turn's silence."""
    added_p95_ms: float
    """The 95th percentile, less what a single call's typical answer takes."""
    answers: int
    lost: int
    """Answers that failed or came too early, sockets that closed, viewers that were dropped."""
    client_share: float
    sent_share: float
    """Of the media messages that should have been sent; much less than 1 means that the client did not keep up."""
    client_late_ms: float
    viewer_messages: int

    @property
    def holds(self) -> bool:
        """Whether the core is not overloaded."""
        return self.lost == 0 and self.added_p95_ms < MOST_ADDED_MS

    @property
    def was_shared(self) -> bool:
        """Whether other processes of this machine had much of the core."""
        return self.core_share - self.cpu_share > MOST_SHARED


async def cycle(directory: Path) -> Path:
    """Five seconds of a caller: two of speech, to the frame, and three of an open line's noise."""
    async with EmbeddedVoice() as voice:
        said = Sound.from_pcm(await voice.speak(SENTENCE, voice="en-us+f3"))
    speech_bytes = SPEECH_FRAMES * _FRAME_BYTES
    spoken = said.mulaw[: said.end][-speech_bytes:]
    noise = LINE_NOISE.mulaw * (CYCLE_FRAMES // 50)
    audio = noise[: speech_bytes - len(spoken)] + spoken + noise
    frames = (audio[at * _FRAME_BYTES : (at + 1) * _FRAME_BYTES] for at in range(CYCLE_FRAMES))
    path = directory / "cycle.txt"
    path.write_text("\n".join(base64_text(frame) for frame in frames), encoding="ascii")
    return path


class LoadBench:
    """Runs loads one after the other, each on a process of its own, and compares them with a single call."""

    def __init__(self, directory: Path, frames: Path, secs: float, tell: Callable[[str], None]) -> None:
        self._directory = directory
        self._frames = frames
        self._secs = secs
        self._tell = tell
        self._alone_ms: dict[str, float] = {}

    async def row(self, calls: int, system: System = APPLIANCE) -> Row:
        """One load."""
        name = system.name
        if name not in self._alone_ms:
            self._tell(f"a single call, {name}")
            alone = await self._measure(1, system)
            self._alone_ms[name] = float(np.median(alone.latencies)) * 1000
        self._tell(f"{calls} calls, {name}")
        return row_of(await self._measure(calls, system), name, self._alone_ms[name])

    async def _measure(self, calls: int, system: System) -> Measured:
        server_core, client_core = cores()[0], cores()[-1]
        with TemporaryDirectory(dir=self._directory) as temporary:
            async with system.serving(Path(temporary), [server_core], [client_core]) as served:
                load = Load(
                    url=served.server.said,
                    number=plans.LOAD_NUMBER,
                    token=served.token,
                    frames=str(self._frames),
                    calls=calls,
                    secs=self._secs,
                    server_pid=served.server.pid,
                    server_core=server_core,
                    watched=served.watched,
                )
                argument = msgspec.json.encode(load).decode()
                written = await output_of(
                    "appliance.bench.telephones", [argument], [client_core], self._secs + 60 + calls / 20
                )
        return msgspec.json.decode(written, type=Measured)


def row_of(measured: Measured, system: str, alone_ms: float) -> Row:
    """The figures that one wants to read."""
    calls, secs = measured.calls, measured.secs
    latencies = np.array(measured.latencies or [float("inf")]) * 1000
    p50, p95 = (float(np.percentile(latencies, share, method="lower")) for share in (50, 95))
    missing = max(0, measured.turns - calls - len(measured.latencies))
    return Row(
        system=system,
        calls=calls,
        cpu_ms=measured.server_cpu_secs * 1000 / calls / secs,
        cpu_share=measured.server_cpu_secs / secs,
        core_share=measured.server_core_secs / secs,
        rss_mb=(measured.rss_mb - measured.rss_mb_before) / calls,
        p50_ms=p50 - TURN_SILENCE_SECS * 1000,
        p95_ms=p95 - TURN_SILENCE_SECS * 1000,
        added_p95_ms=p95 - alone_ms,
        answers=len(measured.latencies),
        lost=measured.unanswered + measured.early + measured.dropped + missing,
        sent_share=measured.sent / (calls * secs * 50),
        client_share=measured.client_cpu_secs / secs,
        client_late_ms=measured.worst_tick_secs * 1000,
        viewer_messages=measured.viewer_messages,
    )

"""Processes that are measured: started here, pinned to a core, and asked of the kernel what they use.

Linux only: /proc and sched_setaffinity.
"""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from appliance.errors import StartError

START_SECS = 60.0
END_SECS = 10.0
_TICKS_PER_SEC = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def cores() -> list[int]:
    """The cores that may be used."""
    return sorted(os.sched_getaffinity(0))


def cpu_secs(pid: int) -> float:
    """User and system time of a process, all threads."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_SEC


def rss_mb(pid: int) -> float:
    """The memory of a process that is in RAM."""
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * _PAGE_BYTES / 1e6


def busy_secs(core: int) -> float:
    """How long a core has been busy, with whatever."""
    for line in Path("/proc/stat").read_text(encoding="ascii").splitlines():
        name, *times = line.split()
        if name == f"cpu{core}":
            return sum(int(time) for time in (*times[:3], *times[5:8])) / _TICKS_PER_SEC
    raise StartError(f"there is no core {core} in /proc/stat")


@dataclass(frozen=True)
class Running:
    """A process that has said that it is ready; ``said`` is the rest of that line."""

    process: asyncio.subprocess.Process
    said: str

    @property
    def pid(self) -> int:
        """The process's id."""
        return self.process.pid


@contextlib.asynccontextmanager
async def running(
    module: str, options: Sequence[str], said: str, on_cores: Sequence[int] = (), *, python: str = sys.executable
) -> AsyncIterator[Running]:
    """Runs ``python -m module``, from its first line, which must begin with ``said``, to the end of the block."""
    process = await _begin(python, module, options)
    try:
        if on_cores:
            os.sched_setaffinity(process.pid, on_cores)
        assert process.stdout is not None
        try:
            async with asyncio.timeout(START_SECS):
                line = (await process.stdout.readline()).decode().strip()
        except TimeoutError:
            raise StartError(f"{module} did not start within {START_SECS:g} s") from None
        if not line.startswith(said):
            raise StartError(f"{module} does not start: {line or 'it ended at once'}")
        yield Running(process, line.removeprefix(said))
    finally:
        await _end(process)


async def output_of(
    module: str, options: Sequence[str], on_cores: Sequence[int], secs: float, *, python: str = sys.executable
) -> bytes:
    """Runs ``python -m module`` to its end and returns what it wrote. StartError when it fails or takes too long."""
    process = await _begin(python, module, options)
    try:
        os.sched_setaffinity(process.pid, on_cores)
        async with asyncio.timeout(secs):
            written, _ = await process.communicate()
    except TimeoutError:
        raise StartError(f"{module} did not end within {secs:g} s") from None
    finally:
        await _end(process)
    if process.returncode:
        raise StartError(f"{module} failed with status {process.returncode}")
    return written


async def _begin(python: str, module: str, options: Sequence[str]) -> asyncio.subprocess.Process:
    try:
        return await asyncio.create_subprocess_exec(
            python, "-m", module, *options, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE
        )
    except OSError as error:
        raise StartError(f"{python} does not run: {error.strerror or error}") from error


async def _end(process: asyncio.subprocess.Process) -> None:
    """SIGTERM, once more for those who finish first what they are doing, then SIGKILL."""
    for stop in (process.terminate, process.terminate, process.kill):
        if process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            stop()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1.0 if stop == process.terminate else END_SECS):
                await process.wait()

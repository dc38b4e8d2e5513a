"""The bench's figures: for people as tables with how they were measured, for machines as one object."""

import os
import platform
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from appliance.bench import engines_report, rtvi_report
from appliance.bench.comparison import COMPARED_CALLS, OURS, Ratio, most_calls, ratios
from appliance.bench.crowd import Crowd
from appliance.bench.detectors import HOW as HOW_DETECTORS
from appliance.bench.detectors import Detectors
from appliance.bench.detectors import lines as detector_lines
from appliance.bench.dialplans import Choices
from appliance.bench.engines import Engines
from appliance.bench.load import MOST_ADDED_MS, MOST_SHARED, TURN_SILENCE_SECS, Row
from appliance.bench.pauses import FalseStarts, Turns
from appliance.bench.rtvi import Rtvi
from appliance.bench.talk import Waits

HOW_LOAD = f"""\
The service runs on one core, its callers (another process) on another, over loopback. Each call sends 50 media
messages a second (20 ms, 379 bytes): 2 s of speech, 3 s of faint noise. Canned engines answer each with 2 s of audio.
Every call has webrtcvad, turn-taking and the RTVI observer; one in ten is watched over RTVI. CPU is user and system
time of the service's process by /proc, per call and second; memory is the growth of its resident set, per call.
Latency is what the caller measures, from the last frame of speech sent to the answer's first audio received, less the
turn's silence ({TURN_SILENCE_SECS * 1000:.0f} ms). "Added" is the 95th percentile less the median of a single call.
"core" is how busy the service's core was in all: more than its own share is what others on this machine took.
A load that is not held is tried twice."""

HOW_PIPECAT = f"""\
Pipecat bears the same load in the same run, on the same cores, with the same turn's silence, under uvicorn and uvloop
of the same versions. Its Twilio serializer, WebSocket transport and VAD, its worker with RTVI and turn tracking are as
they come, at 8 kHz. Where the two differ, Pipecat does less: one processor stands for recogniser, dialogue and voice, a
turn is what the VAD says, and there are no records, no marks and no RTVI viewers, which its Twilio serializer does not
serve. Silero is its usual VAD; with webrtcvad, the detector that the appliance uses takes Silero's place in Pipecat's
analyzer. Loads on Pipecat grow by 10, the last by 5; ours by 100. What a call costs is compared at
{COMPARED_CALLS} calls, where ours is mostly idle: under load its calls cost less."""

HOW_TALK = """\
Embedded engines, one simulated caller at a time, by the caller's tape: from the last audible sample of the caller to
the first audible sample of the answer played, and from the first audible sample of an interruption to `clear`."""

HOW_CROWD = """\
Embedded engines, all cores, all callers within 2 s, each says something else. The record of each must hold what that
caller said, and its recording must hold the answer to that, better than any other caller's."""

HOW_PAUSES = """\
Embedded engines, five calls at once: four-digit numbers said with a pause in the middle. A turn is cut off when the
bot begins to answer before the caller has finished. False starts are noises into what the bot says that silence it."""

HOW_CHOICES = """\
Dialplans with ten steps, eight questions and three numbers each, no two alike, in one process without calls."""

NOT_MEASURED = "Pipecat: not measured"


class Report(NamedTuple):
    """Everything that was measured; empty where it was not."""

    rows: Sequence[Row] = ()
    pipecat: str = ""
    """Its version, if it is among the rows."""
    talk: Sequence[Waits] = ()
    crowd: Crowd | None = None
    turns: Sequence[Turns] = ()
    false_starts: FalseStarts | None = None
    detectors: Detectors | None = None
    choices: Choices | None = None
    rtvi: Rtvi | None = None
    engines: Engines | None = None

    @property
    def most_calls(self) -> int:
        """The largest load that one core was seen to hold, canned engines in the process."""
        return most_calls(self.rows, OURS)


def as_json(report: Report) -> dict[str, Any]:
    """For machines."""
    return {
        "machine": machine(),
        "most_calls": report.most_calls,
        "load": [{**row._asdict(), "holds": row.holds, "was_shared": row.was_shared} for row in report.rows],
        "talk": [one._asdict() for one in report.talk],
        "crowd": report.crowd._asdict() if report.crowd else None,
        "turns": [one._asdict() for one in report.turns],
        "false_starts": report.false_starts._asdict() if report.false_starts else None,
        "detectors": _detectors_json(report.detectors) if report.detectors else None,
        "dialplans": report.choices._asdict() if report.choices else None,
        "rtvi": rtvi_report.as_json(report.rtvi) if report.rtvi else None,
        "engines": engines_report.as_json(report.engines) if report.engines else None,
        "pipecat": _pipecat_json(report) if report.pipecat else None,
    }


def _detectors_json(measured: Detectors) -> dict[str, Any]:
    return {name: [one._asdict() for one in rows] for name, rows in measured._asdict().items()}


def _pipecat_json(report: Report) -> dict[str, Any]:
    return {"version": report.pipecat, "ratios": [one._asdict() for one in ratios(report.rows)]}


def machine() -> str:
    """Where it was measured."""
    return f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}"


def lines(report: Report) -> Iterator[str]:
    """For people."""
    yield f"Measured on {machine()}."
    if report.rows:
        yield from ("", HOW_LOAD, "", *_loads(report))
    if report.pipecat:
        yield from ("", HOW_PIPECAT, "", f"Pipecat {report.pipecat}", *(_ratio(one) for one in ratios(report.rows)))
    if report.talk:
        yield from ("", HOW_TALK, "", *(_wait(one) for one in report.talk))
    if report.crowd:
        yield from ("", HOW_CROWD, "", _crowd(report.crowd))
    if report.turns:
        yield from ("", HOW_PAUSES, "", *_pauses(report))
    if report.detectors:
        yield from ("", HOW_DETECTORS, "", *detector_lines(report.detectors))
    if report.choices:
        yield from ("", HOW_CHOICES, "", _choices(report.choices))
    if report.rtvi:
        yield from ("", *rtvi_report.lines(report.rtvi))
    if report.engines:
        yield from ("", *engines_report.lines(report.engines))
    if report.rows and not report.pipecat:
        yield from ("", NOT_MEASURED)


def _loads(report: Report) -> Iterator[str]:
    figures = "calls   CPU ms   of core    core   MB/call   p50 ms   p95 ms   added   answers   lost   client"
    yield f"{'system':17}  {figures}"
    for row in report.rows:
        yield (
            f"{row.system:17} {row.calls:6} {row.cpu_ms:8.2f} {row.cpu_share:8.0%} {row.core_share:8.0%} "
            f"{row.rss_mb:8.2f} {row.p50_ms:8.0f} {row.p95_ms:8.0f} {row.added_p95_ms:7.0f} "
            f"{row.answers:9} {row.lost:6} {row.client_share:7.0%}"
        )
    yield f"One core holds {report.most_calls} calls: nothing lost, added latency under {MOST_ADDED_MS:.0f} ms."
    if shared := sum(row.was_shared and not row.holds for row in report.rows):
        yield f"Others had over {MOST_SHARED:.0%} of the core in {shared} of the loads that were not held: try again."


def _ratio(one: Ratio) -> str:
    if one.what == "calls":
        return f"{one.system}: one core holds {one.theirs:.0f} calls, ours {one.ours:.0f}: {one.times:.1f} times more"
    cost = f"{one.theirs:.2f} ms of CPU per call and second at {COMPARED_CALLS} calls"
    return f"{one.system}: {cost}, ours {one.ours:.2f} ms: {one.times:.1f} times less"


def _wait(one: Waits) -> str:
    missing = f", {one.missing} not measured" if one.missing else ""
    return f"{one.what:32} p50 {one.p50_ms:4.0f} ms   p95 {one.p95_ms:4.0f} ms   ({one.times} times{missing})"


def _crowd(one: Crowd) -> str:
    return (
        f"{one.calls} calls at once: {one.failed} failed, {one.mixed} heard another's words, "
        f"{one.changed} were understood otherwise than alone, {one.unlike} recordings without their answer; "
        f"longest gap {one.longest_gap_ms:.0f} ms ({one.misheard_alone} of the things are misheard even alone)"
    )


def _choices(one: Choices) -> str:
    return (
        f"{one.dialplans} dialplans load and check in {one.load_secs:.1f} s ({one.load_cpu_secs:.1f} s of CPU); "
        f"the one for a call is found in p50 {one.match_p50_us:.0f} us, p99 {one.match_p99_us:.0f} us"
    )


def _pauses(report: Report) -> Iterator[str]:
    yield "pause   said   cut off   understood   gap p50"
    for one in report.turns:
        gap = f"{one.gap_p50_ms:6.0f} ms"
        yield f"{one.pause_secs:3.1f} s {one.said:6} {one.cut_off:9} {one.understood:12} {gap}"
    starts = report.false_starts
    if starts is not None:
        yield f"{starts.taken_for_speech} of {starts.sounds} noises were taken for speech"

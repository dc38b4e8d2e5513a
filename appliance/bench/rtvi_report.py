"""The figures of watched calls, for people and for machines."""

from collections.abc import Iterator
from typing import Any

from appliance.bench.event_cost import MANY_VIEWERS, MOST_OF_FURTHER, MOST_OF_ONE, Costs
from appliance.bench.load import MOST_SHARED
from appliance.bench.rtvi import MOST_CHANGE_MS, MOST_EVENT_MS, READERS, Ends, Phase, Rtvi
from appliance.bench.stamps import FILLER
from appliance.supervision.feed import MAX_BYTES

_READERS, _MASKED, _KIB = len(READERS), READERS.count("viewer"), len(FILLER) // 1024

HOW = f"""\
Calls as in the load, in three parts: nobody watches; then each call has {_READERS} viewers over WebSockets (JSON,
protocol 2.1; {_MASKED} of them get everything masked) that read; then one more that never reads. They are in the
callers' process, so that its work for them is in the latencies. The change is that of the answers' 99th percentile.
Each call gets server-messages, too, of {_KIB} KiB once somebody never reads, that say when their frame was pushed: from
there until a viewer has it is an event's delay, by the clock that both processes share. Readers of a role must have got
the same, by number and checksum, and no number may be missing. One that never reads must be closed, and what waited for
it freed. Memory is the server's resident set; needed is what is left when all that is unused was given back to the
system."""

HOW_COST = """\
An event's cost is CPU time in one process, from `on_push_frame` to the bytes in each viewer's queue, on average over a
turn with a function call and word progress; the quietest round's median. Of Pipecat it is what its observer and its
processor do with the same frames, for the same messages, and making JSON of them, not their way through its pipeline.
Masked is what a viewer gets that may not see what is sensitive in a call; Pipecat masks nothing."""


def lines(one: Rtvi) -> Iterator[str]:
    """For people."""
    yield from (HOW, "", *_phases(one), *_ends(one.ends))
    yield from ("", HOW_COST, "", *_costs(one.costs, one.pipecat))


def as_json(one: Rtvi) -> dict[str, Any]:
    """For machines."""
    return {
        "phases": [phase._asdict() for phase in one.phases],
        "ends": one.ends._asdict(),
        "holds": one.holds,
        "costs": [cost._asdict() for cost in one.costs.costs],
        "further_us": one.costs.further_us,
        "pipecat": one.pipecat or None,
        "of_pipecat": one.costs.of_pipecat,
    }


def _phases(one: Rtvi) -> Iterator[str]:
    answers, events = "answers   lost   p50 ms   p99 ms   change", "events/s   p50 ms   p95 ms   p99 ms"
    yield f"{'watched by':12} viewers   {answers}   {events}   of core    core   client     MB"
    for phase in one.phases:
        yield _phase(phase)
    yield (
        f"{one.phases[0].calls} calls, {'held' if one.holds else 'NOT held'}: the change is under "
        f"{MOST_CHANGE_MS:g} ms, 95 % of events take less than {MOST_EVENT_MS:g} ms, nothing is lost, missing or kept."
    )
    shared = [phase.watching for phase in one.phases if phase.core_share - phase.cpu_share > MOST_SHARED]
    if shared and not one.holds:
        yield f"Others had over {MOST_SHARED:.0%} of the core in: {', '.join(shared)}. Try again."


def _phase(one: Phase) -> str:
    delays = " ".join(
        f"{'-' if delay is None else format(delay, '.2f'):>8}"
        for delay in (one.event_p50_ms, one.event_p95_ms, one.event_p99_ms)
    )
    return (
        f"{one.watching:12} {one.viewers:7} {one.answers:9} {one.lost:6} {one.p50_ms:8.1f} {one.p99_ms:8.1f} "
        f"{one.change_ms:+8.1f} {one.events_per_sec:10.0f} {delays} {one.cpu_share:9.0%} {one.core_share:7.0%} "
        f"{one.client_share:8.0%} {one.rss_mb:6.0f}"
    )


def _ends(one: Ends) -> Iterator[str]:
    yield (
        f"{one.readers} readers: {one.unlike} got something else than another of their role, {one.missing} numbers are "
        f"missing, {one.not_ended} were not closed with 1000 at the end; {one.reader_kb:.0f} kB each"
    )
    yield (
        f"{one.deaf} that never read: {one.told} closed with 1013, {one.cut} cut off, {one.stayed} still there; "
        f"at most {one.waiting_bytes} bytes waited for one (of {MAX_BYTES}); {one.deaf_kb:.0f} kB each, of which "
        f"{one.kept_kb:.0f} kB were needed afterwards, by what its call remembers for those who come back"
    )


def _costs(one: Costs, pipecat: str) -> Iterator[str]:
    yield f"{'us per event':24} one viewer   each further one (of {MANY_VIEWERS})"
    yield f"{'ours':24} {one.one_us:10.2f} {one.further_us:18.2f}"
    yield f"{'ours, masked':24} {one.masked_us:10.2f}"
    if one.pipecat_us is None or one.of_pipecat is None:
        yield "Pipecat's: not measured"
        return
    yield f"{f'Pipecat {pipecat}'[:24]:24} {one.pipecat_us:10.2f}"
    yield (
        f"Ours costs {one.of_pipecat['one']:.2f} of Pipecat's for one viewer (at most {MOST_OF_ONE:g}), "
        f"{one.of_pipecat['further']:.3f} for each further one (at most {MOST_OF_FURTHER:g})."
    )

"""The figures of calls with engines, for people and for machines."""

from collections.abc import Iterable, Iterator
from typing import Any

from appliance.bench.engines import MOST_ADDED_MS, SILENCE_SECS, Engines, Row
from appliance.bench.load import MOST_SHARED
from appliance.bench.stand_ins import ANSWER_BYTES

HOW = f"""\
The service runs on one core with its real adapters for Deepgram, OpenAI's chat completions and OpenAI's speech. Servers
that stand in for those, and the callers, are two processes on another core, over loopback. Each call asks every 5 s (2
s of speech, 3 s of faint noise); the model writes two sentences, word by word, and each is spoken as 24 kHz PCM. An
answer is whole when its {ANSWER_BYTES} bytes have come; others are lost, and so are those that come too early.
"waited" is what the caller measures, from the last frame of speech sent to the answer's first audio received. "turn" is
how much of that the turn's end takes: {SILENCE_SECS * 1000:.0f} ms of silence, which the detector, that hangs on, has
heard later, as it is found by the same detector on the same audio; or the transcript, where that comes last. "engines"
is what the model takes until it shows that its first sentence is whole (the next word is there), and the voice until
its first audio, as they were set. "added" is the rest of each answer's wait; "own" is the same without what the
stand-ins, which time themselves, were late. "where" are medians of what was added: until the model has been asked,
until the voice has been asked, until the caller hears it. CPU and memory are as in the load."""


def lines(one: Engines) -> Iterator[str]:
    """For people."""
    figures = "calls   CPU ms   of core    core   MB/call   answers   lost   client"
    yield from (HOW, "", f"{'engines':17}  {figures}", *map(_load, one.rows))
    figures = "calls   waited p50      p95   turn   engines   added p50      p95   own p50      p95   where"
    yield from ("", f"{'engines, ms':17}  {figures}", *map(_wait, one.rows), "")
    yield (
        f"{SILENCE_SECS * 1000:.0f} ms of silence are heard {_each(turn.silence_ms for turn in one.heard)} ms after "
        f"the last speech, a pause {_each(turn.pause_ms for turn in one.heard)} ms after it."
    )
    yield from map(_took, one.rows)
    yield from map(_verdict, one.rows)


def as_json(one: Engines) -> dict[str, Any]:
    """For machines."""
    return {
        "heard": [turn._asdict() for turn in one.heard],
        "rows": [
            {
                **row._asdict(),
                "where": row.where._asdict(),
                "took": [took._asdict() for took in row.took],
                "holds": row.holds,
                "was_shared": row.was_shared,
            }
            for row in one.rows
        ],
    }


def _load(row: Row) -> str:
    return (
        f"{row.kind:17} {row.calls:6} {row.cpu_ms:8.2f} {row.cpu_share:9.0%} {row.core_share:7.0%} {row.rss_mb:9.2f} "
        f"{row.answers:9} {row.lost:6} {row.client_share:8.0%}"
    )


def _wait(row: Row) -> str:
    return (
        f"{row.kind:17} {row.calls:6} {row.waited_p50_ms:12.0f} {row.waited_p95_ms:8.0f} {row.turn_ms:6.0f} "
        f"{row.engines_ms:9.0f} {row.added_p50_ms:11.0f} {row.added_p95_ms:8.0f} {row.own_p50_ms:9.0f} "
        f"{row.own_p95_ms:8.0f}   {' + '.join(f'{ms:.0f}' for ms in row.where)}"
    )


def _each(values: Iterable[float]) -> str:
    return " or ".join(f"{value:.0f}" for value in sorted(set(values)))


def _took(row: Row) -> str:
    each = ", ".join(f"{one.engine} {one.p50_ms:.0f} and {one.p95_ms:.0f} of {one.wanted_ms:.0f}" for one in row.took)
    return f"{row.kind}, {row.calls} calls: the stand-ins took, p50 and p95 in ms: {each}."


def _verdict(row: Row) -> str:
    text = (
        f"{row.kind}, {row.calls} calls: {'held' if row.holds else 'NOT held'}; to 95 % of the answers at most "
        f"{row.added_p95_ms:.0f} ms are added ({MOST_ADDED_MS:.0f} may be), {row.lost} answers are lost."
    )
    if row.was_shared and not row.holds:
        text += f" Others had over {MOST_SHARED:.0%} of the core: try again."
    return text

"""How a simulated call is told to people: a line for everything that happens, and a table at the end."""

from appliance.simulator import BargeIn, CallResult, Item, Turn


def line(item: Item) -> str:
    """When, who, what."""
    return f"{item.at_secs:8.2f}  {item.who:<8} {item.what}"


def summary(result: CallResult) -> str:
    """The timings, and whether the call went well."""
    rows = [
        ("answered after", _ms(result.answer_secs, "never")),
        *(_turn(turn) for turn in result.turns),
        *(row for barge_in in result.barge_ins for row in _barge_in(barge_in)),
        ("longest silence", f"{result.longest_silence.secs:7.1f} s   at {result.longest_silence.start_secs:.2f} s"),
        ("length of the call", f"{result.secs:7.1f} s   {result.end}"),
    ]
    if result.worst_delay_secs > 0.02:
        rows.append(("this side was late by", f"{_ms(result.worst_delay_secs, '')}   the timings may be too long"))
    width = max(len(name) for name, _ in rows)
    table = [f"  {name:<{width}}  {value}" for name, value in rows]
    verdict = ["The call went well."] if result.ok else ["The call went wrong:", *(f"  {p}" for p in result.problems)]
    return "\n".join(["", *table, "", *verdict])


def _turn(turn: Turn) -> tuple[str, str]:
    return f"answer to {_short(turn.what)}", f"{_ms(turn.gap_secs, 'no answer')}   said until {turn.end_secs:.2f} s"


def _barge_in(barge_in: BargeIn) -> list[tuple[str, str]]:
    at = f"   interrupted at {barge_in.at_secs:.2f} s"
    return [
        ("barge-in, until cleared", _ms(barge_in.clear_secs, "never") + at),
        ("barge-in, until quiet", _ms(barge_in.quiet_secs, "never") + at),
    ]


def _short(text: str) -> str:
    return repr(text if len(text) <= 30 else text[:27] + "...")


def _ms(secs: float | None, otherwise: str) -> str:
    return f"{otherwise:>9}" if secs is None else f"{secs * 1000:6.0f} ms"

"""How long a directory with many dialplans takes to load and check, and how long the choice among them takes."""

import time
from pathlib import Path
from statistics import median, quantiles
from typing import NamedTuple

from appliance.dialplan import Arrival, Dialplans, load_dialplans

COUNT, QUICK_COUNT = 1000, 100
QUESTIONS = 8
_LOOKS = 20

_TOP = """\
name: Shop {number}
numbers: ["+1555{number:07}", "+1556{number:07}*", "sip:shop{number}@example.com"]
{when}
hours: {{office: {{zone: Europe/Berlin, week: {{mon-fri: 9:00-18:00, sat: 10:00-14:00}}, holidays: [12-25, 12-26]}}}}
greeting: Good day, this is shop number {number}.
fallback: {{say: I am sorry., transfer: "+15555550199"}}
functions:
  stock: {{table: {{"47{number:04}": {{state: here, day: today}}, "25{number:04}": {{state: gone, day: never}}}}}}
anywhere:
  person: {{say: ["(a | some) person [please]", "[i want to] speak to {name}"], keys: "0", next: person}}
steps:
  look:
    ask: Which number?
    digits: {{from: stock}}
    save_as: number
    otherwise: person
    next: q0
  person: {{transfer: {{to: "+15555550199", say: One moment please.}}}}
"""
_QUESTION = """\
  q{question}:
    ask: What about {question}?
    expect:
      yes: {{say: ["[of] course {name}", "[oh] yes [please]", certainly], keys: "1", next: {following}}}
      no: {{say: ["[in the] morning {name}", "(not | never) this", "[oh] no [thanks]"], keys: "2", next: {following}}}
    no_match: Please say yes or no to question {question} of shop {number}, not {{{{ number | digits }}}}.
    no_input: I did not hear anything.
    otherwise: person
"""
_WHEN = ("", "when: {open: office}", 'when: {callers: ["+49*", "+33*"]}', "when: {carriers: twilio}")


class Choices(NamedTuple):
    """What many dialplans cost."""

    dialplans: int
    load_secs: float
    """Reading, checking and compiling all of them."""
    load_cpu_secs: float
    match_p50_us: float
    match_p99_us: float
    """Finding the one that answers a call."""


def choices(directory: Path, count: int) -> Choices:
    """Writes ``count`` dialplans, no two alike, loads them, and asks for each several times."""
    write(directory, count)
    began, began_cpu = time.perf_counter(), time.process_time()
    dialplans = load_dialplans(directory)
    secs, cpu_secs = time.perf_counter() - began, time.process_time() - began_cpu
    if len(dialplans.plans) != count:
        raise ValueError(f"{len(dialplans.plans)} of {count} dialplans serve: {dialplans.problems[:1]}")
    took = sorted(_matched(dialplans, count))
    return Choices(count, secs, cpu_secs, median(took), quantiles(took, n=100)[98])


def _matched(dialplans: Dialplans, count: int) -> list[float]:
    took = []
    for look in range(_LOOKS * count):
        number = f"+1555{look % count:07}" if look % 2 else f"sip:shop{look % count}@example.com"
        arrival = Arrival(number, "+4930123456", "twilio")
        began = time.perf_counter()
        dialplans.match(arrival)
        took.append((time.perf_counter() - began) * 1e6)
    return took


def write(directory: Path, count: int) -> None:
    """The dialplans, in twenty tenants' directories."""
    for number in range(count):
        folder = directory / f"tenant{number % 20}"
        folder.mkdir(parents=True, exist_ok=True)
        name = "".join("abcdefghij"[int(digit)] for digit in f"{number:04}")
        text = _TOP.format(number=number, name=name, when=_WHEN[number % len(_WHEN)])
        for question in range(QUESTIONS):
            following = f"q{question + 1}" if question + 1 < QUESTIONS else "person"
            text += _QUESTION.format(number=number, question=question, name=name, following=following)
        (folder / f"shop{number}.yaml").write_text(text, encoding="utf-8")

"""``appliance route NUMBER``: which dialplan answers, with what, and why no other."""

import argparse
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime

from appliance.cli.config import add_config, command, settings_of
from appliance.clock import wall
from appliance.dialplan import AskStep, Dialplan, HangUpStep, LLMStep, Match, SayStep, fill, load_dialplans, normalised
from appliance.dialplan.conditions import Arrival
from appliance.dialplan.hours import Hours
from appliance.dialplan.loader import Dialplans
from appliance.dialplan.opening import opening

MOST_SHOWN = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``NUMBER``, ``--from``, ``--at``, ``--carrier`` and ``--config``."""
    add_config(parser)
    parser.add_argument("number", metavar="NUMBER", help="the number that is called, such as +15555550100")
    parser.add_argument("--from", dest="caller", default="", metavar="N", help="who calls")
    parser.add_argument("--at", type=_time, default=None, metavar="TIME", help="when, such as 2026-12-24T10:00 (now)")
    parser.add_argument("--carrier", default="twilio", metavar="C", help="what the call comes over (%(default)s)")


def run(arguments: argparse.Namespace) -> int:
    """Prints the dialplan, its file, why it answers, and what the caller hears; 1 when none answers."""
    settings = settings_of(arguments)
    path = settings.dialplans.path
    dialplans = load_dialplans(path, settings)
    number = normalised(arguments.number)
    if dialplans.problems:
        count, again = len(dialplans.problems), command("check", arguments.config)
        print(f"{count} {'problem' if count == 1 else 'problems'} in {path}: see `{again}`", file=sys.stderr)
    arrival = Arrival(number, normalised(arguments.caller), arguments.carrier, arguments.at or wall())
    match = dialplans.match(arrival)
    lines = _unanswered(dialplans, arrival) if match is None else _lines(match, arrival)
    if match is None:
        international = f"; did you mean +{number}?" if any(dialplans.matcher.candidates(f"+{number}")) else ""
        print(f"No dialplan in {path} answers {number}{international}")
    else:
        print(f"{number} is answered by {match.loaded.plan.name}")
    for what, text in (*lines, *why_not(dialplans.matcher.candidates(number), match, arrival)):
        print(f"  {what:<12}{text}")
    return 0 if match else 1


def _time(text: str) -> float:
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        what = "expected a time such as 2026-12-24T10:00 (of this machine's zone) or 2026-12-24T10:00+01:00"
        raise argparse.ArgumentTypeError(f"{text!r}, {what}") from None


def _unanswered(dialplans: Dialplans, arrival: Arrival) -> Iterator[tuple[str, str]]:
    if not any(dialplans.matcher.candidates(arrival.called)):
        known = [pattern for loaded in dialplans.plans for pattern in loaded.plan.numbers]
        more = f" and {len(known) - MOST_SHOWN} more" if len(known) > MOST_SHOWN else ""
        yield "answered", f"{', '.join(known[:MOST_SHOWN]) or 'no number at all'}{more}"


def _lines(match: Match, arrival: Arrival) -> Iterator[tuple[str, str]]:
    plan, number = match.loaded.plan, arrival.called
    yield "file", str(match.loaded.file)
    yield "because", _why(match.pattern, number)
    yield from zip(("hears", ""), first_words(plan, number), strict=False)
    then = f", then is connected with {plan.fallback.transfer}" if plan.fallback.transfer else ", then the call ends"
    yield from (("hours", f"{name}: {_hours(hours, arrival.at)}") for name, hours in plan.hours.items())
    yield "on failure", f"hears {match.loaded.apology!r}{then}"
    yield "reports", ", ".join(f"{name}: {level}" for name, level in plan.function_call_report_level.items())


def _hours(hours: Hours, at: float) -> str:
    """``closed at Sunday, 2026-11-22 09:30 CET; opens tomorrow at 9 AM``."""
    told = opening(hours, at)
    then = f"until {told['until']}" if told["until"] else f"opens {told['next']}" if told["next"] else ""
    return f"{told['state']} at {_local(hours, at)}{then and '; '}{then}"


def _local(hours: Hours, at: float) -> str:
    return hours.local(at).strftime("%A, %Y-%m-%d %H:%M %Z")


def _why(pattern: str, number: str) -> str:
    if pattern == "*":
        return 'no pattern fits better than "*"'
    return "the number is listed" if pattern == number else f"no pattern fits better than {pattern}"


def why_not(candidates: Iterable[Match], chosen: Match | None, arrival: Arrival) -> Iterator[tuple[str, str]]:
    """Every other dialplan that claims the number, with what speaks against it."""
    told = {id(chosen.loaded)} if chosen else set()
    for claim in candidates:
        if id(claim.loaded) not in told:
            told.add(id(claim.loaded))
            why = _unmet(claim, arrival) or (_second(claim, chosen) if chosen else "")
            yield "not", f"{claim.loaded.plan.name} ({claim.loaded.file}): {why}"


def _unmet(claim: Match, arrival: Arrival) -> str | None:
    when, key = claim.loaded.plan.when, claim.unmet(arrival)
    if when is None or key is None:
        return None
    caller = arrival.caller or "a caller without a number (see --from)"
    hours = claim.loaded.plan.hours.get(when.open or when.closed or "")
    at = _local(hours, arrival.at) if hours else ""
    return {
        "carriers": f"it answers calls over {', '.join(when.carriers or ())}, not over {arrival.carrier}",
        "callers": f"it does not answer {caller}",
        "not_callers": f"it does not answer {caller}",
        "open": f"{when.open!r} is closed at {at}",
        "closed": f"{when.closed!r} is open at {at}",
    }[key]


def _second(claim: Match, chosen: Match) -> str:
    plan, first = claim.loaded.plan, chosen.loaded.plan
    if plan.priority != first.priority:
        return f"its priority is {plan.priority}, less than {first.priority}"
    if claim.pattern != chosen.pattern:
        return f"{claim.pattern} says less than {chosen.pattern}"
    return "it has no conditions, and comes after those that have"


def first_words(plan: Dialplan, called: str) -> list[str]:
    """What a caller hears before anything is answered: the greeting and the first step, at most two texts."""
    step = plan.steps[plan.first_step]
    opening = {AskStep: "ask", SayStep: "say", HangUpStep: "hang_up", LLMStep: "opening"}.get(type(step))
    texts = [plan.greeting, getattr(step, opening) if opening else None]
    return [fill(text, {**plan.variables, "called": called}).strip() for text in texts if text]

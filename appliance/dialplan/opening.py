"""What a caller may want to know of opening hours, at one moment, in words."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from appliance.dialplan.hours import DAY_MINUTES, Hours, Span

FIELDS = ("state", "today", "until", "next", "next_at", "holiday")
"""What ``opening`` tells."""
OPEN, CLOSED = "open", "closed"
LOOK_AHEAD_DAYS = 370

Interval = tuple[datetime, datetime]


def opening(hours: Hours, at: float) -> dict[str, str]:
    """``at`` (seconds since the epoch): whether it is open, today's times, until when, and when it opens next.

    ``state`` is ``open`` or ``closed``; ``next`` and ``until`` are empty where there is no such time within a year;
    ``next_at`` is ISO 8601 in the hours' own zone; ``holiday`` is ``yes`` on a day with times of its own.
    """
    now = hours.local(at)
    intervals = _intervals(hours, now.date())
    current = next(intervals, None)
    while current is not None and current[1] <= now:
        current = next(intervals, None)
    is_open = current is not None and current[0] <= now
    until = current[1] if current is not None and is_open else None
    following = next(intervals, None) if is_open else current
    return {
        "state": OPEN if is_open else CLOSED,
        "today": times_of(hours.spans(now.date())),
        "until": _clock(until) if until and until - now < timedelta(days=LOOK_AHEAD_DAYS - 2) else "",
        "next": _when(following[0], now.date()) if following else "",
        "next_at": following[0].isoformat() if following else "",
        "holiday": "yes" if _is_holiday(hours, now.date()) else "no",
    }


def times_of(spans: tuple[Span, ...]) -> str:
    """``9 AM to noon and 1 PM to 6 PM``; ``closed``."""
    return (
        " and ".join(
            "all day" if end - start == DAY_MINUTES else f"{_said(start)} to {_said(end)}"
            for start, end in sorted(spans)
        )
        or CLOSED
    )


def _intervals(hours: Hours, today: date) -> Iterator[Interval]:
    """When it is open, from yesterday on; times that touch are one."""
    zone = hours.local(0).tzinfo
    begun: Interval | None = None
    for days in range(-1, LOOK_AHEAD_DAYS):
        day = today + timedelta(days=days)
        midnight = datetime.combine(day, time.min, zone)
        for start, end in sorted(hours.spans(day)):
            length = end - start if end > start else end - start + DAY_MINUTES
            opens = midnight + timedelta(minutes=start)
            closes = opens + timedelta(minutes=length)
            if begun is not None and opens <= begun[1]:
                begun = begun[0], max(begun[1], closes)
                continue
            if begun is not None:
                yield begun
            begun = opens, closes
    if begun is not None:
        yield begun


def _when(at: datetime, today: date) -> str:
    days = (at.date() - today).days
    day = {0: "today", 1: "tomorrow"}.get(days, f"on {at:%A}" if days < 7 else f"on {at:%A, %B} {at.day}")
    return f"{day} at {_clock(at)}"


def _clock(at: datetime) -> str:
    return _said(at.hour * 60 + at.minute)


def _said(minutes: int) -> str:
    if minutes % DAY_MINUTES in (0, DAY_MINUTES // 2):
        return "noon" if minutes % DAY_MINUTES else "midnight"
    hour, minute = divmod(minutes % DAY_MINUTES, 60)
    return f"{hour % 12 or 12}{f':{minute:02}' if minute else ''} {'AM' if hour < 12 else 'PM'}"


def _is_holiday(hours: Hours, day: date) -> bool:
    return day.isoformat() in hours.holidays or day.isoformat()[5:] in hours.holidays

"""Opening hours: times of the week in a time zone, and days that are different."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from functools import lru_cache
from typing import Annotated, Any, NoReturn
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema

from appliance.dialplan.fields import Part, as_list
from appliance.settings.explained import unknown

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 24 * 60

Span = tuple[int, int]
"""Minutes after midnight; an end that is not after the start is on the day after."""

_SPAN = re.compile(r"(\d{1,2})[:.](\d\d)\s*(?:-|\u2013|to)\s*(\d{1,2})[:.](\d\d)")

_DATE = re.compile(r"(\d{4}-)?\d\d-\d\d")


def _is_zone(text: str) -> str:
    try:
        _zone(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(unknown(text, _alike(text), "time zone")) from None
    return text


def _alike(text: str) -> list[str]:
    """The zones that may be meant, or some that show how they are written."""
    zones = sorted(available_timezones())
    city = text.rpartition("/")[2].lower().replace(" ", "_")
    near = [zone for zone in zones if zone.lower().endswith(f"/{city}")]
    return near[:1] or get_close_matches(text, zones, n=1, cutoff=0.6) or ["Europe/Berlin", "America/New_York", "UTC"]


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _span(value: Any) -> Any:
    found = _SPAN.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        _refuse(value)
    start, end = (int(found[hour]) * 60 + int(found[hour + 1]) for hour in (1, 3))
    if start >= DAY_MINUTES or end > DAY_MINUTES or max(found[2], found[4]) > "59":
        _refuse(value)
    return start, end


def _refuse(value: Any) -> NoReturn:
    raise ValueError(f"{value!r}, expected times such as 9:00-18:00 (24:00 is midnight)")


def _spelled(span: Span) -> str:
    return "-".join(f"{minutes // 60}:{minutes % 60:02}" for minutes in span)


def _is_days(text: str) -> str:
    days_of(text)
    return text


def _is_date(text: str) -> str:
    try:
        if not _DATE.fullmatch(text):
            raise ValueError
        date.fromisoformat(text if len(text) == 10 else f"2024-{text}")
    except ValueError:
        raise ValueError(f"{text!r}, expected a day such as 2026-12-24, or 12-25 for every year") from None
    return text


@lru_cache(maxsize=256)
def days_of(text: str) -> frozenset[int]:
    """``mon-fri`` and ``sat, sun`` as numbers of days, Monday is 0; ValueError for anything else."""
    found: set[int] = set()
    for part in text.lower().replace(" ", "").split(","):
        first, dash, last = part.partition("-")
        first, last = first[:3], (last if dash else first)[:3]
        if first not in DAYS or last not in DAYS:
            raise ValueError(f"{text!r}, expected days such as mon-fri or sat, sun")
        start, count = DAYS.index(first), (DAYS.index(last) - DAYS.index(first)) % 7 + 1
        found |= {(start + day) % 7 for day in range(count)}
    return frozenset(found)


def _closed(value: Any) -> Any:
    return () if value is None or value == "closed" else as_list(value)


def _dated(value: Any) -> Any:
    return dict.fromkeys(value, "closed") if isinstance(value, list) else value


_AS_TEXT = WithJsonSchema({"type": "string", "pattern": _SPAN.pattern})

OneSpan = Annotated[Span, BeforeValidator(_span), PlainSerializer(_spelled), _AS_TEXT]
Spans = Annotated[
    tuple[OneSpan, ...], BeforeValidator(_closed, json_schema_input_type=str | tuple[OneSpan, ...] | None)
]
Days = Annotated[str, AfterValidator(_is_days)]
Date = Annotated[str, AfterValidator(_is_date)]


class Hours(Part):
    """When somebody is there."""

    zone: Annotated[str, AfterValidator(_is_zone)]
    """The time zone, such as Europe/Berlin."""

    week: dict[Days, Spans] = Field(min_length=1)
    """Times by days: mon-fri: 9:00-18:00, or several: [9:00-12:00, 13:00-18:00]; 22:00-6:00 ends on the day after."""

    holidays: Annotated[
        dict[Date, Spans], BeforeValidator(_dated, json_schema_input_type=list[Date] | dict[Date, Spans])
    ] = Field(default_factory=dict)
    """Days with other times, or closed: 2026-12-24: 9:00-12:00, or 12-25: closed for every year. A list is closed."""

    def is_open(self, at: float) -> bool:
        """Whether it is open at ``at``, in seconds since the epoch."""
        local = self.local(at)
        minute, today = local.hour * 60 + local.minute, local.date()
        if any(start <= minute and (minute < end or end <= start) for start, end in self.spans(today)):
            return True
        yesterday = self.spans(today - timedelta(days=1))
        return any(end <= start and minute < end for start, end in yesterday)

    def local(self, at: float) -> datetime:
        """``at`` as the clocks of its zone show it."""
        return datetime.fromtimestamp(at, _zone(self.zone))

    def spans(self, day: date) -> tuple[Span, ...]:
        """The times of one day."""
        for text in (day.isoformat(), day.isoformat()[5:]):
            if text in self.holidays:
                return self.holidays[text]
        return tuple(span for days, spans in self.week.items() if day.weekday() in days_of(days) for span in spans)

    def may_both_be_open(self, other: "Hours") -> bool:
        """Whether there may be a moment when both are open; surely not only where one zone's weeks tell."""
        if self.zone != other.zone or any(self.holidays.values()) or any(other.holidays.values()):
            return True
        return not set(self._minutes()).isdisjoint(other._minutes())

    def _minutes(self) -> Iterator[int]:
        for days, spans in self.week.items():
            for day in days_of(days):
                for start, end in spans:
                    length = end - start if end > start else end - start + DAY_MINUTES
                    begin = day * DAY_MINUTES + start
                    yield from (minute % (7 * DAY_MINUTES) for minute in range(begin, begin + length))

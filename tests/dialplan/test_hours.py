"""Opening hours."""

from datetime import datetime
from typing import Any

import pytest
from pydantic import ValidationError

from appliance.dialplan.hours import Hours, days_of

OFFICE = {
    "zone": "Europe/Berlin",
    "week": {"mon-fri": ["9:00-12:30", "13:30-18:00"], "sat": "10:00-14:00"},
    "holidays": {"2026-12-24": "9:00-12:00", "12-25": "closed", "2027-01-01": None},
}


def hours(**given: Any) -> Hours:
    return Hours.model_validate({**OFFICE, **given})


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        ("2026-11-23T09:00+01:00", True),
        ("2026-11-23T08:59:59+01:00", False),
        ("2026-11-23T12:30+01:00", False),
        ("2026-11-23T17:59:59+01:00", True),
        ("2026-11-23T18:00+01:00", False),
        ("2026-11-23T08:30+00:00", True),
        ("2026-07-20T07:00+00:00", True),
        ("2026-07-20T06:59+00:00", False),
        ("2026-11-28T10:00+01:00", True),
        ("2026-11-29T10:00+01:00", False),
        ("2026-12-24T11:00+01:00", True),
        ("2026-12-24T14:00+01:00", False),
        ("2026-12-25T10:00+01:00", False),
        ("2028-12-25T10:00+01:00", False),
        ("2027-01-01T10:00+01:00", False),
    ],
)
def test_it_is_open_by_the_clocks_of_its_zone(at: str, is_open: bool) -> None:
    assert hours().is_open(datetime.fromisoformat(at).timestamp()) is is_open


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        ("2026-11-27T23:00+00:00", True),
        ("2026-11-28T05:59+00:00", True),
        ("2026-11-28T06:00+00:00", False),
        ("2026-11-28T23:00+00:00", False),
        ("2026-11-23T05:00+00:00", False),
        ("2026-12-25T23:00+00:00", False),
        ("2026-12-26T01:00+00:00", False),
    ],
)
def test_a_night_ends_on_the_day_after(at: str, is_open: bool) -> None:
    nights = hours(zone="UTC", week={"mon-fri": "22:00-6:00"}, holidays=["12-25"])
    assert nights.is_open(datetime.fromisoformat(at).timestamp()) is is_open


def test_all_day_is_from_midnight_to_midnight() -> None:
    always = hours(zone="UTC", week={"mon-sun": "0:00-24:00"}, holidays={})
    assert [always.is_open(at * 3600.0) for at in range(48)] == [True] * 48


@pytest.mark.parametrize(
    ("text", "days"),
    [("mon", {0}), ("Mon-Fri", {0, 1, 2, 3, 4}), ("sat, sun", {5, 6}), ("fri-mon", {4, 5, 6, 0}), ("Monday", {0})],
)
def test_days_are_written_as_people_do(text: str, days: set[int]) -> None:
    assert days_of(text) == days


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"zone": "Berlin"}, "unknown time zone 'Berlin', did you mean 'Europe/Berlin'?"),
        ({"zone": "Mars/Olympus"}, "unknown time zone 'Mars/Olympus', expected one of "
                                   "Europe/Berlin, America/New_York, UTC"),
        ({"zone": "../etc/passwd"}, "unknown time zone '../etc/passwd', expected one of "
                                    "Europe/Berlin, America/New_York, UTC"),
        ({"week": {"mon": "9:00-25:00"}}, "'9:00-25:00', expected times such as 9:00-18:00 (24:00 is midnight)"),
        ({"week": {"mon": "9:60-12:00"}}, "'9:60-12:00', expected times such as 9:00-18:00 (24:00 is midnight)"),
        ({"week": {"mon-": "9:00-12:00"}}, "'mon-', expected days such as mon-fri or sat, sun"),
        ({"holidays": ["2026-02-30"]}, "'2026-02-30', expected a day such as 2026-12-24, or 12-25 for every year"),
        ({"holidays": ["2026-W01-1"]}, "'2026-W01-1', expected a day such as 2026-12-24, or 12-25 for every year"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        hours(**given)
    assert [str(error["ctx"]["error"]) for error in refused.value.errors()] == [said]


def test_hours_are_written_back_as_they_were_written() -> None:
    assert Hours.model_validate(hours().model_dump()) == hours()
    assert hours().model_dump()["week"] == {"mon-fri": ("9:00-12:30", "13:30-18:00"), "sat": ("10:00-14:00",)}


@pytest.mark.parametrize(
    ("week", "zone", "may"),
    [
        ({"sun": "0:00-24:00"}, "Europe/Berlin", False),
        ({"mon-fri": "18:00-9:00"}, "Europe/Berlin", False),
        ({"fri": "18:00-10:01"}, "Europe/Berlin", True),
        ({"sun": "0:00-24:00"}, "Europe/Paris", True),
    ],
)
def test_two_weeks_are_compared_where_that_can_be_told(week: dict[str, str], zone: str, may: bool) -> None:
    one, other = hours(holidays=["12-25"]), hours(zone=zone, week=week, holidays={})
    assert one.may_both_be_open(other) is other.may_both_be_open(one) is may


def test_days_with_their_own_times_may_always_meet() -> None:
    assert hours().may_both_be_open(hours(week={"sun": "0:00-24:00"}, holidays={}))

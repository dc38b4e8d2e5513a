"""What is told of opening hours."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from appliance.dialplan.hours import Hours
from appliance.dialplan.opening import FIELDS, opening, times_of

SHOP = Hours.model_validate(
    {
        "zone": "Europe/Berlin",
        "week": {"mon-fri": ["9:00-12:00", "13:00-18:30"], "sat": "10:00-14:00"},
        "holidays": {"2026-12-24": "9:00-12:00", "12-25": "closed", "12-26": "closed"},
    }
)
BAR = Hours.model_validate({"zone": "Europe/Berlin", "week": {"fri-sat": "22:00-6:00"}})
ALWAYS = Hours.model_validate({"zone": "UTC", "week": {"mon-sun": "0:00-24:00"}})
NEVER = Hours.model_validate({"zone": "UTC", "week": {"mon": "closed"}})


def told(hours: Hours, at: str) -> tuple[str, ...]:
    moment = datetime.fromisoformat(at).replace(tzinfo=ZoneInfo(hours.zone)).timestamp()
    return tuple(opening(hours, moment).values())


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-23 10:30", ("open", "9 AM to noon and 1 PM to 6:30 PM", "noon", "today at 1 PM", "13:00", "no")),
        ("2026-11-23 12:00", ("closed", "9 AM to noon and 1 PM to 6:30 PM", "", "today at 1 PM", "13:00", "no")),
        ("2026-11-23 18:30", ("closed", "9 AM to noon and 1 PM to 6:30 PM", "", "tomorrow at 9 AM", "09:00", "no")),
        ("2026-11-21 20:00", ("closed", "10 AM to 2 PM", "", "on Monday at 9 AM", "09:00", "no")),
        ("2026-12-24 12:30", ("closed", "9 AM to noon", "", "on Monday at 9 AM", "09:00", "yes")),
        ("2026-12-25 12:30", ("closed", "closed", "", "on Monday at 9 AM", "09:00", "yes")),
    ],
)
def test_a_shop_tells_when_somebody_is_there(at: str, expected: tuple[str, ...]) -> None:
    state, today, until, following, next_at, holiday = told(SHOP, at)
    assert (state, today, until, following, next_at[11:16], holiday) == expected


def test_a_night_that_has_begun_yesterday_goes_on_this_morning() -> None:
    assert told(BAR, "2026-11-21 05:59")[:4] == ("open", "10 PM to 6 AM", "6 AM", "today at 10 PM")
    assert told(BAR, "2026-11-22 06:00")[:4] == ("closed", "closed", "", "on Friday at 10 PM")


def test_what_never_closes_has_no_end_and_what_never_opens_no_beginning() -> None:
    assert told(ALWAYS, "2026-11-21 05:59") == ("open", "all day", "", "", "", "no")
    assert told(NEVER, "2026-11-21 05:59") == ("closed", "closed", "", "", "", "no")


def test_a_long_holiday_is_told_with_its_date() -> None:
    days = [f"2026-11-{day:02}" for day in range(22, 31)] + ["2026-12-01"]
    away = SHOP.model_copy(update={"holidays": dict.fromkeys(days, ())})
    assert told(away, "2026-11-21 20:00")[3:5] == ("on Wednesday, December 2 at 9 AM", "2026-12-02T09:00:00+01:00")


def test_every_field_is_named() -> None:
    assert tuple(opening(SHOP, 0)) == FIELDS


def test_times_are_told_in_order() -> None:
    assert times_of(((780, 1080), (540, 720))) == "9 AM to noon and 1 PM to 6 PM"

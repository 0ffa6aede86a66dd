"""A holiday moves the bins: the week of Christmas 2026 (Friday and Saturday), Easter, and what is no shift."""

from datetime import date, timedelta

import pytest

from app.capabilities.waste.shifts import moved_from, shifts, usual_weekday

CHRISTMAS = date(2026, 12, 25)  # a Friday
BOXING_DAY = date(2026, 12, 26)
FREE = frozenset({CHRISTMAS, BOXING_DAY, date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 14)})
FRIDAYS = [date(2026, 11, 27) + timedelta(days=14 * number) for number in range(6)]  # the third is Christmas Day


def test_friday_s_bin_comes_on_saturday_behind_a_holiday() -> None:
    days = [date(2026, 12, 26) if day == CHRISTMAS else day for day in FRIDAYS]

    assert shifts(days, FREE) == {date(2026, 12, 26): CHRISTMAS}


def test_the_rest_of_a_week_comes_a_day_later_too() -> None:
    thursdays = [date(2026, 3, 26) + timedelta(days=7 * number) for number in range(6)]
    days = [date(2026, 4, 10) if day == date(2026, 4, 9) else day for day in thursdays]

    assert shifts(days, FREE) == {date(2026, 4, 10): date(2026, 4, 9)}


def test_before_good_friday_some_come_a_day_earlier() -> None:
    fridays = [date(2026, 3, 20) + timedelta(days=14 * number) for number in range(5)]
    days = [date(2026, 4, 2) if day == date(2026, 4, 3) else day for day in fridays]

    assert shifts(days, FREE) == {date(2026, 4, 2): date(2026, 4, 3)}


@pytest.mark.parametrize(
    ("day", "usual"),
    [
        (date(2026, 11, 28), 4),  # a Saturday, no holiday in that week
        (date(2026, 12, 27), 4),  # two days later
        (date(2026, 12, 25), 4),  # the usual day
        (date(2026, 12, 22), 0),  # a Tuesday, the holiday comes only on Friday
        (date(2026, 4, 7), 4),
    ],
)
def test_nothing_else_is_a_shift(day: date, usual: int) -> None:
    assert moved_from(day, usual, FREE) is None


def test_a_second_tour_is_no_shift() -> None:
    days = [*FRIDAYS, date(2026, 12, 26)]

    assert shifts(days, FREE) == {}


def test_of_few_dates_none_is_usual() -> None:
    assert usual_weekday(FRIDAYS[:3]) is None
    assert usual_weekday(FRIDAYS) == 4
    assert usual_weekday([date(2026, 11, 23) + timedelta(days=number) for number in range(5)]) is None
    assert shifts([], FREE) == {}

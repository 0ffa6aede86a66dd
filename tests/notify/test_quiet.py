"""Quiet hours end when they end on the clock on the wall, also in the nights in which it is changed."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.notify.quiet import km_between, may_tell_at

BERLIN = ZoneInfo("Europe/Berlin")


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (utc(2026, 11, 22, 12, 0), utc(2026, 11, 22, 12, 0)),
        (utc(2026, 11, 22, 20, 59), utc(2026, 11, 22, 20, 59)),
        (utc(2026, 11, 22, 21, 0), utc(2026, 11, 23, 6, 0)),
        (utc(2026, 11, 23, 5, 59), utc(2026, 11, 23, 6, 0)),
        (utc(2026, 11, 23, 6, 0), utc(2026, 11, 23, 6, 0)),
        # The hour from two to three is missing, then it is there twice.
        (utc(2026, 3, 28, 22, 0), utc(2026, 3, 29, 5, 0)),
        (utc(2026, 10, 24, 21, 0), utc(2026, 10, 25, 6, 0)),
    ],
)
def test_from_ten_to_seven_nobody_is_woken(moment: datetime, expected: datetime) -> None:
    assert may_tell_at(moment, BERLIN, 22, 7) == expected


def test_quiet_hours_may_lie_within_a_day_or_be_none() -> None:
    noon = utc(2026, 11, 22, 12, 30)

    assert may_tell_at(noon, BERLIN, 13, 15) == utc(2026, 11, 22, 14, 0)
    assert may_tell_at(noon, BERLIN, 0, 0) == noon


@given(st.integers(0, 2 * 365 * 24 * 60), st.integers(0, 23), st.integers(0, 23))
def test_it_is_never_earlier_never_quiet_and_never_far(minutes: int, start: int, end: int) -> None:
    now = utc(2026, 1, 1) + timedelta(minutes=minutes)
    then = may_tell_at(now, BERLIN, start, end)

    assert now <= then <= now + timedelta(hours=25)
    assert may_tell_at(then, BERLIN, start, end) == then


def test_kilometres_are_about_right() -> None:
    assert km_between(52.1420, 12.5956, 52.3906, 13.0645) == pytest.approx(42.3, abs=1)

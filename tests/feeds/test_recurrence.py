"""Rules give the dates that another implementation gives, for any rule people may write."""

from datetime import datetime, timedelta
from random import Random

import pytest
from dateutil.rrule import rrulestr

from app.feeds.connector import SkipItem
from app.feeds.connectors.ics.recurrence import Allowance, read, starts

START = datetime(2026, 11, 21)  # noqa: DTZ001  # local time
END = START + timedelta(days=401)
DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


def a_rule(chance: Random) -> str:
    def some(values: list[int] | list[str], most: int = 3) -> str:
        return ",".join(map(str, chance.sample(values, chance.randint(1, most))))

    freq = chance.choice(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"])
    far = freq in {"MONTHLY", "YEARLY"}
    days = (
        [f"{ordinal}{day}" for ordinal in (1, 2, 5, -1, -2) for day in DAYS] if far and chance.random() < 0.6 else DAYS
    )
    parts = {
        "INTERVAL": str(chance.randint(1, 6)),
        "BYMONTH": some(list(range(1, 13))),
        "BYDAY": some(days),
        "BYHOUR": chance.choice(["9", "9,17"]),
        "WKST": chance.choice(["MO", "SU", "WE"]),
    }
    if freq != "WEEKLY":
        parts["BYMONTHDAY"] = some([1, 2, 15, 28, 29, 30, 31, -1, -2, -31])
    if freq == "YEARLY":
        parts["BYYEARDAY"] = some([1, 60, 100, 200, 365, 366, -1, -366])
    chosen = {name: parts[name] for name in chance.sample(sorted(parts), chance.randint(0, 3))}
    if far and "BYDAY" in chosen and chance.random() < 0.3:
        chosen["BYSETPOS"] = chance.choice(["1", "2", "-1"])
    end = chance.choice(
        [{}, {"COUNT": str(chance.randint(1, 60))}, {"UNTIL": f"20{chance.randint(20, 28)}0615T120000"}]
    )
    return ";".join(f"{name}={value}" for name, value in ({"FREQ": freq} | chosen | end).items())


@pytest.mark.parametrize("seed", range(4))
def test_dates_are_those_of_dateutil(seed: int) -> None:
    chance = Random(seed)  # noqa: S311  # no secret
    compared = 0
    while compared < 50:
        rule = a_rule(chance)
        first = datetime(2012, 1, 1) + timedelta(minutes=chance.randint(0, 7_800_000))  # noqa: DTZ001
        found = list(starts(read(rule), first, START, END, Allowance()))
        if not found:
            continue  # for a rule that never matches dateutil would search until the year 9999
        other = rrulestr(rule, dtstart=first)
        if "COUNT" in rule and next(iter(other), None) != first:
            continue  # dateutil doesn't count a start that doesn't fit the rule, RFC 5545 does
        expected = {when for when in other.between(START - timedelta(seconds=1), END) if START <= when < END}
        if START <= first < END:
            expected.add(first)

        assert found == sorted(expected), (rule, first)
        compared += 1


@pytest.mark.parametrize(
    ("rule", "first", "dates"),
    [
        ("FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO", datetime(2020, 12, 28), ["2026-12-28"]),  # noqa: DTZ001
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", datetime(2024, 2, 29), []),  # noqa: DTZ001
        ("FREQ=MONTHLY;BYDAY=-1FR;COUNT=2", datetime(2026, 12, 1), ["2026-12-01", "2026-12-25"]),  # noqa: DTZ001
    ],
)
def test_rules_known_by_hand(rule: str, first: datetime, dates: list[str]) -> None:
    assert [str(when.date()) for when in starts(read(rule), first, START, END, Allowance())] == dates


def test_what_a_calendar_may_cost_is_bounded() -> None:
    allowance = Allowance(days=10_000)
    rule = read("FREQ=DAILY;COUNT=1000000")

    with pytest.raises(SkipItem, match="so many events"):
        list(starts(rule, datetime(1970, 1, 1), START, END, allowance))  # noqa: DTZ001

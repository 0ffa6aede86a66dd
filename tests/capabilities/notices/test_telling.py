"""Who asked for warnings is told once, again when it becomes worse, and when it is over."""

from datetime import timedelta

import pytest

from app.kit import clock
from tests.capabilities.notices.given import NOON, OID, Warner, announced, clear, warning
from tests.village import Village

HOUR = timedelta(hours=1)


async def test_a_severe_warning_wakes_and_a_moderate_one_waits_for_the_morning(village: Village) -> None:
    with clock.at(NOON):
        await Warner().sends(
            warning(),
            warning("m", title="Glätte", severity="moderate"),
            warning("k", severity="minor"),
            warning("u", severity="unknown"),
        )

    told = {one["title"]: one for one in await announced()}
    assert set(told) == {"Hochwasser an der Plane", "Glätte"}
    assert {one["category"] for one in told.values()} == {"warning"}
    assert told["Hochwasser an der Plane"]["urgency"] == 0
    assert told["Hochwasser an der Plane"]["body"] == "Meiden Sie das Ufer. Helfen Sie Nachbarn."
    assert told["Glätte"]["urgency"] == 1


async def test_the_same_again_is_not_told_again_but_worse_is(village: Village) -> None:
    source = Warner()
    with clock.at(NOON):
        await source.sends(warning(severity="moderate"))
        await source.sends(warning(severity="moderate", description="Ein Tippfehler weniger."))
        assert len(await announced()) == 1
        await source.sends(warning("mow.2", message="update", references=("mow.1",), severity="moderate", sent_at=NOON))
        assert len(await announced()) == 1
        await source.sends(warning("mow.3", message="update", references=("mow.2",), severity="extreme", sent_at=NOON))
        assert len(await announced()) == 2
        await source.sends(warning("mow.4", message="update", references=("mow.3",), severity="severe", sent_at=NOON))

    assert len(await announced()) == 2


async def test_what_became_worse_under_the_same_id_is_told(village: Village) -> None:
    source = Warner()
    with clock.at(NOON):
        await source.sends(warning(severity="minor"))
        assert await announced() == []
        await source.sends(warning(severity="severe"))

    assert len(await announced()) == 1


@pytest.mark.parametrize("first", ["nina", "dwd"])
async def test_two_sources_tell_once(village: Village, first: str) -> None:
    copy = warning(f"dwd.{OID}.MUL", same_as=(OID,), kind="weather")
    own = warning(f"{OID}.MUL", same_as=(OID,), kind="weather", sent_at=NOON)
    with clock.at(NOON):
        for one in (copy, own) if first == "nina" else (own, copy):
            await Warner().sends(one)

    assert len(await announced()) == 1


async def test_an_all_clear_is_told_to_those_who_were_warned(village: Village) -> None:
    source = Warner()
    with clock.at(NOON):
        await source.sends(warning())
        await source.sends(clear())
        await source.sends(clear(description="Genauer gesagt."))

    assert [(one["title"], one["urgency"]) for one in await announced()][1:] == [("Entwarnung: Das Wasser sinkt", 0)]


async def test_an_all_clear_for_what_nobody_was_told_is_not_told(village: Village) -> None:
    with clock.at(NOON):
        await Warner().sends(warning(severity="minor"), clear(), clear("mow.7", ends=("anderswo",)))

    assert await announced() == []


async def test_an_all_clear_of_two_sources_is_told_once(village: Village) -> None:
    nina, service = Warner(), Warner("DWD")
    ended = OID.replace("17953", "17954")
    told = {"same_as": (ended,), "message": "cancel", "title": "Entwarnung Sturm"}
    with clock.at(NOON):
        await nina.sends(warning(f"dwd.{OID}.MUL", same_as=(OID,)))
        await service.sends(warning(f"{OID}.MUL", same_as=(OID,)))
        await nina.sends(clear(f"dwd.{ended}.MUL", ends=(f"dwd.{OID}.MUL",), **told))
        await service.sends(clear(f"{ended}.MUL", ends=(f"{OID}.MUL",), **(told | {"sent_at": NOON - HOUR / 60})))

    assert [one["title"] for one in await announced()][1:] == ["Entwarnung Sturm"]


async def test_what_is_over_when_it_comes_is_not_told(village: Village) -> None:
    with clock.at(NOON):
        await Warner().sends(warning(expires_at=NOON - HOUR), clear("c", ends=("x",), sent_at=NOON - 8 * HOUR))

    assert await announced() == []


async def test_a_warning_that_comes_back_after_its_all_clear_is_told_again(village: Village) -> None:
    source = Warner()
    with clock.at(NOON):
        await source.sends(warning())
        await source.sends(clear("mow.1", ends=()))
    with clock.at(NOON + HOUR):
        await source.sends(warning(sent_at=NOON + HOUR))

    assert len(await announced()) == 3


async def test_very_long_ids_and_titles_are_told_too(village: Village) -> None:
    with clock.at(NOON):
        await Warner().sends(warning("x" * 390, title="Gefahr " * 60))

    assert len(await announced()) == 1

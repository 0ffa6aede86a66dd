"""One time line: by urgency, gone at its end, without duplicates, official words unaltered."""

from datetime import timedelta
from typing import Any

import pytest

from app.capabilities.notices import actions
from app.feeds.items import Area
from app.kit import clock
from app.tenancy import current, tenant, transaction
from tests.capabilities.notices.given import NOON, OID, SLUG, Warner, clear, listed, page, titles, warning
from tests.village import Village

HOUR = timedelta(hours=1)


def dwd(id_: str = f"{OID}.MUL", oid: str = OID, **fields: Any) -> Any:
    told = {"title": "STURM (DWD)", "kind": "weather", "severity": "moderate", "sender": "Deutscher Wetterdienst"}
    return warning(id_, same_as=(oid,), **(told | fields))


def repeated(oid: str = OID, **fields: Any) -> Any:
    return dwd(f"dwd.{oid}.MUL", oid, **({"title": "STURM (NINA)"} | fields))


async def test_the_most_urgent_comes_first_and_an_all_clear_last(village: Village) -> None:
    with clock.at(NOON):
        await Warner().sends(
            warning("a", title="erwartet, extrem", urgency="expected", severity="extreme"),
            warning("b", title="jetzt, leicht", severity="minor"),
            warning("c", title="jetzt, schwer"),
            warning("d", title="jetzt, schwer, neuer", sent_at=NOON - timedelta(minutes=5)),
            warning("e", title="irgendwann", urgency="unknown", severity="unknown"),
            clear("f", ends=["z"], title="vorbei", severity="extreme"),
        )
        found = await titles(village)

    assert found == [
        "jetzt, schwer, neuer",
        "jetzt, schwer",
        "jetzt, leicht",
        "erwartet, extrem",
        "irgendwann",
        "vorbei",
    ]


async def test_the_list_comes_in_parts(village: Village) -> None:
    with clock.at(NOON):
        await Warner().sends(*(warning(f"w{number}", title=f"Nr. {number}") for number in range(7)))
        first = await village.json("/api/v1/notices", limit=3)
        second = await village.json("/api/v1/notices", limit=3, cursor=first["next"])
        third = await village.json("/api/v1/notices", limit=3, cursor=second["next"])

    assert [one["title"] for part in (first, second, third) for one in part["items"]] == [
        f"Nr. {number}" for number in reversed(range(7))
    ]
    assert third["next"] is None


async def test_a_warning_is_gone_at_its_end_without_any_job(village: Village) -> None:
    with clock.at(NOON):
        await Warner().sends(warning(expires_at=NOON + HOUR))
        assert await titles(village) == ["Hochwasser an der Plane"]
    with clock.at(NOON + HOUR):
        assert await titles(village) == []
        assert "Zurzeit gibt es" not in await page(village, "/notices")


async def test_a_warning_without_an_end_stays_until_it_vanishes(village: Village) -> None:
    source = Warner()
    with clock.at(NOON):
        await source.sends(warning(), warning("mow.9", title="Noch eine"))
    with clock.at(NOON + timedelta(days=40)):
        assert await titles(village) == ["Noch eine", "Hochwasser an der Plane"]
        await source.drops("mow.1")
        assert await titles(village) == ["Noch eine"]
        await source.sends(warning())
        assert len(await titles(village)) == 2


async def test_an_end_before_the_start_counts_as_none(village: Village) -> None:
    with clock.at(NOON):
        await Warner().sends(warning(starts_at=NOON - HOUR, expires_at=NOON - 2 * HOUR))
        assert await titles(village) == ["Hochwasser an der Plane"]
        assert "ohne angegebenes Ende" in await page(village, "/notices")


async def test_an_all_clear_ends_the_warning_and_goes_after_some_hours(village: Village) -> None:
    source = Warner()
    with clock.at(NOON):
        await source.sends(warning(severity="extreme"))
        assert "Extreme Gefahr" in await page(village, "/notices")
        await source.sends(clear(severity="extreme"))
        assert await titles(village) == ["Das Wasser sinkt"]
        shown = await page(village, "/notices")
        assert "Entwarnung" in shown
        assert "Extreme Gefahr" not in shown
        assert 'class="band' not in await page(village, "/news")
    with clock.at(NOON + 6 * HOUR):
        assert await titles(village) == []


async def test_an_all_clear_under_the_same_id_ends_it_too(village: Village) -> None:
    source = Warner()
    with clock.at(NOON):
        await source.sends(warning())
        await source.sends(clear("mow.1", ends=()))
        [only] = await listed(village)

    assert (only["message"], only["severity"]) == ("cancel", "severe")


async def test_an_ended_warning_stays_ended_after_its_all_clear_is_forgotten(village: Village) -> None:
    source = Warner()
    with clock.at(NOON):
        await source.sends(warning(), clear())
    with clock.at(NOON + timedelta(days=200)):
        async with tenant(SLUG), transaction():
            await actions.forget(clock.now() - timedelta(days=90))
        await source.sends(warning("mow.8", title="Neues"))
        assert await titles(village) == ["Neues"]


async def test_an_update_replaces_what_it_names_whatever_comes_first(village: Village) -> None:
    newer = warning("mow.2", message="update", title="Es steigt weiter", references=("mow.1",), sent_at=NOON)
    for order in ([warning(), newer], [newer, warning()]):
        with clock.at(NOON):
            source = Warner()
            for one in order:
                await source.sends(one)
            assert await titles(village) == ["Es steigt weiter"]
        await village.sweep(SLUG, ["announcement", "notice", "feed"])


async def test_messages_that_name_each_other_do_not_hide_all_of_them(village: Village) -> None:
    with clock.at(NOON):
        await Warner().sends(
            warning("a", title="A", references=("b",)),
            warning("b", title="B", references=("c",)),
            warning("c", title="C", references=("a",)),
        )
        assert await titles(village) == ["C", "B"]


async def test_the_weather_services_own_warning_wins_over_its_copy(village: Village) -> None:
    nina, service = Warner(), Warner("Deutscher Wetterdienst")
    with clock.at(NOON):
        await nina.sends(repeated())
        assert await titles(village) == ["STURM (NINA)"]
        await service.sends(dwd())
        assert await titles(village) == ["STURM (DWD)"]
        await service.drops(f"{OID}.MUL")
        assert await titles(village) == ["STURM (NINA)"]


async def test_an_update_of_the_weather_service_ends_the_copy_of_what_it_replaces(village: Village) -> None:
    later = OID.replace("17953", "17954")
    with clock.at(NOON):
        await Warner().sends(repeated())
        update = dwd(f"{later}.MUL", later, title="STURM, schlimmer", references=(f"{OID}.MUL",), sent_at=NOON)
        await Warner("DWD").sends(update)
        assert await titles(village) == ["STURM, schlimmer"]


async def test_an_all_clear_of_the_copy_ends_the_original_that_is_late(village: Village) -> None:
    nina = Warner()
    with clock.at(NOON):
        await Warner("DWD").sends(dwd())
        await nina.sends(repeated(message="cancel", sent_at=NOON))
        assert [one["message"] for one in await listed(village)] == ["cancel"]
        await nina.sends(repeated(sent_at=NOON))
        assert await titles(village) == ["STURM (DWD)"]


async def test_words_are_kept_as_they_are_and_shown_unaltered(village: Village) -> None:
    told = warning(
        title='Gefahr "<b>" & mehr', instruction="Eins.\nZwei.\n\nDrei <script>alert(1)</script>", description="X",
        area=Area(names=("Bad Belzig",), polygons=(((12.5, 52.1), (12.7, 52.1), (12.6, 52.2), (12.5, 52.1)),)),
        expires_at=NOON + 30 * HOUR, url="https://kreis.example/hochwasser",
    )  # fmt: skip
    with clock.at(NOON):
        await Warner().sends(told)
        [one] = await listed(village)
        shown = await page(village, f"/notices/{one['id']}")

    assert (one["title"], one["instruction"], one["sender"]) == (told.title, told.instruction, told.sender)
    assert "<p>Eins.<br>Zwei.</p><p>Drei &lt;script&gt;alert(1)&lt;/script&gt;</p>" in shown
    assert "Unverändert übernommen." in shown
    assert shown.index("Was Sie tun sollten") < shown.index("Wer warnt") < shown.index("Was los ist")
    assert "Seit heute, 11 Uhr, bis morgen, 18 Uhr" in shown
    assert "Leitstelle Musterkreis" in shown
    assert "BBK" in shown
    assert "Amtliches Werk" in shown
    assert shown.count("<h1") == 1
    assert '<svg class="notice-map"' in shown
    assert 'href="https://kreis.example/hochwasser"' in shown


@pytest.mark.parametrize("title", ["X", "Straßenverkehrszulassungsbehörde " * 9, "\u05d0\u05d6\u05d4\u05e8\u05ea"])
async def test_titles_of_any_kind_stand_on_the_page(village: Village, title: str) -> None:
    with clock.at(NOON):
        await Warner().sends(warning(title=title.strip(), severity="extreme"))
        [one] = await listed(village)
        assert title.strip() in await page(village, f"/notices/{one['id']}")
        assert title.strip() in await page(village, "/events")  # the band


async def test_a_warning_with_nothing_but_a_title_has_a_page(village: Village) -> None:
    with clock.at(NOON):
        await Warner(attribution="", licence="").sends(
            warning(instruction="", description="", sender="", sent_at=None, kind="civil")
        )
        [one] = await listed(village)
        shown = await page(village, f"/notices/{one['id']}")

    assert "Was Sie tun sollten" not in shown
    assert "Wer warnt" in shown


async def test_a_text_that_fails_to_come_leaves_what_is_stored(village: Village) -> None:
    source = Warner()
    with clock.at(NOON):
        await source.sends(warning())
        await source.sends(warning(instruction="", description=""))
        [one] = await listed(village)
        assert one["instruction"].startswith("Meiden")
        await source.sends(warning(title="Etwas anderes", instruction="", description=""))
        [one] = await listed(village)

    assert (one["title"], one["instruction"]) == ("Etwas anderes", "")


async def test_a_warning_that_no_longer_holds_says_so_and_leads_on(village: Village) -> None:
    source = Warner()
    with clock.at(NOON):
        await source.sends(warning())
        [old] = await listed(village)
        await source.sends(clear())
        [new] = await listed(village)
        shown = await page(village, f"/notices/{old['id']}")

    assert "Diese Warnung gilt nicht mehr" in shown
    assert f'href="/notices/{new["id"]}"' in shown


async def test_severe_warnings_stand_over_every_page_and_moderate_ones_over_the_start_page(village: Village) -> None:
    with clock.at(NOON):
        await Warner().sends(
            warning(), warning("m", title="Glätte möglich", severity="moderate"),
            warning("k", title="Straße frei ab morgen", severity="minor"),
        )  # fmt: skip
        start, news = await page(village, "/"), await page(village, "/news")

    assert start.count('class="band"') == news.count('class="band"') == 1
    assert start.count('class="band band-mild"') == 1
    assert news.count("band-mild") == 0
    assert "Meiden Sie das Ufer." in news
    assert "Helfen Sie Nachbarn." not in news
    assert start.count("Glätte möglich") == 1
    assert start.count("Straße frei ab morgen") == 1


async def test_kinds_narrow_the_list(village: Village) -> None:
    with clock.at(NOON):
        await Warner().sends(warning(), warning("t", title="Baustelle", kind="traffic"))
        assert await titles(village, kind="traffic") == ["Baustelle"]
        shown = await page(village, "/notices?kind=traffic")
        assert "Baustelle" in shown
        assert "Verkehr und Straßen" in shown
        assert "Zurzeit gibt es keine Warnung dieser Art" in await page(village, "/notices?kind=police")
        answer = await village.get("/api/v1/notices", params={"kind": "ufo"})

    assert answer.status_code == 422


@pytest.mark.parametrize("path", ["/notices/0", "/notices/x", "/notices/99999999999999999999", "/notices/123456"])
async def test_what_is_not_there_is_not_found(village: Village, path: str) -> None:
    assert (await village.get(path)).status_code == 404


@pytest.mark.parametrize("cursor", ["x", "W10", "WzEsMiwzXQ", "eyJhIjoxfQ"])
async def test_a_strange_cursor_is_refused(village: Village, cursor: str) -> None:
    assert (await village.get("/api/v1/notices", params={"cursor": cursor})).status_code == 422


async def test_warnings_are_found_by_their_words_as_long_as_they_hold(village: Village) -> None:
    with clock.at(NOON):
        await Warner().sends(warning(severity="minor", expires_at=NOON + HOUR))
        assert "Hochwasser an der Plane" in await page(village, "/search?q=ufer")
        assert "Hochwasser an der Plane" not in await page(village, "/search?q=%25")
    with clock.at(NOON + HOUR):
        assert "Hochwasser an der Plane" not in await page(village, "/search?q=ufer")


async def test_without_a_source_nobody_promises_that_there_is_no_danger(village: Village) -> None:
    with clock.at(NOON):
        shown = await page(village, "/notices")

    assert "keine Quelle für amtliche Warnungen" in shown
    assert "Zurzeit keine Warnungen" not in shown
    assert "112" in shown


async def _source(succeeded_at: Any, connector: str = "nina") -> None:
    async with tenant(SLUG), transaction():
        await current().fetch(
            "INSERT INTO feed (name, connector, url, every_seconds, succeeded_at)"
            " VALUES ($1, $1, 'https://quelle.example', 60, $2)",
            [connector, succeeded_at],
        )


async def test_nothing_to_warn_of_is_said_with_the_time_of_the_last_look(village: Village) -> None:
    await _source(NOON - timedelta(minutes=4))
    with clock.at(NOON):
        shown = await page(village, "/notices")
        answer = await village.json("/api/v1/notices")

    assert "Zurzeit keine Warnungen" in shown
    assert "Stand: heute, 11:56 Uhr" in shown
    assert (answer["items"], answer["late"]) == ([], False)


@pytest.mark.parametrize("late", [None, NOON - timedelta(minutes=16)])
async def test_a_late_poller_says_that_warnings_may_be_missing(village: Village, late: Any) -> None:
    await _source(NOON)
    await _source(late, "cap")
    with clock.at(NOON):
        shown = await page(village, "/notices")
        assert (await village.json("/api/v1/notices"))["late"] is True

    assert "Hier können Warnungen fehlen" in shown
    assert "Zurzeit keine Warnungen" not in shown
    assert "https://warnung.bund.de" in shown
    assert "112" in shown


async def test_the_clock_change_night(village: Village) -> None:
    autumn = NOON.replace(month=10, day=24, hour=23)
    with clock.at(autumn):
        told = warning(sent_at=autumn, starts_at=autumn, expires_at=autumn + timedelta(hours=3))
        await Warner().sends(told)
        assert "Seit heute, 1 Uhr, bis heute, 3 Uhr" in await page(village, "/notices")  # 0:30 and 1:30 are both past
    with clock.at(autumn + timedelta(hours=2, minutes=59)):
        assert len(await titles(village)) == 1
    with clock.at(autumn + timedelta(hours=3)):
        assert await titles(village) == []


async def test_english_is_complete(village: Village) -> None:
    with clock.at(NOON):
        await Warner().sends(warning(expires_at=NOON + HOUR))
        [one] = await listed(village)
        shown = await page(village, f"/notices/{one['id']}", "en")

    assert "What to do" in shown
    assert "Great danger" in shown
    assert "Since today, 11 am, until today, 1 pm" in shown

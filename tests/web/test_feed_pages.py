"""The clerk's page of sources: how they are, what to do, and what discovery proposes."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from app.feeds import raw
from app.feeds.connector import Fetched
from app.kit import clock
from app.kit.queue import broker
from app.platform import feed_care
from app.platform.discovery import kept
from app.platform.discovery.shape import Proposal, Shown, key_of
from app.tenancy import control, tenant, transaction
from app.tenancy.village import set_setting, setting
from tests import cast, loop
from tests.village import Village

TOWN = "bad-belzig"
FEEDS = "/manage/feeds"
DISCOVER = "/manage/feeds/discover"


@pytest.fixture(autouse=True)
def swept(belzig: Village) -> Iterator[None]:
    yield
    loop.run(cast.away())
    loop.run(_clean())


async def _clean() -> None:
    async with control() as connection:
        for table in ("feed_due", "feed_state", "feed_told", "mail"):
            await connection.execute(f"DELETE FROM {table}")
    await raw.tidy(raw.town(TOWN), [])


async def signed_in(belzig: Village, role: Any = "owner") -> cast.Visitor:
    return await (await cast.person("olga", {TOWN: [role]})).at(belzig)


async def feed(name: str, **columns: Any) -> None:
    """A row of the town's list."""
    values = {"name": name, "title": name.title(), "connector": "rss", "url": "https://a.example/x"} | columns
    names = ", ".join(values)
    places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
    async with tenant(TOWN) as scope, transaction():
        await scope.fetch(f"INSERT INTO feed ({names}) VALUES ({places})", list(values.values()))


async def row(name: str) -> dict[str, Any]:
    async with tenant(TOWN) as scope:
        return dict((await scope.fetch("SELECT * FROM feed WHERE name = $1", [name]))[0])


def waiting() -> int:
    length: int = broker.client.llen(f"{broker.namespace}:feeds")
    return length


async def test_the_worst_come_first_with_what_to_do(belzig: Village) -> None:
    await feed("chor", status="ok", succeeded_at=clock.now(), items_unchanged=3)
    await feed("anzeiger", status="failed", problem="Die Adresse gibt es nicht mehr.", failures=4)
    await feed("kino", enabled=False, note="Bitte erst fragen.")
    olga = await signed_in(belzig)

    page = (await olga.get(FEEDS)).text

    assert page.index("Anzeiger<") < page.index("Chor<") < page.index("Kino<")
    for part in ("Die Adresse gibt es nicht mehr.", "Bitte erst fragen.", "3 Einträge", "antwortet nicht"):
        assert part in page, part


async def test_a_source_tells_all_about_itself(belzig: Village) -> None:
    await feed(
        "anzeiger", status="ok", succeeded_at=clock.now(), attempted_at=clock.now(), items_new=2, bytes_saved=1_250_000
    )
    async with tenant(TOWN) as scope, transaction():
        await scope.fetch(
            "INSERT INTO feed_problem (feed_id, external_id, reason) SELECT id, 'eintrag-7', 'Ohne Datum.' FROM feed"
        )
    olga = await signed_in(belzig)

    page = (await olga.get(f"{FEEDS}/anzeiger")).text

    for part in ("2 neu", "1,2 MB", "eintrag-7", "Ohne Datum.", "Jetzt abrufen", "Ausschalten", "https://a.example/x"):
        assert part in page, part
    assert "Noch einmal einlesen" not in page
    assert (await olga.get(f"{FEEDS}/gibt-es-nicht")).status_code == 404


async def test_switching_off_and_on(belzig: Village) -> None:
    await feed("chor", status="ok")
    olga = await signed_in(belzig)

    off = await olga.post(f"{FEEDS}/chor/switch", data={"on": "no"})

    assert off.headers["location"] == f"{FEEDS}/chor"
    assert (await row("chor"))["enabled"] is False
    await olga.post(f"{FEEDS}/chor/switch", data={"on": "yes"})
    assert (await row("chor"))["enabled"] is True
    async with control() as connection:
        assert await connection.fetchval("SELECT count(*) FROM feed_due WHERE feed = 'chor'") == 1


async def test_what_vanished_is_confirmed_by_a_person(belzig: Village) -> None:
    await feed("chor", status="ok", hold=True, problem="Mehr als die Hälfte fehlt.", attempted_at=clock.now())
    await feed("kino", status="ok")
    olga = await signed_in(belzig)
    sent = waiting()

    page = (await olga.get(f"{FEEDS}/chor")).text
    done = await olga.post(f"{FEEDS}/chor/confirm")

    assert "Ja, sie sollen weg sein" in page
    assert done.headers["location"] == f"{FEEDS}?asked=chor"
    assert waiting() == sent + 1
    assert (await olga.post(f"{FEEDS}/kino/confirm")).status_code == 404


async def test_the_last_answer_is_read_again_by_a_button(belzig: Village) -> None:
    await feed("chor", status="ok")
    olga = await signed_in(belzig)
    assert (await olga.post(f"{FEEDS}/chor/replay")).status_code == 404
    await raw.keep(raw.town(TOWN), "chor", Fetched(status="new", url="https://a.example/x", body=b"<rss/>"))
    sent = waiting()

    page = (await olga.get(f"{FEEDS}/chor")).text
    done = await olga.post(f"{FEEDS}/chor/replay")

    assert "Letzte Antwort noch einmal einlesen" in page
    assert waiting() == sent + 1
    assert "wird noch einmal eingelesen" in (await olga.get(done.headers["location"])).text


async def test_a_source_is_removed_with_all_that_came(belzig: Village) -> None:
    await feed("chor", status="ok")
    await raw.keep(raw.town(TOWN), "chor", Fetched(status="new", url="https://a.example/x", body=b"<rss/>"))
    olga = await signed_in(belzig)

    gone = await olga.post(f"{FEEDS}/chor/remove")

    assert gone.headers["location"] == f"{FEEDS}?removed=1"
    assert "Chor<" not in (await olga.get(gone.headers["location"])).text
    assert raw.when(raw.town(TOWN), "chor") == []
    assert (await olga.post(f"{FEEDS}/chor/remove")).status_code == 404


async def test_a_region_s_source_is_not_the_town_s_to_fetch_or_remove(belzig: Village) -> None:
    await feed("brandenburg.warnungen", region="brandenburg", status="ok")
    olga = await signed_in(belzig)

    assert (await olga.post(f"{FEEDS}/brandenburg.warnungen/sync")).status_code == 404
    assert (await olga.post(f"{FEEDS}/brandenburg.warnungen/remove")).status_code == 422
    assert (await row("brandenburg.warnungen"))["enabled"] is True


async def test_an_editor_looks_and_fetches_but_neither_switches_nor_removes(belzig: Village) -> None:
    await feed("chor", status="ok")
    eva = await signed_in(belzig, "editor")

    page = (await eva.get(f"{FEEDS}/chor")).text

    assert "Jetzt abrufen" in page
    assert "Ausschalten" not in page
    for deed in ("switch", "remove"):
        assert (await eva.post(f"{FEEDS}/chor/{deed}", data={"on": "no"})).status_code == 403
    assert (await eva.post(DISCOVER, data={"website": ""})).status_code == 403
    assert (await row("chor"))["enabled"] is True


async def test_a_source_that_failed_for_a_month_is_told_once_and_marked(belzig: Village) -> None:
    await feed("anzeiger", status="failed", failing_since=clock.now() - timedelta(days=31), failures=40)
    await feed("chor", status="failed", failing_since=clock.now() - timedelta(days=29), failures=40)
    olga = await signed_in(belzig)

    await feed_care.look_after.run(tenant=TOWN)
    await feed_care.look_after.run(tenant=TOWN)

    async with control() as connection:
        assert await connection.fetchval("SELECT count(*) FROM mail WHERE kind = 'feed-down'") == 1
    page = (await olga.get(FEEDS)).text
    assert page.count("Seit 30 Tagen kam von hier nichts.") == 1
    async with tenant(TOWN):
        assert list(await setting(feed_care.PROPOSED, {})) == ["anzeiger"]


# Discovery


def proposal(name: str = "Bibliothek", connector: str = "ics") -> Proposal:
    url = f"https://{name.lower()}.example/x"
    return Proposal(
        key=key_of(connector, url),
        connector=connector,
        url=url,
        title=name,
        found="link",
        gives=("event",),
        count=2,
        items=(Shown(kind="event", title="Lesung am Kamin", at=clock.now()),),
    )


async def proposed(*proposals: Proposal) -> None:
    async with tenant(TOWN), transaction():
        known = kept.Kept(state="done", ended_at=clock.now(), proposals=list(proposals))
        await set_setting(kept.SETTING, msgspec.to_builtins(known))


async def test_a_search_is_started_and_shown_until_it_has_ended(belzig: Village) -> None:
    olga = await signed_in(belzig)
    sent = waiting()

    started = await olga.post(DISCOVER, data={"website": "www.musterdorf.example"})

    assert started.headers["location"] == DISCOVER
    assert waiting() == sent + 1
    page = (await olga.get(DISCOVER)).text
    assert "Die Suche läuft" in page
    assert (await olga.post(DISCOVER, data={"website": ""})).status_code == 409
    with clock.at(clock.now() + timedelta(minutes=10)):
        # A worker that was killed must not lock the page for ever.
        async with tenant(TOWN):
            assert not (await kept.kept()).running
    async with tenant(TOWN):
        assert (await kept.kept()).website == "https://www.musterdorf.example"


@pytest.mark.parametrize("typed", ["javascript:alert(1)", "ftp://x.example/", "https://"])
async def test_an_address_that_is_none_is_said_beside_the_field(belzig: Village, typed: str) -> None:
    await proposed()
    olga = await signed_in(belzig)

    refused = await olga.post(DISCOVER, data={"website": typed})

    assert refused.status_code == 422
    assert "Bitte geben Sie die Adresse Ihrer Website an" in refused.text


async def test_a_proposal_shows_what_would_come_and_is_taken_over_switched_on(belzig: Village) -> None:
    one = proposal()
    await proposed(one)
    olga = await signed_in(belzig)

    page = (await olga.get(DISCOVER)).text
    taken = await olga.post(f"{DISCOVER}/{one.key}/take")

    for part in ("Bibliothek", "Lesung am Kamin", "2 Einträge", "Übernehmen", "Nicht nötig", one.url):
        assert part in page, part
    assert taken.headers["location"] == f"{FEEDS}?asked=bibliothek"
    stored = await row("bibliothek")
    assert (stored["connector"], stored["url"], stored["enabled"]) == ("ics", one.url, True)
    assert "Lesung am Kamin" not in (await olga.get(DISCOVER)).text
    assert (await olga.post(f"{DISCOVER}/{one.key}/take")).status_code == 404


async def test_a_name_that_is_taken_gets_a_number(belzig: Village) -> None:
    await feed("bibliothek")
    one = proposal()
    await proposed(one)
    olga = await signed_in(belzig)

    await olga.post(f"{DISCOVER}/{one.key}/take")

    assert (await row("bibliothek-2"))["url"] == one.url


async def test_what_is_not_needed_is_not_proposed_again(belzig: Village) -> None:
    one, other = proposal(), proposal("Kirche")
    await proposed(one, other)
    olga = await signed_in(belzig)

    await olga.post(f"{DISCOVER}/{one.key}/hide")

    page = (await olga.get(DISCOVER)).text
    assert "Bibliothek" not in page
    assert "Kirche" in page
    async with tenant(TOWN):
        assert (await kept.kept()).hidden == [one.key]

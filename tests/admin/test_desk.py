"""The desk under `/manage`: write, look, publish now or later, take back; sources; who changed what."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from app.identity import audit
from app.kit import clock
from app.kit.queue import broker
from app.tenancy import tenant, transaction
from app.tenancy.keys import media_folder
from tests import cast, loop
from tests.factories import make_article, provider_id
from tests.media.drawing import picture
from tests.village import Village

LATER = "2099-05-01T18:30"


@pytest.fixture(autouse=True)
def swept(belzig: Village, wiesenburg: Village) -> Iterator[None]:
    yield
    loop.run(cast.away())
    loop.run(belzig.sweep("bad-belzig", ["article", "event", "feed", "media"]))
    for path in media_folder("bad-belzig").glob("*"):
        path.unlink()


async def editor(belzig: Village) -> cast.Visitor:
    return await (await cast.person("eva", {"bad-belzig": ["editor"]})).at(belzig)


async def provider(belzig: Village, name: str) -> cast.Visitor:
    async with tenant("bad-belzig"), transaction():
        await provider_id(name)
    return await (await cast.person(f"paul.{name}", {"bad-belzig": ["provider"]}, provider=name)).at(belzig)


async def rows(table: str) -> list[dict[str, Any]]:
    async with tenant("bad-belzig") as scope:
        return [dict(row) for row in await scope.fetch(f"SELECT * FROM {table} ORDER BY id")]


async def deeds() -> list[str]:
    return [entry.action for entry in reversed(await audit.entries("bad-belzig", limit=6))]


async def test_an_editor_writes_news_looks_at_it_and_publishes(belzig: Village) -> None:
    eva = await editor(belzig)

    saved = await eva.post(
        "/manage/news",
        data={"do": "preview", "title": "Freibad öffnet", "body": "Ab **Montag**.\n\n- Kasse\n- Rutsche"},
        files={"file": ("bad.jpg", picture(), "image/jpeg")},
    )
    assert saved.status_code == 422
    assert "Freibad öffnet" in saved.text
    assert await rows("article") == []

    saved = await eva.post(
        "/manage/news",
        data={
            "do": "preview",
            "title": "Freibad öffnet",
            "body": "Ab **Montag**.\n\n- Kasse\n- Rutsche",
            "alt": "Das Bad",
        },
        files={"file": ("bad.jpg", picture(), "image/jpeg")},
    )
    [row] = await rows("article")
    assert saved.headers["location"] == f"/manage/news/{row['id']}/preview"
    assert row["published_at"] is None
    assert row["body_html"].startswith("<p>Ab <strong>Montag</strong>.</p>")
    shown = await eva.get(saved.headers["location"])
    assert shown.status_code == 200
    for part in ("Vorschau", "<li>Rutsche</li>", "Das Bad", "Jetzt veröffentlichen"):
        assert part in shown.text, part
    assert (await belzig.get(f"/news/{row['id']}-freibad-oeffnet")).status_code == 404

    done = await eva.post(f"/manage/news/{row['id']}/state", data={"do": "publish"})

    page = await belzig.get(done.headers["location"])
    assert page.status_code == 200
    assert '<img class="card-picture" src="/media/' in page.text
    assert (await deeds())[-2:] == ["news.create", "news.publish"]


async def test_what_is_published_later_is_seen_later(belzig: Village) -> None:
    eva = await editor(belzig)

    await eva.post("/manage/news", data={"do": "schedule", "title": "Markt", "body": "x", "at": LATER})

    [row] = await rows("article")
    assert row["published_at"].isoformat() == "2099-05-01T16:30:00+00:00"
    path = f"/news/{row['id']}-markt"
    assert (await belzig.get(path)).status_code == 404
    with clock.at(row["published_at"] + timedelta(minutes=1)):
        assert (await belzig.get(path)).status_code == 200
    belzig.edge.cache.empty("bad-belzig")
    form = (await eva.get(f"/manage/news/{row['id']}")).text
    assert f'value="{LATER}"' in form
    assert "Markt" in (await eva.get("/manage")).text

    await eva.post(f"/manage/news/{row['id']}/state", data={"do": "draft"})

    assert (await rows("article"))[0]["published_at"] is None


@pytest.mark.parametrize("at", ["", "2001-01-01T10:00", "gestern", "2099-13-01T10:00"])
async def test_a_time_that_is_none_is_refused_beside_its_field(belzig: Village, at: str) -> None:
    eva = await editor(belzig)

    answer = await eva.post(
        "/manage/news", data={"do": "schedule", "title": "Markt", "body": "Auf dem Platz", "at": at}
    )

    assert answer.status_code == 422
    assert 'id="f-at-error"' in answer.text
    assert "Auf dem Platz" in answer.text
    assert await rows("article") == []


async def test_a_public_article_is_changed_taken_back_and_shown_again(belzig: Village) -> None:
    article = await make_article(title="Brücke gesperrt", body_html="<p>alt</p>")
    eva = await editor(belzig)
    path, there = f"/manage/news/{article.id}", f"/news/{article.id}-bruecke-gesperrt"

    refused = await eva.post(path, data={"do": "save", "title": "Brücke offen", "body": "neu"})
    assert refused.status_code == 422
    assert 'id="f-title-error"' in refused.text
    assert (await rows("article"))[0]["body_html"] == "<p>alt</p>"

    await eva.post(path, data={"do": "save", "title": "Brücke gesperrt", "body": "neu"})
    belzig.edge.cache.empty("bad-belzig")
    assert "neu" in (await belzig.get(there)).text
    await eva.post(f"{path}/state", data={"do": "withdraw"})
    belzig.edge.cache.empty("bad-belzig")
    assert (await belzig.get(there)).status_code == 404
    await eva.post(f"{path}/state", data={"do": "restore"})
    belzig.edge.cache.empty("bad-belzig")
    assert (await belzig.get(there)).status_code == 200


async def test_an_event_is_entered_repeated_published_later_and_cancelled(belzig: Village) -> None:
    eva = await editor(belzig)
    fields = {
        "title": "Chorprobe", "starts_at": "2099-05-05T19:00", "ends_at": "2099-05-05T21:00",
        "location_name": "Bürgerhaus", "repeat": "FREQ=WEEKLY", "repeat_until": "2099-06-30",
        "body": "Alle sind willkommen.",
    }  # fmt: skip

    wrong = await eva.post("/manage/events", data=fields | {"do": "save", "starts_at": ""})
    assert wrong.status_code == 422
    assert 'id="f-starts_at-error"' in wrong.text
    assert "Alle sind willkommen." in wrong.text
    assert await rows("event") == []

    done = await eva.post("/manage/events", data=fields | {"do": "schedule", "at": LATER})
    assert done.status_code == 303, done.text
    [row] = await rows("event")
    assert row["recurrence"] == "FREQ=WEEKLY;UNTIL=20990630T215959Z"
    assert row["starts_at"].isoformat() == "2099-05-05T17:00:00+00:00"
    path, there = f"/manage/events/{row['id']}", f"/events/{row['id']}-chorprobe"
    assert (await belzig.get(there)).status_code == 404
    assert "Chorprobe" not in (await belzig.get("/events")).text
    form = (await eva.get(path)).text
    for value in ("2099-05-05T19:00", "2099-06-30", 'value="FREQ=WEEKLY" selected'):
        assert value in form, value
    assert (await eva.get(f"{path}/preview")).status_code == 200

    await eva.post(path, data=fields | {"do": "publish", "title": "Chorprobe im Mai"})
    page = await belzig.get(f"/events/{row['id']}-chorprobe-im-mai")
    assert page.status_code == 200
    await eva.post(f"{path}/state", data={"do": "cancel"})
    assert (await rows("event"))[0]["status"] == "cancelled"
    await eva.post(f"{path}/state", data={"do": "withdraw"})
    belzig.edge.cache.empty("bad-belzig")
    assert (await belzig.get(f"/events/{row['id']}-chorprobe-im-mai")).status_code == 404
    await eva.post(f"{path}/state", data={"do": "restore"})
    belzig.edge.cache.empty("bad-belzig")
    assert (await belzig.get(f"/events/{row['id']}-chorprobe-im-mai")).status_code == 200
    assert (await deeds())[-5:] == [
        "events.schedule",
        "events.publish",
        "events.cancel",
        "events.withdraw",
        "events.restore",
    ]


async def test_whole_days_are_days(belzig: Village) -> None:
    eva = await editor(belzig)

    await eva.post(
        "/manage/events",
        data={
            "do": "save",
            "title": "Altstadtfest",
            "starts_at": "2099-08-28T10:00",
            "ends_at": "2099-08-30T10:00",
            "all_day": "yes",
        },
    )

    [row] = await rows("event")
    assert (row["first_day"].isoformat(), row["last_day"].isoformat(), row["starts_at"]) == (
        "2099-08-28",
        "2099-08-30",
        None,
    )


async def test_a_provider_publishes_for_its_own_name_only(belzig: Village) -> None:
    coconat, fire = await provider(belzig, "coconat"), await provider(belzig, "feuerwehr")

    done = await coconat.post("/manage/news", data={"do": "publish", "title": "Offene Tür", "body": "Kommt alle."})
    assert done.status_code == 303, done.text
    [row] = await rows("article")
    async with tenant("bad-belzig") as scope:
        ids = {one["slug"]: one["id"] for one in await scope.fetch("SELECT slug, id FROM provider")}
    assert row["provider_id"] == ids["coconat"]

    path = f"/manage/news/{row['id']}"
    assert (await fire.get(path)).status_code == 404
    assert (await fire.get(f"{path}/preview")).status_code == 404
    assert (await fire.post(path, data={"do": "save", "title": "Offene Tür", "body": "weg"})).status_code == 404
    assert (await fire.post(f"{path}/state", data={"do": "withdraw"})).status_code == 404
    assert "Offene" not in (await fire.get("/manage/news")).text
    stolen = await coconat.post(
        path, data={"do": "save", "title": "Offene Tür", "body": "x", "provider": str(ids["feuerwehr"])}
    )
    assert stolen.status_code == 422
    assert (await rows("article"))[0] == row
    for closed in ("/manage/feeds", "/manage/changes", "/manage/members"):
        assert (await coconat.get(closed)).status_code == 403, closed


async def test_an_editor_of_one_town_changes_nothing_in_another(belzig: Village, wiesenburg: Village) -> None:
    article = await make_article(title="Brücke gesperrt")
    eva = await (await cast.person("eva", {"bad-belzig": ["editor"]})).at(wiesenburg)

    for path in ("/manage", "/manage/news", f"/manage/news/{article.id}", "/manage/pictures"):
        assert (await eva.get(path)).status_code == 403, path
    assert (await eva.post(f"/manage/news/{article.id}/state", data={"do": "withdraw"})).status_code == 403
    assert (await rows("article"))[0]["withdrawn_by"] == ""


async def test_the_day_begins_with_what_waits_and_what_is_ill(belzig: Village) -> None:
    async with tenant("bad-belzig") as scope, transaction():
        await scope.fetch(
            "INSERT INTO feed (name, title, connector, url, status, problem, failures, failing_since) VALUES"
            " ('stadt', 'Stadtanzeiger', 'rss', 'https://stadt.example/feed.xml', 'failed',"
            " 'Die Quelle antwortet nicht.', 3, now() - interval '2 days'),"
            " ('chor', 'Chor', 'ics', 'https://chor.example/x.ics', 'ok', '', 0, NULL)"
        )
    await make_article(title="Noch nicht fertig", published_at=None)
    eva = await editor(belzig)

    today = (await eva.get("/manage")).text

    for part in (
        "Guten Tag, Eva.",
        "Stadtanzeiger",
        "Die Quelle antwortet nicht.",
        "Noch nicht fertig",
        "Jetzt abrufen",
    ):
        assert part in today, part
    assert "Chor<" not in today
    listed = (await eva.get("/manage/feeds")).text
    assert listed.index("Stadtanzeiger") < listed.index("Chor<")

    sent = broker.client.llen(f"{broker.namespace}:feeds")
    asked = await eva.post("/manage/feeds/stadt/sync")

    assert asked.headers["location"] == "/manage/feeds?asked=stadt"
    assert broker.client.llen(f"{broker.namespace}:feeds") == sent + 1
    assert "Stadtanzeiger" in (await eva.get("/manage/feeds?asked=stadt")).text
    assert (await eva.post("/manage/feeds/nirgends/sync")).status_code == 404
    async with tenant("bad-belzig") as scope, transaction():
        await scope.fetch("UPDATE feed SET attempted_at = $1", [clock.now()])
    assert (await eva.post("/manage/feeds/stadt/sync")).status_code == 429


async def test_the_record_says_who_did_what(belzig: Village) -> None:
    eva = await editor(belzig)
    olga = await (await cast.person("olga", {"bad-belzig": ["owner"]})).at(belzig)
    await eva.post("/manage/news", data={"do": "publish", "title": "Geheimer Titel", "body": "x"})

    page = (await olga.get("/manage/changes")).text

    assert "Eva" in page
    assert "hat eine Meldung veröffentlicht" in page
    assert "Geheimer Titel" not in page

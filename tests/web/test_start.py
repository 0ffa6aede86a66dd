"""The start page: what a town puts first, what a reader leaves out, and what is warned of over every page."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest

from app.main import create_app
from app.tenancy import tenant, transaction
from app.tenancy.village import set_setting
from app.web.cards import Alert
from app.web.mine import Mine, cookie_of
from tests import cast
from tests.factories import make_article
from tests.factories_events import make_event
from tests.village import Village


@asynccontextmanager
async def _something(belzig: Village) -> AsyncIterator[None]:
    article = await make_article(title="Brücke wieder offen")
    event = await make_event(title="Orgelkonzert")
    belzig.edge.cache.empty("bad-belzig")
    try:
        yield
    finally:
        async with tenant("bad-belzig") as scope, transaction():
            await scope.fetch("DELETE FROM article WHERE id = $1", [article.id])
            await scope.fetch("DELETE FROM event WHERE id = $1", [event])
            await set_setting("start", {})
        belzig.edge.cache.empty("bad-belzig")


def _cards(page: str) -> list[str]:
    found: list[str] = re.findall(r'<section class="card" aria-label="([^"]+)"', page)
    return found


def _chosen(**values: Any) -> dict[str, str]:
    cookie = cookie_of(Mine(**values), secure=False)
    return {"cookie": f"{cookie.key}={cookie.value}", "accept": "text/html"}


async def test_an_editor_puts_events_before_the_news_and_hides_a_card(belzig: Village) -> None:
    eva = await (await cast.person("eva-start", roles={"bad-belzig": ["editor"]})).at(belzig)
    async with _something(belzig):
        before = _cards((await belzig.get("/", headers={"accept": "text/html"})).text)
        assert {"Aktuelles", "Die nächsten Termine"} <= set(before) or len(before) >= 2
        first, second = (card for card in before if card in (before[0], before[1]))

        page = (await eva.get("/manage/start")).text
        names = re.findall(r'name="card" value="([a-z]+)"', page)
        answer = await eva.post("/manage/start", data={"card": names[1], "do": "up"})
        assert answer.status_code == 303
        belzig.edge.cache.empty("bad-belzig")
        again = (await eva.get("/manage/start")).text

        assert re.findall(r'name="card" value="([a-z]+)"', again)[:2] == [names[1], names[0]]
        assert first != second

        await eva.post("/manage/start", data={"card": "news", "do": "hide"})
        belzig.edge.cache.empty("bad-belzig")
        assert "Brücke wieder offen" not in (await belzig.get("/", headers={"accept": "text/html"})).text
        assert "Brücke wieder offen" in (await belzig.get("/news")).text


async def test_a_card_that_is_not_there_can_not_be_moved_and_a_resident_may_not(belzig: Village) -> None:
    eva = await (await cast.person("eva-none", roles={"bad-belzig": ["editor"]})).at(belzig)
    rita = await (await cast.person("rita-start")).at(belzig)

    assert (await eva.post("/manage/start", data={"card": "nothing", "do": "up"})).status_code == 404
    assert (await eva.post("/manage/start", data={"card": "news", "do": "jump"})).status_code == 422
    assert (await rita.post("/manage/start", data={"card": "news", "do": "hide"})).status_code == 403
    async with tenant("bad-belzig"):
        assert "Aktuelles" in (await belzig.get("/start")).text


async def test_a_reader_leaves_the_news_out_and_nobody_else_notices(belzig: Village) -> None:
    async with _something(belzig):
        own = await belzig.get("/", headers=_chosen(hidden=("news",)))
        others = await belzig.get("/", headers={"accept": "text/html"})

    assert "Brücke wieder offen" not in own.text
    assert "Orgelkonzert" in own.text
    assert "Brücke wieder offen" in others.text
    assert own.headers["cache-control"] == "private, no-store"


async def test_rubbish_in_the_cookie_is_nothing_chosen(belzig: Village) -> None:
    for value in ("x", "bnVsbA", "eyJzdHJlZXQiOiA3fQ", "%00", "A" * 5000):
        answer = await belzig.get("/", headers={"cookie": f"mine={value}", "accept": "text/html"})
        assert answer.status_code == 200


@contextmanager
def _warning(village: Village, *alerts: Alert) -> Iterator[None]:
    async def warn(_chosen: frozenset[str]) -> tuple[Alert, ...]:
        return alerts

    before, village.edge._warn = village.edge._warn, warn
    village.edge.cache.empty("bad-belzig")
    try:
        yield
    finally:
        village.edge._warn = before
        village.edge.cache.empty("bad-belzig")


async def test_a_warning_stands_over_every_page_and_a_mild_one_only_over_the_start_page(belzig: Village) -> None:
    flood = Alert(title="Hochwasser an der Plane", issuer="Landkreis", when="seit 8 Uhr", advice="Keller leeren.")
    mild = Alert(title="Glätte möglich", issuer="DWD", severe=False)
    with _warning(belzig, flood, mild):
        for path in ("/", "/news", "/pages/impressum", "/search?q=x"):
            page = (await belzig.get(path, headers={"accept": "text/html"})).text
            assert "Hochwasser an der Plane" in page, path
            assert "Keller leeren." in page
            assert ("Glätte möglich" in page) == (path == "/"), path
        assert "Hochwasser" not in (await belzig.get("/api/v1/news")).text


async def test_all_components_stand_on_one_page(platform: Village) -> None:
    page = (await platform.on("localhost").get("/design", headers={"accept": "text/html"})).text

    assert page.count("<h1") == 1
    for part in ("buttons", "badges", "alerts", "cards", "lists", "days", "facts", "forms", "symbols"):
        assert f'<h2 id="{part}">' in page
    assert "Straßenverkehrszulassungsbehörde" in page


@pytest.mark.parametrize(("locale", "words"), [("de-simple", "Das kommt von"), ("de", "Quelle"), ("en", "Source")])
async def test_a_page_in_plain_language_has_its_own_words(belzig: Village, locale: str, words: str) -> None:
    answer = await belzig.get("/pages/so-geht-es", headers={"cookie": f"lang={locale}", "accept": "text/html"})

    assert answer.status_code == 200
    simple = "Sie müssen sich <strong>nicht</strong> anmelden." in answer.text
    assert simple == (locale == "de-simple")
    assert ("In Leichter Sprache lesen" in answer.text) == (locale == "de")
    assert words


def test_the_application_knows_who_warns() -> None:
    assert create_app()._warn is not None

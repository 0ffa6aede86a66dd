"""What a resident sees of the news."""

import html
import re
from datetime import UTC, datetime, timedelta

from app.capabilities.news import actions
from app.kit import clock
from app.tenancy import tenant, transaction
from tests.factories import make_article
from tests.village import Village

CHIP = re.compile(r'class="chip" href="([^"]*)"( aria-current="true")?.*?</a>', re.DOTALL)


def chips_of(page: str) -> dict[str, tuple[str, bool]]:
    """Where each chip leads, how many it leaves, and whether it is chosen."""
    return {
        html.unescape(chip[1]): (chip[0].partition('chip-count">')[2].partition("<")[0], bool(chip[2]))
        for chip in CHIP.finditer(page)
        if "chip-count" in chip[0]
    }


NOON = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)


async def test_a_resident_reads_the_newest_first(belzig: Village) -> None:
    await make_article(title="Gestern", published_at=clock.now() - timedelta(days=1))
    await make_article(title="Heute")

    page = (await belzig.get("/news")).text

    assert page.index("Heute") < page.index("Gestern")


async def test_a_resident_opens_an_article_and_sees_who_wrote_it(belzig: Village) -> None:
    article = await make_article(
        title="Brücke gesperrt", body_html="<p>Bis Freitag.</p>", author="Ada Lind", provider="rathaus"
    )

    answer = await belzig.get(f"/news/{article.id}-bruecke-gesperrt")

    assert answer.status_code == 200
    assert '<h1 dir="auto">Brücke gesperrt</h1>' in answer.text
    assert "<p>Bis Freitag.</p>" in answer.text
    assert "Ada Lind" in answer.text
    assert 'href="/providers/rathaus"' in answer.text


async def test_an_old_link_leads_to_the_article_under_its_new_title(belzig: Village) -> None:
    article = await make_article(title="Brücke wieder frei")

    for address in (f"/news/{article.id}", f"/news/{article.id}-bruecke-gesperrt"):
        answer = await belzig.get(address)
        assert answer.status_code == 301
        assert answer.headers["location"] == f"/news/{article.id}-bruecke-wieder-frei"


async def test_nobody_outside_sees_a_draft_or_what_was_withdrawn(belzig: Village) -> None:
    draft = await make_article(title="Geheimer Entwurf", published_at=None)
    withdrawn = await make_article(title="Zurückgezogen")
    async with tenant("bad-belzig"), transaction():
        await actions.withdraw(await actions.article(withdrawn.id))

    for hidden in (draft, withdrawn):
        assert (await belzig.get(f"/news/{hidden.id}")).status_code == 404
        assert (await belzig.get(f"/api/v1/news/{hidden.id}")).status_code == 404
    for path in ("/news", "/", "/search?q=Entwurf", "/news.rss", "/news.atom", "/news.json", "/api/v1/news"):
        text = (await belzig.get(path)).text
        assert "Geheimer Entwurf" not in text, path
        assert "Zurückgezogen" not in text, path


async def test_an_article_appears_when_its_hour_has_come(belzig: Village) -> None:
    article = await make_article(title="Morgen", published_at=NOON + timedelta(hours=20))

    with clock.at(NOON):
        assert (await belzig.get(f"/api/v1/news/{article.id}")).status_code == 404
    belzig.edge.cache.empty("bad-belzig")
    with clock.at(NOON + timedelta(hours=21)):
        assert (await belzig.get(f"/api/v1/news/{article.id}")).status_code == 200


async def test_a_resident_pages_through_all_news_without_javascript(belzig: Village) -> None:
    same_moment = clock.now() - timedelta(hours=2)
    titles = [f"Meldung Nummer {number:02d}" for number in range(45)]
    for title in titles:
        await make_article(title=title, published_at=same_moment)

    seen: list[str] = []
    path = "/news"
    for _part in range(3):
        page = (await belzig.get(path)).text
        seen += [title for title in titles if f">{title}</a>" in page]
        path = page.partition('data-more="rows"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")

    assert sorted(seen) == titles
    assert "data-more" not in page


async def test_a_part_alone_is_sent_to_a_page_that_asks_for_more(belzig: Village) -> None:
    await make_article(title="Nur die Liste")

    answer = await belzig.get("/news", headers={"hx-request": "true"})

    assert "Nur die Liste" in answer.text
    assert "<html" not in answer.text
    assert answer.headers["cache-control"] == "no-store"


async def test_a_resident_narrows_the_news_to_traffic(belzig: Village) -> None:
    await make_article(title="Umleitung", category="verkehr", provider="rathaus")
    await make_article(title="Fußball", category="sport", provider="verein")

    page = (await belzig.get("/news", params={"category": "verkehr"})).text

    assert "Umleitung" in page
    assert "Fußball" not in page
    assert chips_of(page)["/news"] == ("1", True)


async def test_chips_say_how_many_articles_they_leave(belzig: Village) -> None:
    await make_article(category="verkehr", provider="rathaus")
    await make_article(category="verkehr", provider="verein")
    await make_article(category="sport", provider="verein")

    page = (await belzig.get("/news", params={"provider": "verein"})).text

    chips = chips_of(page)
    assert chips["/news?provider=verein&category=verkehr"] == ("1", False)
    assert chips["/news?provider=verein&category=sport"] == ("1", False)
    assert chips["/news?provider=rathaus"] == ("1", False)
    assert chips["/news"] == ("2", True)


async def test_days_are_those_of_the_town(belzig: Village) -> None:
    await make_article(title="Kurz nach Mitternacht", published_at=datetime(2026, 11, 20, 23, 30, tzinfo=UTC))

    on_the_day = await belzig.json("/api/v1/news", **{"from": "2026-11-21", "to": "2026-11-21"})
    the_day_before = await belzig.json("/api/v1/news", to="2026-11-20")

    assert [item["title"] for item in on_the_day["items"]] == ["Kurz nach Mitternacht"]
    assert the_day_before["items"] == []


async def test_an_empty_village_says_why_and_what_to_do(belzig: Village) -> None:
    page = (await belzig.get("/news")).text

    assert "Noch gibt es keine Meldungen" in page
    assert 'href="/providers"' in page


async def test_the_start_page_shows_the_newest_three(belzig: Village) -> None:
    for number in range(4):
        await make_article(title=f"Nummer {number}", published_at=clock.now() - timedelta(hours=4 - number))

    page = (await belzig.get("/")).text

    assert [number for number in range(4) if f">Nummer {number}</a>" in page] == [1, 2, 3]


async def test_a_title_with_markup_is_shown_as_text(belzig: Village) -> None:
    article = await make_article(
        title="<script>alert(1)</script>", body_html="<p onclick=x()>Gut</p><script>y()</script>"
    )

    for path in ("/news", f"/news/{article.id}-script-alert-1-script"):
        page = (await belzig.get(path)).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "onclick" not in page


async def test_another_town_has_none_of_it(belzig: Village, wiesenburg: Village) -> None:
    article = await make_article("bad-belzig", title="Nur für Belzig")

    assert "Nur für Belzig" in (await belzig.get("/news")).text
    assert "Nur für Belzig" not in (await wiesenburg.get("/news")).text
    assert (await wiesenburg.get(f"/api/v1/news/{article.id}")).status_code == 404

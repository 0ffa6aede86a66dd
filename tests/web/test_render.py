"""Templates: whose file is taken, what is escaped, and that every page has its bones."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jinja2
import lxml.html
import pytest

from app.kit import clock, i18n
from app.kit.capability import NavPlace
from app.notify.chosen import Tick
from app.notify.inbox import Told
from app.notify.subscribers import Choices, Listed
from app.web import band, days
from app.web.cards import Alert, Card, Chip, Fact, Hit, Line
from app.web.found import Group
from app.web.render import Renderer, render
from app.web.site import Site, Theme, on_site, path_with
from app.web.static import Assets

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
NAV = (NavPlace(i18n.lazy("News"), "/news", "news"), NavPlace(i18n.lazy("Events"), "/events", "events"))
TOWN = Site(
    kind="tenant", slug="bad-belzig", name="Bad Belzig", host="b", origin="http://b", theme=Theme("#1f5c45"), nav=NAV
)
PLATFORM = Site(kind="platform", slug="", name="Smart Village", host="p", origin="http://p")

LINE = Line(title="Adventsmarkt", href="/events/1", when="heute, 14–20 Uhr", where="Burg Eisenhardt")
CARD = Card(title="Termine", icon="events", lines=(LINE,), action="Alle Termine", href="/events")
BESIDE = Card(title="Abfahrten", icon="bus", empty="Keine Haltestelle.", action="Wählen", href="/stops", aside=True)
WARNING = Alert(title="Sturm", issuer="DWD", when="heute", advice="Meiden Sie den Wald.", href="/notices/1")
BELZIG = SimpleNamespace(
    name="Bad Belzig", href="http://b", district="Potsdam-Mittelmark", state="Brandenburg", arms=""
)
PROVIDER = SimpleNamespace(
    name="Coconat", href="/providers/coconat", kind="Arbeitsort", text="", lede="Am See.", html="<h2>Was</h2>"
)

TOLD: dict[str, Any] = {
    "done": "Gespeichert.",
    "worked": True,
    "known": True,
    "chosen": Choices(categories=("warning",), within_km=5, lat=52.14, lon=12.59),
    "categories": [Tick("warning", "Warnungen", "Sturm", ticked=True), Tick("news", "Nachrichten")],
    "providers": [Tick("3", "Coconat", ticked=True)],
    "streets": [Tick("haupt", "Hauptstraße", ticked=True)],
    "stops": [Tick("de:12069:1", "Bad Belzig, Bahnhof", ticked=True)],
    "urgencies": [("2", "Alles"), ("0", "Dringendes")],
    "near_km": (2, 5),
    "devices": [Listed(1, "Firefox, Android", NOW)],
    "server_key": "BA",
    "csrf": "",
    "key": "x",
}
INBOX: dict[str, Any] = {
    "messages": [Told(2, "warning", "Sturm", "Meiden Sie den Wald.", "/notices/1", NOW, read=False, over=True)],
    "categories": {"warning": "Warnungen"},
    "unread": 1,
    "newest": 2,
    "more_href": "/account/inbox?before=2",
    "csrf": "x",
}

HIT = Hit(title="Adventsmarkt", href="/events/1", kind="Termin")
NOTHING: dict[str, Any] = {"words": "x", "meant": [], "groups": [], "alone": False, "kinds": [], "shown": 5}

PAGES: dict[str, tuple[Site, str, dict[str, Any]]] = {
    "today": (TOWN, "today.html", {"cards": (CARD, BESIDE), "headline": "4 °C", "unread": 2}),
    "today of an empty town": (TOWN, "today.html", {"cards": (), "headline": "", "unread": 0}),
    "my start page": (
        TOWN,
        "start.html",
        {"capabilities": [SimpleNamespace(name="news", title="Aktuelles")], "hidden": ("news",)},
    ),
    "directory": (PLATFORM, "directory.html", {"towns": [BELZIG] * 9, "total": 1000, "words": "", "next_href": "/?a"}),
    "directory of one": (PLATFORM, "directory.html", {"towns": [BELZIG], "total": 1, "words": "", "next_href": ""}),
    "directory, nothing found": (PLATFORM, "directory.html", {"towns": [], "total": 9, "words": "x", "next_href": ""}),
    "directory of none": (PLATFORM, "directory.html", {"towns": [], "total": 0, "words": "", "next_href": ""}),
    "search": (
        TOWN,
        "search.html",
        {
            "words": "Burg",
            "meant": ["Berg", "Borg"],
            "groups": [
                Group(name="events", title="Termine", hits=[HIT] * 20, more=True, page="/events?q=Burg"),
                Group(name="news", title="Aktuelles", hits=[HIT]),
            ],
            "alone": False,
            "kinds": [Chip(label="Alles", href="/search", count="20+", chosen=True)],
            "shown": 5,
        },
    ),
    "search, one kind": (
        TOWN,
        "search.html",
        NOTHING | {"groups": [Group(name="a", title="A", hits=[HIT] * 20, more=True)], "alone": True},
    ),
    "search, nothing found": (TOWN, "search.html", NOTHING),
    "providers": (TOWN, "providers.html", {"providers": [PROVIDER]}),
    "no providers": (TOWN, "providers.html", {"providers": []}),
    "provider": (
        TOWN,
        "provider.html",
        {
            "provider": PROVIDER,
            "slug": "coconat",
            "facts": [Fact("Telefon", "03384", "tel:+493384", "phone")],
            "cards": [CARD],
        },
    ),
    "page": (
        TOWN,
        "page.html",
        {"page": SimpleNamespace(title="Impressum", html="<h2>Wer</h2>", changed_at=date(2026, 1, 2))},
    ),
    "more": (TOWN, "more.html", {"groups": [("Offene Daten", [Line(title="RSS", href="/news.rss")])]}),
    "api": (
        TOWN,
        "api.html",
        {
            "schema_href": "/api/schema/openapi.json",
            "operations": [SimpleNamespace(method="GET", path="/api/v1/news", summary="News", description="")],
        },
    ),
    "saved": (TOWN, "saved.html", {"groups": [(SimpleNamespace(title="Termine"), (LINE,))]}),
    "nothing saved": (TOWN, "saved.html", {"groups": []}),
    "offline": (TOWN, "offline.html", {}),
    "notifications": (TOWN, "notifications.html", TOLD),
    "notifications of nobody": (
        TOWN,
        "notifications.html",
        TOLD
        | {"known": False, "devices": [], "streets": [], "stops": [], "providers": [], "done": "", "worked": False},
    ),
    "no more mails?": (TOWN, "notifications-off.html", {"mark": "abc", "left": False, "csrf": ""}),
    "no more mails": (TOWN, "notifications-off.html", {"mark": "", "left": True, "csrf": ""}),
    "no such mails": (TOWN, "notifications-off.html", {"mark": "", "left": False, "csrf": ""}),
    "inbox": (TOWN, "inbox.html", INBOX),
    "empty inbox": (TOWN, "inbox.html", INBOX | {"messages": (), "unread": 0, "newest": 0, "more_href": ""}),
    "unknown host": (PLATFORM, "error.html", {"status": 404, "number": "", "detail": "", "unknown_host": True}),
}
for code in (401, 403, 404, 405, 409, 413, 418, 422, 429, 500, 502, 503):
    PAGES[f"error {code}"] = (TOWN, "error.html", {"status": code, "number": "7f3a", "detail": ""})


@pytest.fixture(autouse=True)
def _sunday() -> Iterator[None]:
    with clock.at(NOW):
        yield


def shown(name: str, language: str = "de") -> str:
    site, template, context = PAGES[name]
    with on_site(site), i18n.reading_in(language), band.standing((WARNING,)):
        return render(template, **context)


def test_every_page_template_is_tried_here() -> None:
    folder = Path(render.__code__.co_filename).parent / "templates"
    parts = {"layout.html", "components.html", "icons.html", "meant.html", "mine.html", "pocket.html"}
    # These need somebody who is signing in, or mail that was sent: tests/identity and tests/notify show them.
    # The page of all components is asked for in tests/web/test_start.py, that of all feeds in tests/platform.
    elsewhere = {
        "design.html",
        "mail.html",
        "mailbox.html",
        "my-data.html",
        "needs-factor.html",
        "operator-feeds.html",
        "sign-in-failed.html",
        "sign-in.html",
        "signed-out.html",
    }

    tried = {template for _, template, _ in PAGES.values()}
    assert {path.name for path in folder.glob("*.html")} - parts - elsewhere == tried


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_its_bones(name: str, language: str) -> None:
    tree: Any = lxml.html.document_fromstring(shown(name, language))

    levels = [int(heading.tag[1]) for heading in tree.iter("h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels.count(1) == 1
    main = [int(heading.tag[1]) for heading in tree.find(".//main").iter("h1", "h2", "h3", "h4", "h5", "h6")]
    assert main[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(main))
    assert tree.get("lang") == language
    assert len(tree.findall(".//main")) == 1
    assert tree.find(".//header") is not None
    assert tree.find(".//footer") is not None
    assert tree.xpath("//a[@class='skip']/@href") == ["#content"]
    assert all(nav.get("aria-label") or nav.get("aria-labelledby") for nav in tree.iter("nav"))
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids))
    for control in tree.xpath("//input[@type!='hidden']|//select|//textarea"):
        assert tree.xpath("//label[@for=$id]", id=control.get("id"))
    for link in tree.iter("a"):
        assert link.text_content().strip(), "no icon without a word"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_needs_nothing_that_the_content_policy_refuses(name: str) -> None:
    tree: Any = lxml.html.document_fromstring(shown(name))

    assert tree.xpath("//style|//script[not(@src)]|//*[@style]|//@*[starts-with(name(), 'on')]") == []
    assert all(address.startswith("/") for address in tree.xpath("//link/@href|//script/@src|//img/@src"))


def test_german_is_complete() -> None:
    texts = i18n.catalogue("de")
    folder = Path(render.__code__.co_filename).parent / "templates"
    source = re.sub(r"\{#.*?#\}", "", "".join(path.read_text() for path in folder.glob("*.html")), flags=re.DOTALL)
    messages = re.findall(r'_\("([^"]+)"', source)

    assert len(messages) > 50
    assert [message for message in messages if texts.gettext(message) == message] == ["Name", "Text"]


def test_what_people_write_is_escaped() -> None:
    with on_site(TOWN), i18n.reading_in("de"):
        html = render("search.html", **NOTHING | {"words": '"><script>alert(1)</script>'})

    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_the_place_one_is_at_is_marked() -> None:
    with on_site(TOWN, "/news/12"), i18n.reading_in("de"):
        tree: Any = lxml.html.document_fromstring(render("providers.html", providers=[]))

    marked = tree.xpath("//nav[contains(@class, 'places')]//a[@aria-current='page']/@href")
    assert marked == ["/news"]


def over(path: str, *alerts: Alert) -> tuple[list[str], list[str], str]:
    """The warnings in full, those behind one line, and what that line says."""
    with on_site(TOWN, path), i18n.reading_in("de"), band.standing(alerts):
        tree: Any = lxml.html.document_fromstring(render("providers.html", providers=[]))
    titles = "p[@class='band-title']/a/text()"
    folded = tree.xpath("//details[starts-with(@class, 'band-more')]")
    said = folded[0].findtext("summary") if folded else ""
    return tree.xpath(f"//section/div//{titles}"), tree.xpath(f"//details//{titles}"), said


def test_the_most_urgent_warning_stands_in_full_and_the_others_behind_one_line() -> None:
    flood = Alert(title="Hochwasser", issuer="Leitstelle", href="/notices/2")
    ice = Alert(title="Glätte", issuer="DWD", href="/notices/3", severe=False)

    assert over("/", WARNING, flood, ice) == (["Sturm"], ["Hochwasser", "Glätte"], "2 weitere Warnungen")
    assert over("/news", WARNING, flood, ice) == (["Sturm"], ["Hochwasser"], "Noch eine Warnung")
    assert over("/news", ice) == ([], [], "")
    # Its own page says it already.
    assert over("/notices/1", WARNING, flood) == (["Hochwasser"], [], "")


def test_no_extreme_warning_hides_behind_another() -> None:
    bomb, gas = (
        Alert(title=title, issuer="Stab", href=f"/notices/{title}", extreme=True) for title in ("Bombe", "Gas")
    )

    assert over("/", bomb, gas, WARNING) == (["Bombe", "Gas"], ["Sturm"], "Noch eine Warnung")


def test_a_towns_own_file_comes_first_and_only_there(tmp_path: Path) -> None:
    own = tmp_path / "tenants" / "bad-belzig" / "templates"
    own.mkdir(parents=True)
    (own / "providers.html").write_text('{% extends "layout.html" %}{% block main %}<h1>Eigenes</h1>{% endblock %}')
    listed = tmp_path / "capabilities" / "news" / "templates"
    listed.mkdir(parents=True)
    (listed / "list.html").write_text("Nachrichten aus {{ site.name }}")
    renderer = Renderer(Assets(tenants=tmp_path), tenants=tmp_path / "tenants", capabilities=tmp_path / "capabilities")
    other = Site(kind="tenant", slug="brueck", name="Brück", host="c", origin="http://c")

    with on_site(TOWN):
        assert "Eigenes" in renderer.render(TOWN, "providers.html", {})
        assert renderer.render(TOWN, "news/list.html", {}) == "Nachrichten aus Bad Belzig"
    with on_site(other):
        assert "Eigenes" not in renderer.render(other, "providers.html", {"providers": []})
        with pytest.raises(jinja2.TemplateNotFound):
            renderer.render(other, "news/../../secret.html", {})


def test_a_towns_file_may_not_reach_into_the_program(tmp_path: Path) -> None:
    own = tmp_path / "bad-belzig" / "templates"
    own.mkdir(parents=True)
    (own / "page.html").write_text("{{ ''.__class__.__mro__ }}")
    renderer = Renderer(Assets(tenants=tmp_path), tenants=tmp_path, capabilities=tmp_path)

    with on_site(TOWN), pytest.raises(jinja2.exceptions.SecurityError):
        renderer.render(TOWN, "page.html", {})


def test_a_value_that_is_missing_is_an_error() -> None:
    with on_site(TOWN), pytest.raises(jinja2.UndefinedError):
        render("providers.html")


def test_filters_keep_the_address_and_begin_at_the_first_page() -> None:
    with on_site(TOWN, "/news", "category=Kultur&after=xyz"):
        assert path_with(provider="Café & Co") == "/news?category=Kultur&provider=Caf%C3%A9%20%26%20Co"
        assert path_with(category=None) == "/news"
        assert path_with(after="abc") == "/news?category=Kultur&after=abc"


def test_an_address_never_leads_to_another_host() -> None:
    with on_site(TOWN, "//evil.example/x"):
        assert path_with(lang="en") == "/evil.example/x?lang=en"


def test_a_month_shows_whole_weeks_and_its_events() -> None:
    with i18n.reading_in("de"):
        weeks = days.month(
            date(2026, 11, 22), {date(2026, 11, 28): 2}, lambda day: f"/events?day={day}", today=date(2026, 11, 22)
        )

    assert [len(week) for week in weeks] == [7] * 6
    assert (weeks[0][0].date, weeks[-1][-1].date) == (date(2026, 10, 26), date(2026, 12, 6))
    saturday = next(day for week in weeks for day in week if day.count)
    assert (saturday.spoken, saturday.weekday, saturday.href) == (
        "Samstag, 28. November",
        "Sa",
        "/events?day=2026-11-28",
    )
    assert [day.date.day for week in weeks for day in week if day.today] == [22]
    assert sum(day.inside for week in weeks for day in week) == 30

"""Rubbish in every form, by an owner, somebody with an account and a stranger; and where the forms of pages lead."""

import re
from collections.abc import Iterator
from urllib.parse import quote

import httpx2
import pytest

from app.feeds import admin
from app.feeds.admin import NewFeed
from app.platform import towns
from app.tenancy import lifecycle
from app.web import csrf
from app.web.app import routes
from tests import cast, loop
from tests.cast import Visitor
from tests.village import Village

TOWN = "beelitz-heilstaetten"
NAMES = (
    "title name body do starts_at ends_at day number card thing next email password token role provider street key"
    " device which"
).split()
RUBBISH = ("a\0<script>alert(1)</script>", "-5 \u202e\u0627\u0628 😀 2026-02-30", "0001-01-01")
FORM = "application/x-www-form-urlencoded"
BODIES = (
    *((FORM, "&".join(f"{name}={quote(evil)}" for name in NAMES).encode()) for evil in RUBBISH),
    (FORM, b"&".join(b"%s=%s" % (name.encode(), b"x" * 10_000) for name in ("title", "body", "email", "name", "do"))),
    (FORM, b"\xff\xfe%%%=&&&=&title=1&title=2"),
    ("multipart/form-data; boundary=x", b"--x\r\nbroken"),
)
FOR_PROGRAMS = ("/sign-in/backchannel", *sorted(csrf.OWN_PROOF))
PAGES = (
    "/manage /manage/start /manage/menu /manage/pictures /manage/members /manage/feeds/probe /manage/waste"
    " /manage/news/new /manage/events/new /manage/notices/new /manage/pages/new /manage/places/new /manage/tours/new"
    " /manage/membership /notifications /account/inbox /waste"
).split()


@pytest.fixture(scope="module")
def town(platform: Village) -> Iterator[Village]:
    """A town of its own, since some rubbish is a good title; it goes with all that was written."""
    loop.run(towns.create(TOWN, template="town", ags="12069017"))
    yield platform.at(TOWN)
    loop.run(lifecycle.delete(TOWN))


@pytest.fixture(autouse=True)
def nobody_stays(platform: Village) -> Iterator[None]:
    yield
    loop.run(cast.away())


async def sent(who: Village | Visitor, path: str, kind: str, body: bytes) -> httpx2.Response:
    return await who.post(path, content=body, headers={"content-type": kind, "accept": "text/html"})


def judged(path: str, answer: httpx2.Response, body: bytes) -> None:
    """A sentence in German, no trace, nothing that runs; never a defect."""
    assert answer.status_code < 500, (path, body[:60])
    assert "<script>alert(1)" not in answer.text, path
    if answer.status_code < 400 or path in FOR_PROGRAMS or "json" in answer.headers["content-type"]:
        return
    main = re.sub(r"<[^>]*>", " ", answer.text.partition("<main")[2].partition("</main>")[0])
    assert '<html lang="de"' in answer.text, (path, body[:60])
    assert len(main.split()) > 5, (path, body[:60])
    assert not re.search(r"\b(the|is|please|invalid|must)\b", main), (path, body[:60], main)


async def test_no_form_of_a_village_breaks(town: Village) -> None:
    olga = await (await cast.person("olga", {TOWN: ["owner", "editor"]})).at(town)
    for path in ("/manage/news", "/manage/events"):
        await olga.post(path, data={"title": "Das Erste"})
    for method, path, _handler in routes(town.edge._village):  # type: ignore[arg-type]
        if method != "POST" or path in ("/sign-out", "/manage/feeds/discover"):
            continue
        filled = re.sub(r"\{[^}]*\}", "1", path)
        for kind, body in BODIES:
            judged(path, await sent(olga, filled, kind, body), body)


async def test_no_form_of_an_account_breaks(platform: Village) -> None:
    pia = await (await cast.person("pia")).at(platform)
    for method, path, _handler in routes(platform.edge._platform):  # type: ignore[arg-type]
        if method != "POST" or path.endswith(("/sign-out", "/delete")):
            continue
        for kind, body in BODIES:
            proven = body + b"&_csrf=" + quote(pia.session.csrf).encode() if kind == FORM else body
            judged(path, await sent(pia, path, kind, proven), body)
        judged(path, await sent(platform, path, *BODIES[1]), b"stranger")


async def test_every_form_of_the_desk_leads_somewhere(town: Village) -> None:
    await admin.add(TOWN, NewFeed(name="probe", connector="rss", url="https://feeds.example/a.xml"))
    olga = await (await cast.person("olga", {TOWN: ["owner", "editor"]})).at(town)
    every = routes(town.edge._village)  # type: ignore[arg-type]
    known = [re.sub(r"\{[^}]*\}", "[^/]+", path) for method, path, _handler in every if method == "POST"]
    found: set[str] = set()
    for page in PAGES:
        answer = await olga.get(page)
        assert answer.status_code == 200, page
        for form in re.findall(r"<form\b[^>]*>", answer.text):
            if 'method="post"' in form:
                action = re.search(r'action="([^"]*)"', form)
                found.add(action[1].partition("?")[0] if action else page)
    lost = [action for action in found if not any(re.fullmatch(path, action) for path in known)]

    assert lost == []
    assert len(found) > 15
    assert "/manage/feeds/probe/switch" in found

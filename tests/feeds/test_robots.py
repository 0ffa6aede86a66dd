"""A website says what programs may read; who can't say it now is asked later."""

import asyncio

import pytest

from app.feeds.connector import Stop, TryLater
from app.feeds.robots import MOST_BYTES, Robots, robots_address, robots_of
from app.kit.http import Http
from tests.origin import Origin

RULES = b"""User-agent: *
Disallow: /intern/
Crawl-delay: 600

User-agent: SmartVillage
Disallow: /intern/
Allow: /intern/termine
Crawl-delay: 2
Sitemap: https://stadt.example/sitemap.xml
"""


def asked(origin: Origin, path: str = "/a") -> Robots:
    async def run() -> Robots:
        async with Http(private_hosts=frozenset({origin.host})) as http:
            return await robots_of(http.impatient(), origin.url(path))

    return asyncio.run(run())


def test_our_own_rules_go_before_those_for_all() -> None:
    with Origin() as origin:
        origin.file("/robots.txt", RULES, "text/plain")
        rules = asked(origin)

        assert rules.allows(origin.url("/termine"))
        assert not rules.allows(origin.url("/intern/akten"))
        assert rules.allows(origin.url("/intern/termine/7"))
        assert rules.delay_seconds == 2
        assert rules.sitemaps == ["https://stadt.example/sitemap.xml"]
        with pytest.raises(Stop) as stop:
            rules.demand(origin.url("/intern/akten"))
    assert stop.value.code == "robots"


@pytest.mark.parametrize("status", [404, 401, 410])
def test_without_rules_everything_is_allowed(status: int) -> None:
    with Origin() as origin:
        origin.status("/robots.txt", status)
        rules = asked(origin)

        assert rules.allows(origin.url("/intern/"))
        assert (rules.delay_seconds, rules.sitemaps) == (0, [])


@pytest.mark.parametrize("status", [500, 503, 429])
def test_who_can_t_say_now_is_asked_later(status: int) -> None:
    with Origin() as origin:
        origin.status("/robots.txt", status)
        with pytest.raises(TryLater) as later:
            asked(origin)

    assert later.value.after >= 3600


def test_endless_rules_forbid_nothing() -> None:
    with Origin() as origin:
        origin.file("/robots.txt", b"User-agent: *\nDisallow: /\n" + b"# x\n" * MOST_BYTES, "text/plain")

        assert asked(origin).allows(origin.url("/a"))


def test_a_page_instead_of_rules_forbids_nothing() -> None:
    assert Robots("<html><body>Nicht gefunden</body></html>").allows("https://stadt.example/a")
    assert Robots("\x00\xff" * 50).allows("https://stadt.example/a")
    assert robots_address("https://stadt.example:8443/a/b?c") == "https://stadt.example:8443/robots.txt"

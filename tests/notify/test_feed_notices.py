"""The owners of a village hear once that a source is down and once that it is back."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.feeds import sync as engine
from app.feeds.admin import NewFeed, add
from app.identity import accounts, memberships
from app.kit import clock
from app.kit.http import Http
from app.notify.mail import deliver
from app.platform import feeds
from app.tenancy import control, tenant, transaction
from tests import loop
from tests.notify.post import Post, words
from tests.origin import Origin
from tests.village import Village

TOWN = "bad-belzig"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
NEWS = (
    b'<rss version="2.0"><channel><title>Rathaus</title><item><title>Markt</title><guid>1</guid>'
    b"<link>https://rathaus.example/1</link></item></channel></rss>"
)
PASSWORD = "sieben Birnen am Zaun"


async def _owner(email: str, role: Any = "owner", slug: str = TOWN, locale: str = "de") -> None:
    account = await accounts.create(email, PASSWORD, verified=True, name="Eva")
    await memberships.grant(account.id, slug, role)
    async with control() as connection:
        await connection.execute("UPDATE account SET locale = $2 WHERE id = $1", account.id, locale)


async def _forget_people() -> None:
    async with control() as connection:
        await connection.execute("DELETE FROM account WHERE email LIKE '%@notices.example'")
        await connection.execute("DELETE FROM mail WHERE recipient LIKE '%@notices.example'")


@pytest.fixture
def people(belzig: Village) -> Iterator[None]:
    """Two owners of Bad Belzig, an editor, and an owner of Wiesenburg."""

    async def come() -> None:
        await _owner("eva@notices.example")
        await _owner("ann@notices.example", locale="en")
        await _owner("ed@notices.example", role="editor")
        await _owner("ole@notices.example", slug="wiesenburg-mark")

    loop.run(come())
    yield
    loop.run(_forget_people())


@pytest.fixture
def origin() -> Iterator[Origin]:
    with Origin() as started:
        yield started


@pytest.fixture
def http(origin: Origin) -> Iterator[Http]:
    async def make() -> Http:
        return Http(private_hosts=frozenset({origin.host})).impatient()

    client = loop.run(make())
    yield client
    loop.run(client.aclose())


async def subscribe(origin: Origin) -> None:
    await add(TOWN, NewFeed(name="rathaus", title="Aus dem Rathaus", connector="rss", url=origin.url("/rss.xml")))


async def run(http: Http, at: datetime) -> str:
    with clock.at(at):
        [report] = await engine.sync(TOWN, ["rathaus"], takers=feeds.takers(), http=http, force=True)
    return report.status


async def told() -> list[tuple[str, str]]:
    async with control() as connection:
        rows = await connection.fetch(
            "SELECT kind, recipient FROM mail WHERE recipient LIKE '%@notices.example' ORDER BY id"
        )
    return [(row["kind"], row["recipient"].partition("@")[0]) for row in rows]


async def test_the_third_failure_is_told_once_and_the_recovery_once(
    people: None, origin: Origin, http: Http, post: Post
) -> None:
    await subscribe(origin)
    origin.status("/rss.xml", 500)
    for minute in (0, 10):
        await run(http, NOON + timedelta(minutes=minute))
    assert await told() == []

    for minute in (20, 30, 40):
        assert await run(http, NOON + timedelta(minutes=minute)) == "failed"
    assert await told() == [("feed-down", "eva"), ("feed-down", "ann")]

    origin.file("/rss.xml", NEWS)
    for minute in (50, 60):
        await run(http, NOON + timedelta(minutes=minute))
    assert (await told())[2:] == [("feed-up", "eva"), ("feed-up", "ann")]

    with clock.at(NOON + timedelta(hours=2)):
        await deliver()
    # Other owners that this town may have are told as well.
    down_de, down_en, up_de, _ = [one for one in post.letters if "@notices.example" in one["To"]]
    assert down_de["Subject"] == "Bad Belzig: Die Quelle „Aus dem Rathaus“ ist gestört"
    assert down_en["Subject"] == "Bad Belzig: the source “Aus dem Rathaus” is disturbed"
    assert up_de["Subject"] == "Bad Belzig: Die Quelle „Aus dem Rathaus“ geht wieder"
    assert "http://bad-belzig.localhost:8000/manage/feeds" in words(down_de)
    reasons = [next(line for line in words(letter).splitlines() if "500" in line) for letter in (down_de, down_en)]
    assert reasons[0] != reasons[1], "the reason is said in each owner's language"


async def test_six_hours_are_enough(people: None, origin: Origin, http: Http) -> None:
    await subscribe(origin)
    origin.status("/rss.xml", 500)

    await run(http, NOON)
    before = await told()
    await run(http, NOON + timedelta(hours=6))

    assert before == []
    assert await told() == [("feed-down", "eva"), ("feed-down", "ann")]


async def test_what_is_gone_for_good_is_told_at_once(people: None, origin: Origin, http: Http) -> None:
    await subscribe(origin)
    origin.status("/rss.xml", 410)

    await run(http, NOON)

    assert await told() == [("feed-down", "eva"), ("feed-down", "ann")]


async def test_a_hiccup_is_told_to_nobody(people: None, origin: Origin, http: Http) -> None:
    await subscribe(origin)
    origin.status("/rss.xml", 500)
    await run(http, NOON)
    await run(http, NOON + timedelta(minutes=10))
    origin.file("/rss.xml", NEWS)

    await run(http, NOON + timedelta(minutes=20))

    assert await told() == []


async def test_the_next_outage_is_told_again(people: None, origin: Origin, http: Http) -> None:
    await subscribe(origin)
    for day in (0, 1):
        origin.status("/rss.xml", 500)
        for minute in (0, 10, 20):
            await run(http, NOON + timedelta(days=day, minutes=minute))
        origin.file("/rss.xml", NEWS)
        await run(http, NOON + timedelta(days=day, minutes=30))

    assert [kind for kind, name in await told() if name == "eva"] == ["feed-down", "feed-up"] * 2


async def test_a_run_that_was_killed_before_it_told_is_made_good(people: None, origin: Origin, http: Http) -> None:
    await subscribe(origin)
    origin.status("/rss.xml", 500)
    for minute in (0, 10, 20):
        await run(http, NOON + timedelta(minutes=minute))
    origin.file("/rss.xml", NEWS)
    # As a run leaves it that has stored the news and is killed then.
    async with tenant(TOWN) as scope, transaction():
        await scope.fetch("UPDATE feed SET failures = 0, failing_since = NULL, status = 'ok'")

    await run(http, NOON + timedelta(minutes=30))

    assert [kind for kind, name in await told() if name == "eva"] == ["feed-down", "feed-up"]


async def test_who_is_closing_the_account_hears_nothing(people: None, origin: Origin, http: Http) -> None:
    await subscribe(origin)
    async with control() as connection:
        await connection.execute("UPDATE account SET state = 'closing' WHERE email = 'eva@notices.example'")
        await connection.execute("UPDATE account SET email_verified_at = NULL WHERE email = 'ann@notices.example'")
    origin.status("/rss.xml", 410)

    await run(http, NOON)

    assert await told() == []

"""A region's feed that is for some of its towns only: their own, and taken back when it is no longer for them."""

from app.admin import house
from app.feeds import regional_pending
from app.tenancy import tenant, transaction
from tests.feeds.region.district import BELZIG, NAME, WIESENBURG, District
from tests.feeds.test_sync import rss
from tests.origin import Origin

BELZIGS, WIESENBURGS = ["12069020"], ["12069665"]


async def is_for(district: District, members: list[str]) -> None:
    """The region's file as an operator writes it, now."""
    district.feeds.clear()
    await district.has("rat", "/rat.xml", members=members)


async def shown(district: District) -> dict[str, list[str]]:
    return {slug: await district.titles(slug) for slug in (BELZIG, WIESENBURG)}


async def test_a_feed_for_one_town_is_given_to_no_other(district: District, origin: Origin) -> None:
    origin.file("/rat.xml", rss("Sitzung", "Vorlage"))
    await is_for(district, BELZIGS)

    await district.run()

    assert await shown(district) == {BELZIG: ["Sitzung", "Vorlage"], WIESENBURG: []}
    assert await district.row(WIESENBURG, "rat") is None
    assert await regional_pending.claim(NAME, "rat") == []  # nobody waits for anything

    origin.file("/rat.xml", rss("Sitzung", "Vorlage", "Beschluss"))
    await district.run()

    assert await shown(district) == {BELZIG: ["Beschluss", "Sitzung", "Vorlage"], WIESENBURG: []}
    assert await district.row(WIESENBURG, "rat") is None


async def test_whom_it_is_for_may_change_without_a_change_at_the_source(district: District, origin: Origin) -> None:
    origin.file("/rat.xml", rss("Sitzung", "Vorlage"), etag='"1"')
    await is_for(district, BELZIGS)
    await district.run()

    await is_for(district, WIESENBURGS)
    report = await district.run()

    assert report.status == "unchanged"
    assert await shown(district) == {BELZIG: [], WIESENBURG: ["Sitzung", "Vorlage"]}
    assert await district.row(BELZIG, "rat") is None

    await is_for(district, [*BELZIGS, *WIESENBURGS])
    await district.run()

    assert await shown(district) == {slug: ["Sitzung", "Vorlage"] for slug in (BELZIG, WIESENBURG)}


async def test_what_a_clerk_switched_off_stays_off_when_the_file_changes(district: District, origin: Origin) -> None:
    origin.file("/rat.xml", rss("Sitzung"))
    await is_for(district, BELZIGS)
    await district.run()
    row = await district.row(BELZIG, "rat")
    assert row is not None
    async with tenant(BELZIG), transaction():
        await house.change_source(row["id"], {"enabled": False})
    await district.deliver()

    await is_for(district, [*BELZIGS, *WIESENBURGS])
    await district.run()

    assert await shown(district) == {BELZIG: [], WIESENBURG: ["Sitzung"]}

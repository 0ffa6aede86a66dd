"""A region's kept answer is read again after a mistake of ours was mended: nobody is asked, its towns get it."""

import json

from app.tenancy import control
from app.tenancy.regions import region
from tests import loop
from tests.feeds.region.district import BELZIG, NAME, WIESENBURG, District
from tests.feeds.region.test_region_cli import village
from tests.feeds.test_sync import rss
from tests.origin import Origin
from tests.test_cli import Command

__all__ = ["village"]


def test_what_was_read_wrongly_is_read_again_for_all_towns(
    village: Command, district: District, origin: Origin
) -> None:
    origin.file("/kreis.xml", rss("Kreistag", "Brücke"), etag='"1"')
    loop.run(district.has("nachrichten", "/kreis.xml"))
    village("regions", "sync", NAME)
    before = loop.run(_row())
    # As an older reader would have left it: one entry is wrong, one is missing.
    loop.run(_spoiled())

    said = village("regions", "replay", NAME, "nachrichten", "--json")

    assert said.code == 0
    told = json.loads(said.out)
    [feed] = told["feeds"]
    assert (feed["status"], feed["new"], feed["changed"], feed["gone"]) == ("ok", 1, 1, 0)
    assert (told["towns"], told["towns_failed"]) == (2, [])
    assert origin.paths == ["/kreis.xml"]
    for slug in (BELZIG, WIESENBURG):
        assert loop.run(district.titles(slug)) == ["Brücke", "Kreistag"]
    after = loop.run(_row())
    assert [after[name] for name in ("etag", "body_hash", "due_at", "succeeded_at", "status")] == [
        before[name] for name in ("etag", "body_hash", "due_at", "succeeded_at", "status")
    ]


def test_what_was_never_fetched_can_not_be_read_again(village: Command, district: District) -> None:
    loop.run(district.has("frisch", "/neu.xml"))

    said = village("regions", "replay", NAME, "frisch")
    unknown = village("regions", "replay", NAME, "fehlt")

    assert (said.code, unknown.code) == (1, 1)
    assert "Nothing is kept of frisch" in said.err
    assert "no feed fehlt" in unknown.err


async def _spoiled() -> None:
    async with region(NAME) as scope, scope.transaction():
        await scope.fetch("UPDATE item SET content_hash = 'x' WHERE external_id = 'Kreistag'")
        await scope.fetch("DELETE FROM item WHERE external_id = 'Brücke'")


async def _row() -> dict[str, object]:
    async with control() as connection:
        [row] = await connection.fetch("SELECT * FROM region_feed WHERE region = $1", NAME)
    return dict(row)

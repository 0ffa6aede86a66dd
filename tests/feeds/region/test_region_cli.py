"""`village regions …` as an operator uses it."""

import json
from collections.abc import Iterator

import pytest

from app.settings import settings, use
from tests import loop
from tests.feeds.region.district import BELZIG, NAME, WIESENBURG, District
from tests.feeds.test_sync import ics, rss
from tests.origin import Origin
from tests.test_cli import Command


@pytest.fixture
def village(
    district: District, origin: Origin, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Command]:
    """A command that may reach the local origin."""
    before = settings()
    monkeypatch.setenv("VILLAGE_FEED_PRIVATE_HOSTS", origin.host)
    yield Command(capsys)
    use(before)


def test_a_sync_fetches_once_gives_it_to_all_members_and_tells_programs(
    village: Command, district: District, origin: Origin
) -> None:
    origin.file("/kreis.xml", rss("Kreistag", "Brücke"))
    origin.status("/k.ics", 404)
    loop.run(district.has("nachrichten", "/kreis.xml"))
    loop.run(district.has("kalender", "/k.ics", "ics"))
    loop.run(district.has("spaeter", "/x.xml", enabled=False))

    said = village("regions", "sync", NAME, "--json")

    assert (said.code, said.err) == (0, "")
    told = json.loads(said.out)
    assert [one["name"] for one in told["feeds"]] == ["kalender", "nachrichten"]
    kalender, nachrichten = told["feeds"]
    assert nachrichten | {"errors": []} == {
        "name": "nachrichten",
        "status": "ok",
        "new": 2,
        "changed": 0,
        "unchanged": 0,
        "gone": 0,
        "errors": [],
    }
    assert kalender["status"] == "failed"
    assert "404" in kalender["errors"][0]
    assert (told["region"], told["towns"], told["towns_changed"], told["towns_failed"]) == (NAME, 2, 2, [])
    for slug in (BELZIG, WIESENBURG):
        assert loop.run(district.titles(slug)) == ["Brücke", "Kreistag"]


def test_people_see_how_far_it_is(village: Command, district: District, origin: Origin) -> None:
    origin.file("/kreis.xml", rss("Kreistag"))
    loop.run(district.has("nachrichten", "/kreis.xml"))

    said = village("regions", "sync", NAME)

    assert said.code == 0
    assert said.err.splitlines() == [
        "Testkreis: fetching.",
        "nachrichten: ok, 1 new, 0 changed, 0 gone.",
        "nachrichten: 2 towns.",
    ]
    assert said.out.splitlines() == [
        "nachrichten: ok, 1 new, 0 changed, 0 unchanged, 0 gone",
        "2 towns have all that concerns them; it changed something in 2.",
    ]
    assert village("regions", "sync", NAME).out.endswith(
        "\n2 towns have all that concerns them; it changed something in 0.\n"
    )


def test_a_vanished_half_is_accepted_by_name(village: Command, district: District, origin: Origin) -> None:
    origin.file("/k.ics", ics("A", "B", "C", "D"))
    loop.run(district.has("kalender", "/k.ics", "ics"))
    village("regions", "sync", NAME)
    origin.file("/k.ics", ics("A"))

    held = json.loads(village("regions", "sync", NAME, "kalender", "--json").out)["feeds"][0]
    gone = json.loads(village("regions", "sync", NAME, "kalender", "--accept-gone", "--json").out)["feeds"][0]

    assert (held["gone"], gone["gone"]) == (0, 3)
    assert loop.run(district.titles(BELZIG, "events")) == ["A"]


def test_refusals_are_one_sentence(village: Command, district: District, origin: Origin) -> None:
    assert village("regions", "sync", "atlantis").refusal == "There is no region atlantis."
    refused = village("regions", "sync", NAME, "fehlt").refusal
    assert refused == f"The region {NAME} has no feed fehlt that is switched on."
    district.file.with_name("kreisel.toml").write_text(
        'title = "K"\nkind = "district"\nincludes = ["kreisel"]\n', encoding="utf-8"
    )
    try:
        assert "leads in a circle: kreisel → kreisel" in village("regions", "sync", NAME).refusal
    finally:
        district.file.with_name("kreisel.toml").unlink()


def test_the_list_shows_how_each_feed_is(village: Command, district: District, origin: Origin) -> None:
    origin.status("/kreis.xml", 500)
    loop.run(district.has("nachrichten", "/kreis.xml"))
    loop.run(district.has("spaeter", "/x.xml", enabled=False))
    loop.run(district.fetch())

    shown = village("regions", "list").out
    told = json.loads(village("regions", "list", "--json").out)

    assert f"{NAME}.nachrichten" in shown
    own = {one["name"]: one for one in told["health"] if one["region"] == NAME}
    assert (own["nachrichten"]["status"], own["nachrichten"]["failures"]) == ("failed", 1)
    assert not own["spaeter"]["enabled"]


def test_a_town_s_command_says_who_fetches_a_region_s_feed(
    village: Command, district: District, origin: Origin
) -> None:
    origin.file("/kreis.xml", rss("Kreistag"))
    loop.run(district.has("nachrichten", "/kreis.xml"))
    loop.run(district.run())

    listed = village("feeds", "list", BELZIG)
    refused = village("feeds", "sync", BELZIG, f"{NAME}.nachrichten").refusal

    assert f"{NAME}.nachrichten" in listed.out
    assert refused.endswith(f"Fetch it: village regions sync {NAME}")

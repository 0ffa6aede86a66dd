"""A newer register: who merged, was renamed or moved, and which villages are concerned."""

import random
from collections.abc import Iterator

import msgspec
import pytest

from app.tenancy import municipality_table
from app.tenancy.municipality import Municipality, bundled, search
from app.tenancy.municipality_index import Index
from app.tenancy.municipality_refresh import Change, compare, towns_gone
from app.tenancy.municipality_search import Guess, errors_borne
from tests import loop
from tests.village import Village


def place(ags: str, name: str, area: int = 5000, **more: object) -> Municipality:
    known = {"ars": f"{ags[:5]}0001{ags[5:]}", "type": "64", "district": "Musterkreis", "population": 900}
    return Municipality(ags=ags, name=name, area_ha=area, **(known | more))  # type: ignore[arg-type]


def by_key(*places: Municipality) -> dict[str, Municipality]:
    return {one.ags: one for one in places}


OLD = by_key(
    place("12099001", "Adorf", 4000),
    place("12099002", "Bedorf", 3000),
    place("12099003", "Cedorf", 6000),
    place("12099004", "Dedorf", 9000),
)


def test_nothing_changed() -> None:
    changes = compare(OLD, OLD)

    assert (changes.before, changes.now) == (4, 4)
    assert (changes.new, changes.gone, changes.renamed, changes.moved) == ((), (), (), ())
    assert not changes.suspicious


def test_a_merged_municipality_has_a_probable_successor() -> None:
    now = by_key(place("12099001", "Adorf", 7005), OLD["12099003"], OLD["12099004"])

    [gone] = compare(OLD, now).gone

    assert (gone.ags, gone.successor, gone.successor_name, gone.why) == ("12099002", "12099001", "Adorf", "area")


def test_two_that_became_a_new_one() -> None:
    now = by_key(place("12099009", "Neustadt", 7000), OLD["12099003"], OLD["12099004"])

    changes = compare(OLD, now)

    assert [one.ags for one in changes.new] == ["12099009"]
    assert [(one.ags, one.successor) for one in changes.gone] == [("12099001", "12099009"), ("12099002", "12099009")]


def test_the_same_name_under_another_key() -> None:
    now = by_key(*(msgspec.structs.replace(one, ags=one.ags.replace("12099", "12098")) for one in OLD.values()))

    gone = compare(OLD, now).gone

    assert [(one.successor, one.why) for one in gone] == [(ags.replace("12099", "12098"), "name") for ags in OLD]


def test_nobody_suggests_itself_for_what_simply_vanished() -> None:
    [gone] = compare(OLD, by_key(*list(OLD.values())[1:])).gone

    assert (gone.successor, gone.why) == ("", "")


def test_renamed_and_moved() -> None:
    now = OLD | by_key(
        place("12099001", "Bad Adorf", 4000), place("12099002", "Bedorf", 3000, ars="120990777002", district="Anders")
    )

    changes = compare(OLD, now)

    assert changes.renamed == (Change(ags="12099001", before="Adorf (Gemeinde)", now="Bad Adorf (Gemeinde)"),)
    assert changes.moved == (Change(ags="12099002", before="120990001002", now="120990777002"),)


def test_a_village_whose_municipality_is_gone_is_told_with_a_proposal() -> None:
    now = by_key(place("12099001", "Adorf", 7000), OLD["12099003"], OLD["12099004"])
    towns = [("kreis", "12099000"), ("be", "12099002"), ("a", "12099001"), ("lange-weg", "12099777"), ("ohne", "")]

    concerned = towns_gone(towns, now, compare(OLD, now))

    assert [(one.slug, one.successor_name) for one in concerned] == [("be", "Adorf"), ("lange-weg", "")]


def test_a_file_that_lost_most_of_them_is_suspicious() -> None:
    assert compare(OLD, by_key(OLD["12099001"])).suspicious


# Search


@pytest.fixture
def imported(platform: Village) -> Iterator[None]:
    loop.run(municipality_table.store(OLD.values()))
    yield
    loop.run(municipality_table.store([]))


async def test_search_respects_the_imported_register(imported: None) -> None:
    assert [one.name for one in await municipality_table.search("bedrof")] == ["Bedorf"]
    assert await municipality_table.search("Bad Belzig") == []


async def test_search_falls_back_to_the_bundled_register(platform: Village) -> None:
    assert [one.ags for one in await municipality_table.search("Bad Belzig")] == ["12069020"]


def test_every_municipality_is_found_by_its_own_name_and_key() -> None:
    register = bundled()
    places = [register.read(line) for line in register.lines()]
    index = Index((one.ags, one.ars, one.name, one.population, one.postcode) for one in places)
    sample = random.Random(4).sample(places, 400)  # noqa: S311 - the same places each time

    for one in sample:
        assert one.ags in index.find(one.name, 60), one.name
        assert index.find(one.ags)[0] == one.ags
        assert one.ags in index.find(one.postcode + " " + one.name, 60)


def test_names_that_differ_by_an_umlaut_only() -> None:
    rows = [("1" * 8, "1" * 12, "Munster", 9, ""), ("2" * 8, "2" * 12, "Münster", 5, "")]

    assert Index(rows).find("Münster")[0] == "2" * 8
    assert Index(rows).find("munster")[0] == "1" * 8


def test_postcodes_that_are_missing_are_found_by_nothing() -> None:
    assert Index([("1" * 8, "1" * 12, "Dorf", 9, "")]).find("0") == []


def _plain(name: str, target: str) -> int:
    """Optimal string alignment as the textbook has it, against any beginning of `target`."""
    rows = [[max(at, to) if not at or not to else 0 for to in range(len(target) + 1)] for at in range(len(name) + 1)]
    for at in range(1, len(name) + 1):
        for to in range(1, len(target) + 1):
            differs = name[at - 1] != target[to - 1]
            rows[at][to] = min(rows[at - 1][to] + 1, rows[at][to - 1] + 1, rows[at - 1][to - 1] + differs)
            if at > 1 and to > 1 and name[at - 1] == target[to - 2] and name[at - 2] == target[to - 1]:
                rows[at][to] = min(rows[at][to], rows[at - 2][to - 2] + 1)
    return min(rows[-1])


def test_errors_are_counted_as_the_textbook_does() -> None:
    dice = random.Random(7)  # noqa: S311 - the same words each time
    for _ in range(3000):
        name = "".join(dice.choice("abcd") for _ in range(dice.randint(4, 12)))
        letters = list(name)
        for _ in range(dice.randint(0, 4)):
            at = dice.randrange(len(letters))
            what = dice.random()
            if what < 0.3:
                letters[at] = dice.choice("abcd")
            elif what < 0.5:
                letters.insert(at, dice.choice("abcd"))
            elif what < 0.7 and len(letters) > 1:
                letters.pop(at)
            elif at + 1 < len(letters):
                letters[at], letters[at + 1] = letters[at + 1], letters[at]
        guess = Guess(name, errors_borne(name))
        target = "".join(letters)[: len(name) + guess.most]
        expected, counted = _plain(name, target), guess.errors_from(target)
        assert counted == expected or min(counted, expected) > guess.most


def test_the_bundled_search_gives_whole_entries() -> None:
    assert search("Wiesenbrg", 1)[0].district == "Potsdam-Mittelmark"

"""The register of municipalities: complete, found as people type, and read from the official file."""

from pathlib import Path

import pytest

from app.tenancy import municipality
from app.tenancy.municipality import REGISTER, BadRegister, Municipality, bundled, by_ags, read_gv100ad, search

OFFICIAL = Path(__file__).parents[3] / "shared" / "samples" / "municipalities" / "GV100AD_301123.txt"


def record(kind: str, key: str, name: str, type_: str = "  ", rest: str = "") -> str:
    """A line of the fixed-width file; `key` fills columns 11 to 22."""
    return f"{kind}20231130{key:<12}{name:<50}{'':<50}{type_:<2}{'':<4}{rest}".ljust(220)


def figures(area: int, population: int, postcode: str) -> str:
    return f"{area:011d}{population:011d}{population // 2:011d}    {postcode:<5}"


FILE = [
    record("10", "12", "Brandenburg"),
    record("40", "12069", "Potsdam-Mittelmark", "44"),
    record("50", "12069   0020", "Bad Belzig, Stadt", "50"),
    record("60", "120690200020", "Bad Belzig, Stadt", "63", figures(23609, 11172, "14806")),
    "",
    record("60", "120699990000", "Forst, gemfr. Gebiet", "66", figures(10, 0, "")),
    record("60", "120690765904", "Brück, Stadt", "63", figures(7000, 4100, "14822")),
]


def broken(line: int, text: str) -> str:
    """What is said about the file when one line of it is another."""
    with pytest.raises(BadRegister) as caught:
        list(read_gv100ad([*FILE[: line - 1], text, *FILE[line:]]))
    return str(caught.value)


# The bundled table


def test_the_bundled_table_is_complete() -> None:
    register = bundled()

    assert len(register) == 10_773
    assert list(register) == sorted(set(register))
    assert sum(ags.startswith("12") for ags in register) == 413
    assert {ags[:5] for ags in register} == set(register.districts)
    assert sum(register.read(line).population for line in register.lines()) == 84_353_660
    assert (REGISTER / "municipalities.tsv").stat().st_size <= 800_000


def test_a_municipality_by_its_key() -> None:
    assert by_ags("12069020") == Municipality(
        ags="12069020",
        ars="120690020020",
        name="Bad Belzig",
        type="63",
        district="Potsdam-Mittelmark",
        population=11172,
        area_ha=23609,
        postcode="14806",
        lat=52.18,
        lon=12.566,
    )
    wiesenburg = by_ags("12069665")
    assert wiesenburg is not None
    assert (wiesenburg.name, wiesenburg.kind, wiesenburg.state) == ("Wiesenburg/Mark", "Gemeinde", "Brandenburg")


FULLWIDTH = "".join(chr(0xFF10 + int(digit)) for digit in "12069020")


@pytest.mark.parametrize("ags", ["", "12069999", "1206902", "120690020020", "12069020\t", "99069000", "ags", FULLWIDTH])
def test_a_key_that_is_none(ags: str) -> None:
    assert by_ags(ags) is None
    assert ags not in bundled()


def test_a_district_is_the_sum_of_its_members() -> None:
    district = by_ags("12069000")

    assert district is not None
    assert (district.name, district.kind, district.is_district) == ("Potsdam-Mittelmark", "Landkreis", True)
    assert district.population == sum(one.population for one in bundled().members("12069"))
    potsdam = by_ags("12054000")
    assert potsdam is not None
    assert not potsdam.is_district


def test_the_members_of_an_amt() -> None:
    members = bundled().members("120695904")

    assert {one.association for one in members} == {"120695904"}
    assert "Brück" in {one.name for one in members}


# Search


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Bad Belzig", "Bad Belzig"),
        ("belzig", "Bad Belzig"),
        ("  BAD  BELZIG ", "Bad Belzig"),
        ("14806", "Bad Belzig"),
        ("14806 Planetal", "Planetal"),
        ("12069020", "Bad Belzig"),
        ("1206 9665", "Wiesenburg/Mark"),
        ("120690020020", "Bad Belzig"),
        ("muencheberg", "Müncheberg"),
        ("Müncheberg", "Müncheberg"),
        ("wiesenburg mark", "Wiesenburg/Mark"),
        ("Wiesenbrg", "Wiesenburg/Mark"),
        ("Bad Blezig", "Bad Belzig"),
        ("Blezig", "Bad Belzig"),
        ("Schwdet", "Schwedt/Oder"),
        ("Angermüünde", "Angermünde"),
        ("gross kreutz", "Groß Kreutz (Havel)"),
        ("Berlin", "Berlin"),
        ("Neuenkirchen", "Neuenkirchen"),
    ],
)
def test_search_finds_first(typed: str, meant: str) -> None:
    assert search(typed)[0].name == meant


def test_search_keeps_its_limit_and_prefers_the_larger() -> None:
    found = search("Neuenkirchen", 3)

    assert [one.name for one in found] == ["Neuenkirchen"] * 3
    assert [one.population for one in found] == sorted((one.population for one in found), reverse=True)
    assert search("Berlin", 0) == []


@pytest.mark.parametrize("typed", ["", "   ", "99999", "xqxqxqxq", "%_'\"\\\t\n\x00", "🏘", "ö" * 500])
def test_search_finds_nothing_in_nonsense(typed: str) -> None:
    assert search(typed) == []


# The official file


def test_the_official_format_is_read() -> None:
    belzig, brueck = read_gv100ad(FILE)

    assert (belzig.ags, belzig.ars, belzig.name) == ("12069020", "120690020020", "Bad Belzig")
    assert (belzig.district, belzig.state, belzig.kind) == ("Potsdam-Mittelmark", "Brandenburg", "Stadt")
    assert (belzig.population, belzig.area_ha, belzig.postcode) == (11172, 23609, "14806")
    assert (brueck.name, brueck.association) == ("Brück", "120695904")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_the_official_file_may_have_any_usual_encoding(encoding: str) -> None:
    raw = "\r\n".join(FILE).encode(encoding)

    assert [one.name for one in read_gv100ad(raw.splitlines(keepends=True))] == ["Bad Belzig", "Brück"]


def test_a_broken_line_is_named() -> None:
    good = FILE[3]

    assert broken(1, "Gemeinde;AGS").startswith("Line 1: a record of GV100AD begins with one of 10, 20, 30, 40, 50, 60")
    assert broken(2, "") == "Line 4: no record 40 came before for the district 12069."
    assert broken(4, good[:149]) == "Line 4: a record 60 has at least 150 characters, this one 149."
    assert broken(4, good[:10] + "1206902x" + good[18:]) == (
        "Line 4: '1206902x0020' (columns 11 to 22) is no key of a municipality."
    )
    assert broken(4, good[:122] + "99" + good[124:]) == (
        "Line 4: '99' (columns 123 to 124) is no known type of a municipality."
    )
    assert broken(4, good[:22] + " " * 50 + good[72:]) == "Line 4: the name (columns 23 to 72) is missing."
    assert broken(4, good[:139] + "    11172  " + good[150:]) == (
        "Line 4: the population (columns 140 to 150) must be digits, not '    11172  '."
    )
    assert broken(7, good) == "Line 7: the AGS 12069020 stands already in line 4."


def test_a_file_without_municipalities_is_refused() -> None:
    for lines, number in (([], 0), (FILE[:3], 3), ([b"\n"], 1)):
        with pytest.raises(BadRegister, match=f"After {number} lines no municipality"):
            list(read_gv100ad(lines))


@pytest.mark.skipif(not OFFICIAL.exists(), reason="the official file lies beside the project, not in it")
def test_the_real_file_says_what_the_bundled_table_says() -> None:
    register = bundled()
    with OFFICIAL.open("rb") as lines:
        official = list(read_gv100ad(lines))

    assert len(official) == len(register)
    for one in official:
        ours = register[one.ags]
        assert (ours.ars, ours.name, ours.type, ours.district) == (one.ars, one.name, one.type, one.district)
        assert (ours.population, ours.area_ha, ours.postcode) == (one.population, one.area_ha, one.postcode)


def test_every_kind_has_a_word() -> None:
    types = {line.split("\t")[3] for line in bundled().lines()}

    assert types <= set(municipality.KINDS)

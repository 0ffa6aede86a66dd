"""The official register of municipalities (Gemeindeverzeichnis): look up, search, read the yearly file.

The bundled table `tenants/register/` stays text: it is scanned for what is asked and no row of it is kept.
Only who searches keeps a small index.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache, cached_property
from pathlib import Path

import msgspec

from app.kit.errors import InvalidInput
from app.tenancy.municipality_index import Index

REGISTER = Path(__file__).parent.parent.parent / "tenants" / "register"

STATES = {
    "01": "Schleswig-Holstein",
    "02": "Hamburg",
    "03": "Niedersachsen",
    "04": "Bremen",
    "05": "Nordrhein-Westfalen",
    "06": "Hessen",
    "07": "Rheinland-Pfalz",
    "08": "Baden-Württemberg",
    "09": "Bayern",
    "10": "Saarland",
    "11": "Berlin",
    "12": "Brandenburg",
    "13": "Mecklenburg-Vorpommern",
    "14": "Sachsen",
    "15": "Sachsen-Anhalt",
    "16": "Thüringen",
}
"""Bundesländer by the first two digits of an AGS."""

KINDS = {
    "41": "kreisfreie Stadt",
    "42": "Stadtkreis",
    "43": "Kreis",
    "44": "Landkreis",
    "45": "Regionalverband",
    "60": "Markt",
    "61": "kreisfreie Stadt",
    "62": "Stadtkreis",
    "63": "Stadt",
    "64": "Gemeinde",
    "67": "Große Kreisstadt",
}
"""Textkennzeichen of the register in words; 41 to 45 are districts."""


class BadRegister(InvalidInput):
    """A line of the official file can't be read; nothing of it should be stored."""

    code = "bad-register"


class Municipality(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the register (Gemeinde); a district (Kreis) when `ags` ends in three zeros and `type` is below 60."""

    ags: str
    """Amtlicher Gemeindeschlüssel, 8 digits; of a district its 5 digits and three zeros."""
    ars: str
    """Amtlicher Regionalschlüssel, 12 digits: AGS with the association (Amt, Verbandsgemeinde) in the middle."""
    name: str
    """Without additions such as `, Stadt`."""
    type: str
    """Textkennzeichen, a key of `KINDS`."""
    district: str
    """Name of the Landkreis or of the town that is none's member."""
    population: int
    area_ha: int
    """Area in hectares."""
    postcode: str = ""
    """Of the administration's seat; larger places have more."""
    lat: float | None = None
    """Centre of the area (WGS 84, degrees), not of the town."""
    lon: float | None = None

    @property
    def state(self) -> str:
        """Name of the Bundesland."""
        return STATES[self.ags[:2]]

    @property
    def kind(self) -> str:
        """The type in words, e.g. `Stadt`."""
        return KINDS[self.type]

    @property
    def is_district(self) -> bool:
        """Whether this is a Landkreis and no municipality."""
        return self.type < "60"

    @property
    def association(self) -> str:
        """First 9 digits of the ARS: shared by the members of an Amt or Verbandsgemeinde."""
        return self.ars[:9]


class Register(Mapping[str, Municipality]):
    """The bundled table by AGS; a row becomes a `Municipality` when it is asked for."""

    def __init__(self, folder: Path = REGISTER) -> None:
        self._folder = folder
        text = (folder / "municipalities.tsv").read_text(encoding="utf-8")
        # Past the comments, from the end of the line of column names: each row has a newline on both sides.
        self._text = text[text.index("\n", text.index("\nags\t") + 1) :]

    @cached_property
    def districts(self) -> dict[str, tuple[str, str]]:
        """Name and type by the 5 digits of a district."""
        lines = (self._folder / "districts.tsv").read_text(encoding="utf-8").splitlines()
        rows = (line.split("\t") for line in lines if line[:1].isdigit())
        return {key: (name, type_) for key, name, type_ in rows}

    def __getitem__(self, ags: str) -> Municipality:
        at = self._text.find(f"\n{ags}\t") if is_ags(ags) else -1
        if at < 0:
            raise KeyError(ags)
        return self.read(self._text[at + 1 : self._text.index("\n", at + 1)])

    def __iter__(self) -> Iterator[str]:
        return (line[:8] for line in self.lines())

    def __len__(self) -> int:
        return self._text.count("\n") - 1

    def lines(self, prefix: str = "") -> Iterator[str]:
        """The rows whose AGS begins with `prefix`, as text."""
        if not prefix:
            yield from self._text[1:-1].split("\n")
            return
        at = self._text.find(f"\n{prefix}") + 1
        while at and self._text.startswith(prefix, at):
            end = self._text.index("\n", at)
            yield self._text[at:end]
            at = end + 1

    def read(self, line: str) -> Municipality:
        """The municipality of a row."""
        ags, ars, name, type_, population, area, postcode, lat, lon = line.split("\t")
        return Municipality(
            ags=ags,
            ars=ars,
            name=name,
            type=type_,
            district=self.districts[ags[:5]][0],
            population=int(population),
            area_ha=int(area),
            postcode=postcode,
            lat=float(lat) if lat else None,
            lon=float(lon) if lon else None,
        )

    def members(self, prefix: str) -> list[Municipality]:
        """All municipalities of a district (5 digits of the AGS) or an association (9 of the ARS)."""
        found = map(self.read, self.lines(prefix[:5]))
        return [one for one in found if one.ars.startswith(prefix)]

    def district(self, key: str) -> Municipality | None:
        """A Landkreis by its 5 digits, with what its members sum up to."""
        if key not in self.districts:
            return None
        name, type_ = self.districts[key]
        members = self.members(key)
        placed = [one for one in members if one.lat is not None and one.lon is not None]
        return Municipality(
            ags=f"{key}000",
            ars=f"{key}0000000",
            name=name,
            type=type_,
            district=name,
            population=sum(one.population for one in members),
            area_ha=sum(one.area_ha for one in members),
            lat=round(sum(one.lat or 0 for one in placed) / len(placed), 3) if placed else None,
            lon=round(sum(one.lon or 0 for one in placed) / len(placed), 3) if placed else None,
        )


def is_ags(text: str) -> bool:
    """Whether this has the form of an AGS: 8 digits, the first two a Bundesland."""
    return len(text) == 8 and text.isascii() and text.isdigit() and text[:2] in STATES


def bundled() -> Register:
    """The register that ships with the platform; read anew each time (1 ms), so nothing stays in memory."""
    return Register()


def by_ags(ags: str) -> Municipality | None:
    """The municipality with this key, or the district when it ends in three zeros; `None` when there is none."""
    register = bundled()
    found = register.get(ags)
    return register.district(ags[:5]) if found is None and is_ags(ags) and ags.endswith("000") else found


def search(text: str, limit: int = 10) -> list[Municipality]:
    """Municipalities of the bundled table by name, postcode, AGS or ARS; see `Index.find`."""
    index, register = _searched()
    return [register[ags] for ags in index.find(text, limit)]


@cache
def _searched() -> tuple[Index, Register]:
    """Two megabytes, made when somebody searches for the first time."""
    register = bundled()
    rows = (line.split("\t") for line in register.lines())
    return Index((row[0], row[1], row[2], int(row[4]), row[6]) for row in rows), register


def read_gv100ad(lines: Iterable[str | bytes]) -> Iterator[Municipality]:
    """The municipalities of the official fixed-width file GV100AD (Destatis), inhabited and constituted ones only.

    Bytes may be UTF-8 or Windows-1252. Raises `BadRegister` with the number of the line.
    """
    districts: dict[str, str] = {}
    seen: dict[str, int] = {}
    number = 0
    for number, raw in enumerate(lines, 1):
        line = _decoded(raw).rstrip("\r\n")
        kind = line[:2]
        if not line.strip():
            continue
        if kind not in _RECORDS:
            raise BadRegister(
                "Line %(line)s: a record of GV100AD begins with one of %(allowed)s, not with %(found)s.",
                line=number,
                allowed=", ".join(sorted(_RECORDS)),
                found=repr(kind),
            )
        if kind == "40":
            districts[line[10:15]] = _short(line[22:72])
        elif kind == "60" and line[122:124] not in _UNCONSTITUTED:
            one = _municipality(line, number, districts)
            if one.ags in seen:
                raise BadRegister(
                    "Line %(line)s: the AGS %(ags)s stands already in line %(first)s.",
                    line=number,
                    ags=one.ags,
                    first=seen[one.ags],
                )
            seen[one.ags] = number
            yield one
    if not seen:
        raise BadRegister("After %(line)s lines no municipality (record 60) was found.", line=number)


_RECORDS = frozenset({"10", "20", "30", "40", "50", "60"})
_UNCONSTITUTED = frozenset({"65", "66"})
"""Textkennzeichen of gemeindefreie Gebiete: nobody governs there, so nobody can have a village."""


def _decoded(raw: str | bytes) -> str:
    if isinstance(raw, str):
        return raw.removeprefix("\ufeff")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def _short(name: str) -> str:
    """The name without what the register adds after a comma (`, Stadt`, `, M`)."""
    return name.strip().partition(",")[0]


def _municipality(line: str, number: int, districts: dict[str, str]) -> Municipality:
    def refuse(problem: str, **params: object) -> BadRegister:
        return BadRegister("Line %(line)s: %(problem)s", None, line=number, problem=problem % params)

    def figure(start: int, end: int, what: str) -> int:
        text = line[start - 1 : end]
        if not text.isascii() or not text.isdigit():
            raise refuse(
                "%(what)s (columns %(start)s to %(end)s) must be digits, not %(text)s.",
                what=what,
                start=start,
                end=end,
                text=repr(text),
            )
        return int(text)

    if len(line) < 150:
        raise refuse("a record 60 has at least 150 characters, this one %(length)s.", length=len(line))
    ags, association, type_ = line[10:18], line[18:22], line[122:124]
    if not is_ags(ags) or not (association.isascii() and association.isdigit()):
        raise refuse("%(key)s (columns 11 to 22) is no key of a municipality.", key=repr(line[10:22]))
    if type_ not in KINDS:
        raise refuse("%(type)s (columns 123 to 124) is no known type of a municipality.", type=repr(type_))
    name = _short(line[22:72])
    if not name:
        raise refuse("the name (columns 23 to 72) is missing.")
    if ags[:5] not in districts:
        raise refuse("no record 40 came before for the district %(district)s.", district=ags[:5])
    postcode = line[165:170].strip()
    return Municipality(
        ags=ags,
        ars=ags[:5] + association + ags[5:],
        name=name,
        type=type_,
        district=districts[ags[:5]],
        population=figure(140, 150, "the population"),
        area_ha=figure(129, 139, "the area"),
        postcode=postcode if postcode.isdigit() else "",
    )

"""Points and areas of GeoJSON as places, lines as tours; which property means what is configured."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from app.feeds.connector import Cursor, Fetched, Http, ParseContext, Stop, web_page
from app.feeds.connectors.geojson.geometry import lines_of, point_of
from app.feeds.items import Address, Contact, Geo, Place, Problem, Tour, short_id
from app.kit.http.charset import decode
from app.kit.richtext import absolute, clean_line, plain, sanitise, shortened
from app.kit.tracks import climbs_metres, length_metres, simplified_to

ACCEPT: Final = "application/geo+json, application/json;q=0.9, */*;q=0.5"
BODY_BYTES: Final = 40_000_000
MOST_FEATURES: Final = 60_000
MOST_POINTS: Final = 5_000
TOLERANCE_METRES: Final = 10.0
_GEOMETRIES: Final = frozenset(
    {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"}
)
_WGS_84: Final = ("crs84", "4326", "4979", "ogc:1.3")


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """What an editor may set. `…_from` names a property of the features; several are tried from left to right."""

    url: str
    kind: str = "other"
    """Kind of all the places, or of those whose own is not known."""
    kind_from: str = ""
    kinds: dict[str, str] = {}
    """What the property says → our kind, e.g. `{ "Spielplatz" = "playground" }`."""
    activity: Literal["walking", "cycling", "riding", "paddling", "driving", "other"] = "walking"
    id_from: str = "id,ID,objectid,OBJECTID,fid,gml_id"
    title_from: str = "name,Name,NAME,title,titel,Bezeichnung,bezeichnung"
    text_from: str = "description,beschreibung,Beschreibung,text"
    url_from: str = "url,website,link,www"
    street_from: str = "street,strasse,Strasse,addr:street,adresse,Adresse"
    number_from: str = "housenumber,hausnummer,addr:housenumber"
    postcode_from: str = "postcode,plz,PLZ,addr:postcode"
    town_from: str = "town,ort,Ort,city,addr:city"
    phone_from: str = "phone,telefon,Telefon"
    email_from: str = "email,Email,mail"
    hours_from: str = "opening_hours"
    wheelchair_from: str = "wheelchair"
    licence: str = ""
    attribution: str = ""
    language: str = "de"


async def fetch(config: Config, http: Http, cursor: Cursor) -> Fetched:
    """The file, conditionally."""
    return await http.get(config.url, cursor, accept=ACCEPT, body_bytes=BODY_BYTES)


def parse(body: bytes, config: Config, context: ParseContext) -> Iterator[Place | Tour | Problem]:
    """The features; raises `Stop` when the bytes are no GeoJSON or its coordinates are of another system."""
    features = _features(body, context)
    if len(features) > MOST_FEATURES:
        yield Problem(None, "The file has more than 60,000 entries. The rest was left out.")
    ids: Counter[str] = Counter()
    for number, feature in enumerate(features[:MOST_FEATURES], 1):
        if not isinstance(feature, dict):
            yield Problem(None, "An entry can't be read.")
            continue
        found = _item(feature, Properties(feature, config), config, context)
        if found is None:
            yield Problem(str(feature.get("id", number))[:100], "An entry has no place on the earth. It was left out.")
            continue
        ids[found.external_id] += 1
        if ids[found.external_id] > 1:
            yield Problem(found.external_id, "Two entries have the same id. The first one was taken.")
            continue
        yield found


class Properties:
    """What a feature says, under the names that the configuration gives."""

    def __init__(self, feature: Mapping[str, Any], config: Config) -> None:
        given = feature.get("properties")
        self._given: dict[str, Any] = given if isinstance(given, dict) else {}
        self._config = config
        self._own_id = feature.get("id")

    def raw(self, name: str) -> str:
        """The first property of those that the option `<name>_from` names which says something."""
        for key in str(getattr(self._config, f"{name}_from")).split(","):
            value = self._given.get(key.strip())
            if isinstance(value, str | int | float) and not isinstance(value, bool) and str(value).strip():
                return str(value)
        return ""

    def line(self, name: str, most: int = 300) -> str:
        """As one clean line without markup."""
        return shortened(plain(self.raw(name)), most)

    def id(self, fallback: str) -> str:
        """The feature's own id, else the property for it, else `fallback`."""
        own = str(self._own_id) if isinstance(self._own_id, str | int) else ""
        return short_id(clean_line(own) or clean_line(self.raw("id")) or fallback)

    def kind(self) -> str:
        """Our kind."""
        said = clean_line(self.raw("kind")) if self._config.kind_from else ""
        return self._config.kinds.get(said, self._config.kind)


def _features(body: bytes, context: ParseContext) -> list[Any]:
    text = body.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not text:
        raise Stop(
            "The address answers with an empty file. Ask the publisher whether the feed still exists.", code="empty"
        )
    if text[:1] == b"<":
        raise web_page(decode(body, context.charset), context.url)
    try:
        document = msgspec.json.decode(decode(text, context.charset).encode("utf-8", "replace"))
    except (msgspec.DecodeError, RecursionError) as error:
        raise Stop("The file is no GeoJSON file. Check the address.", code="no-feed") from error
    match document:
        case {"type": "FeatureCollection", "features": list(features)}:
            pass
        case {"type": "Feature"}:
            features = [document]
        case {"type": str(name)} if name in _GEOMETRIES:
            features = [{"type": "Feature", "properties": {}, "geometry": document}]
        case _:
            raise Stop("The file is no GeoJSON file. Check the address.", code="no-feed")
    crs = document.get("crs")
    system = str(crs.get("properties", "")).lower() if isinstance(crs, dict) else ""
    if system and not any(name in system for name in _WGS_84):
        raise Stop(
            "The file uses coordinates of another system. Ask the publisher for longitude and latitude (WGS 84).",
            code="coordinates",
        )
    return features


def _item(feature: Mapping[str, Any], said: Properties, config: Config, context: ParseContext) -> Place | Tour | None:
    geometry = feature.get("geometry")
    title = said.line("title")
    body_html = sanitise(said.raw("text"), context.url)
    common: dict[str, Any] = {
        "title": title,
        "url": absolute(said.raw("url"), context.url),
        "language": config.language,
        "summary": said.line("text", 400),
        "body_html": body_html if "<" in body_html else "",
        "licence": config.licence,
        "attribution": config.attribution,
    }
    lines = lines_of(geometry)
    if lines:
        start = lines[0][0]
        climbs = [found for one in lines if (found := climbs_metres(one)) is not None]
        return Tour(
            **common | {"title": title or "Tour"},
            external_id=said.id(f"{title}@{start[1]:.4f},{start[0]:.4f}"),
            geo=Geo(start[1], start[0]),
            activity=config.activity,
            tracks=tuple(tuple(one) for one in simplified_to(lines, TOLERANCE_METRES, MOST_POINTS) if len(one) > 1),
            length_metres=round(sum(length_metres(one) for one in lines)),
            ascent_metres=round(sum(up for up, _ in climbs)) if climbs else None,
            descent_metres=round(sum(down for _, down in climbs)) if climbs else None,
        )
    point = point_of(geometry)
    street = f"{said.line('street', 190)} {said.line('number', 10)}".strip()
    if point is None and not street:
        return None
    wheelchair = said.line("wheelchair").lower()
    where = f"{point[0]:.5f},{point[1]:.5f}" if point else street
    return Place(
        **common | {"title": title or street or "Ort"},
        external_id=said.id(f"{title}@{where}"),
        kind=said.kind(),
        geo=Geo(*point) if point else None,
        address=Address(street=street, postcode=said.line("postcode", 10), town=said.line("town", 100)),
        contact=Contact(phone=said.line("phone", 40), email=said.line("email", 200), url=common["url"]),
        opening_hours=said.line("hours", 1_000),
        wheelchair="yes" if wheelchair in {"yes", "ja", "true", "1"} else "limited" if wheelchair == "limited"
        else "no" if wheelchair in {"no", "nein"} else "unknown",
    )  # fmt: skip

"""What we ask an Overpass server: everything of a municipality that our table of kinds knows."""

from typing import Final

from app.feeds.connectors.osm.kinds import KEYS

SERVER_SECONDS: Final = 90
SERVER_BYTES: Final = 268_435_456
_MORE: Final = (
    '["shop"]',
    '["club"]',
    '["tourism"="information"]["information"~"^(office|visitor_centre)$"]',
    '["railway"~"^(station|halt)$"]',
    '["natural"="beach"]',
    '["landuse"="cemetery"]',
)


def query_of(ags: str) -> str:
    """Overpass QL for the municipality with this key; ways and relations come with their centre."""
    filters = [f'["{key}"~"^({"|".join(sorted(kinds))})$"]' for key, kinds in KEYS if key != "shop"]
    wanted = "".join(f"nwr{one}(area.town);" for one in (*filters, *_MORE))
    return (
        f"[out:json][timeout:{SERVER_SECONDS}][maxsize:{SERVER_BYTES}];"
        f'area["boundary"="administrative"]["de:amtlicher_gemeindeschluessel"="{ags}"]->.town;'
        f"({wanted});out center qt;"
    )

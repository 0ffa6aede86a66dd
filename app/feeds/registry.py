"""All connectors; a new one is a folder and a line here."""

from typing import Final

import app.feeds.connectors.abfall_io.connector as abfall_io
import app.feeds.connectors.brightsky.connector as brightsky
import app.feeds.connectors.bus_brandenburg.connector as bus_brandenburg
import app.feeds.connectors.cap.connector as cap
import app.feeds.connectors.charging.connector as charging
import app.feeds.connectors.csv.connector as csv
import app.feeds.connectors.fim.connector as fim
import app.feeds.connectors.gbfs.connector as gbfs
import app.feeds.connectors.geojson.connector as geojson
import app.feeds.connectors.gpx.connector as gpx
import app.feeds.connectors.gtfs.connector as gtfs
import app.feeds.connectors.gtfs_flex.connector as gtfs_flex
import app.feeds.connectors.gtfs_rt.connector as gtfs_rt
import app.feeds.connectors.hochwasserzentralen.connector as hochwasserzentralen
import app.feeds.connectors.holidays.connector as holidays
import app.feeds.connectors.ics.connector as ics
import app.feeds.connectors.json_api.connector as json_api
import app.feeds.connectors.jsonld.connector as jsonld
import app.feeds.connectors.jumomind.connector as jumomind
import app.feeds.connectors.mosmix.connector as mosmix
import app.feeds.connectors.nina.connector as nina
import app.feeds.connectors.oparl.connector as oparl
import app.feeds.connectors.open311_in.connector as open311_in
import app.feeds.connectors.osm.connector as osm
import app.feeds.connectors.pegelonline.connector as pegelonline
import app.feeds.connectors.polizei_brandenburg.connector as polizei_brandenburg
import app.feeds.connectors.pvog.connector as pvog
import app.feeds.connectors.rss.connector as rss
import app.feeds.connectors.tmb.connector as tmb
import app.feeds.connectors.waldbrand_brandenburg.connector as waldbrand_brandenburg
import app.feeds.connectors.waste_ics.connector as waste_ics
import app.feeds.connectors.wikidata.connector as wikidata
import app.feeds.connectors.xzufi.connector as xzufi
from app.feeds.connector import Connector, connector_of
from app.kit.errors import InvalidInput

CONNECTORS: Final[dict[str, Connector]] = {
    one.name: one
    for one in (
        connector_of(abfall_io),
        connector_of(brightsky),
        connector_of(bus_brandenburg),
        connector_of(cap),
        connector_of(charging),
        connector_of(csv),
        connector_of(fim),
        connector_of(gbfs),
        connector_of(geojson),
        connector_of(gpx),
        connector_of(gtfs),
        connector_of(gtfs_flex),
        connector_of(gtfs_rt),
        connector_of(hochwasserzentralen),
        connector_of(holidays),
        connector_of(ics),
        connector_of(json_api),
        connector_of(jsonld),
        connector_of(jumomind),
        connector_of(mosmix),
        connector_of(nina),
        connector_of(oparl),
        connector_of(open311_in),
        connector_of(osm),
        connector_of(pegelonline),
        connector_of(polizei_brandenburg),
        connector_of(pvog),
        connector_of(rss),
        connector_of(tmb),
        connector_of(waste_ics),
        connector_of(waldbrand_brandenburg),
        connector_of(wikidata),
        connector_of(xzufi),
    )
}


def connector(name: str) -> Connector:
    """The connector of that name; raises `InvalidInput`."""
    if name not in CONNECTORS:
        raise InvalidInput(
            "There is no connector %(name)s. There are: %(known)s.", name=name[:60], known=", ".join(sorted(CONNECTORS))
        )
    return CONNECTORS[name]

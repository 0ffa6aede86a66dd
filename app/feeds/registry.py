"""All connectors; a new one is a folder and a line here."""

from typing import Final

import app.feeds.connectors.ics.connector as ics
import app.feeds.connectors.rss.connector as rss
from app.feeds.connector import Connector, connector_of
from app.kit.errors import InvalidInput

CONNECTORS: Final[dict[str, Connector]] = {one.name: one for one in (connector_of(ics), connector_of(rss))}


def connector(name: str) -> Connector:
    """The connector of that name; raises `InvalidInput`."""
    if name not in CONNECTORS:
        raise InvalidInput(
            "There is no connector %(name)s. There are: %(known)s.", name=name[:60], known=", ".join(sorted(CONNECTORS))
        )
    return CONNECTORS[name]

"""A tour as a GPX 1.1 file, for a device that leads the way."""

from xml.sax.saxutils import escape, quoteattr

from app.capabilities.places.tour_queries import WholeTour
from app.kit.tracks import Point

MEDIA_TYPE = "application/gpx+xml; charset=utf-8"


def written(tour: WholeTour, *, creator: str, href: str) -> str:
    """The file; stops are waypoints, the licence goes along."""
    stops = "".join(
        f'<wpt lat="{one.lat:.6f}" lon="{one.lon:.6f}"><name>{_text(one.title)}</name>'
        + (f"<desc>{_text(one.text)}</desc>" if one.text else "")
        + "</wpt>"
        for one in tour.stops
    )
    segments = "".join(f"<trkseg>{''.join(map(_point, one))}</trkseg>" for one in tour.tracks)
    holder = tour.attribution or tour.source_name
    rights = (
        f"<copyright author={quoteattr(_clean(holder))}>"
        + (f"<license>{_text(tour.licence)}</license>" if "://" in tour.licence else "")
        + "</copyright>"
        if holder
        else ""
    )
    says = tour.summary if "://" in tour.licence or not tour.licence else f"{tour.summary} ({tour.licence})".strip()
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<gpx version="1.1" creator={quoteattr(_clean(creator))} xmlns="http://www.topografix.com/GPX/1/1">'
        f"<metadata><name>{_text(tour.title)}</name>"
        + (f"<desc>{_text(says)}</desc>" if says else "")
        + f"{rights}<link href={quoteattr(href)}/></metadata>{stops}"
        f"<trk><name>{_text(tour.title)}</name>{segments}</trk></gpx>\n"
    )


def _point(point: Point) -> str:
    height = f"<ele>{point[2]:.1f}</ele>" if point[2] is not None else ""
    return f'<trkpt lat="{point[1]:.5f}" lon="{point[0]:.5f}">{height}</trkpt>'


def _clean(text: str) -> str:
    """Without the characters that no XML may have."""
    return "".join(sign for sign in text if sign.isprintable() or sign in "\n\t")


def _text(text: str) -> str:
    return escape(_clean(text))

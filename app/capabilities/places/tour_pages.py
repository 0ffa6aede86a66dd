"""Tours for people: the list, each tour with its map and heights, and its GPX file."""

from typing import Any, Final

from litestar import Controller, Response, get
from litestar.params import FromPath
from litestar.response import Redirect

from app.capabilities.places import gpxfile, ground, sketch, tour_queries, tourwords, tracks
from app.capabilities.places.asked import Key
from app.capabilities.places.sketch import Mark
from app.capabilities.places.tourwords import ACTIVITIES
from app.kit.errors import NotFound
from app.kit.i18n import gettext_ as _
from app.kit.i18n import lazy
from app.kit.slug import number_of, slug
from app.web import words
from app.web.access import PUBLIC
from app.web.cards import Chip, Crumb
from app.web.respond import page, raw
from app.web.site import current_site, path_with

_GONE: Final = lazy("This tour does not exist, or no longer.")


class ToursPages(Controller):
    """The list and each tour."""

    path = "/tours"
    include_in_schema = False

    @get("/", access=PUBLIC)
    async def index(self, activity: Key = "") -> Response[str]:
        """All tours by name."""
        found = await tour_queries.tours(activity)
        counts = await tour_queries.tour_counts()
        chips = [
            Chip(
                label=str(ACTIVITIES.get(name, ACTIVITIES["other"])),
                href=path_with(activity=None if name == activity else name),
                count=count,
                chosen=name == activity,
            )
            for name, count in counts.items()
        ]
        sources = ((one.attribution or one.source_name, one.licence) for one in found)
        return page(
            "places/tours.html",
            rows=[(one, tourwords.path_of(one.id, one.title), tourwords.line(one)) for one in found],
            texts={one.id: words.plain(one.summary, 140) for one in found},
            activities={name: str(label) for name, label in ACTIVITIES.items()},
            chips=chips if len(chips) > 1 or activity else [],
            sources=list(dict.fromkeys(pair for pair in sources if pair[0])),
            filtered=bool(activity),
        )

    @get("/{name:str}", access=PUBLIC)
    async def one(self, name: FromPath[str]) -> Response[Any]:
        """A tour, also as `.gpx`; an address with another title leads to the right one."""
        gpx = name.endswith(".gpx")
        number = number_of(name.removesuffix(".gpx"))
        if number is None:
            raise NotFound(_GONE.message)
        tour = await tour_queries.tour(number)
        path = tourwords.path_of(tour.id, tour.title)
        if gpx:
            site = current_site()
            file = gpxfile.written(tour, creator=site.name, href=site.origin + path)
            named = f'attachment; filename="{slug(tour.title) or "tour"}.gpx"'
            return raw(file, gpxfile.MEDIA_TYPE, **{"content-disposition": named})
        if f"/tours/{name}" != path:
            return Redirect(path, status_code=301)
        marks = [Mark(one.lat, one.lon, one.title) for one in tour.stops]
        return page(
            "places/tour.html",
            tour=tour,
            facts=tourwords.facts(tour),
            steps=tourwords.steps(tour),
            profile=sketch.profile(tracks.profile(tour.tracks)),
            gpx_href=f"/tours/{tour.id}.gpx",
            data_href=f"/api/v1/tours/{tour.id}",
            saved_number=tourwords.saved_number(tour.id),
            crumbs=[Crumb(_("Tours"), "/tours")],
            source=tour.attribution or tour.source_name or current_site().name,
            **await ground.ground(marks, tour.tracks),
        )

"""Tours at the desk: read in a GPX file, look at it, say what there is to say, publish it; hide those of sources."""

from datetime import datetime
from typing import Any, Final

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.params import FromPath, FromQuery

from app.capabilities.places import ground, sketch, tour_actions, tour_queries, tourwords, tracks
from app.capabilities.places.sketch import Mark
from app.capabilities.places.tour_actions import TourText
from app.capabilities.places.tour_queries import Stop, WholeTour
from app.capabilities.places.tourwords import ACTIVITIES
from app.identity import audit
from app.kit.errors import Conflict, InvalidInput, NotFound
from app.kit.i18n import gettext_ as _
from app.kit.i18n import lazy
from app.tenancy import current
from app.web.access import role
from app.web.cards import Crumb
from app.web.manage.desk import back_to, desk_page
from app.web.manage.entered import FORM_BYTES, Entered, entered
from app.web.manage.listing import chips, next_href, skipped
from app.web.manage.writing import as_html, as_text
from app.web.site import current_site

PLACE: Final = "/manage/tours"
AT_ONCE: Final = 60
STATES: Final = {
    "draft": lazy("Drafts"),
    "own": lazy("Our own"),
    "source": lazy("From sources"),
    "hidden": lazy("Hidden"),
}
_STATE: Final = """CASE WHEN hidden_at IS NOT NULL THEN 'hidden' WHEN feed_item_id IS NOT NULL THEN 'source'
    WHEN published_at IS NULL THEN 'draft' ELSE 'own' END"""
_LIST: Final = f"""SELECT id, title, activity, source_name, changed_at, {_STATE} AS state
FROM tour WHERE withdrawn_at IS NULL AND {_STATE} = $1 ORDER BY sort_name, id OFFSET $2 LIMIT $3"""  # noqa: S608 - constants
_COUNT: Final = f"SELECT {_STATE} AS state, count(*)::int AS count FROM tour WHERE withdrawn_at IS NULL GROUP BY 1"  # noqa: S608 - constants
_ONE: Final = f"""SELECT {_STATE} AS state, feed_item_id IS NOT NULL AS foreign_, published_at IS NOT NULL AS published
FROM tour WHERE id = $1 AND withdrawn_at IS NULL"""  # noqa: S608 - constants


class Written(msgspec.Struct, frozen=True):
    """A tour as the desk's list shows it."""

    id: int
    title: str
    activity: str
    source_name: str
    changed_at: datetime
    state: str


class Standing(msgspec.Struct, frozen=True):
    """How it is with a tour."""

    state: str
    foreign_: bool
    """Comes from a source."""
    published: bool


class ToursDesk(Controller):
    """The list, the file, the form and the preview."""

    path = PLACE
    include_in_schema = False
    # More than the file may have: what is too large gets the form again, which says so.
    request_max_body_size = FORM_BYTES

    @get("/", access=role("tours.write"))
    async def index(self, only: FromQuery[str] = "", skip: FromQuery[int] = 0) -> Response[str]:
        """Tours by state, and the way to a new one."""
        counts = {row["state"]: row["count"] for row in await current().fetch(_COUNT, [])}
        state = only if only in STATES else next((name for name in STATES if counts.get(name)), "own")
        skip = skipped(skip)
        found = await current().fetch(_LIST, [state, skip, AT_ONCE + 1])
        return desk_page(
            "places/manage_tours.html",
            PLACE,
            rows=[Written(**row) for row in found[:AT_ONCE]],
            activities={name: str(label) for name, label in ACTIVITIES.items()},
            chips=chips(STATES, state, counts),
            next_href=next_href(found, skip, AT_ONCE),
        )

    @get("/new", access=role("tours.write"))
    async def blank(self) -> Response[str]:
        """Choose a file."""
        return _choose(Entered())

    @post("/", access=role("tours.write"))
    async def create(self, request: Request[Any, Any, Any]) -> Response[Any]:
        """Read a file in; each way in it becomes a draft."""
        form = await entered(request)
        made: list[int] = []
        with form.checking():
            made = await tour_actions.read_in(form.file, form("activity"))
        if form.errors:
            return _choose(form, status=422)
        for number in made:
            await audit.record("tours.create", target=f"tour:{number}")
        return back_to(f"{PLACE}/{made[0]}" if len(made) == 1 else f"{PLACE}?only=draft")

    @get("/{number:int}", access=role("tours.write"))
    async def one(self, number: FromPath[int]) -> Response[str]:
        """The form of a tour; of one from a source only whether it is shown."""
        tour = await tour_queries.tour(number, any_state=True)
        return await _form(tour, Entered(_filled(tour)))

    @post("/{number:int}", access=role("tours.write"))
    async def save(self, request: Request[Any, Any, Any], number: FromPath[int]) -> Response[Any]:
        """Change a tour of the town, with a file also its way; publish it or look at it when that was pressed."""
        form = await entered(request)
        tour = await tour_queries.tour(number, any_state=True)
        with form.checking():
            try:
                await tour_actions.edit(number, _text_of(form), form.file)
                if form("do") == "publish":
                    await tour_actions.publish(number)
            except Conflict as refusal:
                form.errors["title"] = _(refusal.detail)
        if form.errors:
            # Answered with 422, so whatever was written a moment ago is rolled back.
            return await _form(tour, form, status=422)
        await audit.record("tours.publish" if form("do") == "publish" else "tours.change", target=f"tour:{number}")
        if form("do") == "preview":
            return back_to(f"{PLACE}/{number}/preview")
        standing = await _standing(number)
        public = standing.published and standing.state != "hidden"
        return back_to(tourwords.path_of(number, form.line("title")) if public else f"{PLACE}/{number}")

    @get("/{number:int}/preview", access=role("tours.write"))
    async def preview(self, number: FromPath[int]) -> Response[str]:
        """The tour with its map and its heights, as readers will see it."""
        tour = await tour_queries.tour(number, any_state=True)
        return desk_page(
            "places/manage_tour_preview.html",
            PLACE,
            tour=tour,
            standing=await _standing(number),
            facts=tourwords.facts(tour),
            source=tour.attribution or tour.source_name or current_site().name,
            crumbs=[Crumb(_("Back to the form"), f"{PLACE}/{number}")],
            **await _drawn(tour),
        )

    @post("/{number:int}/state", access=role("tours.write"))
    async def state(self, request: Request[Any, Any, Any], number: FromPath[int]) -> Response[Any]:
        """Publish, hide, show again or throw away; the button says which."""
        do = (await entered(request))("do")
        await _standing(number)
        if do == "publish":
            await tour_actions.publish(number)
        elif do == "remove":
            await tour_actions.remove(number)
        elif do in ("hide", "show"):
            await tour_actions.hide(number, hidden=do == "hide")
        else:
            raise InvalidInput("This button is not known.")
        await audit.record(f"tours.{do}", target=f"tour:{number}")
        return back_to(PLACE if do == "remove" else f"{PLACE}/{number}")


async def _standing(number: int) -> Standing:
    rows = await current().fetch(_ONE, [number])
    if not rows:
        raise NotFound("This tour does not exist, or no longer.")
    return Standing(**rows[0])


def _choose(form: Entered, *, status: int = 200) -> Response[str]:
    return desk_page(
        "places/manage_tour_new.html",
        PLACE,
        status=status,
        e=form,
        activities=[("", _("As the file says")), *((name, str(label)) for name, label in ACTIVITIES.items())],
        crumbs=[Crumb(_("Tours"), PLACE)],
    )


async def _drawn(tour: WholeTour) -> dict[str, Any]:
    marks = [Mark(one.lat, one.lon, one.title) for one in tour.stops]
    found = await ground.ground(marks, tour.tracks)
    return {
        "drawn": found["drawn"],
        "profile": sketch.profile(tracks.profile(tour.tracks)),
        "steps": tourwords.steps(tour),
    }


async def _form(tour: WholeTour, form: Entered, *, status: int = 200) -> Response[str]:
    kept = sum(1 for name in form.values if name.startswith("stop_") and name.endswith("_lat"))
    return desk_page(
        "places/manage_tour.html",
        PLACE,
        status=status,
        e=form,
        tour=tour,
        standing=await _standing(tour.id),
        facts=tourwords.facts(tour),
        activities=[(name, str(label)) for name, label in ACTIVITIES.items()],
        stops=range(1, min(kept, tour_actions.MOST_STOPS) + 1),
        crumbs=[Crumb(_("Tours"), PLACE)],
        public_href=tourwords.path_of(tour.id, tour.title),
        **await _drawn(tour),
    )


def _filled(tour: WholeTour) -> dict[str, str]:
    names = ("title", "activity", "summary", "difficulty", "url", "attribution")
    fields = {name: str(getattr(tour, name)) for name in names}
    fields |= {"body": as_text(tour.body_html), "minutes": str(tour.duration_minutes or "")}
    for number, one in enumerate(tour.stops, 1):
        fields |= {
            f"stop_{number}_title": one.title,
            f"stop_{number}_text": one.text,
            f"stop_{number}_lat": f"{one.lat:.6f}",
            f"stop_{number}_lon": f"{one.lon:.6f}",
        }
    return fields


def _text_of(form: Entered) -> TourText:
    stops = []
    for number in range(1, tour_actions.MOST_STOPS + 1):
        if f"stop_{number}_lat" not in form.values or form(f"stop_{number}_off"):
            continue
        at = _degrees(form, f"stop_{number}_lat"), _degrees(form, f"stop_{number}_lon")
        stops.append(Stop(form.line(f"stop_{number}_title"), *at, form.line(f"stop_{number}_text")))
    if form.line("new_title"):
        text = form.line("new_at").replace(";", ",")
        lat, _sign, lon = text.partition("," if "," in text else " ")
        form.values |= {"new_lat": lat.strip(), "new_lon": lon.strip()}
        at = _degrees(form, "new_lat"), _degrees(form, "new_lon")
        stops.append(Stop(form.line("new_title"), *at, form.line("new_text")))
    minutes = form.line("minutes")
    return TourText(
        title=form.line("title"),
        activity=form("activity"),
        summary=form.line("summary"),
        body_html=as_html(form("body")),
        difficulty=form.line("difficulty"),
        duration_minutes=(int(minutes) if minutes.isascii() and minutes.isdigit() else -1) if minutes else None,
        url=form.line("url"),
        attribution=form.line("attribution"),
        stops=stops,
    )


def _degrees(form: Entered, name: str) -> float:
    try:
        return float(form.line(name))
    except ValueError:
        return 999.0  # nowhere on earth: the stop is refused by name

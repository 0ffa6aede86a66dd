"""Places at the desk: write the town's own; confirm, correct or hide what came from elsewhere."""

from typing import Any, Final

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.params import FromPath, FromQuery

from app.capabilities.places import actions, kinds, queries, wording
from app.capabilities.places.actions import PlaceText
from app.capabilities.places.folding import folded
from app.capabilities.places.queries import CORRECTABLE, Whole
from app.capabilities.places.tables import Place
from app.identity import audit
from app.kit.errors import Conflict, InvalidInput
from app.kit.i18n import gettext_ as _
from app.kit.i18n import lazy
from app.kit.search import words_of
from app.media import keeping
from app.tenancy import current
from app.web.access import role
from app.web.cards import Chip, Crumb, Line
from app.web.manage.desk import Desk, back_to, desk_page
from app.web.manage.entered import FORM_BYTES, Entered, entered
from app.web.manage.pictures import taken
from app.web.manage.writing import as_html, as_text
from app.web.site import path_with

PLACE: Final = "/manage/places"
RIGHT: Final = "places.write"
AT_ONCE: Final = 40
STATES: Final = {
    "own": lazy("Our own"),
    "unconfirmed": lazy("Unconfirmed"),
    "confirmed": lazy("Confirmed"),
    "hidden": lazy("Hidden"),
}
WHEELCHAIR: Final = {
    "unknown": lazy("Not known"),
    "yes": lazy("Yes, without help"),
    "limited": lazy("Partly, or with help"),
    "no": lazy("No"),
}
_STATE: Final = """CASE WHEN o.hidden_at IS NOT NULL OR (p.feed_item_id IS NULL AND p.withdrawn_at IS NOT NULL)
    THEN 'hidden' WHEN p.feed_item_id IS NULL THEN 'own' WHEN o.confirmed_at IS NOT NULL THEN 'confirmed'
    ELSE 'unconfirmed' END"""
_LIST: Final = f"""SELECT p.id, coalesce(o.title, p.title) AS title, p.kind, coalesce(o.street, p.street) AS street,
    p.source_name, {_STATE} AS state
FROM place p LEFT JOIN place_overlay o ON o.place_id = p.id
WHERE (p.feed_item_id IS NULL OR p.withdrawn_at IS NULL) AND {_STATE} = $1 AND p.words LIKE ALL ($2::text[])
ORDER BY p.sort_name, p.id OFFSET $3 LIMIT $4"""  # noqa: S608 - constants
_COUNT: Final = f"""SELECT {_STATE} AS state, count(*)::int AS count
FROM place p LEFT JOIN place_overlay o ON o.place_id = p.id
WHERE p.feed_item_id IS NULL OR p.withdrawn_at IS NULL GROUP BY 1"""  # noqa: S608 - constants

_STATE_OF: Final = (
    f"SELECT {_STATE} AS state FROM place p LEFT JOIN place_overlay o ON o.place_id = p.id WHERE p.id = $1"  # noqa: S608 - constants
)


class Written(msgspec.Struct, frozen=True):
    """A place as the desk's list shows it."""

    id: int
    title: str
    kind: str
    street: str
    source_name: str
    state: str


async def desk() -> Desk:
    """What waits: how many places nobody has confirmed yet."""
    counts = await _counts()
    waiting = counts.get("unconfirmed", 0)
    lines = [Line(title=_("Places to look through"), href=PLACE, badge=str(waiting))] if waiting else []
    return Desk(
        title=_("Places"),
        action=RIGHT,
        href=PLACE,
        new_label=_("Enter a place"),
        new_href=f"{PLACE}/new",
        drafts=lines,
    )


async def _counts() -> dict[str, int]:
    return {row["state"]: row["count"] for row in await current().fetch(_COUNT, [])}


class PlacesDesk(Controller):
    """The list and the form."""

    path = PLACE
    include_in_schema = False
    request_max_body_size = FORM_BYTES

    @get("/", access=role("places.write"))
    async def index(self, only: FromQuery[str] = "", q: FromQuery[str] = "", skip: FromQuery[int] = 0) -> Response[str]:
        """Places by state; without one, those that wait to be looked through, or else the town's own."""
        counts = await _counts()
        state = only if only in STATES else "unconfirmed" if counts.get("unconfirmed") else "own"
        skip = min(max(skip, 0), 100_000)
        found = [f"%{word}%" for word in words_of(folded(q))]
        rows = await current().fetch(_LIST, [state, found, skip, AT_ONCE + 1])
        chips = [
            Chip(
                label=str(label), href=path_with(only=name, skip=None), count=counts.get(name, 0), chosen=state == name
            )
            for name, label in STATES.items()
        ]
        return desk_page(
            "places/manage_list.html",
            PLACE,
            rows=[(Written(**row), kinds.name_of(row["kind"])) for row in rows[:AT_ONCE]],
            chips=chips,
            state=state,
            words=q[:200],
            next_href=path_with(skip=skip + AT_ONCE) if len(rows) > AT_ONCE else "",
        )

    @get("/new", access=role("places.write"))
    async def blank(self) -> Response[str]:
        """An empty form."""
        return await _form(None, Entered({"wheelchair": "unknown"}))

    @post("/", access=role("places.write"))
    async def create(self, request: Request[Any, Any, Any]) -> Response[Any]:
        """Keep a new place; it is public at once."""
        return await _save(None, await entered(request))

    @get("/{number:int}", access=role("places.write"))
    async def one(self, number: FromPath[int]) -> Response[str]:
        """The form of a place; of one from a source only what may be corrected."""
        place = await queries.place(number, any_state=True)
        typed = {name: str(getattr(place, name)) for name in (*CORRECTABLE, "kind")}
        typed |= {
            "body": as_text(place.body_html),
            "latitude": "" if place.latitude is None else f"{place.latitude:.6f}",
            "longitude": "" if place.longitude is None else f"{place.longitude:.6f}",
        }
        return await _form(place, Entered(typed))

    @post("/{number:int}", access=role("places.write"))
    async def save(self, request: Request[Any, Any, Any], number: FromPath[int]) -> Response[Any]:
        """Change a place of the town, or say something else than the source."""
        return await _save(number, await entered(request))

    @post("/{number:int}/state", access=role("places.write"))
    async def state(self, request: Request[Any, Any, Any], number: FromPath[int]) -> Response[Any]:
        """Confirm, hide, show again, forget corrections, take back or restore; the button says which."""
        form = await entered(request)
        deeds: dict[str, Any] = {
            "confirm": actions.confirm,
            "hide": actions.hide,
            "show": actions.show,
            "forget": actions.forget,
            "withdraw": actions.take_back,
            "restore": actions.restore,
        }
        if form("do") not in deeds:
            raise InvalidInput("This button is not known.")
        await deeds[form("do")](number)
        await audit.record(f"places.{form('do')}", target=f"place:{number}")
        return back_to(
            f"{PLACE}?only=unconfirmed" if request.query_params.get("next") == "list" else f"{PLACE}/{number}"
        )


async def _save(number: int | None, form: Entered) -> Response[Any]:
    place = None if number is None else await queries.place(number, any_state=True)
    kept = number or 0
    with form.checking():
        try:
            if place is not None and place.foreign:
                await actions.correct(kept, {name: form(name) for name in CORRECTABLE})
            else:
                text = await _text_of(form, place)
                if number is None:
                    kept = await actions.create(text)
                else:
                    await actions.edit(number, text)
        except Conflict as refusal:
            form.errors["title"] = _(refusal.detail)
    if form.errors:
        return await _form(place, form, status=422)
    done = "create" if place is None else "correct" if place.foreign else "change"
    await audit.record(f"places.{done}", target=f"place:{kept}")
    return back_to(wording.path_of(kept, form.line("title")))


async def _text_of(form: Entered, before: Whole | None) -> PlaceText:
    lines = {name: form.line(name) for name in CORRECTABLE}
    degrees = {name: _degrees(form, name) for name in ("latitude", "longitude")}
    changes: dict[str, Any] = await taken(form, None)
    kept = {"picture_id": before.picture_id, "language": before.language} if before is not None else {}
    if before is not None:
        row = await Place.objects().get(Place.id == before.id)
        kept["provider_id"] = row.provider_id if row is not None else None
    return PlaceText(**{**lines, **degrees, **kept, **changes}, kind=form("kind"), body_html=as_html(form("body")))


def _degrees(form: Entered, name: str) -> float | None:
    text = form.line(name).replace(",", ".")
    if not text:
        return None
    try:
        return float(text)
    except ValueError as error:
        raise InvalidInput(actions.BAD_POINT.message, {name: actions.BAD_POINT.message}) from error


async def _form(place: Whole | None, form: Entered, *, status: int = 200) -> Response[str]:
    choices = [("", "–")]
    for group in kinds.GROUPS:
        choices += [(kind, f"{group.title}: {title}") for kind, title in group.kinds.items()]
    state = "new"
    if place is not None:
        rows = await current().fetch(_STATE_OF, [place.id])
        state = rows[0]["state"]
    return desk_page(
        "places/manage_form.html",
        PLACE,
        status=status,
        e=form,
        one=place,
        state=state,
        kinds=choices,
        kind_name=kinds.name_of(place.kind) if place is not None else "",
        wheelchairs=[(key, str(label)) for key, label in WHEELCHAIR.items()],
        picture=await keeping.by_id(place.picture_id) if place is not None and place.picture_id else None,
        crumbs=[Crumb(_("Places"), PLACE)],
        public_href=wording.path_of(place.id, place.title) if place is not None else "",
    )

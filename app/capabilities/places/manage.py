"""Places at the desk: the town writes its own and confirms, corrects or hides what came from elsewhere.

A provider's people enter and change the places of their providers, and see no others.
"""

import re
from typing import Any, Final

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.params import FromPath, FromQuery

from app.capabilities.places import actions, kinds, queries, wording
from app.capabilities.places.actions import PlaceText
from app.capabilities.places.folding import folded
from app.capabilities.places.queries import CORRECTABLE, Whole
from app.identity import audit
from app.kit.errors import Conflict, Forbidden, InvalidInput, NotFound
from app.kit.i18n import gettext_ as _
from app.kit.i18n import lazy
from app.kit.search import words_of
from app.media import keeping
from app.tenancy import current
from app.web.access import role
from app.web.cards import Crumb, Line
from app.web.manage.desk import Desk, back_to, desk_page
from app.web.manage.entered import FORM_BYTES, Entered, entered
from app.web.manage.listing import AT_ONCE, chips, next_href, skipped
from app.web.manage.pictures import taken
from app.web.manage.reach import TOWN, Reach, reach
from app.web.manage.week import entered_hours, holiday_choices, names_of_days, rows, typed
from app.web.manage.writing import as_html, as_text
from app.web.site import current_site

PLACE: Final = "/manage/places"
RIGHT: Final = "places.write"
STATES: Final = {
    "own": lazy("Our own"),
    "provider": lazy("From providers"),
    "unconfirmed": lazy("Unconfirmed"),
    "confirmed": lazy("Confirmed"),
    "hidden": lazy("Hidden"),
}
OF_PROVIDERS: Final = {"provider": lazy("Public"), "hidden": lazy("Hidden")}
"""The states that a provider's people know."""
WHEELCHAIR: Final = {
    "unknown": lazy("Not known"),
    "yes": lazy("Yes, without help"),
    "limited": lazy("Partly, or with help"),
    "no": lazy("No"),
}
_PAIR: Final = re.compile(r"(-?\d{1,2}\.\d+)\s*[,; ]\s*(-?\d{1,3}\.\d+)")
"""Latitude and longitude as maps on the web give them to be copied."""
_STATE: Final = """CASE WHEN o.hidden_at IS NOT NULL OR (p.feed_item_id IS NULL AND p.withdrawn_at IS NOT NULL)
    THEN 'hidden' WHEN p.feed_item_id IS NULL AND p.provider_id IS NOT NULL THEN 'provider'
    WHEN p.feed_item_id IS NULL THEN 'own' WHEN o.confirmed_at IS NOT NULL THEN 'confirmed'
    ELSE 'unconfirmed' END"""
# $1: of the whole town; otherwise of these providers.
_MINE: Final = """FROM place p
LEFT JOIN place_overlay o ON o.place_id = p.id
LEFT JOIN provider r ON r.id = p.provider_id
WHERE (p.feed_item_id IS NULL OR p.withdrawn_at IS NULL)
    AND ($1 OR (p.feed_item_id IS NULL AND p.provider_id = ANY ($2::bigint[])))"""
_LIST: Final = f"""SELECT p.id, coalesce(o.title, p.title) AS title, p.kind, coalesce(o.street, p.street) AS street,
    CASE WHEN p.feed_item_id IS NULL THEN coalesce(r.name, '') ELSE p.source_name END AS source_name, {_STATE} AS state
{_MINE} AND {_STATE} = $3 AND p.words LIKE ALL ($4::text[])
ORDER BY p.sort_name, p.id OFFSET $5 LIMIT $6"""
_COUNT: Final = f"SELECT {_STATE} AS state, count(*)::int AS count {_MINE} GROUP BY 1"
_STATE_OF: Final = f"""SELECT {_STATE} AS state, o.hidden_at IS NOT NULL AS by_town
FROM place p LEFT JOIN place_overlay o ON o.place_id = p.id WHERE p.id = $1"""  # noqa: S608 - constants


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
    counts = await _counts(await reach())
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


async def _counts(mine: Reach) -> dict[str, int]:
    return {row["state"]: row["count"] for row in await current().fetch(_COUNT, [mine.whole, mine.ids])}


async def place_for(mine: Reach, number: int) -> Whole:
    """A place this person may change, in any state; raises `NotFound` for any other."""
    found = await queries.place(number, any_state=True)
    if not mine.whole and (found.foreign or not mine.holds(found.provider_id)):
        raise NotFound(actions.GONE)
    return found


class PlacesDesk(Controller):
    """The list and the form."""

    path = PLACE
    include_in_schema = False
    request_max_body_size = FORM_BYTES

    @get("/", access=role("places.write"))
    async def index(self, only: FromQuery[str] = "", q: FromQuery[str] = "", skip: FromQuery[int] = 0) -> Response[str]:
        """Places by state; without one, those that wait to be looked through, or else the town's own."""
        mine = await reach()
        counts = await _counts(mine)
        states = STATES if mine.whole else OF_PROVIDERS
        usual = "own" if mine.whole else "provider"
        state = only if only in states else "unconfirmed" if counts.get("unconfirmed") else usual
        skip = skipped(skip)
        found = [f"%{word}%" for word in words_of(folded(q))]
        found_rows = await current().fetch(_LIST, [mine.whole, mine.ids, state, found, skip, AT_ONCE + 1])
        return desk_page(
            "places/manage_list.html",
            PLACE,
            rows=[(Written(**row), kinds.name_of(row["kind"])) for row in found_rows[:AT_ONCE]],
            chips=chips(states, state, counts),
            state=state,
            words=q[:200],
            next_href=next_href(found_rows, skip, AT_ONCE),
        )

    @get("/new", access=role("places.write"))
    async def blank(self) -> Response[str]:
        """An empty form."""
        mine = await reach()
        of = str(mine.ids[0]) if not mine.whole and mine.ids else TOWN
        return await _form(mine, None, Entered({"wheelchair": "unknown", "h_ph": "closed", "provider": of}))

    @post("/", access=role("places.write"))
    async def create(self, request: Request[Any, Any, Any]) -> Response[Any]:
        """Keep a new place; it is public at once."""
        return await _save(None, await entered(request))

    @get("/{number:int}", access=role("places.write"))
    async def one(self, number: FromPath[int]) -> Response[str]:
        """The form of a place; of one from a source only what may be corrected."""
        mine = await reach()
        place = await place_for(mine, number)
        fields = {name: str(getattr(place, name)) for name in (*CORRECTABLE, "kind")}
        fields |= (
            {"opening_hours": ""}
            | typed(place.opening_hours)
            | {
                "body": as_text(place.body_html),
                "latitude": "" if place.latitude is None else f"{place.latitude:.6f}",
                "longitude": "" if place.longitude is None else f"{place.longitude:.6f}",
                "provider": str(place.provider_id or TOWN),
            }
        )
        return await _form(mine, place, Entered(fields))

    @post("/{number:int}", access=role("places.write"))
    async def save(self, request: Request[Any, Any, Any], number: FromPath[int]) -> Response[Any]:
        """Change a place of the town or a provider, or say something else than the source."""
        return await _save(number, await entered(request))

    @post("/{number:int}/state", access=role("places.write"))
    async def state(self, request: Request[Any, Any, Any], number: FromPath[int]) -> Response[Any]:
        """Confirm, hide, show again, forget corrections, take back or restore; the button says which."""
        do = (await entered(request))("do")
        mine = await reach()
        await place_for(mine, number)
        deeds: dict[str, Any] = {
            "confirm": actions.confirm,
            "hide": actions.hide,
            "show": actions.show,
            "forget": actions.forget,
            "restore": actions.restore,
        }
        if do == "withdraw":
            await actions.take_back(number, by_town=mine.whole)
        elif do not in deeds:
            raise InvalidInput("This button is not known.")
        elif not mine.whole and do != "restore":
            raise Forbidden("Only the town may do this.")
        else:
            await deeds[do](number)
        await audit.record(f"places.{do}", target=f"place:{number}")
        return back_to(
            f"{PLACE}?only=unconfirmed" if request.query_params.get("next") == "list" else f"{PLACE}/{number}"
        )


async def _save(number: int | None, form: Entered) -> Response[Any]:
    mine = await reach()
    place = None if number is None else await place_for(mine, number)
    kept = number or 0
    provider_id: int | None = None
    with form.checking():
        provider_id = mine.chosen(form.line("provider"))
    with form.checking():
        form.values["opening_hours"] = entered_hours(form, place.opening_hours if place else "")
    with form.checking():
        try:
            if place is not None and place.foreign:
                if not form.errors:
                    await actions.correct(kept, {name: form(name) for name in CORRECTABLE})
            else:
                text = await _text_of(form, place, provider_id)
                if form.errors:
                    actions.check(text)
                elif number is None:
                    kept = await actions.create(text)
                else:
                    await actions.edit(number, text)
        except Conflict as refusal:
            form.errors["title"] = _(refusal.detail)
    if form.errors:
        return await _form(mine, place, form, status=422)
    done = "create" if place is None else "correct" if place.foreign else "change"
    await audit.record(f"places.{done}", target=f"place:{kept}")
    return back_to(wording.path_of(kept, form.line("title")))


async def _text_of(form: Entered, before: Whole | None, provider_id: int | None) -> PlaceText:
    lines = {name: form.line(name) for name in CORRECTABLE}
    latitude, longitude = _position(form)
    if latitude is None and longitude is None and (before is None or before.street != lines["street"]):
        latitude, longitude = await queries.position_of(lines["street"], lines["town"])
    kept: dict[str, Any] = {}
    if before is not None:
        kept = {"picture_id": before.picture_id, "language": before.language}
    kept |= await taken(form, provider_id) if not form.errors else {}
    return PlaceText(
        **{**lines, **kept},
        latitude=latitude,
        longitude=longitude,
        provider_id=provider_id,
        kind=form("kind"),
        body_html=as_html(form("body")),
    )


def _position(form: Entered) -> tuple[float | None, float | None]:
    """Both numbers, also when they were copied together into the first field."""
    pair = _PAIR.fullmatch(form.line("latitude"))
    if pair and not form.line("longitude"):
        return float(pair[1]), float(pair[2])
    return _degrees(form, "latitude"), _degrees(form, "longitude")


def _degrees(form: Entered, name: str) -> float | None:
    text = form.line(name).replace(",", ".")
    if not text:
        return None
    try:
        return float(text)
    except ValueError as error:
        raise InvalidInput(actions.BAD_POINT.message, {name: actions.BAD_POINT.message}) from error


async def _form(mine: Reach, place: Whole | None, form: Entered, *, status: int = 200) -> Response[str]:
    if not mine.whole and not mine.providers:
        raise Forbidden("Nobody has said yet for whom you publish. Please ask an owner of this village.")
    choices = [("", "–")]
    for group in kinds.GROUPS:
        choices += [(kind, f"{group.title}: {title}") for kind, title in group.kinds.items()]
    state, by_town = "new", False
    if place is not None:
        [row] = await current().fetch(_STATE_OF, [place.id])
        state, by_town = row["state"], row["by_town"]
    providers = [(str(id_), name) for id_, name in mine.providers]
    return desk_page(
        "places/manage_form.html",
        PLACE,
        status=status,
        e=form,
        errors=names_of_days(form.errors),
        one=place,
        state=state,
        by_town=by_town,
        whole=mine.whole,
        kinds=choices,
        kind_name=kinds.name_of(place.kind) if place is not None else "",
        providers=[(TOWN, current_site().name), *providers] if mine.whole else providers,
        wheelchairs=[(key, str(label)) for key, label in WHEELCHAIR.items()],
        week_rows=rows(),
        holidays=holiday_choices(),
        picture=await keeping.by_id(place.picture_id) if place is not None and place.picture_id else None,
        crumbs=[Crumb(_("Places"), PLACE)],
        public_href=wording.path_of(place.id, place.title) if place is not None else "",
    )

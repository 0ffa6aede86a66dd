"""Events at the desk: write, look at them, publish now or later, cancel, take back. Providers see their own only."""

from datetime import datetime
from typing import Any, Final

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.params import FromPath, FromQuery

from app.capabilities.events import actions, queries, wording
from app.capabilities.events.tables import Event
from app.capabilities.events.typed import KEEP, REPEATS, text_of, typed
from app.identity import audit
from app.kit import clock
from app.kit.errors import Conflict, Forbidden, InvalidInput, NotFound
from app.kit.i18n import gettext_ as _
from app.media import keeping
from app.tenancy import current
from app.web import words
from app.web.access import role
from app.web.cards import Crumb, Line
from app.web.manage.desk import Desk, back_to, desk_page
from app.web.manage.entered import FORM_BYTES, Entered, entered, later, typed_moment
from app.web.manage.listing import Writings, Written, state_of
from app.web.manage.pictures import taken
from app.web.manage.reach import TOWN, Reach, reach
from app.web.site import current_site

PLACE: Final = "/manage/events"
_GONE: Final = "This event does not exist, or no longer."

_LIST: Final = """SELECT id, title, moment, changed_at, published_at, provider, foreign_, cancelled, state FROM (
    SELECT e.id, e.title, coalesce(e.starts_at, e.first_day::timestamptz) AS moment, e.changed_at, e.published_at,
        coalesce(p.name, '') AS provider, e.feed_item_id IS NOT NULL AS foreign_, e.status = 'cancelled' AS cancelled,
        CASE WHEN e.withdrawn_at IS NOT NULL THEN 'withdrawn' WHEN e.published_at IS NULL THEN 'draft'
             WHEN e.published_at > $3 THEN 'waiting' ELSE 'public' END AS state
    FROM event e LEFT JOIN provider p ON p.id = e.provider_id
    WHERE ($1 OR e.provider_id = ANY ($2)) AND e.duplicate_of IS NULL
) AS found
WHERE CASE $4 WHEN '' THEN NOT foreign_ ELSE state = $4 END
ORDER BY changed_at DESC, id DESC OFFSET $5 LIMIT $6"""
"""Without a state: what was written here; with one also what sources brought."""
_COUNT: Final = """SELECT
    CASE WHEN e.withdrawn_at IS NOT NULL THEN 'withdrawn' WHEN e.published_at IS NULL THEN 'draft'
         WHEN e.published_at > $3 THEN 'waiting' ELSE 'public' END AS state, count(*)::int AS count
FROM event e WHERE ($1 OR e.provider_id = ANY ($2)) AND e.duplicate_of IS NULL GROUP BY 1"""


WRITINGS: Final = Writings(place=PLACE, rows=_LIST, counts=_COUNT)


async def event_for(mine: Reach, id_: int) -> Event:
    """An event this person may touch, in any state; raises `NotFound` for any other."""
    found: Event | None = await Event.objects().get(Event.id == id_)
    if found is None or not mine.holds(found.provider_id):
        raise NotFound(_GONE)
    return found


async def desk() -> Desk:
    """What waits."""
    zone = current_site().zone

    def told(one: Written) -> Line:
        when = words.when(one.moment, zone=zone) if one.moment else ""
        return Line(title=one.title, href=WRITINGS.href(one), source=one.provider, when=when)

    return await WRITINGS.desk(title=_("Events"), action="events.write", new_label=_("Enter an event"), told=told)


class EventsDesk(Controller):
    """The list and the form."""

    path = PLACE
    include_in_schema = False
    request_max_body_size = FORM_BYTES

    @get("/", access=role("events.write"))
    async def index(self, only: FromQuery[str] = "", skip: FromQuery[int] = 0) -> Response[str]:
        """What was written here, by state; what sources brought is shown with a state."""
        return await WRITINGS.page("events/manage_list.html", only, skip)

    @get("/new", access=role("events.write"))
    async def blank(self) -> Response[str]:
        """An empty form."""
        mine = await reach()
        return await _form(mine, None, Entered({"provider": str(mine.ids[0]) if not mine.whole and mine.ids else ""}))

    @post("/", access=role("events.write"))
    async def create(self, request: Request[Any, Any, Any]) -> Response[Any]:
        """Keep a new event, and publish it when that is what was pressed."""
        return await _save(None, await entered(request))

    @get("/{number:int}", access=role("events.write"))
    async def one(self, number: FromPath[int]) -> Response[str]:
        """The form of an event."""
        mine = await reach()
        event = await event_for(mine, number)
        at = typed_moment(event.published_at) if _state(event) == "waiting" else ""
        return await _form(mine, event, Entered(typed(event) | {"at": at}))

    @post("/{number:int}", access=role("events.write"))
    async def save(self, request: Request[Any, Any, Any], number: FromPath[int]) -> Response[Any]:
        """Change an event, and publish it when that is what was pressed."""
        return await _save(number, await entered(request))

    @get("/{number:int}/preview", access=role("events.write"))
    async def preview(self, number: FromPath[int]) -> Response[str]:
        """The event's page as readers will see it."""
        row = await event_for(await reach(), number)
        event, now = await queries.draft(number), clock.now()
        dates = await queries.dates(number, now, 60)
        return desk_page(
            "events/manage_preview.html",
            PLACE,
            event=event,
            row=row,
            state=_state(row),
            badge=wording.badge(dates[0], now) if dates else "",
            cancelled=bool(dates) and dates[0].status == "cancelled",
            over=bool(dates) and dates[0].over_at <= now,
            facts=wording.facts(event, dates[0] if dates else None),
            dates=[(wording.when(one), wording.badge(one, now), one.title, one.location_name) for one in dates[1:]],
            crumbs=[Crumb(_("Back to the form"), f"{PLACE}/{number}")],
            picture=await keeping.of_event(number),
            calendar_href=f"/events/{number}.ics",
            source=event.source_name or event.provider_name or current_site().name,
        )

    @post("/{number:int}/state", access=role("events.publish"))
    async def state(self, request: Request[Any, Any, Any], number: FromPath[int]) -> Response[Any]:
        """Publish, cancel, take back, show again, or make a draft again; the button says which."""
        do = (await entered(request))("do")
        event = await event_for(await reach(), number)
        deeds: dict[str, Any] = {
            "publish": actions.publish,
            "cancel": actions.cancel,
            "withdraw": actions.take_back,
            "restore": actions.restore,
            "draft": actions.unschedule,
        }
        if do not in deeds:
            raise InvalidInput("This button is not known.")
        await deeds[do](number)
        await audit.record(f"events.{do}", target=f"event:{number}")
        return back_to(wording.path_of(number, event.title) if do in ("publish", "cancel") else f"{PLACE}/{number}")


async def _save(number: int | None, form: Entered) -> Response[Any]:
    mine = await reach()
    event = None if number is None else await event_for(mine, number)
    do = form("do")
    provider_id: int | None = None
    at: datetime | None = None
    texts: list[actions.EventText] = []
    with form.checking():
        provider_id = mine.chosen(form.line("provider"))
    with form.checking():
        category = await _category(form.number("category"))
        texts = [text_of(form, provider_id=provider_id, category_id=category, before=event)]
    if do == "schedule":
        with form.checking():
            at = later(form, "at")
    changes = {} if form.errors else await taken(form, provider_id)
    kept = number or 0
    if not form.errors:
        text = msgspec.structs.replace(texts[0], **changes)
        with form.checking():
            try:
                if number is None:
                    kept = await actions.create(text)
                else:
                    await actions.edit(number, text)
                if do in ("publish", "schedule"):
                    await actions.publish(kept, at=at)
            except Conflict as refusal:
                form.errors["title"] = _(refusal.detail)
    if form.errors:
        # Answered with 422, so whatever was written a moment ago is rolled back.
        return await _form(mine, event, form, status=422)
    done = {"publish": "events.publish", "schedule": "events.schedule"}.get(
        do, "events.create" if event is None else "events.change"
    )
    await audit.record(done, target=f"event:{kept}")
    if do == "preview":
        return back_to(f"{PLACE}/{kept}/preview")
    public = do == "publish" or (event is not None and _state(event) == "public")
    return back_to(wording.path_of(kept, form.line("title")) if public else PLACE)


async def _category(id_: int | None) -> int | None:
    found: int | None = await current().fetchval(
        "SELECT id FROM category WHERE id = $1 AND capability = 'events'", [id_]
    )
    return found


async def _form(mine: Reach, event: Event | None, form: Entered, *, status: int = 200) -> Response[str]:
    if not mine.whole and not mine.providers:
        raise Forbidden("Nobody has said yet for whom you publish. Please ask an owner of this village.")
    categories = await current().fetch(
        "SELECT id, name FROM category WHERE capability = 'events' ORDER BY position, name"
    )
    providers = [(str(id_), name) for id_, name in mine.providers]
    repeats = [(key, str(label)) for key, label in REPEATS.items()]
    if event is not None and typed(event)["repeat"] == KEEP:
        repeats.append((KEEP, _("As it is: a rule of its own")))
    return desk_page(
        "events/manage_form.html",
        PLACE,
        status=status,
        e=form,
        event=event,
        state=_state(event) if event is not None else "new",
        categories=[("", "–"), *((str(row["id"]), row["name"]) for row in categories)],
        providers=[(TOWN, current_site().name), *providers] if mine.whole else providers,
        repeats=repeats,
        picture=await keeping.of_event(event.id) if event is not None else None,
        crumbs=[Crumb(_("Events"), PLACE)],
        public_href=wording.path_of(event.id, event.title) if event is not None else "",
    )


def _state(event: Event) -> str:
    published: Any = event.published_at
    withdrawn: Any = event.withdrawn_at
    return state_of(published, withdrawn=withdrawn is not None)

"""Services and offices at the desk: correct what a source says, go back to it, add the town's own, hide one."""

from typing import Any, Final, cast

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.params import FromPath, FromQuery

from app.capabilities.townhall import corrections, twins
from app.capabilities.townhall.corrections import Kept
from app.capabilities.townhall.pages import KINDS
from app.capabilities.townhall.rows import NAMES, RECORDS, Table
from app.capabilities.townhall.typed import BLOCKS, MOST_OFFICES, blank, fields_of, office_choices, own_of
from app.identity import audit
from app.kit import clock
from app.kit.errors import InvalidInput, NotFound
from app.kit.i18n import gettext_ as _
from app.kit.i18n import lazy
from app.kit.search import patterns
from app.kit.slug import numbered
from app.tenancy import current
from app.tenancy.village import touched
from app.web import words
from app.web.access import role
from app.web.cards import Chip, Crumb
from app.web.manage.desk import Desk, back_to, desk_page
from app.web.manage.entered import Entered, entered
from app.web.manage.listing import chips, next_href, skipped
from app.web.manage.week import SAME, holiday_choices, names_of_days, rows
from app.web.site import current_site

PLACE: Final = "/manage/townhall"
RIGHT: Final = "townhall.write"
AT_ONCE: Final = 60
STATES: Final = {
    "source": lazy("From sources"),
    "corrected": lazy("Changed by us"),
    "own": lazy("Our own"),
    "hidden": lazy("Hidden"),
}
WHEELCHAIR: Final = {
    "unknown": lazy("Not known"),
    "yes": lazy("Yes, without help"),
    "limited": lazy("Partly, or with help"),
    "no": lazy("No"),
}
_HERE: Final = "(withdrawn_at IS NULL OR withdrawn_by = 'editor')"
"""Neither gone from its source nor told by another one; see `twins`."""
_STATE: Final = """CASE WHEN withdrawn_by = 'editor' THEN 'hidden' WHEN feed_item_id IS NULL THEN 'own'
    WHEN own IS NOT NULL THEN 'corrected' ELSE 'source' END"""
_LIST: Final = {
    table: f"""SELECT id, title, source_name, corrected_at, {_STATE} AS state FROM {table}
WHERE {_HERE} AND {_STATE} = $1 AND ($2 = '' OR title ILIKE ANY ($3))
ORDER BY sort_key, id OFFSET $4 LIMIT $5"""  # noqa: S608 - constants
    for table in NAMES
}
_COUNT: Final = {
    table: f"SELECT {_STATE} AS state, count(*)::int AS count FROM {table} WHERE {_HERE} GROUP BY 1"  # noqa: S608 - constants
    for table in NAMES
}
_STATE_OF: Final = {
    table: f"SELECT {_STATE} AS state, corrected_at FROM {table} WHERE id = $1 AND {_HERE}"  # noqa: S608 - constants
    for table in NAMES
}
_ADD: Final = {
    table: f"""INSERT INTO {table} ({", ".join(names)}, created_at, changed_at)
SELECT {", ".join(names)}, $2, $2 FROM jsonb_to_record($1::jsonb) AS item ({RECORDS[table]}) RETURNING id"""  # noqa: S608 - constants
    for table, names in NAMES.items()
}
_HIDE: Final = {
    table: f"""UPDATE {table} SET withdrawn_at = CASE WHEN $2 THEN $3::timestamptz END, changed_at = $3,
    withdrawn_by = CASE WHEN $2 THEN 'editor' ELSE '' END WHERE id = $1 AND {_HERE}"""  # noqa: S608 - constants
    for table in NAMES
}


async def desk() -> Desk:
    """The way to both lists."""
    return Desk(
        title=_("Services and offices"),
        action=RIGHT,
        href=PLACE,
        new_label=_("Enter a service"),
        new_href=f"{PLACE}/service/new",
    )


class TownhallDesk(Controller):
    """The two lists and the two forms."""

    path = PLACE
    include_in_schema = False

    @get("/", access=role("townhall.write"))
    async def index(
        self, of: FromQuery[str] = "", only: FromQuery[str] = "", q: FromQuery[str] = "", skip: FromQuery[int] = 0
    ) -> Response[str]:
        """Services, or offices, by state."""
        table = _table(of or "service")
        counts = {row["state"]: row["count"] for row in await current().fetch(_COUNT[table], [])}
        state = only if only in STATES else next((name for name in STATES if counts.get(name)), "source")
        skip = skipped(skip)
        found = await current().fetch(_LIST[table], [state, q[:200], patterns(q[:200]), skip, AT_ONCE + 1])
        return desk_page(
            "townhall/manage_list.html",
            PLACE,
            rows=found[:AT_ONCE],
            table=table,
            tables=[
                Chip(label=str(label), href=f"{PLACE}?of={name}", chosen=name == table)
                for name, label in (("service", _("Services")), ("office", _("Offices")))
            ],
            chips=chips(STATES, state, counts),
            state=state,
            words=q[:200],
            next_href=next_href(found, skip, AT_ONCE),
        )

    @get("/{table:str}/new", access=role("townhall.write"))
    async def blank(self, table: FromPath[str]) -> Response[str]:
        """An empty form."""
        return await _form(_table(table), None, blank(_table(table)), None)

    @post("/{table:str}", access=role("townhall.write"))
    async def create(self, request: Request[Any, Any, Any], table: FromPath[str]) -> Response[Any]:
        """Keep a new entry of the town; it is public at once."""
        return await _save(_table(table), None, await entered(request))

    @get("/{table:str}/{number:int}", access=role("townhall.write"))
    async def one(self, table: FromPath[str], number: FromPath[int]) -> Response[str]:
        """The form of an entry."""
        return await _form(_table(table), number, await corrections.kept(_table(table), number), None)

    @post("/{table:str}/{number:int}", access=role("townhall.write"))
    async def save(self, request: Request[Any, Any, Any], table: FromPath[str], number: FromPath[int]) -> Response[Any]:
        """Change an entry of the town, or say something else than the source."""
        return await _save(_table(table), number, await entered(request))

    @post("/{table:str}/{number:int}/state", access=role("townhall.write"))
    async def state(
        self, request: Request[Any, Any, Any], table: FromPath[str], number: FromPath[int]
    ) -> Response[Any]:
        """Hide, show again, or go back to the source; the button says which."""
        name, do = _table(table), (await entered(request))("do")
        await _state_of(name, number)
        if do == "forget":
            await corrections.correct(name, number, {})
        elif do in ("hide", "show"):
            await current().fetch(_HIDE[name], [number, do == "hide", clock.now()])
            touched()
        else:
            raise InvalidInput("This button is not known.")
        await twins.link()
        await audit.record(f"townhall.{do}", target=f"{name}:{number}")
        return back_to(f"{PLACE}/{name}/{number}")


def _table(text: str) -> Table:
    if text not in NAMES:
        raise NotFound(corrections.GONE)
    return cast("Table", text)


async def _state_of(table: Table, number: int) -> Any:
    found = await current().fetch(_STATE_OF[table], [number])
    if not found:
        raise NotFound(corrections.GONE)
    return found[0]


async def _save(table: Table, number: int | None, form: Entered) -> Response[Any]:
    kept = blank(table) if number is None else await corrections.kept(table, number)
    offices = await office_choices() if table == "service" else []
    own: dict[str, Any] = {}
    with form.checking():
        own = own_of(table, form, kept, offices)
    if form.errors:
        return await _form(table, number, kept, form, status=422)
    if number is None:
        row = corrections.merged(table, kept.row, own)
        text = msgspec.json.encode(row).decode()
        number = int(await current().fetchval(_ADD[table], [text, clock.now()]))
        touched()
        deed = "create"
    elif kept.foreign:
        await corrections.correct(table, number, own)
        deed = "correct"
    else:
        await corrections.change(table, number, own)
        deed = "change"
    await twins.link()
    await audit.record(f"townhall.{deed}", target=f"{table}:{number}")
    return back_to(f"/{table}s/" + numbered(number, form.line("title")))


async def _form(
    table: Table, number: int | None, kept: Kept, form: Entered | None, *, status: int = 200
) -> Response[str]:
    found = None if number is None else await _state_of(table, number)
    offices = await office_choices() if table == "service" else []
    fields = form or Entered(fields_of(table, kept, offices))
    at = found["corrected_at"] if found else None
    return desk_page(
        f"townhall/manage_{table}.html",
        PLACE,
        status=status,
        e=fields,
        errors=names_of_days(fields.errors),
        number=number,
        title=kept.row["title"],
        foreign=kept.foreign,
        state=found["state"] if found else "new",
        source=kept.row["attribution"] or kept.row["source_name"],
        source_url=kept.row["source_url"],
        corrected=words.date_medium(at.astimezone(current_site().timezone).date()) if at else "",
        blocks=[(kind, str(KINDS[kind])) for kind in BLOCKS],
        offices=[("", "–"), *offices],
        selections=range(1, MOST_OFFICES + 1),
        wheelchairs=[(key, str(label)) for key, label in WHEELCHAIR.items()],
        week_rows=rows(),
        holidays=holiday_choices(same=fields("h_ph") == SAME),
        crumbs=[Crumb(_("Services and offices"), PLACE)]
        + ([Crumb(_("Offices"), f"{PLACE}?of=office")] if table == "office" else []),
        public_href=f"/{table}s/" + numbered(number, kept.row["title"]) if number else "",
    )

"""Rubbish at the desk: read in a calendar for a street or a tour, add, shift and strike out single days."""

from typing import Any, Final

from litestar import Controller, Request, Response, get, post
from litestar.params import FromPath

from app.capabilities.waste import actions, queries, wording
from app.capabilities.waste.pages import Words
from app.capabilities.waste.queries import Area
from app.identity import audit
from app.kit.errors import InvalidInput
from app.kit.i18n import gettext_ as _
from app.web.access import role
from app.web.manage.desk import back_to, desk_page
from app.web.manage.entered import Entered, entered

PLACE: Final = "/manage/waste"
AT_ONCE: Final = 100
FILE_BYTES: Final = 3_000_000


class WasteDesk(Controller):
    """The streets, and the days of each."""

    path = PLACE
    include_in_schema = False
    request_max_body_size = FILE_BYTES

    @get("/", access=role("waste.write"))
    async def index(self, q: Words = "") -> Response[str]:
        """The streets, and the form for a calendar."""
        return await _list(q.strip(), Entered())

    @post("/", access=role("waste.write"))
    async def read_in(self, request: Request[Any, Any, Any]) -> Response[Any]:
        """Take a calendar file."""
        form = await entered(request)
        key = ""
        with form.checking():
            area, days = await actions.read_in(form.line("name"), form.file)
            await audit.record("waste.read", target=f"waste_area:{area.id}", detail={"days": days})
            key = area.key
        return await _list("", form, status=422) if form.errors else back_to(f"{PLACE}/{key}")

    @get("/{key:str}", access=role("waste.write"))
    async def one(self, key: FromPath[str]) -> Response[str]:
        """The days of a street."""
        return await _days(await queries.area(key), Entered())

    @post("/{key:str}", access=role("waste.write"))
    async def change(self, request: Request[Any, Any, Any], key: FromPath[str]) -> Response[Any]:
        """Add a day, shift, strike out or bring back one, or delete what was entered; the button says which."""
        area = await queries.area(key)
        form = await entered(request)
        do = form("do")
        with form.checking():
            await _deed(do, area, form)
            await audit.record(f"waste.{do}", target=f"waste_area:{area.id}", detail={"date": form.number("date")})
        if form.errors:
            return await _days(area, form, status=422)
        return back_to(PLACE if do == "remove" else f"{PLACE}/{area.key}")


async def _deed(do: str, area: Area, form: Entered) -> None:
    number = form.number("date") or 0
    if do == "add":
        await actions.add(area, form.day("day"), form("fraction"))
    elif do == "shift":
        # Each line has a field of its own, so that the error stands beside it.
        name = f"to-{number}"
        try:
            await actions.shift(area, number, form.day(name))
        except InvalidInput as refusal:
            texts = list(refusal.fields.values())
            raise InvalidInput(refusal.detail, {name: texts[0] if texts else refusal.detail}) from refusal
    elif do == "strike":
        await actions.strike_out(area, number)
    elif do == "restore":
        await actions.restore(area, number)
    elif do == "remove":
        await actions.remove(area)
    else:
        raise InvalidInput("This button is not known.")


async def _list(words: str, form: Entered, *, status: int = 200) -> Response[str]:
    found = (await queries.to_choose(words, limit=AT_ONCE + 1)).areas
    return desk_page(
        "waste/manage_list.html",
        PLACE,
        status=status,
        e=form,
        words=words,
        areas=found[:AT_ONCE],
        more=len(found) > AT_ONCE,
    )


async def _days(area: Area, form: Entered, *, status: int = 200) -> Response[str]:
    today = queries.today()
    rows = [
        (one, wording.name_of(one), wording.day_words(one.day, today))
        for one in await queries.all_dates(area.id, today)
    ]
    origins = await queries.origins(area.id)
    return desk_page(
        "waste/manage_area.html",
        PLACE,
        status=status,
        e=form,
        area=area,
        rows=rows,
        kinds=[("", _("Please choose")), *((name, str(wording.BINS[name].name)) for name in actions.FRACTIONS)],
        origins=origins,
        entered_here=any(one.feed_id is None for one, _name, _when in rows),
    )

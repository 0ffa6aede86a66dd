"""The town's pictures: take one along with a form, the page that lists them, and the files themselves."""

from typing import Any, Final

from litestar import Controller, Request, Response, get, post
from litestar.params import FromPath

from app.identity import audit
from app.kit.errors import InvalidInput, NotFound, TooLarge
from app.kit.i18n import gettext_ as _
from app.kit.i18n import lazy
from app.media import keeping
from app.media.keeping import Kept
from app.web.access import PUBLIC, role
from app.web.manage.desk import back_to, desk_page
from app.web.manage.entered import FORM_BYTES, Entered, entered
from app.web.manage.reach import TOWN, Reach, reach, somebody
from app.web.respond import raw

PLACE: Final = "/manage/pictures"
_NO_FILE: Final = lazy("Please choose a picture.")


async def taken(form: Entered, provider_id: int | None) -> dict[str, int | None]:
    """`{"picture_id": …}` when a picture came along with a form or is to go; what is wrong lands in `form.errors`."""
    if not form.file:
        return {"picture_id": None} if form("no_picture") else {}
    with form.checking():
        try:
            kept = await keeping.keep(
                form.file, alt=form.line("alt"), credit=form.line("credit"), provider_id=provider_id, by=somebody().sub
            )
        except TooLarge as refusal:
            form.errors["file"] = _(refusal.detail)
        else:
            await audit.record("media.create", target=f"media:{kept.id}")
            return {"picture_id": kept.id}
    return {}


class Pictures(Controller):
    """The list, and the form for a new one."""

    path = PLACE
    include_in_schema = False
    request_max_body_size = FORM_BYTES

    @get("/", access=role("media.write"))
    async def index(self) -> Response[str]:
        """The newest pictures."""
        return await _page(await reach(), Entered())

    @post("/", access=role("media.write"))
    async def upload(self, request: Request[Any, Any, Any]) -> Response[Any]:
        """Take a picture."""
        mine = await reach()
        form = await entered(request)
        provider_id: int | None = None
        if not form.file:
            form.errors["file"] = str(_NO_FILE)
        with form.checking():
            provider_id = mine.chosen(form.line("provider"))
        if not form.errors:
            await taken(form, provider_id)
        return await _page(mine, form, status=422) if form.errors else back_to(PLACE)

    @post("/{number:int}", access=role("media.write"))
    async def change(self, request: Request[Any, Any, Any], number: FromPath[int]) -> Response[Any]:
        """Change what is said about a picture, or delete it."""
        form = await entered(request)
        await picture_for(await reach(), number)
        if form("do") == "remove":
            await keeping.remove(number)
        elif form("do") == "describe":
            await keeping.describe(number, alt=form.line("alt"), credit=form.line("credit"))
        else:
            raise InvalidInput("This button is not known.")
        await audit.record(f"media.{form('do')}", target=f"media:{number}")
        return back_to(PLACE)


@get("/media/{name:str}", access=PUBLIC, include_in_schema=False)
async def picture_file(name: FromPath[str]) -> Response[Any]:
    """A picture; its name says its content, so browsers keep it."""
    # `private` keeps it out of the store of finished pages, which is for texts.
    answer = raw(await keeping.read(name), "image/webp")
    answer.headers["cache-control"] = "private, max-age=31536000, immutable"
    answer.headers["content-security-policy"] = "default-src 'none'; sandbox"
    answer.headers["cross-origin-resource-policy"] = "same-site"
    return answer


async def picture_for(mine: Reach, id_: int) -> Kept:
    """A picture this person may change; raises `NotFound` for any other."""
    found = await keeping.by_id(id_)
    if not mine.holds(found.provider_id):
        raise NotFound("There is no such picture.")
    return found


async def _page(mine: Reach, form: Entered, *, status: int = 200) -> Response[str]:
    slugs = None if mine.whole else sorted(somebody().providers)
    providers = [(str(id_), name) for id_, name in mine.providers]
    return desk_page(
        "manage/pictures.html",
        PLACE,
        status=status,
        e=form,
        pictures=await keeping.newest(providers=slugs),
        providers=[(TOWN, _("The town itself")), *providers] if mine.whole else providers,
    )

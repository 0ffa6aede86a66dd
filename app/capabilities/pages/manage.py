"""Pages at the desk: write them in each language, look at the states they had, bring one back; the menu."""

from typing import Any, Final

from litestar import Controller, Request, Response, get, post
from litestar.params import FromPath, FromQuery

from app.capabilities.pages import actions, menu, queries, versions
from app.capabilities.pages.tables import Page
from app.identity import audit
from app.kit import i18n
from app.kit.errors import InvalidInput, NotFound
from app.kit.i18n import gettext_ as _
from app.kit.i18n import lazy
from app.kit.slug import slug
from app.web.access import role
from app.web.cards import Crumb
from app.web.manage.desk import back_to, desk_page
from app.web.manage.entered import Entered, entered
from app.web.manage.writing import as_html, as_text

PLACE: Final = "/manage/pages"
LANGUAGES: Final = {"de": lazy("German"), "de-simple": lazy("Plain language"), "en": lazy("English")}


class PagesDesk(Controller):
    """The list, the form and the states of a page."""

    path = PLACE
    include_in_schema = False

    @get("/", access=role("pages.write"))
    async def index(self) -> Response[str]:
        """All pages in all their languages."""
        rows = await Page.objects().order_by(Page.position).order_by(Page.slug).order_by(Page.language)
        return desk_page("pages/manage_list.html", PLACE, rows=rows, languages=LANGUAGES)

    @get("/new", access=role("pages.write"))
    async def blank(self, of: FromQuery[str] = "", language: FromQuery[str] = "de") -> Response[str]:
        """An empty form, or one for a page that is there in another language."""
        return _form(None, Entered({"slug": of, "language": language if language in LANGUAGES else "de"}))

    @post("/", access=role("pages.write"))
    async def create(self, request: Request[Any, Any, Any]) -> Response[Any]:
        """Keep a new page; it is public at once."""
        form = await entered(request)
        number = 0
        with form.checking():
            number = await actions.create(_values(form) | {"slug": form.line("slug") or slug(form.line("title"))})
        if form.errors:
            return _form(None, form, status=422)
        await audit.record("pages.create", target=f"page:{number}")
        return back_to(PLACE)

    @get("/{number:int}", access=role("pages.write"))
    async def one(self, number: FromPath[int]) -> Response[str]:
        """The form of a page."""
        page = await _page(number)
        values = {"title": page.title, "slug": page.slug, "language": page.language, "body": as_text(page.body_html)}
        return _form(page, Entered(values | ({"in_menu": "yes"} if page.in_menu else {})))

    @post("/{number:int}", access=role("pages.write"))
    async def save(self, request: Request[Any, Any, Any], number: FromPath[int]) -> Response[Any]:
        """Change a page."""
        page = await _page(number)
        form = await entered(request)
        with form.checking():
            await actions.change(number, _values(form) | {"slug": page.slug, "language": page.language})
        if form.errors:
            return _form(page, form, status=422)
        await audit.record("pages.change", target=f"page:{number}")
        return back_to(f"/pages/{page.slug}")

    @get("/{number:int}/versions", access=role("pages.write"))
    async def states(self, number: FromPath[int], show: FromQuery[int] = 0) -> Response[str]:
        """The states that a page had; one of them is shown."""
        page = await _page(number)
        found = await versions.of_page(number)
        shown = next((one for one in found if one.id == show), found[0] if found else None)
        return desk_page(
            "pages/manage_versions.html", PLACE, page=page, versions=found, shown=shown,
            crumbs=[Crumb(_("Pages"), PLACE), Crumb(page.title, f"{PLACE}/{number}")],
        )  # fmt: skip

    @post("/{number:int}/restore", access=role("pages.write"))
    async def restore(self, request: Request[Any, Any, Any], number: FromPath[int]) -> Response[Any]:
        """Bring a state back."""
        page = await _page(number)
        await versions.restore(number, (await entered(request)).number("version") or 0)
        await audit.record("pages.restore", target=f"page:{number}")
        return back_to(f"/pages/{page.slug}")


class MenuDesk(Controller):
    """The menu that the town builds."""

    path = "/manage/menu"
    include_in_schema = False

    @get("/", access=role("pages.write"))
    async def index(self) -> Response[str]:
        """The menu, and a form for another link."""
        return await _menu(Entered())

    @post("/", access=role("pages.write"))
    async def change(self, request: Request[Any, Any, Any]) -> Response[Any]:
        """Add a link, move one or take one out; the button says which."""
        form = await entered(request)
        do, place = form("do"), form.number("place")
        if do == "add":
            with form.checking():
                await menu.add(
                    form("group"), form("title"), form.line("href") or form.line("page"),
                    group_en=form("group_en"), title_en=form("title_en"),
                )  # fmt: skip
            if form.errors:
                return await _menu(form, status=422)
        elif do in ("up", "down") and place is not None:
            await menu.move(place, -1 if do == "up" else 1)
        elif do == "remove" and place is not None:
            await menu.remove(place)
        else:
            raise InvalidInput("This button is not known.")
        await audit.record("pages.menu", target="menu")
        return back_to("/manage/menu")


async def _page(number: int) -> Page:
    page: Page | None = await Page.objects().get(Page.id == number)
    if page is None:
        raise NotFound("There is no such page.")
    return page


def _values(form: Entered) -> dict[str, Any]:
    return {
        "title": form.line("title"),
        "language": form.line("language") or "de",
        "body_html": as_html(form("body")),
        "in_menu": form("in_menu") == "yes",
    }


def _form(page: Page | None, form: Entered, *, status: int = 200) -> Response[str]:
    return desk_page(
        "pages/manage_form.html", PLACE, status=status, e=form, page=page, crumbs=[Crumb(_("Pages"), PLACE)],
        languages=[(name, str(label)) for name, label in LANGUAGES.items()],
    )  # fmt: skip


async def _menu(form: Entered, *, status: int = 200) -> Response[str]:
    pages = await queries.all_pages(i18n.locale())
    return desk_page(
        "pages/manage_menu.html", PLACE, status=status, e=form, groups=await menu.menu(),
        pages=[("", "–"), *((f"/pages/{one.slug}", one.title) for one in pages)],
        crumbs=[Crumb(_("Pages"), PLACE)],
    )  # fmt: skip

"""News at the desk: write, look at it, publish now or later, take it back. A provider's people see their own only."""

from datetime import datetime
from typing import Any, Final

from litestar import Controller, Request, Response, get, post
from litestar.params import FromPath, FromQuery

from app.capabilities.news import actions, queries
from app.capabilities.news.pages import facts, source_name
from app.capabilities.news.tables import Article
from app.identity import audit
from app.kit.errors import Conflict, Forbidden, InvalidInput, NotFound
from app.kit.i18n import gettext_ as _
from app.kit.slug import numbered
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
from app.web.manage.writing import as_html, as_text
from app.web.site import current_site

PLACE: Final = "/manage/news"
_GONE: Final = "There is no such article. It may have been withdrawn."

_LIST: Final = """SELECT id, title, published_at AS moment, published_at, changed_at, provider, foreign_, state FROM (
    SELECT a.id, a.title, a.published_at, a.changed_at, coalesce(p.name, '') AS provider,
        a.feed_item_id IS NOT NULL AS foreign_,
        CASE WHEN a.withdrawn_by <> '' THEN 'withdrawn' WHEN a.published_at IS NULL THEN 'draft'
             WHEN a.published_at > $3 THEN 'waiting' ELSE 'public' END AS state
    FROM article a LEFT JOIN provider p ON p.id = a.provider_id
    WHERE $1 OR a.provider_id = ANY ($2)
) AS found
WHERE CASE $4 WHEN '' THEN NOT foreign_ ELSE state = $4 END
ORDER BY coalesce(published_at, changed_at) DESC, id DESC OFFSET $5 LIMIT $6"""
"""Without a state: what was written here; with one also what sources brought."""
_COUNT: Final = """SELECT
    CASE WHEN a.withdrawn_by <> '' THEN 'withdrawn' WHEN a.published_at IS NULL THEN 'draft'
         WHEN a.published_at > $3 THEN 'waiting' ELSE 'public' END AS state, count(*)::int AS count
FROM article a WHERE $1 OR a.provider_id = ANY ($2) GROUP BY 1"""


WRITINGS: Final = Writings(place=PLACE, rows=_LIST, counts=_COUNT)


async def article_for(mine: Reach, id_: int) -> Article:
    """An article this person may touch; raises `NotFound` for any other."""
    found = await actions.article(id_)
    if not mine.holds(found.provider_id):
        raise NotFound(_GONE)
    return found


async def desk() -> Desk:
    """What waits."""
    zone = current_site().zone

    def told(one: Written) -> Line:
        age = words.age(one.changed_at, zone=zone)
        return Line(title=one.title, href=WRITINGS.href(one), source=one.provider, age=age)

    return await WRITINGS.desk(title=_("News"), action="news.write", new_label=_("Write news"), told=told)


class NewsDesk(Controller):
    """The list and the form."""

    path = PLACE
    include_in_schema = False
    request_max_body_size = FORM_BYTES

    @get("/", access=role("news.write"))
    async def index(self, only: FromQuery[str] = "", skip: FromQuery[int] = 0) -> Response[str]:
        """What was written here, by state; what sources brought is shown with a state."""
        return await WRITINGS.page("news/manage_list.html", only, skip)

    @get("/new", access=role("news.write"))
    async def blank(self) -> Response[str]:
        """An empty form."""
        mine = await reach()
        return await _form(mine, None, Entered({"provider": str(mine.ids[0]) if not mine.whole and mine.ids else ""}))

    @post("/", access=role("news.write"))
    async def create(self, request: Request[Any, Any, Any]) -> Response[Any]:
        """Keep a new article, and publish it when that is what was pressed."""
        return await _save(None, await entered(request))

    @get("/{number:int}", access=role("news.write"))
    async def one(self, number: FromPath[int]) -> Response[str]:
        """The form of an article."""
        mine = await reach()
        article = await article_for(mine, number)
        return await _form(mine, article, _filled(article))

    @post("/{number:int}", access=role("news.write"))
    async def save(self, request: Request[Any, Any, Any], number: FromPath[int]) -> Response[Any]:
        """Change an article, and publish it when that is what was pressed."""
        return await _save(number, await entered(request))

    @get("/{number:int}/preview", access=role("news.write"))
    async def preview(self, number: FromPath[int]) -> Response[str]:
        """The article's page as readers will see it."""
        article = await article_for(await reach(), number)
        entry = await queries.draft(number)
        return desk_page(
            "news/manage_preview.html", PLACE, entry=entry, facts=facts(entry), source=source_name(entry),
            crumbs=[Crumb(_("Back to the form"), f"{PLACE}/{number}")], article=article,
            picture=await keeping.by_id(article.picture_id) if article.picture_id else None, state=_state(article),
        )  # fmt: skip

    @post("/{number:int}/state", access=role("news.publish"))
    async def state(self, request: Request[Any, Any, Any], number: FromPath[int]) -> Response[Any]:
        """Publish, take back, show again, or make a draft again; the button says which."""
        do = (await entered(request))("do")
        article = await article_for(await reach(), number)
        deeds: dict[str, Any] = {
            "publish": actions.publish,
            "withdraw": actions.withdraw,
            "restore": actions.restore,
            "draft": actions.unschedule,
        }
        if do not in deeds:
            raise InvalidInput("This button is not known.")
        await deeds[do](article)
        await audit.record(f"news.{do}", target=f"article:{number}")
        return back_to(numbered_path(article) if do in ("publish", "restore") and _is_public(article) else PLACE)


def numbered_path(article: Article) -> str:
    """The public page of an article."""
    return "/news/" + numbered(article.id, article.title)


async def _save(number: int | None, form: Entered) -> Response[Any]:
    mine = await reach()
    article = None if number is None else await article_for(mine, number)
    do = form("do")
    title = form.line("title")
    values: dict[str, Any] = {
        "teaser": form.line("teaser"),
        "body_html": as_html(form("body")),
        "author": form.line("author"),
        "category_id": await _category(form.number("category")),
    }
    at: datetime | None = None
    with form.checking():
        values["provider_id"] = mine.chosen(form.line("provider"))
    if do == "schedule":
        with form.checking():
            at = later(form, "at")
    if not form.errors:
        values |= await taken(form, values["provider_id"])
    if not form.errors:
        with form.checking():
            try:
                kept = await (
                    actions.edit(article, title=title, **values) if article else actions.draft(title, **values)
                )
                if do in ("publish", "schedule"):
                    await actions.publish(kept, at=at)
            except Conflict as refusal:
                form.errors["title"] = _(refusal.detail)
    if form.errors:
        # Answered with 422, so whatever was written a moment ago is rolled back.
        return await _form(mine, article, form, status=422)
    done = {"publish": "news.publish", "schedule": "news.schedule"}.get(
        do, "news.create" if article is None else "news.change"
    )
    await audit.record(done, target=f"article:{kept.id}")
    if do == "preview":
        return back_to(f"{PLACE}/{kept.id}/preview")
    return back_to(numbered_path(kept) if _is_public(kept) else PLACE)


async def _category(id_: int | None) -> int | None:
    found: int | None = await current().fetchval("SELECT id FROM category WHERE id = $1 AND capability = 'news'", [id_])
    return found


async def _form(mine: Reach, article: Article | None, form: Entered, *, status: int = 200) -> Response[str]:
    if not mine.whole and not mine.providers:
        raise Forbidden("Nobody has said yet for whom you publish. Please ask an owner of this village.")
    categories = await current().fetch(
        "SELECT id, name FROM category WHERE capability = 'news' ORDER BY position, name"
    )
    providers = [(str(id_), name) for id_, name in mine.providers]
    if mine.whole:
        providers.insert(0, (TOWN, current_site().name))
    return desk_page(
        "news/manage_form.html",
        PLACE,
        status=status,
        e=form,
        article=article,
        state=_state(article) if article is not None else "new",
        categories=[("", "–"), *((str(row["id"]), row["name"]) for row in categories)],
        providers=providers,
        picture=await keeping.by_id(article.picture_id) if article is not None and article.picture_id else None,
        crumbs=[Crumb(_("News"), PLACE)],
        public_href=numbered_path(article) if article is not None else "",
    )


def _filled(article: Article) -> Entered:
    return Entered(
        {
            "title": article.title,
            "teaser": article.teaser,
            "body": as_text(article.body_html),
            "author": article.author,
            "provider": str(article.provider_id or TOWN),
            "category": str(article.category_id or ""),
            "at": typed_moment(article.published_at) if _state(article) == "waiting" else "",
        }
    )


def _is_public(article: Article) -> bool:
    return _state(article) == "public"


def _state(article: Article) -> str:
    published: Any = article.published_at
    return state_of(published, withdrawn=bool(article.withdrawn_by))

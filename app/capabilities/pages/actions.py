"""What is done to static pages."""

from typing import Any, Final

from piccolo.columns import Column

from app.capabilities.pages import versions
from app.capabilities.pages.tables import Page
from app.capabilities.pages.versions import SUMMARY_CHARACTERS
from app.kit import clock, richtext
from app.kit.errors import Conflict, InvalidInput, NotFound
from app.kit.i18n import LOCALES
from app.kit.i18n import lazy as _
from app.kit.slug import is_slug, slug
from app.tenancy import current
from app.tenancy.definition_shape import TenantDefinition
from app.tenancy.village import touched

DEMANDED: Final = ("impressum", "datenschutz", "barrierefreiheit")
"""Every village links to these at the foot of each page."""
_NO_TITLE: Final = _("Please enter a title.")
_BAD_SLUG: Final = _("A short name has lower-case letters, digits and hyphens.")
_TAKEN: Final = _("There is a page of this short name in this language. Choose another one.")
_BAD_LANGUAGE: Final = _("Please choose one of the languages: de, en, de-simple.")


async def seed(definition: TenantDefinition) -> None:
    """Make the pages of a new town; those that are there already stay as they are."""
    now = clock.now()
    places: dict[str, int] = {}
    for page in definition.pages:
        places.setdefault(page.name, (len(places) + 1) * 10)
    rows = []
    for page in definition.pages:
        html = richtext.markdown(page.body)
        summary = richtext.plain(html, SUMMARY_CHARACTERS)
        rows.append((page.name, page.language, page.title, summary, html, places[page.name], now))
    if not rows:
        return
    await current().executemany(
        "INSERT INTO page (slug, language, title, summary, body_html, position, changed_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (slug, language) DO NOTHING",
        rows,
    )
    touched()


async def write(slug: str, language: str, *, title: str, markdown: str) -> Page:
    """Write a page anew or change it; `markdown` is CommonMark."""
    html = richtext.markdown(markdown)
    found: Page | None = await Page.objects().get((Page.slug == slug) & (Page.language == language))
    page = found or Page(slug=slug, language=language)
    if found is not None:
        await versions.keep_first(found)
    page.title = richtext.clean_line(title)
    page.summary = richtext.plain(html, SUMMARY_CHARACTERS)
    page.body_html = html
    page.changed_at = clock.now()
    await page.save()
    await versions.keep(page)
    touched()
    return page


async def create(values: dict[str, Any]) -> int:
    """Write a new page, with HTML; raises `InvalidInput`."""
    page = Page(**_checked({"language": "de", "slug": slug(str(values.get("title", "")))} | values))
    page.changed_at = clock.now()
    if await Page.exists().where((Page.slug == page.slug) & (Page.language == page.language)):
        raise InvalidInput("Please check what you entered.", {"slug": _TAKEN.message})
    await page.save()
    await versions.keep(page)
    touched()
    return int(page.id)


async def change(id_: int, values: dict[str, Any]) -> None:
    """Change a page, with HTML; raises `InvalidInput` and `NotFound`."""
    clean: dict[Column | str, Any] = dict(_checked(values).items())
    clean["changed_at"] = clock.now()
    before: Page | None = await Page.objects().get(Page.id == id_)
    if before is None:
        raise NotFound("There is no such entry.")
    same = (Page.slug == clean.get("slug", before.slug)) & (Page.language == clean.get("language", before.language))
    if await Page.exists().where(same & (Page.id != id_)):
        raise InvalidInput("Please check what you entered.", {"slug": _TAKEN.message})
    await versions.keep_first(before)
    await Page.update(clean, force=True).where(Page.id == id_)
    after = await Page.objects().get(Page.id == id_)
    if after is not None and (after.title, after.body_html) != (before.title, before.body_html):
        await versions.keep(after)
    touched()


async def remove(id_: int) -> None:
    """Delete a page; raises `NotFound`, and `Conflict` for one that the law demands."""
    page: Page | None = await Page.objects().get(Page.id == id_)
    if page is None:
        raise NotFound("There is no such entry.")
    if page.slug in DEMANDED:
        raise Conflict("The law demands this page. It can be changed, but not deleted.")
    await page.remove()
    touched()


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    """Clean texts; raises `InvalidInput` with the fields."""
    clean = {name: richtext.clean_line(value) if isinstance(value, str) else value for name, value in values.items()}
    fields: dict[str, str] = {}
    if "body_html" in values:
        clean["body_html"] = richtext.sanitise(values["body_html"])
        clean["summary"] = richtext.plain(clean["body_html"], SUMMARY_CHARACTERS)
    if clean.get("title") == "":
        fields["title"] = _NO_TITLE.message
    if "slug" in clean and not is_slug(clean["slug"]):
        fields["slug"] = _BAD_SLUG.message
    if clean.get("language", "de") not in LOCALES:
        fields["language"] = _BAD_LANGUAGE.message
    if fields:
        raise InvalidInput("Please check what you entered.", fields)
    return clean

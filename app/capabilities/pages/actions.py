"""What is done to static pages."""

from app.capabilities.pages.tables import Page
from app.kit import clock, richtext
from app.tenancy import current
from app.tenancy.definition_shape import TenantDefinition
from app.tenancy.village import touched

SUMMARY_CHARACTERS = 200


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
    page.title = richtext.clean_line(title)
    page.summary = richtext.plain(html, SUMMARY_CHARACTERS)
    page.body_html = html
    page.changed_at = clock.now()
    await page.save()
    touched()
    return page

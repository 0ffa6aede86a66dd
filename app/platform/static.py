"""The platform's own static pages: what the program brings, replaced by what the operator wrote."""

from pathlib import Path

import msgspec
from litestar import Response, get
from litestar.params import FromPath

from app.kit.errors import NotFound
from app.kit.richtext import markdown
from app.settings import settings
from app.web.access import PUBLIC
from app.web.respond import page

TEXTS = Path(__file__).parent / "texts"
NAMES = ("impressum", "datenschutz", "barrierefreiheit")


class Text(msgspec.Struct, frozen=True):
    """A page of static text."""

    title: str
    html: str
    changed_at: None = None


def text(name: str) -> Text:
    """A page by its name; raises `NotFound`."""
    if name not in NAMES:
        raise NotFound("There is no such page.")
    own = settings().data / "pages" / f"{name}.md"
    source = (own if own.is_file() else TEXTS / f"{name}.md").read_text(encoding="utf-8")
    title, _, body = source.partition("\n")
    return Text(title.removeprefix("#").strip(), markdown(body))


@get("/pages/{name:str}", access=PUBLIC, include_in_schema=False)
async def static_page(name: FromPath[str]) -> Response[str]:
    """Imprint, privacy and accessibility of the deployment."""
    return page("page.html", page=text(name))

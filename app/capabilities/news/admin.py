"""Articles at `/admin`: the same actions as at the desk."""

from typing import Any, Final

from app.admin.table import AdminTable
from app.capabilities.news import actions
from app.capabilities.news.tables import Article
from app.kit.errors import InvalidInput
from app.kit.i18n import lazy as _


async def create(values: dict[str, Any]) -> int:
    """A new article; with a time it is published then."""
    at = values.pop("published_at", None)
    title = values.pop("title", "")
    made = await actions.draft(title, **values)
    if at is not None:
        await actions.publish(made, at=at)
    return int(made.id)


async def change(id_: int, values: dict[str, Any]) -> None:
    """What is new in an article; a time publishes it, no time makes it a draft again."""
    article = await actions.article(id_)
    rest = {name: value for name, value in values.items() if name != "published_at"}
    if rest:
        await actions.edit(article, **rest)
    if "published_at" not in values:
        return
    if values["published_at"] is None:
        await actions.unschedule(article)
    else:
        await actions.publish(article, at=values["published_at"])


async def remove(id_: int) -> None:
    """Take an article back; it can be shown again at the desk."""
    article = await actions.article(id_)
    if article.withdrawn_by == "editor":
        raise InvalidInput("This article was taken back already.")
    await actions.withdraw(article)


ARTICLE_ADMIN: Final = AdminTable(
    table=Article,
    title=_("News"),
    noun="news",
    target="article",
    read="news.write",
    write="news.write",
    capability="news",
    labels={
        "title": _("Headline"),
        "teaser": _("In one sentence"),
        "body_html": _("Text"),
        "provider_id": _("Provider"),
        "category_id": _("Category"),
        "author": _("Author"),
        "language": _("Language"),
        "tags": _("Keywords"),
        "picture_id": _("Picture"),
        "published_at": _("Published at"),
        "source_name": _("Source"),
        "withdrawn_at": _("Taken back at"),
        "changed_at": _("Changed"),
    },
    listed=("title", "provider_id", "category_id", "published_at", "source_name", "withdrawn_at"),
    editable=(
        "title", "teaser", "body_html", "provider_id", "category_id", "author", "language", "tags", "picture_id",
        "published_at",
    ),
    long_texts=("body_html",),
    provider="provider_id",
    search="title",
    create=create,
    change=change,
    remove=remove,
)  # fmt: skip

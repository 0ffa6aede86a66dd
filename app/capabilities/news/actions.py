"""What is done to articles: stored from feeds, written and published by editors.

Conflict
├── AlreadyPublished   it is public; withdraw it first
├── Withdrawn          it was taken back; restore it first
└── FromFeed           its source owns the words
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from app.capabilities.news.tables import Article
from app.feeds import items
from app.feeds.source import Source
from app.kit import clock, richtext
from app.kit.errors import Conflict, InvalidInput, NotFound
from app.kit.i18n import lazy as _
from app.tenancy import current
from app.tenancy.village import touched

LONGEST_TITLE: Final = 300
LONGEST_TEASER: Final = 500
MOST_TAGS: Final = 20
FARTHEST_AHEAD: Final = timedelta(days=1)
"""An item dated further ahead counts as published when it is first seen."""


class AlreadyPublished(Conflict):
    """The article is public; withdraw it before editing the headline."""


class Withdrawn(Conflict):
    """The article was taken back; restore it before it is published."""


class FromFeed(Conflict):
    """The article comes from a source that is synced, so an edit would be lost with the next run."""


class _Row(msgspec.Struct):
    """An item on its way into the table."""

    feed_item_id: int
    title: str
    teaser: str
    body_html: str
    language: str
    author: str
    tags: list[str]
    keys: list[str]
    """The tags in lower case, to find the town's category."""
    source_url: str
    licence: str
    attribution: str
    published_at: datetime | None
    published_day_only: bool
    payload: dict[str, Any]


_STORE: Final = """INSERT INTO article (
    feed_item_id, provider_id, category_id, title, teaser, body_html, language, author, tags, source_url, source_name,
    licence, attribution, payload, published_at, published_day_only, created_at, changed_at
)
SELECT feed_item_id, $2, coalesce((
        SELECT c.id FROM category c
        WHERE c.capability = 'news' AND (lower(c.name) = ANY (keys) OR c.slug = ANY (keys)) ORDER BY c.position LIMIT 1
    ), $3), title, teaser, body_html, language, author, tags, source_url, $4,
    licence, attribution, payload, coalesce(published_at, $5), published_day_only, $5, $5
FROM jsonb_to_recordset($1::jsonb) AS item (
    feed_item_id bigint, title text, teaser text, body_html text, language text, author text, tags text[],
    keys text[], source_url text, licence text, attribution text, payload jsonb, published_at timestamptz,
    published_day_only boolean
)
ON CONFLICT (feed_item_id) DO UPDATE SET
    provider_id = excluded.provider_id, category_id = excluded.category_id, title = excluded.title,
    teaser = excluded.teaser, body_html = excluded.body_html, language = excluded.language, author = excluded.author,
    tags = excluded.tags, source_url = excluded.source_url, source_name = excluded.source_name,
    licence = excluded.licence, attribution = excluded.attribution, payload = excluded.payload,
    published_at = CASE WHEN excluded.payload ? 'undated' THEN article.published_at ELSE excluded.published_at END,
    published_day_only = excluded.published_day_only, changed_at = excluded.changed_at,
    withdrawn_at = CASE article.withdrawn_by WHEN 'editor' THEN article.withdrawn_at END,
    withdrawn_by = CASE article.withdrawn_by WHEN 'editor' THEN 'editor' ELSE '' END"""


async def store_from_feed(source: Source, pairs: Sequence[tuple[int, items.Article]]) -> None:
    """Store or renew the articles of a feed, each with the id of its feed item: one statement for all.

    What the feed withdrew comes back with it; what an editor withdrew stays away.
    """
    if not pairs:
        return
    now = clock.now()
    rows = msgspec.json.encode([_row(source, id_, item, now) for id_, item in pairs]).decode()
    await current().fetch(_STORE, [rows, source.provider_id, source.category_id, source.title, now])
    touched()


_WITHDRAW: Final = """WITH gone AS (
    UPDATE article SET withdrawn_at = coalesce(withdrawn_at, $2),
        withdrawn_by = CASE withdrawn_by WHEN '' THEN 'feed' ELSE withdrawn_by END
    WHERE feed_item_id = ANY ($1) RETURNING id, title, teaser
) UPDATE announcement SET title = left(gone.title, 160), body = left(gone.teaser, 600), href = '/news',
    expires_at = least(expires_at, $2)
FROM gone WHERE key = 'news:' || gone.id"""


async def withdraw_from_feed(feed_item_ids: Sequence[int]) -> None:
    """Take back what has vanished from its source; who was told of it reads no other words than are kept of it."""
    await current().fetch(_WITHDRAW, [list(feed_item_ids), clock.now()])
    touched()


async def restore_from_feed(feed_item_ids: Sequence[int]) -> None:
    """Show again what the feed had withdrawn, unchanged."""
    await current().fetch(
        "UPDATE article SET withdrawn_at = NULL, withdrawn_by = ''"
        " WHERE feed_item_id = ANY ($1) AND withdrawn_by = 'feed'",
        [list(feed_item_ids)],
    )
    touched()


async def article(id_: int) -> Article:
    """An article in any state, for editors; raises `NotFound`."""
    found: Article | None = await Article.objects().get(Article.id == id_)
    if found is None:
        raise NotFound("There is no such article. It may have been withdrawn.")
    return found


async def draft(title: str, **values: Any) -> Article:
    """Begin an article; `values` as for `edit`. Raises `InvalidInput`."""
    now = clock.now()
    one = Article(title=_title(title), created_at=now, changed_at=now)
    _fill(one, values)
    await one.save()
    return one


async def edit(article: Article, **values: Any) -> Article:
    """Change an article: `title` and what `_EDITABLE` lists; `picture_id` is one of the town's media.

    The headline of a public article stands. Raises `AlreadyPublished`, `FromFeed`, `InvalidInput`.
    """
    if _is_set(article.feed_item_id):
        raise FromFeed("This article comes from a source. Change it there, or withdraw it here.", article=article.id)
    if "title" in values:
        title = _title(values.pop("title"))
        if title != article.title and not article.withdrawn_by and _is_set(article.published_at):
            raise AlreadyPublished(
                "The article is public. Withdraw it before you change the headline.", article=article.id
            )
        article.title = title
    _fill(article, values)
    article.changed_at = clock.now()
    await article.save()
    touched()
    return article


async def publish(article: Article, *, at: datetime | None = None) -> Article:
    """Make an article public now or `at` a later time; raises `AlreadyPublished` and `Withdrawn`."""
    now = clock.now()
    if article.withdrawn_by:
        raise Withdrawn("This article was withdrawn. Restore it first.", article=article.id)
    if _is_set(article.published_at) and article.published_at <= now:
        raise AlreadyPublished("This article is public already.", article=article.id)
    article.published_at = max(at or now, now)
    article.changed_at = now
    await article.save()
    touched()
    return article


async def unschedule(article: Article) -> Article:
    """Make an article that waits for its time a draft again; raises `AlreadyPublished`."""
    if _is_set(article.published_at) and article.published_at <= clock.now():
        raise AlreadyPublished("This article is public already.", article=article.id)
    article.published_at = None
    article.changed_at = clock.now()
    await article.save()
    touched()
    return article


async def withdraw(article: Article) -> Article:
    """Take an article back, for good or until `restore`; a feed does not bring it back."""
    if not article.withdrawn_by:
        article.withdrawn_at = clock.now()
    article.withdrawn_by = "editor"
    await article.save()
    touched()
    return article


async def restore(article: Article) -> Article:
    """Show a withdrawn article again."""
    article.withdrawn_at = None
    article.withdrawn_by = ""
    await article.save()
    touched()
    return article


def _is_set(value: Any) -> bool:
    # Piccolo's types know no null.
    return value is not None


def _row(source: Source, id_: int, item: items.Article, now: datetime) -> _Row:
    given = item.published_at
    dated = given if given is not None and given <= now + FARTHEST_AHEAD else None
    tags = [tag for tag in (richtext.clean_line(category) for category in item.categories[:MOST_TAGS]) if tag]
    payload: dict[str, Any] = {}
    if dated is None:
        payload["undated"] = True
    if given is not None and dated is None:
        payload["published_at"] = given
    if item.updated_at is not None:
        payload["updated_at"] = item.updated_at
    if item.image_url:
        payload["image_url"] = item.image_url
    return _Row(
        feed_item_id=id_,
        title=richtext.shortened(item.title or richtext.plain(item.summary or item.body_html, 80), LONGEST_TITLE)
        or "–",
        teaser=richtext.shortened(item.summary, LONGEST_TEASER) or richtext.plain(item.body_html, LONGEST_TEASER),
        body_html=item.body_html,
        language=item.language or "de",
        author=richtext.clean_line(item.author),
        tags=tags,
        keys=[tag.lower() for tag in tags],
        # Becomes a link on our page, so nothing but http and https.
        source_url=richtext.absolute(item.url, ""),
        licence=richtext.clean_line(item.licence or source.licence),
        attribution=richtext.clean_line(item.attribution or source.attribution),
        published_at=dated.astimezone(UTC) if dated else None,
        published_day_only=item.published_day_only and dated is not None,
        payload=payload,
    )


_NO_TITLE: Final = _("Please enter a headline.")
_EDITABLE: Final = ("teaser", "body_html", "author", "language", "tags", "provider_id", "category_id", "picture_id")


def _title(text: str) -> str:
    title = richtext.shortened(richtext.clean_line(text), LONGEST_TITLE)
    if not title:
        raise InvalidInput(_NO_TITLE.message, {"title": _NO_TITLE.message})
    return title


def _fill(article: Article, values: dict[str, Any]) -> None:
    for name, value in values.items():
        if name not in _EDITABLE:
            raise TypeError(f"{name} is no field that an editor changes")
        setattr(article, name, richtext.sanitise(value) if name == "body_html" else value)
    if not article.teaser:
        article.teaser = richtext.plain(article.body_html, LONGEST_TEASER)

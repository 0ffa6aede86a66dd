"""What workers do for news every hour."""

from datetime import timedelta
from typing import Final

from app.kit import clock
from app.kit.slug import numbered
from app.notify.announce import Message, announce
from app.tenancy import current
from app.tenancy.jobs import job

FRESH: Final = timedelta(hours=6)
"""What is older was on the page long enough; it reaches back over a few runs that failed."""
MOST: Final = 8
"""Of one run: a source that is connected brings its archive along, which is no news."""

_FRESH: Final = """SELECT id, title, teaser, provider_id FROM article
WHERE withdrawn_at IS NULL AND published_at <= $1 AND published_at > $2 AND created_at > $2
    AND NOT EXISTS (SELECT FROM announcement WHERE key = 'news:' || article.id)
ORDER BY published_at DESC, id DESC LIMIT $3"""


@job()
async def tell_news() -> None:
    """Tell those who want it what has been published since the last time."""
    now = clock.now()
    for row in reversed(await current().fetch(_FRESH, [now, now - FRESH, MOST])):
        await announce(
            Message(
                key=f"news:{row['id']}",
                category="news",
                title=row["title"],
                text=row["teaser"],
                href="/news/" + numbered(row["id"], row["title"]),
                provider_id=row["provider_id"],
            )
        )

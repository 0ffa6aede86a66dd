"""A town's feeds, what came from them, and what went wrong."""

from piccolo.columns import JSONB, BigInt, BigSerial, Boolean, ForeignKey, Integer, Text, Timestamptz
from piccolo.table import Table

from app.tenancy.engine import TENANT_DB
from app.tenancy.village import Category, Provider


class Feed(Table, db=TENANT_DB, tablename="feed"):
    """A source that is synced, its cursor and its health."""

    id = BigSerial(primary_key=True)
    name = Text(unique=True)
    title = Text()
    connector = Text()
    url = Text()
    options = JSONB(default="{}")
    provider_id = ForeignKey(Provider, null=True)
    category_id = ForeignKey(Category, null=True)
    licence = Text()
    attribution = Text()
    note = Text()
    enabled = Boolean(default=True)
    every_seconds = Integer(default=3600)
    etag = Text()
    last_modified = Text()
    body_hash = Text()
    hold = Boolean(default=False)
    status = Text(default="new")
    problem_code = Text()
    problem = Text()
    failures = Integer()
    failing_since = Timestamptz(null=True, default=None)
    attempted_at = Timestamptz(null=True, default=None)
    succeeded_at = Timestamptz(null=True, default=None)
    changed_at = Timestamptz(null=True, default=None)
    full_fetch_at = Timestamptz(null=True, default=None)
    next_at = Timestamptz(null=True, default=None)
    items_new = Integer()
    items_changed = Integer()
    items_unchanged = Integer()
    items_gone = Integer()
    bytes_saved = BigInt()
    created_at = Timestamptz()
    region = Text()


class FeedItem(Table, db=TENANT_DB, tablename="feed_item"):
    """An item's identity (feed, external id) and what was last seen of it."""

    id = BigSerial(primary_key=True)
    feed_id = ForeignKey(Feed, null=False)
    external_id = Text()
    kind = Text()
    content_hash = Text()
    first_seen_at = Timestamptz()
    changed_at = Timestamptz()
    deleted_at = Timestamptz(null=True, default=None)


class FeedProblem(Table, db=TENANT_DB, tablename="feed_problem"):
    """An item of the last run that could not be taken."""

    id = BigSerial(primary_key=True)
    feed_id = ForeignKey(Feed, null=False)
    external_id = Text()
    reason = Text()
    noticed_at = Timestamptz()

"""The vacancy."""

from piccolo.columns import BigSerial, Date, ForeignKey, Text, Timestamptz
from piccolo.table import Table

from app.feeds.tables import FeedItem
from app.tenancy import TENANT_DB
from app.tenancy.village import Provider


class Job(Table, db=TENANT_DB, tablename="job"):
    """A vacancy (Stellenangebot)."""

    id = BigSerial(primary_key=True)
    feed_item_id = ForeignKey(FeedItem, null=True)
    provider_id = ForeignKey(Provider, null=True)
    title = Text()
    summary = Text()
    body_html = Text()
    language = Text(default="de")
    employer = Text()
    place = Text()
    employment = Text()
    apply_until = Date(null=True, default=None)
    published_at = Timestamptz()
    source_url = Text()
    source_name = Text()
    licence = Text()
    attribution = Text()
    changed_at = Timestamptz()
    withdrawn_at = Timestamptz(null=True, default=None)

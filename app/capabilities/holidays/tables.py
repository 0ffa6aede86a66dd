"""Days off that a source told."""

from piccolo.columns import BigSerial, Date, ForeignKey, Text, Timestamptz
from piccolo.table import Table

from app.feeds.tables import FeedItem
from app.tenancy import TENANT_DB


class DayOff(Table, db=TENANT_DB, tablename="day_off"):
    """School holidays (Schulferien), or a public holiday that only a part of the state has; both days inclusive."""

    id = BigSerial(primary_key=True)
    feed_item_id = ForeignKey(FeedItem, null=True)
    kind = Text(default="school")
    title = Text()
    first_day = Date()
    last_day = Date()
    state = Text()
    source_name = Text()
    source_url = Text()
    licence = Text()
    attribution = Text()
    changed_at = Timestamptz()
    withdrawn_at = Timestamptz(null=True, default=None)

"""The defect report."""

from piccolo.columns import BigInt, BigSerial, DoublePrecision, Text, Timestamptz
from piccolo.table import Table

from app.tenancy import TENANT_DB


class Report(Table, db=TENANT_DB, tablename="report"):
    """A defect that was reported (Mängelmeldung); nothing about who reported it."""

    id = BigSerial(primary_key=True)
    feed_item_id = BigInt(null=True, default=None, unique=True)
    title = Text()
    service_code = Text()
    service_name = Text()
    status = Text(default="open")
    status_text = Text()
    description = Text()
    address = Text()
    latitude = DoublePrecision(null=True, default=None)
    longitude = DoublePrecision(null=True, default=None)
    requested_at = Timestamptz(null=True, default=None)
    updated_at = Timestamptz(null=True, default=None)
    source_url = Text()
    source_name = Text()
    licence = Text()
    attribution = Text()
    changed_at = Timestamptz()
    withdrawn_at = Timestamptz(null=True, default=None)

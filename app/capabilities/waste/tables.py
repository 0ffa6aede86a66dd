"""Areas and their days."""

from piccolo.columns import BigInt, BigSerial, Date, ForeignKey, Text, Timestamptz
from piccolo.columns.readable import Readable
from piccolo.table import Table

from app.tenancy import TENANT_DB


class WasteArea(Table, db=TENANT_DB, tablename="waste_area"):
    """What a calendar is for: a street, or a tour of several (Straße, Abfuhrbezirk)."""

    id = BigSerial(primary_key=True)
    key = Text(unique=True)
    name = Text()
    changed_at = Timestamptz()

    @classmethod
    def get_readable(cls) -> Readable:
        """What stands for a row in a selection."""
        return Readable(template="%s", columns=[cls.name])


class WasteDate(Table, db=TENANT_DB, tablename="waste_date"):
    """A day on which something is taken (Abfuhrtermin)."""

    id = BigSerial(primary_key=True)
    feed_item_id = BigInt(null=True, default=None, unique=True)
    area_id = ForeignKey(WasteArea, null=False)
    day = Date()
    fraction = Text(default="other")
    title = Text()
    note = Text()
    moved_from = Date(null=True, default=None)
    licence = Text()
    attribution = Text()
    moved_why = Text()
    changed_at = Timestamptz()
    withdrawn_at = Timestamptz(null=True, default=None)
    withdrawn_why = Text()

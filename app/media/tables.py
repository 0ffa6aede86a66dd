"""The picture."""

from piccolo.columns import BigSerial, ForeignKey, Integer, Text, Timestamptz
from piccolo.columns.readable import Readable
from piccolo.table import Table

from app.tenancy import TENANT_DB
from app.tenancy.village import Provider


class Media(Table, db=TENANT_DB, tablename="media"):
    """A picture that somebody of the town uploaded; the file is named by its content."""

    id = BigSerial(primary_key=True)
    name = Text(unique=True)
    mime = Text()
    width = Integer()
    height = Integer()
    bytes = Integer()
    alt = Text()
    credit = Text()
    provider_id = ForeignKey(Provider, null=True)
    uploaded_by = Text()
    created_at = Timestamptz()

    @classmethod
    def get_readable(cls) -> Readable:
        """What stands for a row in a selection."""
        return Readable(template="%s", columns=[cls.alt])

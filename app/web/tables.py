"""What the edge remembers of requests, in a town."""

from piccolo.columns import Text, Timestamptz
from piccolo.table import Table

from app.tenancy import TENANT_DB


class SentForm(Table, db=TENANT_DB, tablename="sent_form"):
    """A request with a key that was committed, see `app.web.idempotency`."""

    key_hash = Text(primary_key=True)
    fingerprint = Text()
    answer = Text()
    created_at = Timestamptz()

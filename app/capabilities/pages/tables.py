"""The static page."""

from piccolo.columns import BigSerial, Boolean, Integer, Text, Timestamptz
from piccolo.table import Table

from app.tenancy import TENANT_DB


class Page(Table, db=TENANT_DB, tablename="page"):
    """A page in one language; `slug` and `language` together are its identity."""

    id = BigSerial(primary_key=True)
    slug = Text()
    language = Text(default="de")
    title = Text()
    summary = Text()
    body_html = Text()
    in_menu = Boolean(default=True)
    position = Integer(default=100)
    changed_at = Timestamptz()

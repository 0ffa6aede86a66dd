"""The static page with the states it had, and documents for apps."""

from piccolo.columns import BigSerial, Boolean, ForeignKey, Integer, Text, Timestamptz
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


class PageVersion(Table, db=TENANT_DB, tablename="page_version"):
    """A state that a page had, the latest one too."""

    id = BigSerial(primary_key=True)
    page_id = ForeignKey(Page, null=False)
    title = Text()
    body_html = Text()
    changed_at = Timestamptz()
    changed_by = Text()


class Document(Table, db=TENANT_DB, tablename="document"):
    """What an app is configured by; `name` and `version` together are its identity."""

    id = BigSerial(primary_key=True)
    name = Text()
    version = Text()
    data_type = Text(default="json")
    content = Text()
    changed_at = Timestamptz()

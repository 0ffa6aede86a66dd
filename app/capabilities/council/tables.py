"""Meetings and papers."""

from piccolo.columns import JSONB, Array, BigInt, BigSerial, Boolean, Date, Text, Timestamptz
from piccolo.table import Table

from app.tenancy import TENANT_DB


class Meeting(Table, db=TENANT_DB, tablename="meeting"):
    """A meeting (Sitzung) of the council or a committee; it names its papers by their `key`."""

    id = BigSerial(primary_key=True)
    feed_item_id = BigInt(null=True, default=None, unique=True)
    title = Text()
    body = Text()
    starts_at = Timestamptz(null=True, default=None)
    ends_at = Timestamptz(null=True, default=None)
    location = Text()
    cancelled = Boolean(default=False)
    agenda = JSONB(default="[]")
    paper_keys = Array(base_column=Text())
    documents = JSONB(default="[]")
    source_url = Text()
    source_name = Text()
    licence = Text()
    attribution = Text()
    changed_at = Timestamptz()
    withdrawn_at = Timestamptz(null=True, default=None)


class Paper(Table, db=TENANT_DB, tablename="paper"):
    """A paper (Vorlage) that the council deals with."""

    id = BigSerial(primary_key=True)
    feed_item_id = BigInt(null=True, default=None, unique=True)
    key = Text(unique=True)
    title = Text()
    reference = Text()
    paper_type = Text()
    day = Date(null=True, default=None)
    body = Text()
    summary = Text()
    documents = JSONB(default="[]")
    source_url = Text()
    source_name = Text()
    licence = Text()
    attribution = Text()
    changed_at = Timestamptz()
    withdrawn_at = Timestamptz(null=True, default=None)

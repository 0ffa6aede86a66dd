"""Services and offices."""

from piccolo.columns import JSONB, Array, BigInt, BigSerial, Boolean, DoublePrecision, Text, Timestamptz
from piccolo.table import Table

from app.tenancy import TENANT_DB


class Office(Table, db=TENANT_DB, tablename="office"):
    """Where people go (Organisationseinheit); `key` is what services name it by."""

    id = BigSerial(primary_key=True)
    feed_item_id = BigInt(null=True, default=None, unique=True)
    key = Text(unique=True)
    parent_key = Text()
    title = Text()
    sort_key = Text()
    summary = Text()
    body_html = Text()
    street = Text()
    postcode = Text()
    town = Text()
    postal_address = Text()
    latitude = DoublePrecision(null=True, default=None)
    longitude = DoublePrecision(null=True, default=None)
    contacts = JSONB(default="[]")
    opening_hours = Text()
    opening_text = Text()
    wheelchair = Text(default="unknown")
    accessibility = Text()
    source_url = Text()
    source_name = Text()
    licence = Text()
    attribution = Text()
    created_at = Timestamptz()
    changed_at = Timestamptz()
    withdrawn_at = Timestamptz(null=True, default=None)
    withdrawn_by = Text()
    own = JSONB(null=True, default=None)
    told = JSONB(null=True, default=None)
    corrected_at = Timestamptz(null=True, default=None)


class Service(Table, db=TENANT_DB, tablename="service"):
    """What an administration does for people (Verwaltungsleistung). The column `search` is the database's own."""

    id = BigSerial(primary_key=True)
    feed_item_id = BigInt(null=True, default=None, unique=True)
    leika = Text()
    title = Text()
    sort_key = Text()
    summary = Text()
    language = Text(default="de")
    blocks = JSONB(default="[]")
    links = JSONB(default="[]")
    office_keys = Array(base_column=Text())
    situations = Array(base_column=Text())
    synonyms = Array(base_column=Text())
    names = Text()
    texts = Text()
    local = Boolean(default=False)
    source_url = Text()
    source_name = Text()
    licence = Text()
    attribution = Text()
    created_at = Timestamptz()
    changed_at = Timestamptz()
    withdrawn_at = Timestamptz(null=True, default=None)
    withdrawn_by = Text()
    own = JSONB(null=True, default=None)
    told = JSONB(null=True, default=None)
    corrected_at = Timestamptz(null=True, default=None)

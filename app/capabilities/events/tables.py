"""Events and their dates."""

from piccolo.columns import (
    JSONB,
    Array,
    BigInt,
    BigSerial,
    Boolean,
    Date,
    DoublePrecision,
    ForeignKey,
    Text,
    Timestamptz,
)
from piccolo.table import Table

from app.feeds.tables import FeedItem
from app.media.tables import Media
from app.tenancy import TENANT_DB
from app.tenancy.village import Category, Provider


class Event(Table, db=TENANT_DB, tablename="event"):
    """Something that takes place (Veranstaltung); from an editor, or from a feed's item."""

    id = BigSerial(primary_key=True)
    feed_item_id = ForeignKey(FeedItem, null=True)
    provider_id = ForeignKey(Provider, null=True)
    category_id = ForeignKey(Category, null=True)
    title = Text()
    summary = Text()
    body_html = Text()
    language = Text(default="de")
    location_name = Text()
    address = Text()
    latitude = DoublePrecision(null=True, default=None)
    longitude = DoublePrecision(null=True, default=None)
    organiser = Text()
    price = Text()
    accessibility = Text()
    tags = Array(base_column=Text())
    status = Text(default="confirmed")
    zone = Text(default="Europe/Berlin")
    all_day = Boolean(default=False)
    starts_at = Timestamptz(null=True, default=None)
    ends_at = Timestamptz(null=True, default=None)
    first_day = Date(null=True, default=None)
    last_day = Date(null=True, default=None)
    recurrence = Text()
    url = Text()
    source_url = Text()
    source_name = Text()
    licence = Text()
    attribution = Text()
    payload = JSONB(default="{}")
    published_at = Timestamptz(null=True, default=None)
    created_at = Timestamptz()
    changed_at = Timestamptz()
    withdrawn_at = Timestamptz(null=True, default=None)
    picture_id = ForeignKey(Media, null=True)
    duplicate_of = BigInt(null=True, default=None)


class Occurrence(Table, db=TENANT_DB, tablename="occurrence"):
    """One date of an event (Termin)."""

    id = BigSerial(primary_key=True)
    event_id = ForeignKey(Event, null=False)
    key = Text()
    starts_at = Timestamptz()
    ends_at = Timestamptz(null=True, default=None)
    over_at = Timestamptz()
    all_day = Boolean(default=False)
    first_day = Date()
    last_day = Date()
    status = Text(default="confirmed")
    title = Text()
    summary = Text()
    location_name = Text()

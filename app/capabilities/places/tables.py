"""Places, what the town says about places of others, tours, and facts."""

from piccolo.columns import JSONB, BigSerial, DoublePrecision, ForeignKey, Integer, Text, Timestamptz
from piccolo.table import Table

from app.feeds.tables import FeedItem
from app.media.tables import Media
from app.tenancy import TENANT_DB
from app.tenancy.village import Provider


class Place(Table, db=TENANT_DB, tablename="place"):
    """A point of interest (Ort); of the town or a provider, or from a feed's item."""

    id = BigSerial(primary_key=True)
    feed_item_id = ForeignKey(FeedItem, null=True)
    provider_id = ForeignKey(Provider, null=True)
    kind = Text(default="other")
    title = Text()
    summary = Text()
    body_html = Text()
    language = Text(default="de")
    latitude = DoublePrecision(null=True, default=None)
    longitude = DoublePrecision(null=True, default=None)
    street = Text()
    postcode = Text()
    town = Text()
    contact_name = Text()
    phone = Text()
    email = Text()
    url = Text()
    opening_hours = Text()
    wheelchair = Text(default="unknown")
    wheelchair_note = Text()
    operator = Text()
    details = JSONB(default="{}")
    picture_id = ForeignKey(Media, null=True)
    source_name = Text()
    source_url = Text()
    licence = Text()
    attribution = Text()
    sort_name = Text()
    words = Text()
    as_of = Timestamptz(null=True, default=None)
    created_at = Timestamptz()
    changed_at = Timestamptz()
    withdrawn_at = Timestamptz(null=True, default=None)


class PlaceOverlay(Table, db=TENANT_DB, tablename="place_overlay"):
    """What the town says about a place that came from elsewhere; null says nothing."""

    place_id = ForeignKey(Place, primary_key=True, null=False)
    hidden_at = Timestamptz(null=True, default=None)
    confirmed_at = Timestamptz(null=True, default=None)
    title = Text(null=True, default=None)
    summary = Text(null=True, default=None)
    street = Text(null=True, default=None)
    postcode = Text(null=True, default=None)
    town = Text(null=True, default=None)
    phone = Text(null=True, default=None)
    email = Text(null=True, default=None)
    url = Text(null=True, default=None)
    opening_hours = Text(null=True, default=None)
    wheelchair = Text(null=True, default=None)
    wheelchair_note = Text(null=True, default=None)
    words = Text()
    changed_at = Timestamptz()


class Tour(Table, db=TENANT_DB, tablename="tour"):
    """A way to walk, ride or paddle (Tour)."""

    id = BigSerial(primary_key=True)
    feed_item_id = ForeignKey(FeedItem, null=True)
    provider_id = ForeignKey(Provider, null=True)
    activity = Text(default="walking")
    title = Text()
    summary = Text()
    body_html = Text()
    language = Text(default="de")
    latitude = DoublePrecision(null=True, default=None)
    longitude = DoublePrecision(null=True, default=None)
    tracks = JSONB(default="[]")
    stops = JSONB(default="[]")
    length_metres = Integer(default=0)
    ascent_metres = Integer(null=True, default=None)
    descent_metres = Integer(null=True, default=None)
    duration_minutes = Integer(null=True, default=None)
    difficulty = Text()
    url = Text()
    source_name = Text()
    source_url = Text()
    licence = Text()
    attribution = Text()
    sort_name = Text()
    words = Text()
    published_at = Timestamptz(null=True, default=None)
    created_at = Timestamptz()
    changed_at = Timestamptz()
    hidden_at = Timestamptz(null=True, default=None)
    withdrawn_at = Timestamptz(null=True, default=None)


class Fact(Table, db=TENANT_DB, tablename="fact"):
    """Something known about the municipality itself, e.g. how many people live there."""

    id = BigSerial(primary_key=True)
    feed_item_id = ForeignKey(FeedItem, null=False)
    name = Text()
    value = Text()
    as_of = Text()
    source_name = Text()
    source_url = Text()
    licence = Text()
    attribution = Text()
    changed_at = Timestamptz()
    withdrawn_at = Timestamptz(null=True, default=None)

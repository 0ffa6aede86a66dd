"""Whom to tell what, in a town: subscribers, their devices, announcements, and what of them reached whom."""

from piccolo.columns import Array, BigInt, BigSerial, Boolean, DoublePrecision, ForeignKey, Integer, Text, Timestamptz
from piccolo.table import Table

from app.tenancy import TENANT_DB


class Subscriber(Table, db=TENANT_DB, tablename="subscriber"):
    """An account, or a device without one, and what it wants to be told."""

    id = BigSerial(primary_key=True)
    account_sub = Text()
    locale = Text(default="de")
    categories = Array(base_column=Text(), default=list)
    providers = Array(base_column=BigInt(), default=list)
    streets = Array(base_column=Text(), default=list)
    stops = Array(base_column=Text(), default=list)
    urgency = Integer(default=2)
    lat = DoublePrecision(null=True, default=None)
    lon = DoublePrecision(null=True, default=None)
    within_km = Integer(default=0)
    quiet_from = Integer(default=22)
    quiet_until = Integer(default=7)
    wake = Boolean(default=True)
    mail = Boolean(default=False)
    created_at = Timestamptz()
    changed_at = Timestamptz()


class PushDevice(Table, db=TENANT_DB, tablename="push_device"):
    """A browser that takes pushes (RFC 8030)."""

    id = BigSerial(primary_key=True)
    subscriber_id = ForeignKey(Subscriber, null=False)
    account_sub = Text()
    endpoint = Text(unique=True)
    p256dh = Text()
    auth = Text()
    device = Text()
    created_at = Timestamptz()


class Announcement(Table, db=TENANT_DB, tablename="announcement"):
    """Something that people are told."""

    id = BigSerial(primary_key=True)
    key = Text(unique=True)
    category = Text()
    title = Text()
    body = Text()
    href = Text()
    urgency = Integer()
    street = Text()
    stops = Array(base_column=Text(), default=list)
    provider_id = BigInt(null=True, default=None)
    lat = DoublePrecision(null=True, default=None)
    lon = DoublePrecision(null=True, default=None)
    account_sub = Text()
    created_at = Timestamptz()
    expires_at = Timestamptz(null=True, default=None)
    told_at = Timestamptz(null=True, default=None)


class Delivery(Table, db=TENANT_DB, tablename="delivery"):
    """What one subscriber is told: a line of an inbox, a push or a mail on its way."""

    id = BigSerial(primary_key=True)
    announcement_id = ForeignKey(Announcement, null=False)
    subscriber_id = ForeignKey(Subscriber, null=False)
    account_sub = Text()
    rank = Integer()
    due_at = Timestamptz(null=True, default=None)
    claimed_until = Timestamptz(null=True, default=None)
    tries = Integer()
    reached = Array(base_column=BigInt(), default=list)
    way = Text()
    created_at = Timestamptz()
    read_at = Timestamptz(null=True, default=None)

"""The notice."""

from piccolo.columns import JSONB, Array, BigInt, BigSerial, Boolean, ForeignKey, Text, Timestamptz
from piccolo.table import Table

from app.tenancy import TENANT_DB
from app.tenancy.village import Provider


class Notice(Table, db=TENANT_DB, tablename="notice"):
    """A warning (Warnung) of a source, or a notice of the town; without `published_at` it is a draft.

    Names follow CAP 1.2. Forecasts lie in the region's schema: `migrations/region/0003_weather.sql`.
    """

    id = BigSerial(primary_key=True)
    feed_item_id = BigInt(null=True, default=None, unique=True)
    provider_id = ForeignKey(Provider, null=True)
    external_id = Text()
    keys = Array(base_column=Text())
    replaces = Array(base_column=Text())
    copied = Boolean(default=False)
    kind = Text(default="civil")
    message = Text(default="alert")
    severity = Text(default="unknown")
    urgency = Text(default="unknown")
    certainty = Text(default="unknown")
    title = Text()
    event = Text()
    sender = Text()
    description = Text()
    instruction = Text()
    language = Text(default="de")
    area = JSONB(default="{}")
    url = Text()
    source_name = Text()
    licence = Text()
    attribution = Text()
    sent_at = Timestamptz(null=True, default=None)
    starts_at = Timestamptz(null=True, default=None)
    expires_at = Timestamptz(null=True, default=None)
    gone_at = Timestamptz(null=True, default=None)
    superseded_by = BigInt(null=True, default=None)
    duplicate_of = BigInt(null=True, default=None)
    told = Text()
    published_at = Timestamptz(null=True, default=None)
    created_at = Timestamptz()
    changed_at = Timestamptz()
    withdrawn_at = Timestamptz(null=True, default=None)

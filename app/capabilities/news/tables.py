"""The article."""

from piccolo.columns import JSONB, Array, BigInt, BigSerial, Boolean, ForeignKey, Text, Timestamptz
from piccolo.table import Table

from app.media.tables import Media
from app.tenancy import TENANT_DB
from app.tenancy.village import Category, Provider


class Article(Table, db=TENANT_DB, tablename="article"):
    """A piece of news (Meldung); without `published_at` it is a draft. The column `search` is the database's own."""

    id = BigSerial(primary_key=True)
    feed_item_id = BigInt(null=True, default=None, unique=True)
    provider_id = ForeignKey(Provider, null=True)
    category_id = ForeignKey(Category, null=True)
    title = Text()
    teaser = Text()
    body_html = Text()
    language = Text(default="de")
    author = Text()
    tags = Array(base_column=Text())
    source_url = Text()
    source_name = Text()
    licence = Text()
    attribution = Text()
    payload = JSONB(default="{}")
    published_at = Timestamptz(null=True, default=None)
    published_day_only = Boolean(default=False)
    created_at = Timestamptz()
    changed_at = Timestamptz()
    withdrawn_at = Timestamptz(null=True, default=None)
    withdrawn_by = Text()
    picture_id = ForeignKey(Media, null=True)

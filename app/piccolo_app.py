"""The tables of a tenant as one Piccolo application. Migrations are SQL, see `app/tenancy/history.py`."""

from pathlib import Path
from typing import Any

from piccolo.conf.apps import AppConfig

from app.capabilities import CAPABILITIES
from app.feeds.tables import Feed, FeedItem, FeedProblem
from app.media.tables import Media
from app.notify.tables import Announcement, Delivery, PushDevice, Subscriber
from app.tenancy.village import Category, Provider, Setting
from app.web.tables import SentForm

TENANT_TABLES: list[type[Any]] = [
    Setting,
    Provider,
    Category,
    Feed,
    FeedItem,
    FeedProblem,
    Media,
    Subscriber,
    PushDevice,
    Announcement,
    Delivery,
    SentForm,
    *(table for one in CAPABILITIES for table in one.tables),
]

APP_CONFIG = AppConfig(
    app_name="village",
    migrations_folder_path=str(Path(__file__).parent.parent / "migrations" / "tenant"),
    table_classes=TENANT_TABLES,
)

"""`create_app()`: capabilities become routes; `app` is what granian serves."""

from litestar import Router

from app.admin.house import HOUSE_TABLES
from app.admin.mount import admin_mount
from app.capabilities import CAPABILITIES
from app.kit import logs, memory
from app.platform.discovery.pages import DISCOVERY_PAGES
from app.platform.pages import PLATFORM_PAGES
from app.settings import settings
from app.web.app import application
from app.web.band import warner
from app.web.edge import Edge
from app.web.hosts import Hosts
from app.web.manage.feeds import Runs, feed_pages
from app.web.manage.members import MEMBER_ROUTES
from app.web.manage.today import manage_pages
from app.web.pocket import POCKET_ROUTES
from app.web.signin import SIGNIN_ROUTES
from app.web.start import start_pages


def create_app() -> Edge:
    """The whole web application: the villages, the platform's pages, and the edge in front of both."""
    villages = [
        Router(path="/", route_handlers=list(one.pages), opt={"capability": one.name})
        for one in CAPABILITIES
        if one.pages
    ]
    village = application(
        [
            *villages,
            *start_pages(CAPABILITIES),
            *SIGNIN_ROUTES,
            *POCKET_ROUTES,
            *manage_pages(CAPABILITIES),
            *feed_pages(Runs(sync=_sync, confirm=_confirm, replay=_replay)),
            *DISCOVERY_PAGES,
            admin_mount([*(table for one in CAPABILITIES for table in one.admin), *HOUSE_TABLES]),
            *MEMBER_ROUTES,
        ],
        title="Smart Village",
    )
    village.state["capabilities"] = CAPABILITIES
    return Edge(
        village=village,
        platform=application(PLATFORM_PAGES, title="Smart Village platform"),
        hosts=Hosts(CAPABILITIES),
        warn=warner(CAPABILITIES),
    )


def _sync(feed: str) -> None:
    """Send the job that runs a feed of the current village, after the commit."""
    # Here, because the connectors are 5 MB that a web process does without until somebody asks.
    from app.platform.feeds import sync_feed

    sync_feed.later(feed=feed)


def _confirm(feed: str) -> None:
    """Send the job that fetches a feed of the current village and believes what vanished to be gone."""
    from app.platform.feed_care import confirm_gone

    confirm_gone.later(feed=feed)


def _replay(feed: str) -> None:
    """Send the job that reads a feed's last answer again."""
    from app.platform.feed_care import replay_feed

    replay_feed.later(feed=feed)


def __getattr__(name: str) -> Edge:
    """`app.main:app` is built when a server asks for it, not when this is imported."""
    if name == "app":
        settings()
        logs.configure()
        made = create_app()
        memory.give_back()
        return made
    raise AttributeError(name)

"""`create_app()`: capabilities become routes; `app` is what granian serves."""

from litestar import Router

from app.capabilities import CAPABILITIES
from app.kit import logs, memory
from app.platform.pages import PLATFORM_PAGES
from app.settings import settings
from app.web.app import application
from app.web.edge import Edge
from app.web.hosts import Hosts
from app.web.start import start_pages


def create_app() -> Edge:
    """The whole web application: the villages, the platform's pages, and the edge in front of both."""
    villages = [
        Router(path="/", route_handlers=list(one.pages), opt={"capability": one.name})
        for one in CAPABILITIES
        if one.pages
    ]
    return Edge(
        village=application([*villages, *start_pages(CAPABILITIES)], title="Smart Village"),
        platform=application(PLATFORM_PAGES, title="Smart Village platform"),
        hosts=Hosts(CAPABILITIES),
    )


def __getattr__(name: str) -> Edge:
    """`app.main:app` is built when a server asks for it, not when this is imported."""
    if name == "app":
        settings()
        logs.configure()
        made = create_app()
        memory.give_back()
        return made
    raise AttributeError(name)

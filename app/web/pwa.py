"""The village as an app on the device: manifest, service worker, icons, and the page for when there is no network."""

import asyncio
import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec
from litestar import Response, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from app.kit import i18n
from app.kit.errors import NotFound
from app.kit.i18n import gettext_ as _
from app.web import theme
from app.web.access import PUBLIC
from app.web.pwa_icons import KINDS, address, icon
from app.web.respond import page, raw
from app.web.site import Site, current_site
from app.web.static import shipped

FILES: Final = ("village.css", "village.js", "offline.js", "village.svg")
"""What every page needs."""
WORKER: Final = ("sw.js", "sw-forms.js")
"""The parts of the service worker, in their order."""
KEPT_PAGES: Final = {"notices": "/notices"}
"""Pages beside the start page that are kept before somebody opens them, by capability."""
MOST_SHORTCUTS: Final = 4
_LONGEST_SHORT_NAME: Final = 12
_FOREVER: Final = "public, max-age=31536000, immutable"


class Shipped(msgspec.Struct, frozen=True, rename="camel"):
    """What the service worker is told about its village."""

    version: str
    files: list[str]
    pages: list[str]
    icon: str
    badge: str
    name: str
    news: str
    """What is shown for a push that can't be read: browsers want to see something."""


@cache
def _worker() -> str:
    return "\n".join((Path(__file__).parent / "js" / name).read_text("utf-8") for name in WORKER)


def script(site: Site) -> str:
    """The service worker of a village; another text when anything of it changes, which browsers look for."""
    files = [*(shipped().url(name) for name in FILES), theme.url_for(site), address(site, "any-192.png")]
    pages = [path for name, path in KEPT_PAGES.items() if name in site.offers]
    version = hashlib.sha256("\n".join((_worker(), *files, *pages)).encode()).hexdigest()[:12]
    told = Shipped(
        version,
        files,
        pages,
        icon=address(site, "any-192.png"),
        badge=address(site, "badge-96.png"),
        name=site.name,
        news=_("There is something new. Open the page to read it."),
    )
    return f"const SHIPPED = {msgspec.json.encode(told).decode()};\n{_worker()}"


def manifest(site: Site) -> dict[str, Any]:
    """The manifest (W3C Web Application Manifest)."""
    colour = theme.palettes(site.theme)[0].action
    icons = [
        {"src": address(site, name), "sizes": f"{edge}x{edge}", "type": "image/png", "purpose": kind}
        for name, (kind, edge) in KINDS.items()
        if kind == "any" or (kind == "maskable" and edge == 512)
    ]
    places = [(str(one.title), one.path) for one in site.nav if one.path != "/more"]
    first = site.name.split()[0]
    return {
        "id": "/",
        "name": site.name,
        "short_name": site.name if len(site.name) <= _LONGEST_SHORT_NAME else first[:_LONGEST_SHORT_NAME],
        "description": site.tagline or _("News, events and services of %(town)s") % {"town": site.name},
        "lang": i18n.language(),
        "dir": "ltr",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": colour,
        "categories": ["government", "news", "utilities"],
        "icons": icons,
        "shortcuts": [
            {"name": title, "url": path}
            for title, path in (*places[: MOST_SHORTCUTS - 1], (_("What I put aside"), "/saved"))
        ],
    }


@get("/manifest.webmanifest", access=PUBLIC, include_in_schema=False)
async def web_manifest() -> Response[Any]:
    """What a browser needs to install the village."""
    return raw(msgspec.json.encode(manifest(current_site())), "application/manifest+json")


@get("/sw.js", access=PUBLIC, include_in_schema=False)
async def service_worker() -> Response[Any]:
    """The service worker; its scope is the whole host."""
    return raw(script(current_site()), "text/javascript; charset=utf-8")


@get("/icons/{name:str}", access=PUBLIC, include_in_schema=False)
async def icon_file(name: FromPath[str]) -> Response[Any]:
    """An icon of the installed village."""
    if name not in KINDS:
        raise NotFound("There is no such picture.")
    return raw(await asyncio.to_thread(icon, current_site(), name), "image/png", **{"cache-control": _FOREVER})


@get("/offline", access=PUBLIC, include_in_schema=False)
async def offline() -> Response[str]:
    """What a reader sees who has no network and asks for a page that the device does not have."""
    return page("offline.html")


PWA_ROUTES: Sequence[ControllerRouterHandler] = (web_manifest, service_worker, icon_file, offline)

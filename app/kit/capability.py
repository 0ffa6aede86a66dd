"""The manifest by which a capability declares itself once."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import msgspec

from app.kit.i18n import Lazy


class NavPlace(msgspec.Struct, frozen=True):
    """An entry of the village's navigation."""

    title: Lazy
    path: str
    icon: str
    """Name of a symbol in `app/web/templates/icons.html`."""
    order: int = 50


class Capability(msgspec.Struct, frozen=True, kw_only=True):
    """Something a village offers its people; see `app/capabilities/README.md`."""

    name: str
    title: Lazy
    needs: tuple[str, ...] = ()
    """Capabilities whose `queries` and `actions` it may import."""
    tables: Sequence[type[Any]] = ()
    """Piccolo tables in the tenant schema."""
    pages: Sequence[type[Any]] = ()
    """Litestar controllers on the tenant's host."""
    nav: NavPlace | None = None
    accepts: Mapping[type[Any], Callable[..., Awaitable[Any]]] = msgspec.field(default_factory=dict)
    """Feed item kind → `async (feed, items) -> Stored`, see `app/feeds/items.py`."""
    withdraws: Mapping[type[Any], Callable[..., Awaitable[None]]] = msgspec.field(default_factory=dict)
    """Feed item kind → `async (target_ids) -> None` for items that vanished."""
    keeps: Mapping[type[Any], Callable[..., Awaitable[Any]]] = msgspec.field(default_factory=dict)
    """Item kind that lives in a region's schema → `async (region, feed, items) -> Kept`, see `app.feeds.regional`."""
    loads: Mapping[str, Callable[..., Awaitable[Any]]] = msgspec.field(default_factory=dict)
    """Connector that brings a whole release → `async (region, feed, path, config) -> Kept`."""
    today: Callable[..., Awaitable[Any]] | None = None
    """A card of the start page: `async () -> Card | None`."""
    alerts: Callable[..., Awaitable[Any]] | None = None
    """Warnings over every page: `async () -> list[app.web.cards.Alert]`, the most urgent first."""
    headline: Callable[..., Awaitable[Any]] | None = None
    """A few words beside the date of the start page, e.g. the weather: `async () -> str`."""
    saved: Callable[..., Awaitable[Any]] | None = None
    """What a person put aside, by ids: `async (ids) -> list[Line]`, in that order, without what is gone."""
    search: Callable[..., Awaitable[Any]] | None = None
    """`async (words, limit) -> list[Hit]`, the best first: what has every word. Typing errors are `alike`'s."""
    alike: Callable[..., Awaitable[Any]] | None = None
    """`async (word, *, wider) -> list[str]`: titles that the public may read with something written like the word.

    See `app.kit.alike`. Asked when no capability found anything; what is meant by them is then searched everywhere."""
    search_page: str = ""
    """Address of the capability's own list that takes the words as `q`; empty where there is none."""
    more: Callable[..., Awaitable[Any]] | None = None
    """Links of the page "more": `async () -> list[Line]`."""
    menu: Callable[..., Awaitable[Any]] | None = None
    """What stands first on the page "more": `async () -> list[(heading, list[Line])]`."""
    stops: Callable[..., Awaitable[Any]] | None = None
    """Names of stops that somebody chose: `async (keys) -> dict[key, name]`, without those that are gone."""
    offers: Callable[..., Awaitable[Any]] | None = None
    """What a provider published here last: `async (provider slug) -> Card | None`."""
    manage: Callable[..., Awaitable[Any]] | None = None
    """What waits on the desk of a person who publishes: `async () -> app.web.manage.desk.Desk`."""
    admin: Sequence[Any] = ()
    """Tables of `/admin`: `app.admin.table.AdminTable`."""
    seed: Callable[..., Awaitable[None]] | None = None
    """`async (definition) -> None`: fill a new tenant's tables from its definition."""
    jobs: Sequence[Any] = ()
    """dramatiq actors that run for each town every night."""
    hourly: Sequence[Any] = ()
    """dramatiq actors that run for each town every hour, some minutes past it."""
    options: type[Any] | None = None
    """A frozen msgspec Struct; the tenant gives the values under `[capabilities.<name>]`."""
    rights: tuple[str, ...] = ()

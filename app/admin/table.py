"""How a table appears at `/admin`, and which of a capability's actions write it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from app.kit.i18n import Lazy
from app.kit.slug import slug

Values = dict[str, Any]


class AdminTable(msgspec.Struct, frozen=True, kw_only=True):
    """A table for people who administer a town. Rows are written by the functions named here, never past them."""

    table: type[Any]
    """The Piccolo table."""
    title: Lazy
    """Name of many, e.g. `lazy("News")`; in the reader's language it is the address as well."""
    noun: str
    """Stands in the record: `news` makes `news.create`, `news.change`, `news.remove`."""
    target: str
    """What a row is called in the record: `article` makes `article:12`."""
    read: str
    """Action of the rights table that shows it."""
    write: str
    """Action of the rights table that changes it."""
    capability: str = ""
    """Shown only where the town has switched this on; empty: always."""
    labels: Mapping[str, Lazy]
    """The columns that are shown, in order, each with its name; no other leaves the server."""
    hints: Mapping[str, Lazy] = {}
    """Columns whose field needs a sentence more: what it is for."""
    listed: tuple[str, ...]
    """Columns of the list."""
    editable: tuple[str, ...] = ()
    """Columns of the form that may be changed; a change of another is refused."""
    long_texts: tuple[str, ...] = ()
    """HTML, typed as at the desk: paragraphs, lists, headings, strong words."""
    choices: Mapping[str, tuple[str, ...]] = {}
    """Columns whose values are one of these."""
    provider: str = ""
    """Column with the provider's id; a provider's people see and write only rows of their own."""
    order: str = "id"
    """Column by which the list is sorted, the highest first."""
    search: str = ""
    """Column that stands for a row in selections."""
    create: Callable[[Values], Awaitable[int]] | None = None
    """Takes the editable values, returns the new row's id."""
    change: Callable[[int, Values], Awaitable[None]] | None = None
    """Takes a row's id and what is new."""
    remove: Callable[[int], Awaitable[None]] | None = None
    """Takes a row's id; may only hide it."""

    @property
    def name(self) -> str:
        """The address in the reader's language, e.g. `meldungen`."""
        return slug(str(self.title)).replace("-", "_")

"""Static pages at `/admin`."""

from typing import Final

from app.admin.table import AdminTable
from app.capabilities.pages import actions, documents
from app.capabilities.pages.tables import Document, Page
from app.kit.i18n import LOCALES
from app.kit.i18n import lazy as _

PAGE_ADMIN: Final = AdminTable(
    table=Page,
    title=_("Pages"),
    noun="pages",
    target="page",
    read="pages.write",
    write="pages.write",
    capability="pages",
    labels={
        "title": _("Title"),
        "slug": _("Short name in addresses"),
        "language": _("Language"),
        "body_html": _("Text"),
        "in_menu": _("Stands in the menu"),
        "position": _("Place in lists"),
        "changed_at": _("Changed"),
    },
    listed=("title", "slug", "language", "changed_at"),
    editable=("title", "slug", "language", "body_html", "in_menu", "position"),
    long_texts=("body_html",),
    choices={"language": LOCALES},
    search="title",
    create=actions.create,
    change=actions.change,
    remove=actions.remove,
)

DOCUMENT_ADMIN: Final = AdminTable(
    table=Document,
    title=_("Documents for apps"),
    noun="documents",
    target="document",
    read="pages.write",
    write="pages.write",
    capability="pages",
    labels={
        "name": _("Name"),
        "version": _("Version of the app"),
        "data_type": _("Format"),
        "content": _("Content"),
        "changed_at": _("Changed"),
    },
    listed=("name", "version", "data_type", "changed_at"),
    editable=("name", "version", "data_type", "content"),
    choices={"data_type": ("json", "html")},
    search="name",
    create=documents.create,
    change=documents.change,
    remove=documents.remove,
)

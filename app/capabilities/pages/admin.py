"""Static pages at `/admin`."""

from typing import Final

from app.admin.table import AdminTable
from app.capabilities.pages import actions
from app.capabilities.pages.tables import Page
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

"""Providers and categories at `/admin`."""

from typing import Final

from app.admin.table import AdminTable
from app.capabilities.providers import actions
from app.kit.i18n import lazy as _
from app.tenancy.village import Category, Provider

PROVIDER_ADMIN: Final = AdminTable(
    table=Provider,
    title=_("Providers"),
    noun="providers",
    target="provider",
    read="admin.enter",
    write="providers.write",
    provider="id",
    labels={
        "name": _("Name"),
        "slug": _("Short name in addresses"),
        "kind": _("Kind"),
        "summary": _("In one sentence"),
        "body_html": _("Text"),
        "url": _("Web page"),
        "email": _("E-mail"),
        "phone": _("Telephone"),
        "position": _("Place in lists"),
        "withdrawn_at": _("Off the pages since"),
    },
    listed=("name", "kind", "slug", "withdrawn_at"),
    editable=("name", "slug", "kind", "summary", "body_html", "url", "email", "phone", "position", "withdrawn_at"),
    long_texts=("body_html",),
    search="name",
    create=actions.create_provider,
    change=actions.change_provider,
    remove=actions.remove_provider,
)

CATEGORY_ADMIN: Final = AdminTable(
    table=Category,
    title=_("Categories"),
    noun="categories",
    target="category",
    read="admin.enter",
    write="providers.write",
    labels={
        "name": _("Name"),
        "capability": _("For"),
        "slug": _("Short name in addresses"),
        "position": _("Place in lists"),
    },
    listed=("name", "capability", "position"),
    editable=("name", "capability", "slug", "position"),
    choices={"capability": ("news", "events")},
    search="name",
    create=actions.create_category,
    change=actions.change_category,
    remove=actions.remove_category,
)

"""Providers and categories at `/admin`."""

from typing import Final

from app.admin.table import AdminTable
from app.capabilities.providers import actions
from app.kit.i18n import lazy as _
from app.tenancy.village import Category, Provider

ENGLISH: Final = _("Shown to whoever reads the village in English. Left empty, the German text stands there.")

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
        "name_en": _("Name in English"),
        "slug": _("Short name in addresses"),
        "kind": _("Kind"),
        "summary": _("In one sentence"),
        "summary_en": _("In one sentence, in English"),
        "body_html": _("Text"),
        "url": _("Web page"),
        "email": _("E-mail"),
        "phone": _("Telephone"),
        "position": _("Place in lists"),
        "withdrawn_at": _("Off the pages since"),
    },
    hints={"name_en": ENGLISH, "summary_en": ENGLISH},
    listed=("name", "kind", "slug", "withdrawn_at"),
    editable=(
        "name", "name_en", "slug", "kind", "summary", "summary_en", "body_html", "url", "email", "phone", "position",
        "withdrawn_at",
    ),
    long_texts=("body_html",),
    search="name",
    create=actions.create_provider,
    change=actions.change_provider,
    remove=actions.remove_provider,
)  # fmt: skip

CATEGORY_ADMIN: Final = AdminTable(
    table=Category,
    title=_("Categories"),
    noun="categories",
    target="category",
    read="admin.enter",
    write="providers.write",
    labels={
        "name": _("Name"),
        "name_en": _("Name in English"),
        "capability": _("For"),
        "slug": _("Short name in addresses"),
        "position": _("Place in lists"),
    },
    hints={"name_en": ENGLISH},
    listed=("name", "name_en", "capability", "position"),
    editable=("name", "name_en", "capability", "slug", "position"),
    choices={"capability": ("news", "events")},
    search="name",
    create=actions.create_category,
    change=actions.change_category,
    remove=actions.remove_category,
)

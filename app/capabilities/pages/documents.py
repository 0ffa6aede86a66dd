"""Documents that apps are configured by: JSON or HTML under a name, for some versions of an app another one."""

import re
from datetime import datetime
from typing import Any, Final

import msgspec
from piccolo.columns import Column

from app.capabilities.pages.tables import Document
from app.kit import clock, richtext
from app.kit.errors import InvalidInput, NotFound
from app.kit.i18n import lazy as _
from app.tenancy.village import touched

LARGEST: Final = 200_000
"""Characters of a document."""
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,79}")
_VERSION: Final = re.compile(r"[0-9A-Za-z.+-]{0,40}")
_BAD_NAME: Final = _("A document's name has letters, digits, hyphens and underscores and begins with a letter.")
_BAD_VERSION: Final = _("A version has digits, letters, dots and hyphens, like 4.1.0, or stays empty.")
_BAD_JSON: Final = _("This is not valid JSON: %(problem)s")
_TOO_LONG: Final = _("This is too long: at most 200,000 characters.")
_TAKEN: Final = _("There is a document of this name and version.")


class DocumentEntry(msgspec.Struct, frozen=True):
    """A document, as the API tells it."""

    name: str
    version: str
    """Empty: for all that ask for none of the others."""
    data_type: str
    """json or html."""
    content: str
    changed_at: datetime


class DocumentList(msgspec.Struct, frozen=True):
    """All documents; there are few, so `next` is always null."""

    items: list[DocumentEntry]
    next: str | None = None


async def document(name: str, version: str = "") -> DocumentEntry:
    """The document for a version of an app, else the one for all; raises `NotFound`."""
    rows = await Document.objects().where((Document.name == name) & Document.version.is_in([version, ""]))
    found = next((row for row in rows if row.version == version), rows[0] if rows else None)
    if found is None:
        raise NotFound("There is no document of this name.")
    return _entry(found)


async def all_documents() -> list[DocumentEntry]:
    """Every document in every version."""
    return [_entry(row) for row in await Document.objects().order_by(Document.name).order_by(Document.version)]


async def create(values: dict[str, Any]) -> int:
    """Keep a new document; raises `InvalidInput`."""
    clean = _checked({"version": "", "data_type": "json"} | values)
    if await Document.exists().where((Document.name == clean.get("name", "")) & (Document.version == clean["version"])):
        raise InvalidInput("Please check what you entered.", {"name": _TAKEN.message})
    row = Document(**clean, changed_at=clock.now())
    await row.save()
    touched()
    return int(row.id)


async def change(id_: int, values: dict[str, Any]) -> None:
    """Change a document; raises `InvalidInput`, `NotFound`."""
    row: Document | None = await Document.objects().get(Document.id == id_)
    if row is None:
        raise NotFound("There is no such entry.")
    before = {name: getattr(row, name) for name in ("name", "version", "data_type", "content")}
    clean: dict[Column | str, Any] = dict(_checked(before | values).items())
    same = (Document.name == clean["name"]) & (Document.version == clean["version"]) & (Document.id != id_)
    if await Document.exists().where(same):
        raise InvalidInput("Please check what you entered.", {"name": _TAKEN.message})
    clean["changed_at"] = clock.now()
    await Document.update(clean, force=True).where(Document.id == id_)
    touched()


async def remove(id_: int) -> None:
    """Delete a document; raises `NotFound`."""
    if not await Document.delete().where(Document.id == id_).returning(Document.id):
        raise NotFound("There is no such entry.")
    touched()


def _entry(row: Document) -> DocumentEntry:
    changed_at: Any = row.changed_at
    return DocumentEntry(row.name, row.version, row.data_type, row.content, changed_at)


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    clean = {name: str(value).strip() for name, value in values.items()}
    fields: dict[str, str] = {}
    if not _NAME.fullmatch(clean.get("name", "")):
        fields["name"] = _BAD_NAME.message
    if not _VERSION.fullmatch(clean["version"]):
        fields["version"] = _BAD_VERSION.message
    content = clean.get("content", "")
    if len(content) > LARGEST:
        fields["content"] = _TOO_LONG.message
    elif clean["data_type"] == "html":
        clean["content"] = richtext.sanitise(content)
    else:
        try:
            msgspec.json.decode(content or "null")
        except msgspec.DecodeError as error:
            fields["content"] = str(_BAD_JSON) % {"problem": str(error)}
    if fields:
        raise InvalidInput("Please check what you entered.", fields)
    return clean

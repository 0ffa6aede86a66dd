"""Services and offices as forms: what stands in the fields, and what of it is said instead of the source."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Final

from app.capabilities.townhall.corrections import Kept, Row
from app.capabilities.townhall.hours import as_meant
from app.capabilities.townhall.rows import Table
from app.kit import opening, richtext
from app.kit.errors import InvalidInput
from app.kit.i18n import lazy as _
from app.tenancy import current
from app.web.manage.entered import Entered
from app.web.manage.week import entered_hours, typed
from app.web.manage.writing import as_html, as_text

BLOCKS: Final = (
    "required_documents", "fees", "deadlines", "duration", "requirements", "procedure", "hints", "text",
)  # fmt: skip
"""Kinds of a service's blocks that have a field; forms, law and further pages stay the source's."""
MOST_OFFICES: Final = 3
"""Selections for offices; what a source names beyond them stays."""
WHEELCHAIR: Final = ("unknown", "yes", "limited", "no")
_LONGEST: Final = {"title": 300, "summary": 500}
_LINES: Final = ("title", "summary", "street", "postcode", "town", "accessibility")
_CONTACT: Final = ("phone", "email", "url")
_BAD_TITLE: Final = _("Please give a name of at most 300 characters.")
_BAD_EMAIL: Final = _("This is no e-mail address.")
_BAD_URL: Final = _("Please give a whole address that begins with https://.")
_BAD_HOURS: Final = _("We can't read these opening hours. For example: Mo-Fr 09:00-18:00; Sa 09:00-12:00; PH off")
_BLANK: Final[Mapping[Table, Row]] = {
    "office": {
        "parent_key": "", "title": "", "sort_key": "", "summary": "", "body_html": "", "street": "", "postcode": "",
        "town": "", "postal_address": "", "latitude": None, "longitude": None, "contacts": [], "opening_hours": "",
        "opening_text": "", "wheelchair": "unknown", "accessibility": "", "source_url": "", "source_name": "",
        "licence": "", "attribution": "",
    },
    "service": {
        "leika": "", "title": "", "sort_key": "", "summary": "", "language": "de", "blocks": [], "links": [],
        "office_keys": [], "situations": [], "synonyms": [], "names": "", "texts": "", "local": True, "source_url": "",
        "source_name": "", "licence": "", "attribution": "",
    },
}  # fmt: skip


def blank(table: Table) -> Kept:
    """A new entry of the town."""
    row = dict(_BLANK[table]) | ({"key": f"own:{secrets.token_hex(8)}"} if table == "office" else {})
    return Kept(foreign=False, row=row, told=row, own={})


async def office_choices() -> list[tuple[str, str]]:
    """Key and name of every office that is shown, by name."""
    rows = await current().fetch("SELECT key, title FROM office WHERE withdrawn_at IS NULL ORDER BY sort_key, id")
    return [(row["key"], row["title"]) for row in rows]


def fields_of(table: Table, kept: Kept, offices: Sequence[tuple[str, str]] = ()) -> dict[str, str]:
    """What stands in the form."""
    row = kept.row
    if table == "service":
        fields = {name: row[name] for name in ("title", "summary")}
        fields |= {kind: as_text(_html(row, kind)) for kind in BLOCKS}
        fields["online"] = _online(row)
        named = _named(row["office_keys"], offices)
        return fields | {f"office_{number}": key for number, key in enumerate(named, 1)}
    fields = {name: row[name] for name in (*_LINES, "wheelchair", "opening_text")}
    first = row["contacts"][0] if row["contacts"] else {}
    fields |= {name: first.get(name) or "" for name in _CONTACT}
    fields["body"] = as_text(row["body_html"])
    return fields | {"opening_hours": ""} | typed(as_meant(row["opening_hours"]))


def own_of(table: Table, form: Entered, kept: Kept, offices: Sequence[tuple[str, str]] = ()) -> Row:
    """What the form says instead of the source, by field. Raises `InvalidInput` naming the fields."""
    wrong = _wrong(table, form)
    own = _service_own(form, kept, offices) if table == "service" else _office_own(form, kept, wrong)
    if wrong:
        raise InvalidInput("Please check what you entered.", wrong)
    return own


def _service_own(form: Entered, kept: Kept, offices: Sequence[tuple[str, str]]) -> Row:
    own: Row = {}
    for name in ("title", "summary"):
        if (said := richtext.clean_line(form(name))) != kept.told[name]:
            own[name] = said
    blocks = {}
    for kind in BLOCKS:
        said, source = _plain(form(kind)), _html(kept.told, kind)
        if said != _plain(as_text(source)):
            before = kept.own.get("blocks", {}).get(kind)
            # What was left alone keeps what a plain field can't say.
            blocks[kind] = before if before is not None and said == _plain(as_text(before)) else as_html(said)
    if blocks:
        own["blocks"] = blocks
    if (online := form.line("online")) != _online(kept.told):
        own["online"] = online
    chosen = [form.line(f"office_{number}") for number in range(1, MOST_OFFICES + 1)]
    known = {key for key, _title in offices}
    told = _named(kept.told["office_keys"], offices)
    keys = list(dict.fromkeys(key for key in chosen if key in known))
    if keys != told:
        own["office_keys"] = keys + [key for key in kept.told["office_keys"] if key not in told]
    return own


def _office_own(form: Entered, kept: Kept, wrong: dict[str, str]) -> Row:
    told = kept.told
    said: Row = {name: richtext.clean_line(form(name)) for name in _LINES}
    said["wheelchair"] = form("wheelchair") if form("wheelchair") in WHEELCHAIR else "unknown"
    said["opening_text"] = _plain(form("opening_text"))
    own = {name: value for name, value in said.items() if value != _plain(told[name])}
    body, source = _plain(form("body")), told["body_html"]
    if body != _plain(as_text(source)):
        before = kept.own.get("body_html")
        own["body_html"] = before if before is not None and body == _plain(as_text(before)) else as_html(body)
    contact = {name: form.line(name) for name in _CONTACT}
    first = told["contacts"][0] if told["contacts"] else {}
    if contact != {name: first.get(name) or "" for name in _CONTACT}:
        own["contact"] = contact
    shown = as_meant(kept.row["opening_hours"])
    try:
        hours = entered_hours(form, shown)
    except InvalidInput as refusal:
        wrong |= refusal.fields
        return own
    if hours and not opening.readable(hours):
        wrong["opening_hours"] = _BAD_HOURS.message
    hours = kept.row["opening_hours"] if hours == shown else hours
    if hours not in (told["opening_hours"], as_meant(told["opening_hours"])):
        own["opening_hours"] = hours
        # The source's words would say something else than the table beside them.
        if told["opening_text"]:
            own.setdefault("opening_text", "")
    return own


def _wrong(table: Table, form: Entered) -> dict[str, str]:
    wrong = {}
    title = richtext.clean_line(form("title"))
    if not title or len(title) > _LONGEST["title"]:
        wrong["title"] = _BAD_TITLE.message
    email = form.line("email")
    if email and ("@" not in email or " " in email):
        wrong["email"] = _BAD_EMAIL.message
    address = "online" if table == "service" else "url"
    if form.line(address) and not richtext.absolute(form.line(address), ""):
        wrong[address] = _BAD_URL.message
    return wrong


def _html(row: Row, kind: str) -> str:
    return "".join(one["html"] for one in row["blocks"] if one["kind"] == kind)


def _online(row: Row) -> str:
    return str(next((one["url"] for one in row["links"] if one["kind"] == "online"), ""))


def _named(keys: Sequence[str], offices: Sequence[tuple[str, str]]) -> list[str]:
    known = {key for key, _title in offices}
    return [key for key in keys if key in known][:MOST_OFFICES]


def _plain(text: Any) -> str:
    return str(text).replace("\r\n", "\n").strip()

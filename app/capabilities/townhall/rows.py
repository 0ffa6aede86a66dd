"""The columns of a service and an office as feeds and clerks write them, and what is worked out from the others."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from app.capabilities.townhall.everyday import situations_of
from app.kit import richtext
from app.kit.search import spelled_out

Table = Literal["office", "service"]

RECORDS: Final[Mapping[Table, str]] = {
    "office": """key text, parent_key text, title text, sort_key text, summary text,
    body_html text, street text, postcode text, town text, postal_address text, latitude float8, longitude float8,
    contacts jsonb, opening_hours text, opening_text text, wheelchair text, accessibility text, source_url text,
    source_name text, licence text, attribution text""",
    "service": """leika text, title text, sort_key text, summary text, language text,
    blocks jsonb, links jsonb, office_keys text[], situations text[], synonyms text[], names text, texts text,
    local boolean, source_url text, source_name text, licence text, attribution text""",
}
"""Names and types, as `jsonb_to_recordset` wants them."""
NAMES: Final[Mapping[Table, Sequence[str]]] = {
    table: tuple(column.split()[0] for column in record.split(",")) for table, record in RECORDS.items()
}


def sort_key(title: str) -> str:
    """What German lists are sorted by: small letters, umlauts as their vowels."""
    folded = title.lower().translate(str.maketrans("äöüé", "aoue")).replace("ß", "ss")
    return "".join(one for one in folded if one.isalnum() or one == " ").strip()[:200] or "~"


def worked_out(
    title: str, summary: str, synonyms: Sequence[str], situations: Sequence[str], htmls: Sequence[str]
) -> dict[str, Any]:
    """What a service is sorted, found and grouped by; `situations` are names that its source tells."""
    names = " · ".join((title, *synonyms))
    return {
        "sort_key": sort_key(title),
        "situations": situations_of(title, (*synonyms, *situations)),
        # Both spellings, so that "Fuehrungszeugnis" with a typing error is alike too.
        "names": names if spelled_out(names) == names.lower() else f"{names} · {spelled_out(names)}",
        "texts": " ".join((summary, *situations, *(richtext.plain(html) for html in htmls))),
    }

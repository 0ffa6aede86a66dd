"""Under which ids a warning is known: the same one has others in other sources."""

import re
from collections.abc import Iterable
from typing import Final

from app.feeds.items import Notice

_OID: Final = re.compile(r"(?:dwd\.)?(2\.49\.0\.0\.276\..+?)(?:\.[A-Z]{3})?")
"""An id of the weather service: NINA puts `dwd.` before it, the service's files end with the language."""
MOST_KEYS: Final = 200


def key_of(id_: str) -> str:
    """The id without what a source adds to it."""
    found = _OID.fullmatch(id_)
    return found[1] if found else id_


def keys_of(item: Notice) -> list[str]:
    """All ids of a warning; the one that it has in every source comes first."""
    return _each_once([*item.same_as, item.external_id])


def replaced_by(item: Notice) -> list[str]:
    """The ids of the messages that it replaces or ends, without its own."""
    own = set(keys_of(item))
    return [key for key in _each_once(item.references) if key not in own]


def is_copy(item: Notice) -> bool:
    """Whether another issuer's warning is repeated: an issuer's own id begins with the common one."""
    return bool(item.same_as) and not any(item.external_id.startswith(key_of(one)) for one in item.same_as)


def _each_once(ids: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(key_of(one) for one in ids if one))[:MOST_KEYS]

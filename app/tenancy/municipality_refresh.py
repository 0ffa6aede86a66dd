"""What a newer register changes: who is new, gone, renamed or moved, and who probably took over what is gone."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final, Literal

import msgspec

from app.tenancy.municipality import Municipality
from app.tenancy.municipality_search import fold

GROWN: Final = 0.9
"""Share of the gone area that a successor must have gained: surveys differ by a little from year to year."""
SUSPICIOUS: Final = 0.1
"""When more of the municipalities are gone at once, the file is probably not complete."""

Why = Literal["name", "area", ""]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A municipality that is there under the same key, with another name, type or association."""

    ags: str
    before: str
    now: str


class Gone(msgspec.Struct, frozen=True, kw_only=True):
    """A municipality whose key is gone, and who it probably is now; a proposal, nothing more."""

    ags: str
    name: str
    successor: str = ""
    """AGS; empty when nobody suggests itself."""
    successor_name: str = ""
    why: Why = ""
    """`name`: the same name has another key now. `area`: it grew by about what is gone."""


class TownGone(msgspec.Struct, frozen=True, kw_only=True):
    """A village whose AGS the newer register does not have; its AGS stays until a person changes it."""

    slug: str
    ags: str
    name: str = ""
    """Of the municipality; empty when the last register did not know it either."""
    successor: str = ""
    successor_name: str = ""
    why: Why = ""


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """The difference between two registers."""

    before: int
    now: int
    new: tuple[Municipality, ...]
    gone: tuple[Gone, ...]
    renamed: tuple[Change, ...]
    moved: tuple[Change, ...]
    """Another association or district under the same AGS: `before` and `now` are ARS."""

    @property
    def suspicious(self) -> bool:
        """Whether so much is gone that the file should be looked at."""
        return len(self.gone) > SUSPICIOUS * max(self.before, 1)


def compare(before: Mapping[str, Municipality], now: Mapping[str, Municipality]) -> Changes:
    """What happened between two registers, each by AGS."""
    new = [one for ags, one in now.items() if ags not in before]
    both = [(one, now[ags]) for ags, one in before.items() if ags in now]
    left = [one for ags, one in before.items() if ags not in now]
    return Changes(
        before=len(before),
        now=len(now),
        new=tuple(sorted(new, key=lambda one: one.ags)),
        gone=tuple(_successors(left, new, both)),
        renamed=tuple(
            Change(ags=old.ags, before=_titled(old), now=_titled(one))
            for old, one in both
            if _titled(old) != _titled(one)
        ),
        moved=tuple(
            Change(ags=old.ags, before=old.ars, now=one.ars)
            for old, one in both
            if (old.ars, old.district) != (one.ars, one.district)
        ),
    )


def towns_gone(towns: Iterable[tuple[str, str]], now: Mapping[str, Municipality], changes: Changes) -> list[TownGone]:
    """The villages, given as (slug, AGS), whose municipality or district is not in the newer register."""
    districts = {ags[:5] for ags in now}
    known = {one.ags: one for one in changes.gone}
    found = []
    for slug, ags in sorted(towns):
        if not ags or ags in now or (ags.endswith("000") and ags[:5] in districts):
            continue
        gone = known.get(ags)
        if gone is None:
            found.append(TownGone(slug=slug, ags=ags))
        else:
            found.append(
                TownGone(
                    slug=slug,
                    ags=ags,
                    name=gone.name,
                    successor=gone.successor,
                    successor_name=gone.successor_name,
                    why=gone.why,
                )
            )
    return found


def _titled(one: Municipality) -> str:
    return f"{one.name} ({one.kind})"


def _successors(
    left: list[Municipality], new: list[Municipality], both: list[tuple[Municipality, Municipality]]
) -> Iterable[Gone]:
    by_name: dict[str, list[Municipality]] = defaultdict(list)
    for one in new:
        by_name[fold(one.name)].append(one)
    gained = [(one.area_ha - old.area_ha, one) for old, one in both if one.area_ha > old.area_ha]
    gained += [(one.area_ha, one) for one in new]
    by_state: dict[str, list[tuple[int, Municipality]]] = defaultdict(list)
    for gain, one in gained:
        by_state[one.ags[:2]].append((gain, one))
    for old in sorted(left, key=lambda one: one.ags):
        same = [one for one in by_name[fold(old.name)] if one.ags[:2] == old.ags[:2]]
        grown = [(gain, one) for gain, one in by_state[old.ags[:2]] if gain >= GROWN * old.area_ha > 0]
        found, why = _nearest(old, [(0, one) for one in same]), "name"
        if found is None:
            # Parts merge with neighbours: one of the same district, if any grew enough.
            found, why = _nearest(old, [pair for pair in grown if pair[1].ags[:5] == old.ags[:5]]), "area"
        yield Gone(
            ags=old.ags,
            name=old.name,
            successor=found.ags if found else "",
            successor_name=found.name if found else "",
            why=("name" if why == "name" else "area") if found else "",
        )


def _nearest(old: Municipality, candidates: list[tuple[int, Municipality]]) -> Municipality | None:
    """Of the same association first, then the one nearest in area gained; `None` when there is none."""

    def far(pair: tuple[int, Municipality]) -> tuple[bool, bool, int, str]:
        gain, one = pair
        return one.association != old.association, one.ags[:5] != old.ags[:5], abs(gain - old.area_ha), one.ags

    return min(candidates, key=far)[1] if candidates else None

"""The form "what do you want to be told": its words, and what was sent with it."""

import re
from collections.abc import Sequence
from typing import Any, Final, get_args
from urllib.parse import parse_qs

import msgspec
from litestar import Request

from app.identity import sessions
from app.kit import i18n
from app.kit.errors import InvalidInput
from app.kit.http import Refused
from app.kit.http.raw import RawHttp
from app.kit.i18n import Lazy, lazy
from app.notify.announce import Category
from app.notify.subscribers import LONGEST_ENDPOINT, Choices, Endpoint
from app.web.site import current_site

CATEGORIES: Final[dict[str, tuple[Lazy, Lazy, str]]] = {
    "warning": (lazy("Warnings"), lazy("Storm, flood, danger: what to do now"), "notices"),
    "waste": (lazy("Waste collection"), lazy("The evening before, for your street"), "waste"),
    "news": (lazy("News"), lazy("What the town hall and clubs report"), "news"),
    "events": (lazy("Events"), lazy("What is new and what is cancelled"), "events"),
    "mobility": (lazy("Bus and train"), lazy("Disturbances and changed timetables"), "mobility"),
    "reports": (lazy("My reports"), lazy("When something happens with a defect that you reported"), "reports"),
    "neighbours": (
        lazy("Neighbourly help"),
        lazy("When somebody looks for what you offer"),
        "neighbours",
    ),
    "town": (lazy("From the town hall"), lazy("Closed offices, appointments, important letters"), ""),
}
"""Title, what it is, and the capability that a town must have switched on for it."""
TOLD: Final = ("warning", "waste", "news", "events", "mobility")
"""What somebody announces today: only these can be chosen."""
URGENCIES: Final[tuple[tuple[str, Lazy], ...]] = (
    ("2", lazy("Everything I have chosen")),
    ("1", lazy("Only what matters today")),
    ("0", lazy("Only what is urgent now")),
)
NEAR_KM: Final = (2, 5, 10, 20, 50)
_KEY: Final = re.compile(r"[\w .:/'()+-]{1,120}")
_NUMBER: Final = re.compile(r"\d{1,18}", re.ASCII)
_DEGREES: Final = re.compile(r"-?\d{1,3}(?:\.\d{1,12})?", re.ASCII)
_MOST_FIELDS: Final = 300
_ROUNDED: Final = 2
"""Decimals of a place: about a kilometre, which is enough for what is near and says less about a home."""


class Form:
    """What was sent: each field as often as it was."""

    def __init__(self, fields: dict[str, list[str]]) -> None:
        self._fields = fields

    def one(self, name: str, longest: int = 200) -> str:
        """The first value, empty when there is none or it is too long."""
        value = self._fields.get(name, [""])[0].strip()
        return value if len(value) <= longest else ""

    def all(self, name: str) -> list[str]:
        """All values, each once."""
        return list(dict.fromkeys(value.strip() for value in self._fields.get(name, []) if value.strip()))

    def ticked(self, name: str) -> bool:
        """Whether a box was ticked."""
        return self.one(name) == "yes"


async def form_of(request: Request[Any, Any, Any]) -> Form:
    """The fields of a form; raises `InvalidInput`."""
    try:
        body = (await request.body()).decode("utf-8")
        return Form(parse_qs(body, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError as error:
        raise InvalidInput("The form can't be read.") from error


def offered() -> dict[str, tuple[str, str]]:
    """The categories that this town has something of: title and what it is, in the reader's language."""
    offers = current_site().offers
    return {
        key: (str(title), str(text))
        for key, (title, text, need) in CATEGORIES.items()
        if key in TOLD and (not need or need in offers)
    }


def choices(form: Form, before: Choices) -> Choices:
    """What a form says; what it can't say stays as it was before."""
    known = get_args(Category)
    lat, lon = _place(form, before)
    return Choices(
        categories=tuple(one for one in form.all("category") if one in known),
        providers=tuple(int(one) for one in form.all("provider") if _NUMBER.fullmatch(one)),
        streets=keys(form.all("street")),
        stops=keys(form.all("stop")),
        urgency=int(form.one("urgency")) if form.one("urgency") in ("0", "1", "2") else before.urgency,
        lat=lat,
        lon=lon,
        within_km=_among(form.one("within_km"), (0, *NEAR_KM), 0) if lat is not None else 0,
        quiet_from=_among(form.one("quiet_from"), range(24), before.quiet_from),
        quiet_until=_among(form.one("quiet_until"), range(24), before.quiet_until),
        wake=form.ticked("wake"),
        mail=form.ticked("mail"),
        locale=i18n.locale(),
    )


def keys(given: Sequence[str]) -> tuple[str, ...]:
    """What can be the key of an area or of a stop among what was given."""
    return tuple(one for one in given if _KEY.fullmatch(one))


def _place(form: Form, before: Choices) -> tuple[float | None, float | None]:
    lat, lon = form.one("lat"), form.one("lon")
    if not (_DEGREES.fullmatch(lat) and _DEGREES.fullmatch(lon)):
        return before.lat, before.lon
    if abs(float(lat)) > 90 or abs(float(lon)) > 180:
        return before.lat, before.lon
    return round(float(lat), _ROUNDED), round(float(lon), _ROUNDED)


def _among(text: str, allowed: Sequence[int], otherwise: int) -> int:
    return int(text) if _NUMBER.fullmatch(text) and int(text) in allowed else otherwise


async def endpoint(form: Form, request: Request[Any, Any, Any]) -> Endpoint | None:
    """The browser's push subscription, when the form carries one; raises `InvalidInput` for an address we don't ask."""
    url = form.one("endpoint", LONGEST_ENDPOINT)
    if not url:
        return None
    async with RawHttp() as http:
        try:
            http.vet(url)
        except Refused as error:
            raise InvalidInput("This device can't be registered: its address is not valid.") from error
    device = sessions.device(request.headers.get("user-agent", ""))
    return Endpoint(url, form.one("p256dh"), form.one("auth"), device)


class Tick(msgspec.Struct, frozen=True):
    """A box of the form."""

    value: str
    label: str
    text: str = ""
    ticked: bool = False

"""What somebody typed into a form of the desk, read once and kept until it fits."""

import contextlib
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final

from litestar import Request
from litestar.datastructures import UploadFile
from litestar.exceptions import HTTPException

from app.kit import clock
from app.kit.errors import InvalidInput, TooLarge
from app.kit.i18n import gettext_ as _
from app.kit.i18n import lazy
from app.web.site import current_site

FORM_BYTES: Final = 13_000_000
"""A picture and the text beside it."""
_LONGEST: Final = 200_000
_YEARS: Final = (2000, 2200)
_BAD_TIME: Final = lazy("Please give day and time, for example 24.12.2026, 18:00.")
_NO_TIME: Final = lazy("Please say when it is to be published.")
_PAST: Final = lazy("This time is over. Choose a later one, or publish now.")
_BAD_DAY: Final = lazy("Please give a day, for example 24.12.2026.")


class Entered:
    """The fields of a form as text, the file beside them, and what is wrong with them."""

    def __init__(self, values: Mapping[str, str] | None = None, file: bytes = b"") -> None:
        self.values = dict(values or {})
        self.file = file
        self.errors: dict[str, str] = {}

    def __call__(self, name: str) -> str:
        """A field as it was typed; empty when it isn't there."""
        return self.values.get(name, "")

    def line(self, name: str) -> str:
        """A field without blanks around it."""
        return self(name).strip()

    @contextlib.contextmanager
    def checking(self) -> Iterator[None]:
        """Keeps the refusals that name fields, so that the form can show them; `errors` says whether there were."""
        try:
            yield
        except InvalidInput as refusal:
            if not refusal.fields:
                raise
            self.errors |= {name: _(text) for name, text in refusal.fields.items()}

    def moment(self, name: str) -> datetime | None:
        """`2026-12-24T18:00` in the town's zone; None when empty. Raises `InvalidInput`."""
        text = self.line(name)
        if not text:
            return None
        with contextlib.suppress(ValueError):
            found = datetime.fromisoformat(text)
            if found.tzinfo is None and _YEARS[0] <= found.year < _YEARS[1]:
                return found.replace(tzinfo=current_site().timezone)
        raise InvalidInput(_BAD_TIME.message, {name: _BAD_TIME.message})

    def day(self, name: str) -> date | None:
        """`2026-12-24`; None when empty. Raises `InvalidInput`."""
        text = self.line(name)
        if not text:
            return None
        with contextlib.suppress(ValueError):
            found = date.fromisoformat(text)
            if _YEARS[0] <= found.year < _YEARS[1]:
                return found
        raise InvalidInput(_BAD_DAY.message, {name: _BAD_DAY.message})

    def number(self, name: str) -> int | None:
        """An id that a selection sent; None when empty or no number."""
        text = self.line(name)
        return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


async def entered(request: Request[Any, Any, Any]) -> Entered:
    """Read a form, with or without a file in the field `file`."""
    try:
        form = await request.form()
    except HTTPException as error:
        if error.status_code == 413:
            raise TooLarge("This is too large. A picture may have at most 12 MB.") from error
        raise
    values: dict[str, str] = {}
    file = b""
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            file = await value.read() if name == "file" else file
        else:
            # NUL is a character that no text of the database holds, and nobody sees.
            values.setdefault(name, str(value)[:_LONGEST].replace("\0", ""))
    return Entered(values, file)


def later(form: Entered, name: str) -> datetime:
    """A moment that is still to come; raises `InvalidInput`."""
    at = form.moment(name)
    if at is None:
        raise InvalidInput(_NO_TIME.message, {name: _NO_TIME.message})
    if at <= clock.now():
        raise InvalidInput(_PAST.message, {name: _PAST.message})
    return at


def typed_moment(moment: datetime | None) -> str:
    """A moment as `<input type="datetime-local">` takes it, in the town's zone."""
    return moment.astimezone(current_site().timezone).strftime("%Y-%m-%dT%H:%M") if moment is not None else ""

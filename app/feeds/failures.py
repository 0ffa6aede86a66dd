"""Failures of a feed, named by what to do about them; the runner alone acts on them.

    Failure
    ├── TryLater    the same may work after `after` seconds
    ├── SkipItem    this item is lost, the others are not
    └── Stop        a person must do something first; code `gone` (HTTP 410) switches the feed off at once

`code` is for programs, `text` for the clerk: what happened and what to do, in the reader's language.
"""

from typing import Final

from app.kit import http
from app.kit.i18n import gettext_


class Failure(Exception):
    """Base; `reason` is a msgid, `params` fill it in and are plain texts and numbers."""

    def __init__(self, reason: str, *, code: str, **params: str | int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code
        self.params = params

    @property
    def text(self) -> str:
        """The reason in the reader's language."""
        return gettext_(self.reason) % self.params if self.params else gettext_(self.reason)

    def __str__(self) -> str:
        return self.reason % self.params if self.params else self.reason


class TryLater(Failure):
    """The same may work after `after` seconds."""

    def __init__(self, after: int, reason: str, *, code: str = "try-later", **params: str | int) -> None:
        super().__init__(reason, code=code, **params)
        self.after = after


class SkipItem(Failure):
    """This item is lost, the others are not."""

    def __init__(self, reason: str, *, code: str = "bad-item", **params: str | int) -> None:
        super().__init__(reason, code=code, **params)


class Stop(Failure):
    """A person must do something first."""

    def __init__(self, reason: str, *, code: str = "stop", **params: str | int) -> None:
        super().__init__(reason, code=code, **params)


SOON_SECONDS: Final = 15 * 60
LATER_SECONDS: Final = 60 * 60

_STATUS_TEXTS: Final = {
    401: ("no-access", "%(host)s wants a password. Ask the publisher for a public address."),
    403: ("no-access", "%(host)s refuses us (error 403). Ask the publisher to let the platform fetch this address."),
    404: ("not-found", "There is nothing at this address of %(host)s any more (error 404). Check the address."),
    410: ("gone", "%(host)s has taken this feed down for good (error 410). Enter a new address or delete the feed."),
}


def of(error: http.FetchError) -> Failure:
    """What a failed fetch means for the feed."""
    params = {name: value for name, value in error.params.items() if isinstance(value, str | int)}
    match error:
        case http.Refused(rule=rule):
            return Stop(error.detail, code=f"refused-{rule}", **params)
        case http.StaysHome():
            return Stop(error.detail, code=error.code, **params)
        case http.BadStatus():
            return _of_status(error, params)
        case http.TooBig():
            return Stop(
                "The file is larger than %(limit_mb)s MB. Ask the publisher for a shorter feed.",
                code="too-big",
                **params,
            )
        case http.Resting(retry_after=seconds) | http.Busy(retry_after=seconds):
            return TryLater(seconds, error.detail, code=error.code, **params)
        case http.Garbled():
            return TryLater(LATER_SECONDS, error.detail, code=error.code, **params)
        case _:
            return TryLater(SOON_SECONDS, error.detail, code=error.code, **params)


def _of_status(error: http.BadStatus, params: dict[str, str | int]) -> Failure:
    if error.answer in _STATUS_TEXTS:
        code, text = _STATUS_TEXTS[error.answer]
        return Stop(text, code=code, **params)
    if error.answer in {408, 425, 429} or error.answer >= 500:
        return TryLater(error.retry_after or SOON_SECONDS, error.detail, code="bad-status", **params)
    return Stop(error.detail, code="bad-status", **params)

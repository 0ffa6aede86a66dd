"""Every error a person may see.

    VillageError
    ├── InvalidInput     422  what was sent can't be read
    ├── NotFound         404  there is no such thing here
    ├── Forbidden        403  the right for it is missing
    ├── NotSignedIn      401
    ├── Conflict         409  true, but not now
    ├── TooLarge         413
    ├── TooMany          429  slow down; `retry_after` seconds
    └── Unavailable      503  a part of the platform is away

A code and parameters travel; the text is made at the edge in the reader's language.
"""

from typing import ClassVar


class VillageError(Exception):
    """Base of all expected refusals; never logged as a crash."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "error"

    def __init__(self, detail: str = "", **params: object) -> None:
        """`detail` is a msgid, translated at the edge with `params` filled in (`%(name)s`)."""
        super().__init__(detail)
        self.detail = detail
        self.params = params

    def __str__(self) -> str:
        return self.detail % self.params if self.params else self.detail


class InvalidInput(VillageError):
    """What was sent can't be read. `fields` maps a field to its msgid."""

    status = 422
    code = "invalid-input"

    def __init__(self, detail: str = "", fields: dict[str, str] | None = None, **params: object) -> None:
        super().__init__(detail, **params)
        self.fields = fields or {}


class NotFound(VillageError):
    """There is no such thing here, or the reader may not know of it."""

    status = 404
    code = "not-found"


class NotSignedIn(VillageError):
    """The route wants to know who asks."""

    status = 401
    code = "not-signed-in"


class Forbidden(VillageError):
    """The right for it is missing."""

    status = 403
    code = "forbidden"


class Conflict(VillageError):
    """Well-formed, but it contradicts what is there."""

    status = 409
    code = "conflict"


class TooLarge(VillageError):
    """More bytes than the route takes."""

    status = 413
    code = "too-large"


class TooMany(VillageError):
    """Too many requests; `retry_after` in seconds."""

    status = 429
    code = "too-many"

    def __init__(self, detail: str = "", *, retry_after: int = 60, **params: object) -> None:
        super().__init__(detail, **params)
        self.retry_after = retry_after


class Unavailable(VillageError):
    """A part of the platform is away; nothing was lost."""

    status = 503
    code = "unavailable"

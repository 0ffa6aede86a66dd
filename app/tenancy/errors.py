"""What goes wrong around tenants.

TenancyError              a programming error: never shown to people
├── NoTenant              a query outside `async with tenant(…)`
├── WrongTenant           another tenant inside an open transaction
└── WriteOutsideTransaction
UnknownTenant (NotFound)  there is no such town, or it is not served
UnknownRegion (NotFound)  there is no such region
NotAMember (NotFound)     the town does not belong to the region
Provisioning refusals stand on top of `provisioning.py`.
"""

from app.kit.errors import NotFound


class TenancyError(RuntimeError):
    """A programming error around tenants; it means a defect, not a refusal."""


class NoTenant(TenancyError):
    """A tenant's table was asked outside `async with tenant("slug")`."""


class WrongTenant(TenancyError):
    """Another tenant was entered inside an open transaction."""


class WriteOutsideTransaction(TenancyError):
    """A tenant's table was written outside `async with transaction()`."""


class UnknownTenant(NotFound):
    """There is no such town here, or it is not served now."""

    code = "unknown-tenant"


class UnknownRegion(NotFound):
    """No file describes a region of this name."""

    code = "unknown-region"


class NotAMember(NotFound):
    """The town does not belong to the region, so that the region holds nothing for it."""

    code = "no-member"

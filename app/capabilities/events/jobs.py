"""What workers do for events every night."""

import logging

from app.capabilities.events import actions
from app.tenancy.jobs import job

log = logging.getLogger(__name__)


@job()
async def extend_recurrences() -> None:
    """Look one day further ahead: add the dates of editors' series that have come into the window."""
    added = await actions.extend()
    if added:
        log.info("%d dates of series added", added)

"""What workers do for warnings every night."""

import logging
from datetime import timedelta

from app.capabilities.notices import actions
from app.kit import clock
from app.tenancy.jobs import job

log = logging.getLogger(__name__)

KEPT_FOR = timedelta(days=90)


@job()
async def forget_old_notices() -> None:
    """Delete warnings that have been over for three months."""
    gone = await actions.forget(clock.now() - KEPT_FOR)
    if gone:
        log.info("%d old warnings deleted", gone)

"""What workers do for the town hall every night."""

from app.capabilities.townhall import twins
from app.tenancy.jobs import job


@job()
async def show_once() -> None:
    """Look again which services are the same: a source that was removed no longer stands for what others tell."""
    await twins.link()

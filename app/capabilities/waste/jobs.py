"""What workers do for the bins: tell people in the evening, forget at night what is over."""

import logging
from datetime import timedelta
from typing import Final

from app.capabilities.waste import reminders
from app.kit import clock
from app.tenancy import current
from app.tenancy.jobs import job

log = logging.getLogger(__name__)

KEPT_DAYS: Final = 1
"""Days that are over are kept this long, as the connector's window does: so no calendar seems to lose them."""


@job()
async def remind() -> None:
    """Every hour: in the evening, tell about tomorrow's bins."""
    told = await reminders.remind()
    if told:
        log.info("told about tomorrow's rubbish in %d areas", told)


@job()
async def forget_past() -> None:
    """Every night: days that are over go, with their feed items, so that the turn of the year is no vanishing."""
    before = clock.today(await reminders.town_zone()) - timedelta(days=KEPT_DAYS)
    await current().fetch(
        "DELETE FROM feed_item USING waste_date d WHERE d.feed_item_id = feed_item.id AND d.day < $1", [before]
    )
    await current().fetch("DELETE FROM waste_date WHERE day < $1", [before])

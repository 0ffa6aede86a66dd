"""The clock of the platform: periodic actors. Light to import: the scheduler knows nothing else."""

import asyncio
from collections.abc import Sequence
from typing import Any

import dramatiq
from periodiq import cron

from app.kit.queue import broker


@dramatiq.actor(actor_name="tick", queue_name="default", broker=broker, periodic=cron("* * * * *"), max_retries=0)
async def tick() -> None:
    """Every minute: feeds, deliveries and mails that are due, and towns whose building was interrupted."""
    from app.notify import due, mail
    from app.platform import feed_care, feeds, regions, towns

    await feeds.enqueue_due()
    await regions.enqueue_due()
    await due.enqueue()
    await mail.enqueue_due()
    await towns.resume_unfinished()
    await feed_care.survey_when_due()


@dramatiq.actor(actor_name="nightly", queue_name="default", broker=broker, periodic=cron("17 3 * * *"), max_retries=0)
async def nightly() -> None:
    """Every night: forget tombstones, old mails and ended sessions, erase closed accounts, look further ahead."""
    from app.capabilities import CAPABILITIES
    from app.identity import links, privacy, sessions
    from app.identity.provider import ledger
    from app.notify import mail, telling
    from app.platform import feed_care, feeds, regions

    await mail.forget_old()
    await sessions.purge()
    await ledger.purge()
    await links.sweep()
    await privacy.erase_due()
    await regions.purge_tombstones()
    own = (feeds.purge_tombstones, feed_care.look_after, regions.compare_switches, telling.forget_old)
    await _for_each_town([*own, *(one for capability in CAPABILITIES for one in capability.jobs)])


@dramatiq.actor(actor_name="hourly", queue_name="default", broker=broker, periodic=cron("4 * * * *"), max_retries=0)
async def hourly() -> None:
    """Every hour: what capabilities do by the clock, e.g. reminders for the evening."""
    from app.capabilities import CAPABILITIES

    await _for_each_town([job for capability in CAPABILITIES for job in capability.hourly])


async def _for_each_town(jobs: Sequence[Any]) -> None:
    """Leave these jobs in the queue for every town that is served."""
    from app.tenancy.registry import SERVED, Tenant

    if not jobs:
        return
    for row in await Tenant.select(Tenant.slug).where(Tenant.state.is_in(list(SERVED))):
        for job in jobs:
            await asyncio.to_thread(job.send_for, row["slug"])

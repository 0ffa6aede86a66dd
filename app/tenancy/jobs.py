"""Jobs carry their tenant: a function of a town's data becomes work for later, inside its scope and a transaction.

@job()
async def publish_due() -> None: ...

publish_due.later()            # in a scope: sent after commit, for this tenant
publish_due.send_for("prignitz")
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import dramatiq

from app.kit.queue import broker
from app.tenancy import scope
from app.tenancy.errors import TenancyError, UnknownTenant

log = logging.getLogger(__name__)


class Job:
    """A function that workers run for one tenant."""

    def __init__(self, function: Callable[..., Awaitable[object]], *, own_scope: bool, queue: str) -> None:
        self.name = f"{function.__module__.removeprefix('app.')}.{function.__name__}"
        self.function = function
        self.own_scope = own_scope
        self.actor = dramatiq.actor(actor_name=self.name, queue_name=queue, broker=broker)(self.run)

    async def run(self, tenant: str = "", **arguments: Any) -> None:
        """What a worker does with the message; a message without tenant is refused."""
        from app.tenancy import tenant as enter
        from app.tenancy import transaction

        if not tenant:
            raise TenancyError(f"{self.name} was sent without a tenant")
        try:
            if self.own_scope:
                await self.function(tenant, **arguments)
            else:
                async with enter(tenant), transaction():
                    await self.function(**arguments)
        except UnknownTenant:
            log.info("%s: the town %s is gone, nothing to do", self.name, tenant)

    def later(self, **arguments: Any) -> None:
        """Send for the current tenant, after its transaction has been committed."""
        here = scope.current()

        async def send() -> None:
            await asyncio.to_thread(self.send_for, here.slug, **arguments)

        here.after_commit(send)

    def send_for(self, tenant: str, **arguments: Any) -> None:
        """Send for a named tenant at once: for the scheduler and the command line."""
        self.actor.send(tenant=tenant, **arguments)


JOBS: dict[str, Job] = {}
"""All jobs by name, as the contract tests walk them."""


def job(*, own_scope: bool = False, queue: str = "default") -> Callable[[Callable[..., Awaitable[object]]], Job]:
    """Make a function a job.

    With `own_scope` it gets the slug and enters the tenant itself, because it uses the network in between.
    """

    def declare(function: Callable[..., Awaitable[object]]) -> Job:
        made = Job(function, own_scope=own_scope, queue=queue)
        JOBS[made.name] = made
        return made

    return declare

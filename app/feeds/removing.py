"""Takes a town's own source away, with everything that came from it."""

from app.feeds import raw
from app.kit.errors import InvalidInput, NotFound
from app.tenancy import control, current
from app.tenancy.village import touched


async def remove(slug: str, name: str) -> None:
    """Delete a source inside the town's transaction; what is kept of it elsewhere goes after the commit.

    Raises `NotFound`, and `InvalidInput` for a region's: it can only be switched off.
    """
    rows = await current().fetch("SELECT id, region FROM feed WHERE name = $1 FOR UPDATE", [name])
    if not rows:
        raise NotFound("There is no such source.")
    if rows[0]["region"]:
        raise InvalidInput("The region brings this source. Switch it off here if you don't want it.")
    # What came from it hangs on its items.
    await current().fetch("DELETE FROM feed WHERE id = $1", [rows[0]["id"]])
    touched()

    async def forget() -> None:
        async with control() as connection:
            await connection.execute("DELETE FROM feed_due WHERE tenant = $1 AND feed = $2", slug, name)
            await connection.execute("DELETE FROM feed_told WHERE tenant = $1 AND feed = $2", slug, name)
            await connection.execute("DELETE FROM feed_state WHERE tenant = $1 AND feed = $2", slug, name)
        await raw.forget(raw.town(slug), name)

    current().after_commit(forget)

"""An outbox that is empty before and after, and a mail server. Imports the application only once the servers run."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import msgspec
import pytest

from tests import loop
from tests.notify.post import Post

if TYPE_CHECKING:
    from tests.village import Village


async def _empty() -> None:
    from app.tenancy import control

    async with control() as connection:
        await connection.execute("DELETE FROM mail; DELETE FROM feed_told")


@pytest.fixture(autouse=True)
def outbox(platform: "Village") -> Iterator[None]:
    """Nothing lies in the outbox, and settings are as they were."""
    from app.settings import settings, use

    before = settings()
    loop.run(_empty())
    yield
    use(before)
    loop.run(_empty())


@pytest.fixture
def sends_by(outbox: None) -> Callable[[str], None]:
    """Give the platform a mail server, by its URL."""
    from app.settings import settings, use

    return lambda url: use(msgspec.structs.replace(settings(), smtp_url=url))


@pytest.fixture
def post(sends_by: Callable[[str], None]) -> Iterator[Post]:
    """A mail server that the platform uses."""
    with Post() as server:
        sends_by(server.url)
        yield server

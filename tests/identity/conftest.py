"""A foreign issuer in the place of ours. Imports stand inside: the servers run before any module reads settings."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec
import pytest

from tests import loop

if TYPE_CHECKING:
    from tests.identity.issuer import Issuer
    from tests.village import Village


@pytest.fixture
def issuer(platform: "Village") -> Iterator["Issuer"]:
    """The deployment's issuer is a foreign one."""
    from app.identity.party import provider
    from app.settings import settings, use
    from tests.identity.issuer import CLIENT, SECRET, Issuer
    from tests.identity.steps import nobody

    before = settings()
    with Issuer() as made:
        use(msgspec.structs.replace(before, oidc_issuer=made.url, oidc_client_id=CLIENT, oidc_client_secret=SECRET))
        provider.forget()
        yield made
    use(before)
    provider.forget()
    loop.run(nobody())

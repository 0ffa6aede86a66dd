"""What can be found for a municipality from its AGS and its website alone; nothing is stored or published by it.

    found = await discover("12069020", website="https://www.bad-belzig.de/", http=http, progress=tell)

Each source fails alone; `progress` is told when one begins and when it has ended.
"""

from typing import TYPE_CHECKING

from app.platform.discovery.shape import SOURCES, Discovery, Keys, Options, Progress, Proposal, Step

if TYPE_CHECKING:
    from app.kit.http import Http

__all__ = ["SOURCES", "Discovery", "Keys", "Options", "Progress", "Proposal", "Step", "discover", "quietly"]


async def quietly(_step: Step) -> None:
    """For callers that don't watch."""


async def discover(
    ags: str,
    *,
    website: str = "",
    http: "Http",
    progress: Progress = quietly,
    options: Options = Options(),  # noqa: B008 - frozen
) -> Discovery:
    """All that can be found; raises `UnknownAgs` and nothing else, whatever the sources do.

    Without `website` the one that Wikidata names is looked at. `http` should be an impatient client: a person waits.
    """
    # Here: the connectors are 5 MB that a web process does without until somebody asks.
    from app.platform.discovery.asking import ask_all

    return await ask_all(ags, website=website, http=http, progress=progress, options=options)

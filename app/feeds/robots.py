"""What a website lets robots read: robots.txt (RFC 9309).

It counts where we look around (pages of a list, discovery on a website). The one address that an editor entered is an
explicit wish and is fetched as it is.
"""

from typing import Final
from urllib.parse import urlsplit

from protego import Protego

from app.feeds.connector import Stop, TryLater
from app.kit.http import BadStatus, FetchError, Http, TooBig
from app.kit.http.charset import decode

AGENT: Final = "SmartVillage"
"""The product token that a site names us by."""
MOST_BYTES: Final = 500 * 1024
"""RFC 9309, section 2.5: at least this much must be read."""
LONGEST_DELAY_SECONDS: Final = 10.0
_AGAIN_SECONDS: Final = 6 * 3600


class Robots:
    """The rules of one origin."""

    def __init__(self, text: str = "") -> None:
        self._rules = Protego.parse(text)

    def allows(self, url: str) -> bool:
        """Whether we may fetch this address of the origin."""
        return bool(self._rules.can_fetch(url, AGENT))

    def demand(self, url: str) -> None:
        """Raise `Stop` for an address that the site does not want robots to read."""
        if not self.allows(url):
            raise Stop(
                "%(host)s does not want programs to read this address (robots.txt). Ask the owner of the website.",
                code="robots",
                host=urlsplit(url).hostname or "",
            )

    @property
    def delay_seconds(self) -> float:
        """The pause between two requests that the site asks for, at most 10 seconds; 0 when it asks for none."""
        return min(float(self._rules.crawl_delay(AGENT) or 0), LONGEST_DELAY_SECONDS)

    @property
    def sitemaps(self) -> list[str]:
        """Addresses of sitemaps that the file names, absolute or not."""
        return [str(one) for one in self._rules.sitemaps][:20]


def robots_address(url: str) -> str:
    """Where the rules for `url` stand."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/robots.txt"


async def robots_of(http: Http, url: str) -> Robots:
    """The rules for the origin of `url`. Without a file everything is allowed.

    A server that fails to say (5xx, no answer) allows nothing for now: raises `TryLater` (RFC 9309, section 2.3.1.4).
    """
    try:
        found = await http.get(robots_address(url), accept="text/plain, */*;q=0.5", body_bytes=MOST_BYTES)
    except BadStatus as error:
        if 400 <= error.answer < 500 and error.answer != 429:
            return Robots()
        raise _not_now(url) from error
    except TooBig:
        # Nobody writes half a megabyte of rules by hand; what can't be read forbids nothing.
        return Robots()
    except FetchError as error:
        raise _not_now(url) from error
    return Robots(decode(found.body, found.charset))


def _not_now(url: str) -> TryLater:
    return TryLater(
        _AGAIN_SECONDS,
        "%(host)s does not say at the moment what programs may read (robots.txt). We try again later.",
        code="robots",
        host=urlsplit(url).hostname or "",
    )

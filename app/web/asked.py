"""What the edge reads of a request's head, before anything else looks at it."""

from app.kit import i18n


class Asked:
    """The fields that decide which answer somebody gets."""

    __slots__ = (
        "accept",
        "authorization",
        "cookie",
        "fragment",
        "host",
        "if_none_match",
        "language",
        "packs",
        "pocket",
    )

    def __init__(self, headers: list[tuple[bytes, bytes]]) -> None:
        self.host = ""
        self.if_none_match = b""
        self.packs = False
        self.fragment = False
        self.pocket = False
        self.language = b""
        self.cookie = b""
        self.accept = b""
        self.authorization = b""
        for name, value in headers:
            if name == b"host":
                self.host = value.decode("latin-1").partition(":")[0].rstrip(".").lower()
            elif name == b"accept-encoding":
                self.packs = b"gzip" in value
            elif name == b"if-none-match":
                self.if_none_match = value
            elif name == b"accept-language":
                self.language = value
            elif name == b"cookie":
                # HTTP/2 may split it (RFC 9113, section 8.2.3).
                self.cookie = self.cookie + b"; " + value if self.cookie else value
            elif name == b"accept":
                self.accept = value
            elif name == b"hx-request":
                self.fragment = True
            elif name == b"x-pocket":
                # The service worker asks for a page as everybody may read it, to keep it on the device.
                self.pocket = True
            elif name == b"authorization":
                self.authorization = value

    def locale(self) -> str:
        """The reader's choice, or what the browser says."""
        for part in self.cookie.split(b";") if self.cookie else ():
            name, _, value = part.strip().partition(b"=")
            if name == b"lang" and value.decode("latin-1") in i18n.LOCALES:
                return value.decode("latin-1")
        return i18n.negotiate(self.language.decode("latin-1")) if self.language else i18n.DEFAULT_LOCALE

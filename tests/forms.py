"""A page's form as a browser would send it untouched."""

from html.parser import HTMLParser


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self._inside = False
        self._named = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = "form" in given.get("class", "").split()
        if not self._inside:
            return
        name = given.get("name", "")
        if tag == "input" and name and given.get("type") != "file":
            if given.get("type") != "checkbox" or "checked" in given:
                self.fields[name] = given.get("value", "")
        elif tag in ("select", "textarea"):
            self._named = name
            self.fields[name] = ""
        elif tag == "option" and self._named and ("selected" in given or not self.fields[self._named]):
            self.fields[self._named] = given.get("value", "")

    def handle_data(self, data: str) -> None:
        if self._named and self.lasttag == "textarea":
            self.fields[self._named] += data

    def handle_endtag(self, tag: str) -> None:
        if tag in ("select", "textarea"):
            self._named = ""
        if tag == "form":
            self._inside = False


def filled(page: str) -> dict[str, str]:
    """The fields of the page's large form (its class is `form`), as they stand there."""
    reader = _Reader()
    reader.feed(page)
    return reader.fields

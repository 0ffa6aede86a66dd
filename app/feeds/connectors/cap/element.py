"""Reading elements by their local name, whatever the version of the namespace."""

from lxml import etree


def all_of(parent: etree._Element, name: str) -> list[etree._Element]:
    """The children of that local name."""
    return [one for one in parent if isinstance(one.tag, str) and one.tag.rpartition("}")[2] == name]


def words(parent: etree._Element, name: str = "") -> str:
    """The text of the first child of that name, or of the element itself; empty when there is none."""
    element = next(iter(all_of(parent, name)), None) if name else parent
    return "".join(element.itertext()).strip() if element is not None else ""


def named_values(parent: etree._Element, kind: str, name: str) -> list[str]:
    """The values of `<kind><valueName>name</valueName><value>…</value></kind>`."""
    return [words(one, "value") for one in all_of(parent, kind) if words(one, "valueName") == name]

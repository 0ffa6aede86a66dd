"""Files of every other kind, where they lie beside the checkout: the registers' connectors refuse them in words."""

from pathlib import Path

import pytest

from app.feeds.bundle import Part, pack
from app.feeds.connector import Failure
from tests.feeds.reading import read

SAMPLES = Path(__file__).parents[4] / "shared" / "samples"
LARGEST = 4_000_000
FILES = [path for path in sorted(SAMPLES.rglob("*.*")) if path.is_file() and path.stat().st_size < LARGEST]
BODY = Part(name="body", url="https://r.example", body=b"{}")
SERVICE = Part(name="service", url="https://r.example", body=b'{"id": "1", "name": "Amtsgang"}')
EMPTY = Part(name="requests", url="https://r.example", body=b"[]")
PLACES: dict[str, dict[str, tuple[Part, ...]]] = {
    "oparl": {"body": (), "organization": (BODY,), "paper": (BODY,), "meeting": (BODY,), "consultation": (BODY,)},
    "open311_in": {"requests": (), "services": (EMPTY,)},
    "pvog": {"service": (), "offices": (SERVICE,), "office": (SERVICE,), "online": (SERVICE,), "failed": (SERVICE,)},
}
"""Connector → name of a part → what must be in the bundle beside it."""

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_of_another_kind_is_read_as_nothing_or_refused(path: Path) -> None:
    body = path.read_bytes()
    tried = [("xzufi", body)]
    for name, parts in PLACES.items():
        tried.append((name, body))
        tried += [
            (name, pack([*beside, Part(name=part, url="https://r.example/?q=1&lbId=2", body=body)]))
            for part, beside in parts.items()
        ]

    assert all(_outcome(name, given) for name, given in tried)


def _outcome(name: str, given: bytes) -> str:
    """What a person would read: how much was found, or why nothing was."""
    try:
        return f"{len(read(name, given))} entries"
    except Failure as failure:
        return failure.text

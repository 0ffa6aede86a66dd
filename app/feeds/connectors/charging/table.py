"""Rows out of what the register sends: a CSV file with a preamble, or pages of an ArcGIS feature service."""

import csv
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from app.feeds.connector import Stop, TryLater, web_page
from app.feeds.connectors.charging.columns import Row, is_header
from app.kit.http.charset import decode

REST_SECONDS: Final = 3_600
_PREAMBLE_LINES: Final = 60


class Feature(msgspec.Struct):
    """One object of the service."""

    attributes: dict[str, Any] = {}
    geometry: dict[str, Any] | None = None


class Page(msgspec.Struct, rename="camel"):
    """One page of the service; an error comes with status 200 as well."""

    features: list[Feature] | None = None
    exceeded_transfer_limit: bool = False
    error: dict[str, Any] | None = None


def page_of(body: bytes) -> Page:
    """A page; raises `Stop` or `TryLater` for an error that is sent as an answer."""
    try:
        page = msgspec.json.decode(body.lstrip(b"\xef\xbb\xbf \t\r\n"), type=Page)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Stop("The service's answer can't be read. Check the address.", code="no-feed") from error
    if page.error is not None:
        code = page.error.get("code")
        if code in {429, 500, 502, 503, 504}:
            raise TryLater(REST_SECONDS, "The service reports a disturbance. We ask again later.", code="disturbed")
        raise Stop("The service refuses the question. Check address and options.", code="refused")
    if page.features is None:
        raise Stop("The service's answer can't be read. Check the address.", code="no-feed")
    return page


def of_page(page: Page) -> Iterator[Row]:
    """A page's rows; the position of the geometry stands in where the attributes have none."""
    for feature in page.features or ():
        cells = dict(feature.attributes)
        geometry = feature.geometry or {}
        if isinstance(geometry.get("x"), int | float) and isinstance(geometry.get("y"), int | float):
            cells |= {"lon": geometry["x"], "lat": geometry["y"]}
        yield Row(cells)


def of_csv(body: bytes, charset: str, url: str) -> Iterator[Row]:
    """The rows of a CSV file; raises `Stop` when no line names the columns."""
    text = decode(body, charset).lstrip("\ufeff")
    if not text.strip():
        raise Stop(
            "The address answers with an empty file. Ask the publisher whether the feed still exists.", code="empty"
        )
    if "<html" in text[:5_000].lower():
        raise web_page(text, url)
    lines = text.splitlines()
    for number, line in enumerate(lines[:_PREAMBLE_LINES]):
        delimiter = max(";,\t", key=line.count)
        if is_header(_cells(line, delimiter)):
            names = _cells(line, delimiter)
            return _rows(lines[number + 1 :], names, delimiter, whole=text[-1] in "\r\n")
    raise Stop(
        "The file is not the register of charging stations: the names of its columns are missing.", code="no-feed"
    )


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def _rows(lines: list[str], names: list[str], delimiter: str, *, whole: bool) -> Iterator[Row]:
    """The rows; an empty one stands for what can't be read. A last line without its end was cut off."""
    reader = csv.reader((line.replace("\0", "") for line in (lines if whole else lines[:-1])), delimiter=delimiter)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error:
            yield Row({})
            continue
        if any(cell.strip() for cell in cells):
            yield Row(dict(zip(names, cells, strict=False)) if len(cells) >= len(names) else {})
    if not whole:
        yield Row({})

"""The requests to Abfall.IO: the form in steps (v1), or the calendar of a house (v3); one after the other."""

import asyncio
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from lxml import etree, html

from app.feeds.bundle import BUNDLE, Part, pack
from app.feeds.connector import Fetched, Http, Stop, TryLater
from app.kit import clock
from app.kit.http import BadStatus
from app.kit.http.charset import decode

if TYPE_CHECKING:
    from app.feeds.connectors.abfall_io.connector import Config, Place

MODE: Final = "d6c5855a62cf32a4dadbc2831f0f295f"
"""How the form's own script names itself: the MD5 of "scripts", the same for everybody."""
TOTAL_SECONDS: Final = 30.0
BODY_BYTES: Final = 2_000_000
AGAIN_SECONDS: Final = 3_600
MOST_FIELDS: Final = 200
_AHEAD: Final = timedelta(days=400)
_NO_KEY: Final = frozenset({401, 403, 404})


async def calendars(config: "Config", http: Http, url: str) -> Fetched:
    """The calendars of all streets, each as a part that is named by the street; the key stays out of them."""
    asker = _Form(config, http, url) if config.version == "v1" else _Export(config, http, url)
    parts = [
        Part(name=street.name, url=url, body=await asker.calendar(street), content_type="text/calendar")
        for street in config.streets
    ]
    return Fetched(status="new", url=url, body=pack(parts), content_type=BUNDLE)


def outdated() -> Stop:
    """The key is refused: what a person does about it."""
    return Stop(
        "The key of the calendar does not work any more. Open the page of the district that shows its rubbish calendar,"
        " look for api.abfall.io in its source text, and enter the new key; or set version to v3.",
        code="no-access",
    )


class _Paced:
    """A rest between two requests."""

    def __init__(self, config: "Config", http: Http, url: str) -> None:
        self._config = config
        self._http = http
        self._url = url.rstrip("/") + "/"
        self._begun = False

    async def _rest(self) -> None:
        if self._begun and self._config.pause_ms:
            await asyncio.sleep(self._config.pause_ms / 1000)
        self._begun = True

    def _span(self) -> tuple[date, date]:
        today = clock.today()
        return today, today + _AHEAD


class _Export(_Paced):
    """v3."""

    async def calendar(self, street: "Place") -> bytes:
        first, last = self._span()
        query = urlencode(
            {
                "key": self._config.api_key,
                "mode": "export",
                "idhousenumber": street.hausnummer,
                "wastetypes": ",".join(self._config.waste_types),
                "timeperiod": f"{first:%Y%m%d}-{last:%Y%m%d}",
                "showinactive": "false",
                "type": "ics",
            },
            safe=",",
        )
        await self._rest()
        try:
            answer = await self._http.get(f"{self._url}?{query}", accept="text/calendar, */*;q=0.5")
        except BadStatus as error:
            if error.answer in _NO_KEY:
                raise outdated() from error
            raise
        return answer.body


class _Form(_Paced):
    """v1."""

    async def calendar(self, street: "Place") -> bytes:
        fields = hidden(await self._step("init", {}))
        if not fields:
            raise Stop("What came from the source can't be read.", code="unreadable")
        fields["f_id_kommune"] = street.kommune
        if street.bezirk:
            for step, name, value in (
                ("auswahl_bezirk_set", "f_id_bezirk", street.bezirk),
                ("auswahl_strasse_set", "f_id_strasse", street.strasse),
                ("auswahl_hnr_set", "f_id_strasse_hnr", street.hausnummer),
            ):
                if value:
                    fields[name] = value
                    fields |= hidden(await self._step(step, fields)) | {name: value}
        else:
            fields["f_id_strasse"] = street.strasse
            if street.hausnummer:
                fields["f_id_strasse_hnr"] = street.hausnummer
        first, last = self._span()
        kinds = self._config.waste_types
        fields |= {f"f_id_abfalltyp_{number}": kind for number, kind in enumerate(kinds)}
        fields |= {
            "f_abfallarten_index_max": str(len(kinds)),
            "f_abfallarten": ",".join(kinds),
            "f_zeitraum": f"{first:%Y%m%d}-{last:%Y%m%d}",
        }
        return await self._step("export_ics", fields)

    async def _step(self, action: str, fields: dict[str, str]) -> bytes:
        query = urlencode({"key": self._config.api_key, "modus": MODE, "waction": action})
        await self._rest()
        answer = await self._http.post(
            f"{self._url}?{query}", fields, total_seconds=TOTAL_SECONDS, body_bytes=BODY_BYTES
        )
        if answer.status in _NO_KEY:
            raise outdated()
        if answer.status != 200:
            raise TryLater(
                AGAIN_SECONDS, "Abfall.IO answers with the error %(answer)s.", code="bad-status", answer=answer.status
            )
        return answer.body


def hidden(body: bytes) -> dict[str, str]:
    """The hidden fields of a form."""
    if not body.strip():
        return {}
    try:
        page = html.fromstring(decode(body), parser=html.HTMLParser(no_network=True, recover=True))
    except (etree.LxmlError, ValueError, AssertionError):
        return {}
    found = [one for one in page.iter("input") if (one.get("type") or "").casefold() == "hidden" and one.get("name")]
    return {str(one.get("name")): str(one.get("value") or "") for one in found[:MOST_FIELDS]}

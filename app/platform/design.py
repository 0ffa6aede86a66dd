"""`/design` on the platform's host: every component of the pages with its states, for whoever builds or judges them."""

from datetime import timedelta

from litestar import Response, get

from app.kit import clock
from app.kit.i18n import gettext_ as _
from app.web import days
from app.web.access import PUBLIC
from app.web.cards import Card, Chip, Crumb, Fact, Line
from app.web.render import icon_names
from app.web.respond import page
from app.web.site import current_site

LONG_WORD = "Straßenverkehrszulassungsbehörde"
COUNTS = (0, 3, 12, 1, 0, 7, 24)


@get("/design", access=PUBLIC, include_in_schema=False)
async def design() -> Response[str]:
    """All components, with short texts and with long ones."""
    now = clock.now()
    today = clock.today(current_site().timezone)
    counts = {today + timedelta(days=at): count for at, count in enumerate(COUNTS)}
    lines = [
        Line(title=_("Summer festival at the castle"), href="#card", when=_("tomorrow, 7 pm"), where=LONG_WORD),
        Line(title=LONG_WORD + " " + _("closed on Friday"), href="#card", source="Stadt", age=_("2 hours ago")),
    ]
    return page(
        "design.html",
        card=Card(title=_("Next events"), icon="events", lines=lines, action=_("All events"), href="#card"),
        empty_card=Card(
            title=_("News"),
            icon="news",
            empty=_("There is no news yet. It appears here as soon as something is published."),
            action=_("All news"),
            href="#card",
        ),
        facts=[
            Fact(_("When"), _("tomorrow, 7 pm"), icon="events"),
            Fact(_("Address"), LONG_WORD + ", Wiesenburger Straße 14", "#facts", "place"),
            Fact(_("Phone"), "033841 000000", "#facts", "phone"),
        ],
        chips=[
            Chip(label=_("All"), href="#chips", count=128, chosen=True),
            Chip(label=LONG_WORD, href="#chips", count=7),
            Chip(label=_("News"), href="#chips", count=0),
        ],
        crumbs=[Crumb(_("Events"), "#crumbs")],
        strip=days.strip(today, 7, counts, lambda _day: "#days", today=today, chosen=today + timedelta(days=2)),
        weeks=days.month(today, counts, lambda _day: "#days", today=today),
        month_title=days.month_title(today),
        icons=icon_names(),
        moment=now - timedelta(hours=2),
        errors={"example-mail": _("Please enter your e-mail address like this: name@example.org.")},
        long_word=LONG_WORD,
    )

"""What villages offer, and the list that makes it the program: a new capability is a folder and a line here."""

from app.capabilities.council.capability import council
from app.capabilities.events.capability import events
from app.capabilities.holidays.capability import holidays
from app.capabilities.jobs.capability import jobs
from app.capabilities.mobility.capability import mobility
from app.capabilities.news.capability import news
from app.capabilities.notices.capability import notices
from app.capabilities.pages.capability import pages
from app.capabilities.places.capability import places
from app.capabilities.providers.capability import providers
from app.capabilities.reports.capability import reports
from app.capabilities.townhall.capability import townhall
from app.capabilities.waste.capability import waste
from app.kit.capability import Capability

CAPABILITIES: tuple[Capability, ...] = (
    providers,
    news,
    events,
    notices,
    places,
    mobility,
    pages,
    waste,
    holidays,
    jobs,
    townhall,
    council,
    reports,
)

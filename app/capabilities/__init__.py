"""What villages offer, and the list that makes it the program: a new capability is a folder and a line here."""

from app.capabilities.events.capability import events
from app.capabilities.news.capability import news
from app.capabilities.pages.capability import pages
from app.capabilities.providers.capability import providers
from app.kit.capability import Capability

CAPABILITIES: tuple[Capability, ...] = (providers, news, events, pages)

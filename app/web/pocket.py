"""Everything about a person's own device, on a village's host: saving, notifications, inbox, installing."""

from collections.abc import Sequence

from litestar.types import ControllerRouterHandler

from app.notify.inbox_pages import INBOX_ROUTES
from app.notify.pages import NOTIFY_ROUTES
from app.web.pwa import PWA_ROUTES
from app.web.saving import SAVING_ROUTES

POCKET_ROUTES: Sequence[ControllerRouterHandler] = (*SAVING_ROUTES, *NOTIFY_ROUTES, *INBOX_ROUTES, *PWA_ROUTES)

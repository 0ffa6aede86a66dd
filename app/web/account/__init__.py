"""The account pages on the platform's host: sign in, register, and everything a person may change about the account."""

from collections.abc import Sequence

from litestar.types import ControllerRouterHandler

from app.web.account.data import DATA_ROUTES
from app.web.account.factors import FACTORS
from app.web.account.joining import JOINING
from app.web.account.profile import PROFILE
from app.web.account.signing_in import SIGNING_IN

ACCOUNT_ROUTES: Sequence[ControllerRouterHandler] = (*SIGNING_IN, *JOINING, *FACTORS, *PROFILE, *DATA_ROUTES)

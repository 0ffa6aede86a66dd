"""The desk's page for the start page: which cards a village shows, and in which order."""

from collections.abc import Sequence
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler

from app.identity import audit
from app.kit.capability import Capability
from app.kit.errors import InvalidInput
from app.web import arranged
from app.web.access import role
from app.web.manage.desk import back_to, desk_page
from app.web.manage.entered import entered

PLACE: Final = "/manage/start"
MOVES: Final[dict[str, arranged.Move]] = {"up": "up", "down": "down", "hide": "hide", "show": "show"}


def start_desk(capabilities: Sequence[Capability]) -> list[HTTPRouteHandler]:
    """The page and its buttons, over what the town has switched on."""

    def offered(request: Request[Any, Any, Any]) -> list[Capability]:
        chosen = request.scope["state"]["capabilities"]
        return [one for one in capabilities if one.name in chosen]

    @get(PLACE, access=role("village.arrange"), include_in_schema=False)
    async def index(request: Request[Any, Any, Any]) -> Response[str]:
        """The cards in their order."""
        chosen = await arranged.arrangement()
        return desk_page(
            "manage/start.html",
            PLACE,
            capabilities=[one for one, _card in await arranged.with_cards(offered(request), chosen)],
            hidden=chosen.hidden,
        )

    @post(PLACE, access=role("village.arrange"), include_in_schema=False)
    async def change(request: Request[Any, Any, Any]) -> Response[Any]:
        """Move a card up or down, leave it out, or show it again; the button says which."""
        form = await entered(request)
        if form("do") not in MOVES:
            raise InvalidInput("This button is not known.")
        await arranged.move(offered(request), form("card"), MOVES[form("do")])
        await audit.record("village.arrange", target=f"card:{form('card')}")
        return back_to(PLACE)

    return [index, change]

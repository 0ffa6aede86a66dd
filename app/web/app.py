"""Litestar applications: one for a town's host, one for the platform's."""

from collections.abc import Sequence
from typing import Any

from asyncpg.exceptions import CharacterNotInRepertoireError, UntranslatableCharacterError
from litestar import Litestar
from litestar.config.app import AppConfig
from litestar.exceptions import HTTPException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Server
from litestar.plugins import InitPlugin
from litestar.types import ControllerRouterHandler

from app.kit.errors import VillageError
from app.web import access
from app.web.problems import on_crash, on_http_error, on_unstorable, on_village_error

BODY_LIMIT_BYTES = 1_000_000


class Undeclared(RuntimeError):
    """A route without `access=`."""


class _EveryRouteDeclares(InitPlugin):
    """Stops the start when a route does not say who may use it."""

    def on_app_init(self, app_config: AppConfig) -> AppConfig:
        app_config.on_startup.append(self.check)
        return app_config

    @staticmethod
    def check(app: Litestar) -> None:
        for route in app.routes:
            for handler in getattr(route, "route_handlers", ()):
                own = handler.owner is not None and not route.path.startswith("/api/schema")
                if (
                    own
                    and not isinstance(handler.opt.get("access"), access.Access)
                    and handler.fn.__module__.startswith("app.")
                ):
                    raise Undeclared(f"{handler} at {route.path} does not declare its access")


def application(handlers: Sequence[ControllerRouterHandler], *, title: str, openapi: bool = True) -> Litestar:
    """A Litestar application with the house's errors, access and limits."""
    return Litestar(
        route_handlers=list(handlers),
        exception_handlers={
            access.SignInFirst: access.on_sign_in_first,
            access.NeedsSecondFactor: access.on_needs_second_factor,
            VillageError: on_village_error,
            HTTPException: on_http_error,
            CharacterNotInRepertoireError: on_unstorable,
            UntranslatableCharacterError: on_unstorable,
            Exception: on_crash,
        },
        guards=[access.guard],
        openapi_config=_openapi(title) if openapi else None,
        request_max_body_size=BODY_LIMIT_BYTES,
        debug=False,
        logging_config=None,
        plugins=[_EveryRouteDeclares()],
        opt={},
    )


def _openapi(title: str) -> OpenAPIConfig:
    return OpenAPIConfig(
        title=title,
        version="1",
        description="Open data of a municipality. Every entry names its source and its licence.",
        path="/api/schema",
        servers=[Server(url="/")],
        render_plugins=[JsonRenderPlugin(path="/")],
        use_handler_docstrings=True,
    )


def routes(app: Litestar) -> list[tuple[str, str, Any]]:
    """Every route as (method, path, handler), for the contract tests."""
    found = []
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            found += [(method, route.path_format, handler) for method in sorted(handler.http_methods)]
    return found

"""How is the API described? aiohttp-apispec and its quirks, fenced in here.

Of aiohttp-apispec 3.0.0b2: it takes the schemas off the handlers, so a second app in one process would have
a broken description; its error callback belongs to the process, so it is one function; it reads a wrong
Content-Type as an empty body, so 415 is ours; it describes in Swagger 2.0.
"""

import copy
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version
from typing import Any, NoReturn, TypeVar

from aiohttp import web
from aiohttp.typedefs import Handler
from aiohttp_apispec import (
    docs,
    headers_schema,
    request_schema,
    setup_aiohttp_apispec,
    validation_middleware,
)
from marshmallow import Schema, ValidationError
from swagger_ui import api_doc

from watchsync.api.problems import FieldError, Invalid

validated = validation_middleware
"""The middleware that puts a request's checked data under ``request["data"]``."""
H = TypeVar("H", bound=Handler)
_GUARDED = {"jobs", "admin"}
_LOCATIONS = {"json", "querystring", "headers"}


def takes(
    summary: str,
    *,
    tag: str = "jobs",
    body: type[Schema] | None = None,
    query: type[Schema] | None = None,
    headers: type[Schema] | None = None,
    produces: str = "application/json",
) -> Callable[[H], H]:
    """Describe a handler and check what it is sent: ``request["data"]``, headers in ``request["headers_data"]``."""

    def mark(handler: H) -> H:
        security: list[dict[str, list[str]]] = [{"bearer": []}] if tag in _GUARDED else []
        docs(tags=[tag], summary=summary, produces=[produces], security=security)(handler)
        if body:
            request_schema(body, location="json")(handler)
        if query:
            request_schema(query, location="querystring")(handler)
        if headers:
            headers_schema(headers, put_into="headers_data")(handler)
        return handler

    return mark


def describe(app: web.Application) -> None:
    """Describe all routes of the app at ``/openapi.json``, and show that at ``/docs``. Call it after the routes."""
    handlers = {route.handler for route in app.router.routes() if hasattr(route.handler, "__apispec__")}
    kept = {handler: copy.deepcopy(handler.__apispec__) for handler in handlers}
    setup_aiohttp_apispec(
        app,
        title="watchsync",
        version=version("watchsync"),
        url="/openapi.json",
        in_place=True,
        error_callback=_refuse,
        info={"description": "IMDb lists as Stremio catalogs. Jobs need a bearer token; the addon needs none."},
        securityDefinitions={"bearer": {"type": "apiKey", "name": "Authorization", "in": "header"}},
    )
    for handler, specification in kept.items():
        handler.__apispec__ = specification
    api_doc(app, config=description(app), host_inject=False, url_prefix="/docs", title="watchsync API")


def description(app: web.Application) -> dict[str, Any]:
    """The description itself."""
    found: dict[str, Any] = app["swagger_dict"]
    return found


@web.middleware
async def json_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A body must say that it is JSON, else it would be read as an empty one."""
    if request.can_read_body and request.method in {"POST", "PATCH", "PUT"}:
        kind = request.content_type
        if kind != "application/json" and not kind.endswith("+json"):
            raise web.HTTPUnsupportedMediaType(text=f"Send JSON with Content-Type: application/json, not {kind}.")
    return await handler(request)


def _refuse(
    error: ValidationError, _req: web.Request, _schema: Schema, *, error_status_code: int, error_headers: object
) -> NoReturn:
    del error_status_code, error_headers
    raise Invalid(tuple(_flat(error.messages, "")))


def _flat(messages: Any, pointer: str) -> Iterator[FieldError]:
    """Nested messages as one line for each field, with a JSON pointer."""
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            is_location = not pointer and name in _LOCATIONS
            part = "" if is_location or name == "_schema" else f"/{name}"
            yield from _flat(inner, pointer + part)
        return
    for message in messages if isinstance(messages, list) else [messages]:
        yield FieldError(pointer or "/", str(message))

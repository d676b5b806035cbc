"""How is the API described? aiohttp-apispec and its quirks, fenced in here.

Of aiohttp-apispec 3.0.0b2: it takes the schemas off the handlers, so a second app in one process would have
a broken description; its parser belongs to the process, so each app gets one of ours; it describes in
Swagger 2.0.
"""

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from http import HTTPStatus
from importlib.metadata import version
from typing import Any, Final, TypeVar

from aiohttp import web
from aiohttp.typedefs import Handler
from aiohttp_apispec import (
    docs,
    headers_schema,
    request_schema,
    setup_aiohttp_apispec,
)
from marshmallow import Schema

from watchsync.api.response_schemas import Health, Probe, Problem
from watchsync.api.validation import Parser

PATH: Final = "/openapi.json"
H = TypeVar("H", bound=Handler)
Answers = Mapping[int, type[Schema] | str]
"""By status: the schema of the JSON body, or in words what else is sent."""
_GUARDED: Final = {"jobs", "admin"}
_PATH_PARAMETERS: Final = {
    "config": "An IMDb user, watchlist, ratings or list: an id such as ur12345678, p.abc, ls012345678.",
    "id": "A job's id.",
    "name": "A file of the page.",
    "rest": "{type}/{id}.json or {type}/{id}/{extra}.json, as the Stremio addon protocol has it.",
}


def takes(
    summary: str,
    *,
    answers: Answers,
    errors: Iterable[int] = (),
    tag: str = "jobs",
    body: type[Schema] | None = None,
    query: type[Schema] | None = None,
    headers: type[Schema] | None = None,
    produces: str = "application/json",
) -> Callable[[H], H]:
    """Describe a handler and check what it is sent: ``request["data"]``, headers in ``request["headers_data"]``.

    ``errors`` are the statuses of problems that this handler has beside those that follow from the rest.
    """
    is_guarded = tag in _GUARDED
    statuses = {*errors, 403, 500, *([401] if is_guarded else []), *([422] if body or query or headers else [])}
    if body:
        statuses |= {400, 413, 415}

    def mark(handler: H) -> H:
        docs(
            tags=[tag],
            summary=summary,
            produces=[produces, "application/problem+json"],
            security=[{"bearer": []}] if is_guarded else [],
            responses={**_described(answers), **_described(dict.fromkeys(sorted(statuses), Problem))},
        )(handler)
        if body:
            request_schema(body, location="json")(handler)
        if query:
            request_schema(query, location="querystring")(handler)
        if headers:
            headers_schema(headers, put_into="headers_data")(handler)
        return handler

    return mark


def describe(app: web.Application) -> None:
    """Describe all routes of the app at ``/openapi.json``. Call it after the routes."""
    for route in app.router.routes():
        if (probe := _PROBES.get(_path(route))) is not None:
            takes(**probe)(route.handler)
    handlers = {route.handler for route in app.router.routes() if hasattr(route.handler, "__apispec__")}
    kept = {handler: copy.deepcopy(handler.__apispec__) for handler in handlers}
    setup_aiohttp_apispec(
        app,
        title="watchsync",
        version=version("watchsync"),
        url=PATH,
        in_place=True,
        info={"description": "IMDb lists as Stremio catalogs. Jobs need a bearer token; the addon needs none."},
        securityDefinitions={"bearer": {"type": "apiKey", "name": "Authorization", "in": "header"}},
    )
    app["_apispec_parser"] = Parser()
    for handler, specification in kept.items():
        handler.__apispec__ = specification
    _complete(description(app))


def description(app: web.Application) -> dict[str, Any]:
    """The description itself."""
    found: dict[str, Any] = app["swagger_dict"]
    return found


def _described(answers: Answers) -> dict[int, dict[str, Any]]:
    return {
        status: {"description": said}
        if isinstance(said, str)
        else {"schema": said, "description": _title(status, said)}
        for status, said in answers.items()
    }


def _title(status: int, schema: type[Schema]) -> str:
    return HTTPStatus(status).phrase if schema is Problem else (schema.__doc__ or "").splitlines()[0]


def _path(route: web.AbstractRoute) -> str:
    return route.resource.canonical if route.resource else ""


def _complete(found: dict[str, Any]) -> None:
    """Add what aiohttp-apispec cannot know: its own route, and what stands for what in a path."""
    found["paths"][PATH] = {
        "get": {
            "tags": ["about"],
            "summary": "This description",
            "produces": ["application/json"],
            "responses": {"200": {"description": "Swagger 2.0.", "schema": {"type": "object"}}},
        }
    }
    for path, operations in found["paths"].items():
        for operation in operations.values():
            operation["parameters"] = [*_parameters(path, operation.get("parameters", ()))]


def _parameters(path: str, parameters: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Those of this path. A handler with several paths is given the parameters of all of them."""
    for parameter in parameters:
        if parameter["in"] != "path":
            yield parameter
        elif f"{{{parameter['name']}}}" in path:
            yield {**parameter, "description": _PATH_PARAMETERS[parameter["name"]]}


_PROBES: Final[dict[str, dict[str, Any]]] = {
    "/health": {"summary": "How well each part is", "answers": {200: Health, 503: Health}, "tag": "about"},
    "/livez": {"summary": "Whether the process makes progress", "answers": {200: Probe}, "tag": "about"},
    "/readyz": {"summary": "Whether to send work here", "answers": {200: Probe, 503: Probe}, "tag": "about"},
    "/metrics": {
        "summary": "What Prometheus scrapes",
        "answers": {200: "Text in Prometheus' format."},
        "errors": (401,),
        "tag": "about",
        "produces": "text/plain",
    },
}
"""Both modes serve these, so they stand below this room and are described from here."""

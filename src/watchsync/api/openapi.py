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

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler
from aiohttp_apispec import (
    docs,
    headers_schema,
    request_schema,
    setup_aiohttp_apispec,
)
from marshmallow import Schema

from watchsync.api.response_schemas import Description, Health, Probe, Problem
from watchsync.api.validation import Parser

PATH: Final = "/openapi.json"
H = TypeVar("H", bound=Handler)
Answers = Mapping[int, type[Schema] | Schema | str]
"""By status: the schema of the JSON body, or in words what else is sent."""
Parameter = tuple[str, str, str]
"""Where it stands (``header`` or ``query``), its name, and its meaning."""
_GUARDED: Final = {"jobs", "admin"}
_PATH_PARAMETERS: Final = {
    "type": "`movie` or `series`.",
    "card": "A card's id, `watchsync:` and its name.",
    "config": "An IMDb user, watchlist, ratings or list: an id such as ur12345678, p.abc, ls012345678.",
    "id": "A job's id.",
    "name": "A file of the page.",
    "rest": "{type}/{id}.json or {type}/{id}/{extra}.json, as the Stremio addon protocol has it.",
}
_HEADERS: Final = {
    "ETag": "What If-None-Match takes.",
    "Location": "Where to ask how far it is.",
    "Retry-After": "In how many seconds to try again.",
    "WWW-Authenticate": "The scheme, and the scope that the token needs.",
    "X-Correlation-ID": "Names this request in the log, and on its job.",
}
_CORRELATION: Final[Parameter] = (
    "header",
    "X-Correlation-ID",
    "8 to 64 of A-Z a-z 0-9 . _ - name this request; else we do.",
)
_IF_NONE_MATCH: Final[Parameter] = (
    "header",
    "If-None-Match",
    "The ETag of what you have. The answer is 304 if it is still that.",
)


def takes(
    summary: str,
    *,
    answers: Answers,
    errors: Iterable[int] = (),
    tag: str = "jobs",
    body: type[Schema] | None = None,
    query: type[Schema] | None = None,
    headers: type[Schema] | None = None,
    reads: Iterable[Parameter] = (),
    produces: str = "application/json",
) -> Callable[[H], H]:
    """Describe a handler and check what it is sent: ``request["data"]``, headers in ``request["headers_data"]``.

    ``errors`` are the statuses of problems that this handler has beside those that follow from the rest.
    ``reads`` is what the handler reads without refusing any value.
    """
    is_guarded, is_checked = tag in _GUARDED, bool(body or query or headers)
    statuses = {*errors, *_statuses(is_guarded=is_guarded, is_checked=is_checked, has_body=body is not None)}
    everywhere = [_IF_NONE_MATCH, _CORRELATION] if 304 in answers else [_CORRELATION]
    responses = _responses(answers, sorted(statuses))

    def mark(handler: H) -> H:
        docs(
            tags=[tag],
            summary=summary,
            produces=[produces, "application/problem+json"],
            security=[{"bearer": []}] if is_guarded else [],
            parameters=[_parameter(*each) for each in (*reads, *everywhere)],
            responses=responses,
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
    app.router.add_get(PATH, _description)
    handlers_of = {_path(route): route.handler for route in app.router.routes()}
    for path, probe in _PROBES.items():
        takes(**probe)(handlers_of[path])
    handlers = {route.handler for route in app.router.routes() if hasattr(route.handler, "__apispec__")}
    kept = {handler: copy.deepcopy(handler.__apispec__) for handler in handlers}
    setup_aiohttp_apispec(
        app,
        title="watchsync",
        version=version("watchsync"),
        url=None,
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


def _statuses(*, is_guarded: bool, is_checked: bool, has_body: bool) -> Iterator[int]:
    """The problems that any handler of this kind has; the first ones are those of a request that is none."""
    yield from (400, 408, 417, 431, 403, 500)
    if is_guarded:
        yield 401
    if is_checked:
        yield 422
    if has_body:
        yield from (413, 415)


def _parameter(place: str, name: str, meaning: str) -> dict[str, str]:
    return {"in": place, "name": name, "type": "string", "description": meaning}


def _responses(answers: Answers, problems: Iterable[int]) -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    for status, said in {**answers, **dict.fromkeys(problems, Problem)}.items():
        names = [*_sent_with(status, said, has_tag=304 in answers), "X-Correlation-ID"]
        headers = {name: {"type": "string", "description": _HEADERS[name]} for name in names}
        body = {"description": said} if isinstance(said, str) else {"schema": said, "description": _title(status, said)}
        found[status] = {**body, "headers": headers}
    return found


def _sent_with(status: int, said: type[Schema] | Schema | str, *, has_tag: bool) -> Iterator[str]:
    """The headers that an answer of this kind always has."""
    if has_tag and status in {200, 304}:
        yield "ETag"
    if status == 202:
        yield "Location"
    if said is Problem and status == 401:
        yield "WWW-Authenticate"
    if said is Problem and status in {429, 503}:
        yield "Retry-After"


def _title(status: int, schema: type[Schema] | Schema) -> str:
    return HTTPStatus(status).phrase if schema is Problem else (schema.__doc__ or "").splitlines()[0]


def _path(route: web.AbstractRoute) -> str:
    return route.resource.canonical if route.resource else ""


def _complete(found: dict[str, Any]) -> None:
    """Say what follows from method and path, which aiohttp-apispec cannot know."""
    for path, operations in found["paths"].items():
        for method, operation in operations.items():
            operation["parameters"] = [*_parameters(path, operation.get("parameters", ()))]
            if any(parameter["in"] == "body" for parameter in operation["parameters"]):
                operation["consumes"] = ["application/json"]
            if method == "head":
                operation["responses"] = {
                    status: {name: value for name, value in answer.items() if name != "schema"}
                    for status, answer in operation["responses"].items()
                }
    for operation in found["paths"]["/metrics"].values():
        operation["security"] = [{}, {"bearer": []}]


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
        "answers": {200: "Text in Prometheus' format. Needs a token once one has the scope metrics."},
        "errors": (401,),
        "tag": "about",
        "produces": "text/plain",
    },
}
"""Both modes serve these, so they stand below this room and are described from here."""


@takes("This description", tag="about", answers={200: Description})
async def _description(request: web.Request) -> web.Response:
    return web.json_bytes_response(description(request.app), dumps=orjson.dumps)

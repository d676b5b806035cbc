"""What may a request say, and how is that described? aiohttp-apispec and its quirks, fenced in here.

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
from marshmallow import Schema, ValidationError, fields, validate, validates_schema
from swagger_ui import api_doc

from watchsync.api.problems import FieldError, Invalid
from watchsync.job import State

validated = validation_middleware
"""The middleware that puts a request's checked data under ``request["data"]``."""
_LONGEST_REF = 2_000
H = TypeVar("H", bound=Handler)
_GUARDED = {"jobs", "admin"}
_LOCATIONS = {"json", "querystring", "headers"}


class StrictBoolean(fields.Boolean):
    """Only true and false; a word that looks like one is a mistake."""

    truthy = {True}  # noqa: RUF012 - marshmallow's own shape
    falsy = {False}  # noqa: RUF012


class _ListRequest(Schema):
    """One list, by one of its two names."""

    list_ref = fields.String(
        data_key="listRef",
        validate=validate.Length(1, _LONGEST_REF),
        metadata={"description": "An IMDb id or address of a user, watchlist, ratings or list page."},
    )
    force_refresh = StrictBoolean(
        data_key="forceRefresh", load_default=False, metadata={"description": "Read it even if it is fresh."}
    )

    @validates_schema
    def _exactly_one(self, data: Mapping[str, Any], **_: Any) -> None:
        user_key = next(field.data_key for name, field in self.fields.items() if name == "user_id")
        if ("list_ref" in data) == ("user_id" in data):
            raise ValidationError(f"Give exactly one of {user_key} and listRef.")


class JobRequest(_ListRequest):
    """The body of ``POST /jobs``."""

    user_id = fields.String(data_key="imdbUserId", validate=validate.Length(1, _LONGEST_REF))
    callback_url = fields.URL(data_key="callbackUrl", schemes={"http", "https"}, require_tld=False)


class SyncRequest(_ListRequest):
    """The body of ``POST /api/sync``."""

    user_id = fields.String(data_key="userId", validate=validate.Length(1, _LONGEST_REF))


class PageQuery(Schema):
    """The query of whatever is read page by page."""

    cursor = fields.String(validate=validate.Length(1, 40))
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))


class JobsQuery(PageQuery):
    """The query of ``GET /jobs``."""

    user = fields.String(validate=validate.Length(1, _LONGEST_REF))
    status = fields.String(validate=validate.OneOf(["pending", "processing", "completed", "failed", "cancelled"]))


class JobHeaders(Schema):
    """The headers of ``POST /jobs`` that matter."""

    class Meta:
        """A request has many other headers."""

        unknown = "exclude"

    idempotency_key = fields.String(
        data_key="Idempotency-Key",
        validate=validate.Regexp(r"^[\x21-\x7e]{1,200}$", error="1 to 200 visible characters."),
    )


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


STATES_OF = {
    "pending": frozenset({State.WAITING, State.DELAYED}),
    "processing": frozenset({State.RUNNING}),
    "completed": frozenset({State.COMPLETED}),
    "failed": frozenset({State.DEAD}),
    "cancelled": frozenset({State.CANCELLED}),
}
"""The job states behind each status of the HTTP contract."""

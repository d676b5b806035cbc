"""Is what was sent well-formed, and does it keep to its schema?"""

from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler
from aiohttp_apispec import validation_middleware
from marshmallow import Schema, ValidationError, missing
from webargs.aiohttpparser import AIOHTTPParser

from watchsync.http.problems import FieldError, Invalid

validated = validation_middleware
"""The middleware that puts a request's checked data under ``request["data"]``."""


@web.middleware
async def json_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A body must say that it is JSON, else it would be read as an empty one; and it comes as it is, in no coding."""
    if request.can_read_body and request.method in {"POST", "PATCH", "PUT"}:
        if request.headers.get("Content-Encoding", "identity").strip().lower() not in {"", "identity"}:
            plain = {"Accept-Encoding": "identity"}
            raise web.HTTPUnsupportedMediaType(text="Send the body without a Content-Encoding.", headers=plain)
        kind = request.content_type
        if kind != "application/json" and not kind.endswith("+json"):
            raise web.HTTPUnsupportedMediaType(text=f"Send JSON with Content-Type: application/json, not {kind}.")
    return await handler(request)


class Parser(AIOHTTPParser):
    """Reads requests for the schemas of their handlers, and names every field that is wrong at once."""

    async def load_json(self, req: web.Request, schema: Schema) -> Any:
        """Strict JSON is UTF-8 whatever the charset says, and has no depth, number or character that we cannot hold."""
        del schema
        body = await req.read()
        if not body:
            return missing
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise web.HTTPBadRequest(text=f"The body is not valid JSON: {error}.") from error

    def handle_error(
        self,
        error: ValidationError,
        req: web.Request,
        schema: Schema,
        *,
        error_status_code: int | None,
        error_headers: Mapping[str, str] | None,
    ) -> NoReturn:
        """What webargs calls with all that the schema has to say about one part of the request."""
        del req, schema, error_status_code, error_headers
        raise Invalid([each for messages in error.messages_dict.values() for each in _flat(messages, "")])


def _flat(messages: Any, pointer: str) -> Iterator[FieldError]:
    """Nested messages as one line for each field, with a JSON pointer."""
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            yield from _flat(inner, pointer if name == "_schema" else f"{pointer}/{_escaped(str(name))}")
        return
    for message in messages if isinstance(messages, list) else [messages]:
        yield FieldError(pointer or "/", str(message))


def _escaped(name: str) -> str:
    """A name as a part of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")

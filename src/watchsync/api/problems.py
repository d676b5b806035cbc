"""How does an error read over HTTP? RFC 9457 problem details; the only map from errors to status codes."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler

from watchsync import logs
from watchsync.api.context import CORRELATION
from watchsync.errors import (
    BadInput,
    IdempotencyConflict,
    IllegalMove,
    InvalidRef,
    JobNotFound,
    RedisUnavailable,
    WatchsyncError,
)

_STATUS_OF: tuple[tuple[type[WatchsyncError], int], ...] = (
    (InvalidRef, 422),
    (BadInput, 400),
    (JobNotFound, 404),
    (IllegalMove, 409),
    (IdempotencyConflict, 422),
    (RedisUnavailable, 503),
)
_RETRY_SECONDS = 5
_log = logs.get(__name__)


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field that is wrong: a JSON pointer, or the name of a parameter, and why."""

    pointer: str
    detail: str


class Invalid(WatchsyncError):
    """The request has fields that cannot be used; each is named."""

    code = "invalid-request"

    def __init__(self, errors: Sequence[FieldError], status: int = 422) -> None:
        super().__init__("; ".join(f"{error.pointer}: {error.detail}" for error in errors))
        self.errors = tuple(errors)
        self.status = status


class NotAllowed(WatchsyncError):
    """The caller may not do that."""

    code = "not-allowed"

    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers or {}


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever is raised below into a problem; nothing of our inside is told."""
    try:
        return await handler(request)
    except web.HTTPException as answer:
        if answer.status < 400:
            raise
        return problem(request, answer.status, _detail(answer), headers=_kept(answer))
    except Invalid as error:
        return problem(request, error.status, str(error), errors=error.errors, kind=error.code)
    except NotAllowed as error:
        return problem(request, error.status, str(error), headers=error.headers, kind=error.code)
    except WatchsyncError as error:
        status = next((status for kind, status in _STATUS_OF if isinstance(error, kind)), 500)
        headers = {"Retry-After": str(_RETRY_SECONDS)} if status == 503 else {}
        return problem(request, status, str(error), headers=headers, kind=error.code)
    except Exception:  # noqa: BLE001 - the last line of defence
        _log.exception("request.failed", route=request.path)
        return problem(request, 500, "Something went wrong on our side; the log knows more by the correlation id.")


def problem(
    request: web.Request,
    status: int,
    detail: str,
    *,
    errors: Sequence[FieldError] = (),
    headers: dict[str, str] | None = None,
    kind: str = "",
) -> web.Response:
    """One problem document."""
    document: dict[str, Any] = {
        "type": f"urn:watchsync:{kind}" if kind else "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail.encode(errors="replace").decode(),  # it may quote a header that is not UTF-8
        "instance": request.path,
        "correlationId": request.get(CORRELATION, ""),
    }
    if errors:
        document["errors"] = [{"pointer": error.pointer, "detail": error.detail} for error in errors]
    return web.Response(
        status=status,
        body=orjson.dumps(document),
        headers={"Cache-Control": "no-store", **(headers or {}), "Content-Type": "application/problem+json"},
    )


def _detail(answer: web.HTTPException) -> str:
    if answer.status == 413:
        return "The body is larger than 64 kB."
    if answer.status == 405:
        allowed = ", ".join(sorted(getattr(answer, "allowed_methods", ())))
        return f"This address knows only {allowed}."
    text = answer.text or ""
    standard = f"{answer.status}: {answer.reason}"
    return f"There is nothing at this address ({answer.reason})." if text == standard else text


def _kept(answer: web.HTTPException) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name in {"Allow", "Retry-After"}}

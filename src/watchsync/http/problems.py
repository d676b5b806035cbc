"""How does an error read over HTTP? RFC 9457 problem details; the only map from errors to status codes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError, LineTooLong
from aiohttp.typedefs import Handler

from watchsync import logs
from watchsync.errors import (
    BadInput,
    BudgetSpent,
    IdempotencyConflict,
    IllegalMove,
    InvalidRef,
    JobNotFound,
    NotAdmitted,
    NotFed,
    QueueFull,
    RedisUnavailable,
    WatchsyncError,
)
from watchsync.http.correlation import identify

_STATUS_OF: tuple[tuple[type[WatchsyncError], int], ...] = (
    (InvalidRef, 422),
    (BadInput, 400),
    (JobNotFound, 404),
    (IllegalMove, 409),
    (NotFed, 409),
    (IdempotencyConflict, 422),
    (BudgetSpent, 429),
    (QueueFull, 503),
    (RedisUnavailable, 503),
)
_RETRY_SECONDS = 5
_log = logs.get(__name__)
MALFORMED = (HttpProcessingError, web.RequestPayloadError)
"""What aiohttp raises for bytes that are no request, or no body."""


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


class BodyTooSlow(WatchsyncError):
    """The body of the request did not arrive in time."""

    code = "body-too-slow"


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever is raised below into a problem; nothing of our inside is told."""
    try:
        return await handler(request)
    except ConnectionError:
        raise  # there is nobody left to answer
    except web.HTTPException as answer:
        if answer.status < 400:
            raise
        return problem_of(request, answer)
    except Exception as error:  # noqa: BLE001 - the last line of defence
        return problem_of(request, error)


def problem_of(request: web.BaseRequest, error: Exception) -> web.Response:
    """What is answered to whoever caused this error, or met it."""
    match error:
        case web.HTTPException():
            return problem(request, error.status, _detail(error), headers=_kept(error))
        case Invalid():
            return problem(request, error.status, str(error), errors=error.errors, kind=error.code)
        case NotAllowed():
            return problem(request, error.status, str(error), headers=error.headers, kind=error.code)
        case BodyTooSlow():
            return problem(request, 408, str(error), headers={"Connection": "close"}, kind=error.code)
        case WatchsyncError():
            status = next((status for kind, status in _STATUS_OF if isinstance(error, kind)), 500)
            seconds = error.retry_after_seconds if isinstance(error, NotAdmitted) else _RETRY_SECONDS
            headers = {"Retry-After": f"{seconds:.0f}"} if status in {429, 503} else {}
            return problem(request, status, str(error), headers=headers, kind=error.code)
        case LineTooLong():
            return problem(request, 431, "The address or a header is longer than 8 kB.", kind="malformed")
        case HttpProcessingError() | web.RequestPayloadError():
            return problem(request, 400, "That is not a well-formed HTTP/1.1 request.", kind="malformed")
    _log.error("request.failed", route=ascii(request.path), exc_info=error)
    return problem(request, 500, "Something went wrong on our side; the log knows more by the correlation id.")


def problem(
    request: web.BaseRequest,
    status: int,
    detail: str,
    *,
    errors: Sequence[FieldError] = (),
    headers: Mapping[str, str] | None = None,
    kind: str = "",
) -> web.Response:
    """One problem document."""
    body = problem_body(status, detail, request.path, identify(request), errors=errors, kind=kind)
    return web.Response(
        status=status,
        body=body,
        headers={"Cache-Control": "no-store", **(headers or {}), "Content-Type": "application/problem+json"},
    )


def problem_body(
    status: int, detail: str, instance: str, correlation_id: str, *, errors: Sequence[FieldError] = (), kind: str = ""
) -> bytes:
    """A problem document as JSON."""
    document: dict[str, Any] = {
        "type": f"urn:watchsync:{kind}" if kind else "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": _text(detail),
        "instance": _text(instance),
        "correlationId": correlation_id,
    }
    if errors:
        document["errors"] = [{"pointer": _text(error.pointer), "detail": _text(error.detail)} for error in errors]
    return orjson.dumps(document)


def _text(given: str) -> str:
    """Text that JSON can hold: it may quote bytes of the request that are no UTF-8."""
    return given.encode(errors="replace").decode()


def _detail(answer: web.HTTPException) -> str:
    if answer.status == 413:
        return "The body is larger than 64 kB."
    if answer.status == 405:
        allowed = ", ".join(sorted(getattr(answer, "allowed_methods", ())))
        return f"This address knows only {allowed}."
    if answer.status == 417:
        return "The only expectation that is met is 100-continue."
    text = answer.text or ""
    standard = f"{answer.status}: {answer.reason}"
    return f"There is nothing at this address ({answer.reason})." if text == standard else text


def _kept(answer: web.HTTPException) -> dict[str, str]:
    return {
        name: value for name, value in answer.headers.items() if name in {"Accept-Encoding", "Allow", "Retry-After"}
    }

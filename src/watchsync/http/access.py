"""What may whoever asks do? Allowed addresses, tokens and scopes, what this machine itself may, and pages of others."""

import hmac
from collections.abc import Callable, Iterable
from typing import Final, TypeVar
from urllib.parse import urlsplit

from aiohttp import HttpVersion11, web
from aiohttp.typedefs import Handler

from watchsync.api_tokens import ApiToken
from watchsync.http.client import Client, client_of, is_in, is_local_host, plain_address
from watchsync.http.context import CLIENT, SETTINGS
from watchsync.http.problems import NotAllowed
from watchsync.settings import Settings

_SCOPE: Final = "__scope__"
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_LIVE: Final = "/livez"
_DEFAULT_PORTS: Final = {"http": ":80", "https": ":443"}
H = TypeVar("H", bound=Handler)


def requires_scope(scope: str) -> Callable[[H], H]:
    """Mark a handler: it answers only to tokens with this scope, or on loopback when no tokens are set."""

    def mark(handler: H) -> H:
        setattr(handler, _SCOPE, scope)
        return handler

    return mark


@web.middleware
async def access_control(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let in whom the settings let in."""
    settings = request.app[SETTINGS]
    client = client_of(request.remote, request.headers, settings.trusted_proxies, socket_host=_socket_host(request))
    request[CLIENT] = client
    if not client.host:
        raise NotAllowed(400, "The Host header is not the name of a host.")
    if settings.allowed_ips and not is_in(client.address, settings.allowed_ips) and not _asks_if_alive(request, client):
        raise NotAllowed(403, f"The address {client.address} is not among the allowed ones.")
    if request.method not in _SAFE:
        _refuse_pages_of_others(request, client, settings)
    scope = _scope(request, settings)
    if scope and request.method != "OPTIONS":
        is_local = client.is_loopback and request.version >= HttpVersion11
        refusal = _not_local(client, settings) if is_local else _NOT_LOOPBACK
        authorize(scope, request.headers.get("Authorization", ""), settings.api_tokens, refusal)
    return await handler(request)


_OTHER_SITE: Final = (
    "A page of another site may not ask for this. If it is our own page behind a proxy, set WATCHSYNC_PUBLIC_URL."
)
_NOT_LOOPBACK: Final = "No API tokens are set, so this answers only on loopback. Set WATCHSYNC_API_TOKENS."


def authorize(scope: str, header: str, tokens: Iterable[ApiToken], refusal: str | None) -> None:
    """Check the bearer token for a scope; raises NotAllowed with 401 or 403.

    Where no tokens are set, ``refusal`` says why the caller is not local; ``None`` is for who is.
    """
    known = tuple(tokens)
    if not known:
        if refusal:
            raise NotAllowed(403, refusal)
        return
    found = _held(header, known)
    if not found:
        challenge = {"WWW-Authenticate": f'Bearer realm="watchsync", scope="{scope}"'}
        raise NotAllowed(401, "A valid bearer token is needed here (Authorization: Bearer …).", challenge)
    if not _allow(found, scope):
        raise NotAllowed(403, f"This token lacks the scope '{scope}'.")


def holds_token(request: web.Request, scope: str) -> bool:
    """Whether a request to a route that needs no token brings one with this scope all the same."""
    return _allow(_held(request.headers.get("Authorization", ""), request.app[SETTINGS].api_tokens), scope)


def _held(header: str, tokens: Iterable[ApiToken]) -> list[ApiToken]:
    kind, _, secret = header.partition(" ")
    given = secret.strip().encode(errors="surrogateescape") if kind.lower() == "bearer" else b""
    return [token for token in tokens if hmac.compare_digest(token.secret.get_secret_value().encode(), given)]


def _allow(tokens: Iterable[ApiToken], scope: str) -> bool:
    return any({scope, "admin"} & token.scopes for token in tokens)


def _not_local(client: Client, settings: Settings) -> str | None:
    """Why what comes from this machine is not taken for its owner's wish: a page may have been led here by DNS."""
    own = urlsplit(settings.public_url or "").netloc
    if is_local_host(client.host) or client.host.lower() == own.lower():
        return None
    return f"No API tokens are set, so this answers only to localhost, not as {client.host}. Set WATCHSYNC_API_TOKENS."


def _refuse_pages_of_others(request: web.Request, client: Client, settings: Settings) -> None:
    """A browser says which page a request comes from; only our own may change anything."""
    site = request.headers.get("Sec-Fetch-Site", "none").lower()
    origin = request.headers.get("Origin")
    ours = {_authority(settings.public_url or ""), _authority(f"{client.scheme}://{client.host}")}
    # The scheme is left out: behind a proxy that does not tell it we would not know our own.
    if site in {"none", "same-origin"} and (origin is None or _authority(origin) in ours - {""}):
        return
    raise NotAllowed(403, _OTHER_SITE)


def _authority(origin: str) -> str:
    """Host and port of an origin, without a default port; empty for what is none."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return ""
    return parts.netloc.lower().removesuffix(_DEFAULT_PORTS.get(parts.scheme, ""))


def _asks_if_alive(request: web.Request, client: Client) -> bool:
    """Whether a container asks itself if it lives, which no list of addresses shall deny."""
    own = request.get_extra_info("sockname")
    is_itself = bool(own) and plain_address(str(own[0])) == client.address
    return request.path == _LIVE and (client.is_loopback or is_itself)


def _socket_host(request: web.Request) -> str:
    """Where the connection reached us, for clients too old to say whom they want."""
    own = request.get_extra_info("sockname")
    if not isinstance(own, tuple):
        return "localhost"
    host, port = own[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _scope(request: web.Request, settings: Settings) -> str | None:
    if request.path == "/metrics" and any("metrics" in token.scopes for token in settings.api_tokens):
        return "metrics"
    scope: str | None = getattr(request.match_info.handler, _SCOPE, None)
    return scope

"""Who is asking, and what may they do? Client address, allowed addresses, tokens and scopes."""

import hmac
import ipaddress
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import TypeVar

from aiohttp import web
from aiohttp.typedefs import Handler

from watchsync.api.context import PEER, SETTINGS
from watchsync.api.problems import NotAllowed
from watchsync.api_tokens import ApiToken
from watchsync.settings import Settings

_SCOPE = "__scope__"
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
    peer = client_address(request.remote, request.headers, settings.trusted_proxies)
    request[PEER] = peer
    if settings.allowed_ips and not _is_in(peer, settings.allowed_ips):
        raise NotAllowed(403, f"The address {peer} is not among the allowed ones.")
    scope = _scope(request, settings)
    if scope and request.method != "OPTIONS":
        authorize(scope, request.headers.get("Authorization", ""), peer, settings.api_tokens)
    return await handler(request)


def authorize(scope: str, header: str, peer: str, tokens: Iterable[ApiToken]) -> None:
    """Check the bearer token for a scope; raises NotAllowed with 401 or 403."""
    known = tuple(tokens)
    if not known:
        if not _is_loopback(peer):
            raise NotAllowed(403, "No API tokens are set, so this answers only on loopback. Set WATCHSYNC_API_TOKENS.")
        return
    kind, _, secret = header.partition(" ")
    given = secret.strip().encode(errors="surrogateescape") if kind.lower() == "bearer" else b""
    found = [token for token in known if hmac.compare_digest(token.secret.get_secret_value().encode(), given)]
    if not found:
        challenge = {"WWW-Authenticate": f'Bearer realm="watchsync", scope="{scope}"'}
        raise NotAllowed(401, "A valid bearer token is needed here (Authorization: Bearer …).", challenge)
    if not any({scope, "admin"} & token.scopes for token in found):
        raise NotAllowed(403, f"This token lacks the scope '{scope}'.")


def client_address(remote: str | None, headers: Mapping[str, str], trusted: tuple[str, ...]) -> str:
    """The address of who asks: the nearest one in X-Forwarded-For that is no trusted proxy.

    Behind a proxy that is not trusted nobody counts as local.
    """
    peer = remote or "0.0.0.0"  # noqa: S104 - no address at all is nobody's
    forwarded = [part.strip() for part in headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    if not forwarded:
        return peer
    if not _is_in(peer, trusted):
        return "0.0.0.0" if _is_loopback(peer) else peer  # noqa: S104
    return next((hop for hop in reversed(forwarded) if not _is_in(hop, trusted)), forwarded[0])


def _scope(request: web.Request, settings: Settings) -> str | None:
    if request.path == "/metrics" and any("metrics" in token.scopes for token in settings.api_tokens):
        return "metrics"
    scope: str | None = getattr(request.match_info.handler, _SCOPE, None)
    return scope


def _is_in(address: str, networks: tuple[str, ...]) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in _parsed(networks))


@lru_cache(maxsize=16)
def _parsed(networks: tuple[str, ...]) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    return tuple(ipaddress.ip_network(network, strict=False) for network in networks)


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False

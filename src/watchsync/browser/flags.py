"""With which flags is Chromium started, so that it reaches the site alone and takes little memory? Pure."""

from collections.abc import Iterable

_ALWAYS = (
    # What the resolver does not see: a proxy would resolve names itself, and WebRTC sends to bare addresses. The shell
    # knows the first name of the policy, full Chromium the second.
    "--no-proxy-server",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--dns-prefetch-disable",
    # Windows that a page opens: the shell knows the first, full Chromium has a popup blocker (see NOT_OF_PLAYWRIGHT).
    "--block-new-web-contents",
    "--no-pings",
    "--disable-domain-reliability",
    # A page that takes more than this in its scripts ends alone, before the kernel has to choose what ends.
    "--js-flags=--max-old-space-size=256",
)
NOT_OF_PLAYWRIGHT = ("--disable-popup-blocking",)
"""Flags of Playwright's that are left out."""


def chromium_flags(reachable: Iterable[str]) -> list[str]:
    """Every flag beside Playwright's own; ``reachable`` are the only places that the browser may connect to.

    Each is ``host:port``. A host with a ``*``, or the port ``*``, opens every port there: Chromium's rules tell ports
    apart only for whole names.
    """
    return [f"--host-resolver-rules={resolver_rules(reachable)}", *_ALWAYS]


def resolver_rules(reachable: Iterable[str]) -> str:
    """Rules for ``--host-resolver-rules``: these places resolve to themselves, everything else to nothing."""
    return ", ".join([*map(_rule, reachable), "MAP * ~NOTFOUND"])


def _rule(entry: str) -> str:
    host, _, port = entry.rpartition(":")
    return f"EXCLUDE {host}" if "*" in host or port == "*" else f"MAP {entry} {entry}"

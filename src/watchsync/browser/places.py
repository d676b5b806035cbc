"""Which place does an address stand for? Pure."""

from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}


def place(origin: str) -> str:
    """The ``host:port`` of an origin or of any URL there."""
    parts = urlsplit(origin)
    host = parts.hostname or ""
    return f"{f'[{host}]' if ':' in host else host}:{parts.port or _PORTS.get(parts.scheme, 0)}"

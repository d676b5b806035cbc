"""Where does a server listen, and what is said where it cannot?"""

import errno
import os
import socket
from contextlib import ExitStack

from aiohttp import web

from watchsync.errors import CannotListen

_BACKLOG = 1024
_EVERYWHERE = "::"


async def listen(runner: web.BaseRunner, host: str, port: int, *, setting: str = "WATCHSYNC_PORT") -> None:
    """Serve at every address of ``host``; ``::`` is IPv6 and IPv4 alike, and port 0 takes a free one.

    Raises CannotListen, which names ``setting`` as what to change.
    """
    for opened in open_sockets(host, port, setting=setting):
        await web.SockSite(runner, opened, backlog=_BACKLOG).start()


def open_sockets(host: str, port: int, *, setting: str = "WATCHSYNC_PORT") -> list[socket.socket]:
    """A listening socket for every address of ``host``; raises CannotListen."""
    opened: list[socket.socket] = []
    with ExitStack() as stack:
        try:
            for family, address in _addresses(host, port):
                both = family is socket.AF_INET6 and host == _EVERYWHERE and socket.has_dualstack_ipv6()
                sock = socket.create_server(address, family=family, backlog=_BACKLOG, dualstack_ipv6=both)
                opened.append(stack.enter_context(sock))
        except (OSError, UnicodeError) as error:
            raise CannotListen(_sentence(error, host, port, setting)) from None
        stack.pop_all()
    return opened


def _addresses(host: str, port: int) -> list[tuple[socket.AddressFamily, tuple[str, int]]]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return list(dict.fromkeys((family, (str(address[0]), port)) for family, _, _, _, address in found))


def _sentence(error: Exception, host: str, port: int, setting: str) -> str:
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    flag = " (or --port, for `up`)" if setting == "WATCHSYNC_PORT" else ""
    another_port = f"Choose another with {setting}{flag}; 0 takes any free one."
    own = "Use 127.0.0.1, 0.0.0.0 or :: (all addresses) with --host or WATCHSYNC_HOST."
    if isinstance(error, socket.gaierror | UnicodeError):
        return f"Cannot listen on {place}: this machine knows no host of that name. {own}"
    number = error.errno if isinstance(error, OSError) else None
    why = os.strerror(number).lower() if number else str(error)
    if number == errno.EADDRINUSE:
        return f"Cannot listen on {place}: another program uses that port. {another_port}"
    if number in {errno.EACCES, errno.EPERM}:
        return f"Cannot listen on {place}: ports below 1024 need a privilege. {another_port}"
    if number in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EINVAL}:
        return f"Cannot listen on {place}: it is no address of this machine. {own}"
    return f"Cannot listen on {place} ({why}). {another_port}"

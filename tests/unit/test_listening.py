"""Where a server listens, and the sentence where it cannot."""

import asyncio
import os
import socket
import subprocess
import sys

import pytest
from aiohttp import ClientSession, web

from watchsync.errors import CannotListen
from watchsync.listening import listen, open_sockets


async def answer(_: web.Request) -> web.Response:
    return web.Response(text="here")


async def asked(host: str, *callers: str) -> list[str]:
    """Serve on a host, and what callers at these addresses are answered."""
    app = web.Application()
    app.router.add_get("/", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await listen(runner, host, 0)
        port = runner.addresses[0][1]
        async with ClientSession() as session:
            answers = [await session.get(f"http://{caller}:{port}/") for caller in callers]
            return [await one.text() for one in answers]
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    ("host", "callers"),
    [
        ("::", ["127.0.0.1", "[::1]", "localhost"]),
        ("0.0.0.0", ["127.0.0.1"]),
        ("127.0.0.1", ["127.0.0.1"]),
        ("::1", ["[::1]"]),
        ("localhost", ["127.0.0.1"]),
    ],
)
async def test_every_family_that_the_host_names_is_served(host: str, callers: list[str]):
    assert await asked(host, *callers) == ["here"] * len(callers)


@pytest.mark.parametrize("host", ["0.0.0.0", "127.0.0.1"])
async def test_an_address_of_one_family_serves_no_other(host: str):
    with pytest.raises(OSError, match="Cannot connect"):
        await asked(host, "[::1]")


REFUSED = [
    ("no-such-host.invalid", "knows no host of that name"),
    ("a" * 64, "knows no host of that name"),
    ("192.0.2.1", "no address of this machine"),
    ("8.8.8.8", "no address of this machine"),
    ("2001:db8::1", "no address of this machine"),
    ("fe80::1", "no address of this machine"),
]


@pytest.mark.parametrize(("host", "said"), REFUSED)
def test_a_host_that_is_not_here_is_told_with_what_to_do(host: str, said: str):
    with pytest.raises(CannotListen, match=r"--host or WATCHSYNC_HOST") as caught:
        open_sockets(host, 0)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("setting", "fix"),
    [
        ("WATCHSYNC_PORT", "WATCHSYNC_PORT (or --port, for `up`); 0 takes any free one"),
        ("WATCHSYNC_WORKER_PORT", "WATCHSYNC_WORKER_PORT; 0 takes any free one"),
    ],
)
@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "::", "localhost"])
def test_a_port_that_is_taken_is_told_with_what_to_do(host: str, setting: str, fix: str):
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(CannotListen) as caught:
        open_sockets(host, other.getsockname()[1], setting=setting)
    assert "another program uses that port" in str(caught.value)
    assert fix in str(caught.value)


PROGRAM = """
import os
from watchsync.errors import CannotListen
from watchsync.listening import open_sockets
"x".encode("idna")  # loads what the new user may not read
os.seteuid(65534)
try:
    open_sockets("127.0.0.1", 80)
except CannotListen as error:
    print(error)
"""


@pytest.mark.skipif(os.getuid() != 0, reason="takes a privilege to give one up")
def test_a_port_that_needs_a_privilege_is_told_with_what_to_do():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert "ports below 1024 need a privilege" in done.stdout
    assert "WATCHSYNC_PORT" in done.stdout


def test_sockets_take_connections_at_once():
    async def try_it() -> None:
        (opened,) = open_sockets("127.0.0.1", 0)
        with opened:
            _, writer = await asyncio.open_connection("127.0.0.1", opened.getsockname()[1])
            writer.close()
            await writer.wait_closed()

    asyncio.run(try_it())

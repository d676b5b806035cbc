"""Bytes that are no HTTP request, or no whole one: answered before any handler runs."""

TOKEN = b"Authorization: Bearer w-secret-of-16-chars\r\n"


def _get(*lines: bytes, target: bytes = b"/livez") -> bytes:
    return b"\r\n".join([b"GET " + target + b" HTTP/1.1", b"Host: localhost", *lines, b"", b""])


def _post(body: bytes, *lines: bytes) -> bytes:
    head = [b"POST /jobs HTTP/1.1", b"Host: localhost", b"Content-Type: application/json", *lines, b"", b""]
    return b"\r\n".join(head) + body


MALFORMED = {
    "no http": b"\x00\x01\x02\x03\r\n\r\n",
    "tls hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(40) + b"\r\n\r\n",
    "ssh": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "redis": b"*1\r\n$4\r\nPING\r\n",
    "http 2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "unknown method": b"FETCH / HTTP/1.1\r\nHost: localhost\r\n" + TOKEN + b"\r\n",
    "method in small letters": b"get / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "version 9": b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
    "no version": b"GET /\r\nHost: localhost\r\n\r\n",
    "blank in target": b"GET /a b HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "no host": b"GET /livez HTTP/1.1\r\n" + TOKEN + b"\r\n",
    "two hosts": _get(b"Host: other"),
    "two lengths": _post(b"{}", b"Content-Length: 2", b"Content-Length: 3"),
    "negative length": _post(b"{}", b"Content-Length: -1"),
    "length of 5,000 digits": _post(b"{}", b"Content-Length: " + b"9" * 5_000),
    "length in hex": _post(b"{}", b"Content-Length: 0x2"),
    "length in other digits": _post(b"{}", "Content-Length: ٢".encode()),
    "length and coding": _post(b"0\r\n\r\n", b"Content-Length: 5", b"Transfer-Encoding: chunked"),
    "coding after chunked": _post(b"0\r\n\r\n", b"Transfer-Encoding: chunked, identity"),
    "chunked twice": _post(b"0\r\n\r\n", b"Transfer-Encoding: chunked, chunked"),
    "control in header": _get(TOKEN.rstrip() + b"\x01"),
    "null in header": _get(TOKEN.rstrip() + b"\x00"),
    "blank before colon": _get(b"Authorization : Bearer w-secret-of-16-chars"),
    "no colon": _get(b"Authorization Bearer w-secret-of-16-chars"),
    "folded header": _get(b"X-One: a", b" b"),
    "bare line feeds": b"GET /livez HTTP/1.1\nHost: localhost\n" + TOKEN.replace(b"\r", b"") + b"\n",
    "header of 20 kB": _get(b"X-Long: " + b"x" * 20_000),
    "200 headers": _get(*(b"X-%d: 1" % number for number in range(200))),
    "target of 20 kB": _get(target=b"/" + b"x" * 20_000),
    "connect without a port": b"CONNECT ::: HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "absolute target without a host": b"GET http:// HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "bad port in absolute target": b"GET http://localhost:99999999/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
}
"""Each is answered by 4xx, and the connection is closed."""

BROKEN_BODIES = {
    "chunk size that is no number": _post(b"zz\r\n{}\r\n0\r\n\r\n", b"Transfer-Encoding: chunked"),
    "negative chunk size": _post(b"-1\r\n{}\r\n0\r\n\r\n", b"Transfer-Encoding: chunked"),
    "chunk size of 5,000 digits": _post(b"f" * 5_000 + b"\r\n", b"Transfer-Encoding: chunked"),
    "chunk longer than its size": _post(b"1\r\n{}\r\n0\r\n\r\n", b"Transfer-Encoding: chunked"),
    "no line end after a chunk": _post(b"2\r\n{}0\r\n\r\n", b"Transfer-Encoding: chunked"),
    "nothing where a size should be": _post(b"\r\n\r\n", b"Transfer-Encoding: chunked"),
    "control in chunk size": _post(b"\x01\r\n{}\r\n", b"Transfer-Encoding: chunked"),
    "chunk extension with a line feed": _post(b"2;a\nb\r\n{}\r\n0\r\n\r\n", b"Transfer-Encoding: chunked"),
    "other digits in chunk size": _post("٢\r\n{}\r\n0\r\n\r\n".encode(), b"Transfer-Encoding: chunked"),
    "second chunk broken": _post(b"1\r\n{\r\nxyz\r\n}\r\n0\r\n\r\n", b"Transfer-Encoding: chunked"),
}
"""The head is whole, so a handler waits for the rest."""

"""Requests that are well-formed HTTP and hold what cannot be used. Each is answered by 4xx."""

import gzip
import zlib

_BIG = b"9" * 5_000
_ZEROS = bytes(60_000_000)

BODIES = {
    "surrogate in a string": rb'{"listRef": "\ud800"}',
    "low surrogate": rb'{"listRef": "\udfff"}',
    "surrogate in a key": rb'{"\ud800": 1, "listRef": "ur1"}',
    "surrogate in a nested key": rb'{"listRef": {"\udc00": ["\ud800"]}}',
    "reversed pair": rb'{"listRef": "\udc00\ud800"}',
    "raw surrogate": b'{"listRef": "\xed\xa0\x80"}',
    "integer of 5,000 digits": b'{"listRef": ' + _BIG + b"}",
    "negative integer of 5,000 digits": b'{"forceRefresh": -' + _BIG + b', "listRef": "ur1"}',
    "float of 5,000 digits": b'{"listRef": 1.' + _BIG + b"}",
    "exponent without end": b'{"listRef": 1e' + _BIG + b"}",
    "30,000 brackets": b"[" * 30_000,
    "30,000 brackets, closed": b"[" * 30_000 + b"]" * 30_000,
    "10,000 braces": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "nested in a field": b'{"listRef": ' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    "not a number": b'{"listRef": NaN}',
    "infinity": b'{"listRef": -Infinity}',
    "utf-16": '{"listRef": "ur1"}'.encode("utf-16"),
    "utf-32": '{"listRef": "ur1"}'.encode("utf-32"),
    "utf-7": b'+AHsAIgBsAGkAcwB0AFIAZQBmACI-:"ur1"}',
    "byte order mark": b'\xef\xbb\xbf{"listRef": "ur1"}',
    "overlong slash": b'{"listRef": "\xc0\xaf"}',
    "invalid byte": b'{"listRef": "\xff"}',
    "null byte": b'{"listRef": "ur1\x00"}',
    "escaped null": rb'{"listRef": "ur1\u0000/../x"}',
    "two documents": b'{"listRef": "ur1"} {}',
    "trailing comma": b'{"listRef": "ur1",}',
    "comment": b'{"listRef": "ur1" /* mine */}',
    "single quotes": b"{'listRef': 'ur1'}",
    "only blanks": b"   \r\n\t ",
    "a string": b'"ur1"',
    "a number": b"7",
    "null": b"null",
    "a list": b'[{"listRef": "ur1"}]',
    "60 kB of backslashes": b'{"listRef": "' + b"\\\\" * 30_000 + b'"}',
    "20,000 keys": b"{" + b",".join(b'"k%d":1' % number for number in range(6_000)) + b"}",
    "prototype": b'{"__proto__": {"listRef": "ur1"}}',
    "percent and line ends in a key": rb'{"a%0d%0ab\r\nX-Evil: 1": 1}',
}
"""Bodies of ``POST /jobs`` and ``POST /api/sync``."""

CODINGS = {
    "gzip": ("gzip", gzip.compress(b'{"listRef": "ur1"}')),
    "gzip bomb": ("gzip", gzip.compress(_ZEROS)[:60_000]),
    "deflate bomb": ("deflate", zlib.compress(_ZEROS)[:60_000]),
    "in capitals": ("GZIP", gzip.compress(b"{}")),
    "old name": ("x-gzip", gzip.compress(b"{}")),
    "brotli": ("br", b"\x0b\x08\x80{}\x03"),
    "zstd": ("zstd", b"\x28\xb5\x2f\xfd\x00"),
    "two": ("gzip, gzip", gzip.compress(gzip.compress(b"{}"))),
    "identity and another": ("identity, br", b"{}"),
    "unknown": ("nonsense", b'{"listRef": "ur1"}'),
    "not in that coding": ("gzip", b'{"listRef": "ur1"}'),
    "no ASCII": ("g\u00fczip", b'{"listRef": "ur1"}'),
}
"""Content-Encoding and body; each is answered by 415."""

HEADERS = {
    "token that is no UTF-8": b"Authorization: Bearer \xff",
    "token with a surrogate": b"Authorization: Bearer \xed\xa0\x80",
    "scheme that is no UTF-8": b"\x41uthorization: \xff\xfe x",
    "token of 8 kB": b"Authorization: Bearer " + b"x" * 8_000,
    "expectation that is no UTF-8": b"Expect: \xff",
    "unknown expectation": b"Expect: 200-ok",
    "two expectations": b"Expect: 100-continue, x",
    "expectation in other letters": "Expect: 100-continu\u0435".encode(),
    "content type that is no UTF-8": b"Content-Type: \xff/json",
    "content type without end": b'Content-Type: application/json; charset=\xff; \xfe="',
    "unknown charset": b"Content-Type: text/plain; charset=x-klingon",
    "idempotency key that is no UTF-8": b"Idempotency-Key: \xff",
    "idempotency key in other letters": "Idempotency-Key: schlüssel".encode(),
    "idempotency key of 8 kB": b"Idempotency-Key: " + b"k" * 8_000,
    "two idempotency keys": b"Idempotency-Key: a b",
    "forwarded host from nobody trusted": b"X-Forwarded-Host: \xff",
}
"""Added to a ``POST /jobs`` with a good body; each is answered by 4xx."""

HOSTS = {
    "raw byte": b"\xff",
    "other letters": "bücher.example".encode(),
    "full-width": "\uff4cocalhost".encode(),
    "surrogate": b"\xed\xa0\x80",
    "blank": b"a b",
    "slash": b"localhost/x",
    "user": b"user@localhost",
    "port that is none": b"localhost:http",
    "port of ten digits": b"localhost:1234567890",
    "open bracket": b"[::1",
    "no brackets": b"::1",
    "markup": b"<script>",
    "quote": b'localhost"',
    "two": b"localhost, evil.example",
    "control": b"local\thost",
    "of 4 kB": b"x" * 4_096,
}
"""Values of Host; each is answered by 400."""

TARGETS = {
    "raw byte": b"/\xff",
    "raw byte in a job's id": b"/jobs/\xff",
    "raw byte in a stream": b"/api/sync/\xff/events",
    "encoded surrogate": b"/jobs/%ED%A0%80",
    "encoded byte": b"/api/sync/%ff",
    "null": b"/jobs/%00",
    "line end": b"/api/sync/a%0d%0aX-Evil:%201",
    "id of 4 kB": b"/jobs/" + b"x" * 4_096,
    "list of raw bytes": b"/api/lists/\xff\xfe",
    "list of a surrogate": b"/api/lists/%ED%B0%80",
    "manifest of a raw byte": b"/\xff/manifest.json",
    "skip of raw bytes": b"/ur1/catalog/movie/ur1-movies/skip=\xff.json",
    "catalog of raw bytes": b"/ur1/catalog/\xff/\xfe.json",
    "limit of 5,000 digits": b"/jobs?limit=" + _BIG,
    "limit in other digits": "/jobs?limit=٣٣٣٣".encode(),
    "user of raw bytes": b"/jobs?user=\xff",
    "cursor of a surrogate": b"/jobs?cursor=%ED%A0%80",
    "query name of raw bytes": b"/jobs?\xff=1",
    "status of raw bytes": b"/jobs?status=\xff",
    "limit of nothing": b"/jobs?limit=",
    "dead letter of a raw byte": b"/admin/dead/\xff",
    "static file outside": b"/static/..%2f..%2fapp.py",
}
"""Addresses of GET; each is answered by 4xx."""

CONTENT_TYPES = ["text/plain", "application/xml", "multipart/form-data", "application/x-www-form-urlencoded", "json"]

GOOD_BODIES = {
    "unknown charset": ("application/json; charset=x-klingon", b'{"listRef": "ur1"}'),
    "charset of another length": ("application/json; charset=utf-32", b'{"listRef": "ur1"}'),
    "charset that is no text": ("application/json; charset=base64", b'{"listRef": "ur1"}'),
    "charset that unpacks": ("application/json; charset=zlib", b'{"listRef": "ur1"}'),
    "charset with a null": ('application/json; charset="a b"', b'{"listRef": "ur1"}'),
    "undefined": ("application/json; charset=undefined", b'{"listRef": "ur1"}'),
    "idna": ("application/json; charset=idna", b'{"listRef": "ur1"}'),
    "punycode": ("application/json; charset=punycode", b'{"listRef": "ur1"}'),
    "hex": ("application/json; charset=hex", b'{"listRef": "ur1"}'),
    "a suffix of json": ("application/merge-patch+json", b'{"listRef": "ur1"}'),
    "the same key twice": ("application/json", b'{"listRef": "ls9", "listRef": "ur1"}'),
}
"""JSON is UTF-8 whatever the charset says; each is answered by 202."""


def _get(target: bytes, *lines: bytes) -> bytes:
    return b"\r\n".join([b"GET " + target + b" HTTP/1.1", b"Host: localhost", *lines, b"", b""])


STRANGE = {
    "any target": b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "tunnel": b"CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "trace": b"TRACE / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "webdav": b"PROPFIND / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "absolute target": _get(b"http://evil.example/livez"),
    "websocket": _get(b"/jobs", b"Connection: Upgrade", b"Upgrade: websocket") + b"\x81\x05hello",
    "http 2 upgrade": _get(b"/", b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c"),
    "body where none belongs": b"GET /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello",
    "body that does not come": b"GET /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n",
    "empty host": b"GET /ur1/manifest.json HTTP/1.1\r\nHost:\r\n\r\n",
    "old and without host": b"GET /ur1/manifest.json HTTP/1.0\r\n\r\n",
    "page of a surrogate": _get(b"/configure?list=%ED%A0%80"),
    "page of a byte": _get(b"/%ff/configure"),
    "page of 8,000 letters": b"GET /configure?list=" + b"x" * 8_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "search for a surrogate": _get(b"/ur1/catalog/movie/ur1-movies/search=%ED%A0%80.json"),
    "search for a pattern": _get(b"/ur1/catalog/movie/ur1-movies/search=(((((%5B%5B%5B***.json"),
    "genre of a null": _get(b"/ur1/catalog/movie/ur1-movies/genre=%00.json"),
    "weights that are none": _get(b"/manifest.json", b"Accept-Encoding: br;q=nan, gzip;q=inf, *;q=\xff"),
    "tag that is no text": _get(b"/manifest.json", b'If-None-Match: "\xff\xfe", W/"'),
    "event that was never": _get(b"/api/sync/x/events", b"Last-Event-ID: \xff9999999999999999999"),
    "correlation id that is no text": _get(b"/livez", b"X-Correlation-ID: \xff\xff\xff\xff\xff\xff\xff\xff"),
    "cache control that is no text": _get(b"/ur1/catalog/movie/ur1-movies.json", b"Cache-Control: \xff"),
    "origin of a get that is no text": _get(b"/", b"Origin: \xff\r\nSec-Fetch-Site: \xfe"),
    "range": _get(b"/static/logo.png", b"Range: bytes=9-1,-0,\xff"),
    "date that is none": _get(b"/static/logo.png", b"If-Modified-Since: \xff 99:99"),
    "cookies": _get(b"/", b"Cookie: " + b"\xff=;" * 2_000 + b""),
    "a hundred hops": _get(b"/", b"X-Forwarded-For: " + b"::1," * 100 + b"\xff"),
}
"""Odd, but not all of it wrong: anything but an error of ours will do."""

"""What browsers send along when a page of another site asks, and what our own page sends."""

FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "http://localhost:1"},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "http://127.0.0.1.nip.io"},
    {"Origin": "file://"},
    {"Origin": "chrome-extension://abcdefghijklmnop"},
    {"Origin": "https://watchsync.example.evil.example"},
    {"Origin": "https://user@watchsync.example"},
    {"Origin": "https://watchsync.example:8443"},
    {"Origin": "\u00fc"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "CROSS-SITE"},
    {"Sec-Fetch-Site": "nonsense"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
    {"Sec-Fetch-Site": "none", "Origin": "null"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://watchsync.example"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "empty"},
]
OUR_OWN = [
    {},
    {"Origin": "https://watchsync.example"},
    {"Origin": "https://WATCHSYNC.example"},
    {"Origin": "https://watchsync.example:443"},
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "https://watchsync.example"},
    {"Origin": "http://{host}"},
    {"Origin": "http://{host}", "Sec-Fetch-Site": "same-origin"},
]

REBOUND_HOSTS = [
    *("evil.example", "evil.example:8000", "localhost.evil.example", "127.0.0.1.nip.io", "0.0.0.0", "10.0.0.1:8000"),
    *("watchsync.example.evil.example", "localhosts", "[2001:db8::1]", "2130706433", "0x7f.0.0.1", "evil.example."),
]
"""Names that a page's owner may lead to this machine."""
LOCAL_HOSTS = ["localhost", "LocalHost:8000", "127.0.0.1", "127.9.9.9:1", "[::1]:8000", "app.localhost", "localhost."]

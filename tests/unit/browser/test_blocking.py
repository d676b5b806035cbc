"""What a page may load, as rules for the browser."""

from watchsync.browser.blocking import blocked_urls


def allowed(*places: str) -> list[str]:
    return [rule["urlPattern"] for rule in blocked_urls(places) if not rule["block"]]


def test_decoration_is_blocked_then_the_site_allowed_then_all_else_blocked():
    rules = blocked_urls(["www.example.com:443", "*.check.example:443"])
    assert allowed("www.example.com:443", "*.check.example:443") == [
        "https://www.example.com/*",
        "https://*.check.example/*",
    ]
    assert rules[0] == {"urlPattern": "*://*:*/*.png", "block": True}
    assert rules[-1] == {"urlPattern": "*://*:*/*", "block": True}


def test_a_place_is_allowed_on_its_port_only():
    assert allowed("127.0.0.1:8123") == ["*://127.0.0.1:8123/*"]
    assert allowed("example.com:80") == ["http://example.com/*"]

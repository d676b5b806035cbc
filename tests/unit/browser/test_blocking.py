from watchsync.browser.blocking import blocked_urls


def test_decoration_is_blocked_then_the_site_allowed_then_all_else_blocked():
    rules = blocked_urls("https://www.example.com", ["*.check.example"])
    allowed = [rule["urlPattern"] for rule in rules if not rule["block"]]
    assert allowed == ["*://www.example.com:*/*", "*://*.check.example:*/*"]
    assert rules[0] == {"urlPattern": "*://*:*/*.png", "block": True}
    assert rules[-1] == {"urlPattern": "*://*:*/*", "block": True}


def test_a_site_with_a_port_is_allowed_on_that_port_only():
    rules = blocked_urls("http://127.0.0.1:8123", [])
    assert {"urlPattern": "*://127.0.0.1:8123/*", "block": False} in rules

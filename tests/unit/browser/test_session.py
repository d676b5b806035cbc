from watchsync.browser.session import Site, blocking


def test_decoration_is_blocked_then_the_site_allowed_then_all_else_blocked():
    rules = blocking(Site("https://www.example.com", "", allowed_hosts=("*.check.example",)))
    allowed = [rule["urlPattern"] for rule in rules if not rule["block"]]
    assert allowed == ["*://www.example.com:*/*", "*://*.check.example:*/*"]
    assert rules[0] == {"urlPattern": "*://*:*/*.png", "block": True}
    assert rules[-1] == {"urlPattern": "*://*:*/*", "block": True}


def test_a_site_with_a_port_is_allowed_on_that_port_only():
    rules = blocking(Site("http://127.0.0.1:8123", ""))
    assert {"urlPattern": "*://127.0.0.1:8123/*", "block": False} in rules

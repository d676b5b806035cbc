import pytest
from playwright.async_api import Error, TimeoutError as PlaywrightTimeout

from watchsync.browser.playwright_errors import translate
from watchsync.errors import BrowserLost, OriginUnreachable, PageDrifted, PageTimeout


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Target page, context or browser has been closed", BrowserLost),
        ("Page.evaluate: Target crashed", BrowserLost),
        ("Page.goto: Page crashed", BrowserLost),
        ("Playwright connection closed", BrowserLost),
        ("Page.goto: net::ERR_ABORTED; maybe frame was detached?", BrowserLost),
        ("Page.goto: net::ERR_NAME_NOT_RESOLVED at https://x/", OriginUnreachable),
        ("Page.goto: net::ERR_TIMED_OUT at https://x/", OriginUnreachable),
        ("Page.goto: net::ERR_CONNECTION_TIMED_OUT at https://x/", OriginUnreachable),
        ("Page.evaluate: TypeError: Failed to fetch", OriginUnreachable),
        ("Page.evaluate: TypeError: network error", OriginUnreachable),
        ("Page.evaluate: TimeoutError: signal timed out", PageTimeout),
        ("Page.goto: Download is starting", PageDrifted),
        ("Page.evaluate: Execution context was destroyed, most likely because of a navigation", PageDrifted),
        ("Page.evaluate: SyntaxError: Unexpected token", PageDrifted),
        ("Protocol error (Network.enable): internal error", BrowserLost),
        ("", BrowserLost),
    ],
)
def test_each_fault_of_playwright_has_a_name_of_ours(message, expected):
    assert type(translate(Error(message))) is expected


def test_playwrights_own_timeout_is_the_pages():
    assert type(translate(PlaywrightTimeout("Page.goto: Timeout 20000ms exceeded."))) is PageTimeout


def test_the_network_error_is_told_by_its_name():
    assert "(ERR_CONNECTION_REFUSED)" in str(translate(Error("Page.goto: net::ERR_CONNECTION_REFUSED at https://x/")))

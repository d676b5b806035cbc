"""Which browser is taken in which mode, on machines that have more or less of what it needs."""

from pathlib import Path

import pytest

from watchsync.browser.mode import Installed, Mode, choose
from watchsync.errors import BrowserUnavailable

FULL, SHELL, XVFB = Path("/chromium"), Path("/chromium-headless-shell"), Path("/Xvfb")
EVERYTHING = Installed(FULL, SHELL, XVFB)


@pytest.mark.parametrize(
    ("installed", "mode", "path", "better"),
    [
        (EVERYTHING, Mode.HEADED, FULL, ""),
        (Installed(FULL, SHELL, None), Mode.HEADLESS, FULL, "xvfb"),
        (Installed(None, SHELL, XVFB), Mode.SHELL, SHELL, "full Chromium"),
        (Installed(None, SHELL, None), Mode.SHELL, SHELL, "full Chromium"),
    ],
)
def test_auto_is_the_most_like_a_persons_and_says_what_would_be_more_so(installed, mode, path, better):
    choice = choose("auto", installed)
    assert (choice.mode, choice.path) == (mode, path)
    assert better in choice.better
    assert bool(better) == bool(choice.better)


@pytest.mark.parametrize(("mode", "path"), [("headed", FULL), ("headless", FULL), ("shell", SHELL)])
def test_a_wanted_mode_is_taken_where_everything_is_there(mode, path):
    choice = choose(mode, EVERYTHING)
    assert (choice.mode, choice.path, choice.better) == (mode, path, "")


def test_without_a_shell_the_lightest_is_the_full_browser_without_windows():
    assert choose("shell", Installed(FULL, None, XVFB)).mode is Mode.HEADLESS


@pytest.mark.parametrize(
    ("mode", "installed", "named"),
    [
        ("headed", Installed(FULL, SHELL, None), "Xvfb"),
        ("headed", Installed(None, SHELL, XVFB), "full Chromium"),
        ("headless", Installed(None, SHELL, XVFB), "full Chromium"),
        ("shell", Installed(None, None, XVFB), "headless shell"),
        ("auto", Installed(None, None, XVFB), "full Chromium"),
    ],
)
def test_a_mode_that_cannot_be_had_says_what_to_install(mode, installed, named):
    with pytest.raises(BrowserUnavailable, match=f"WATCHSYNC_BROWSER_MODE={mode}.*{named}"):
        choose(mode, installed)


@pytest.mark.parametrize(("name", "expected"), [("my-browser", Mode.HEADED), ("chromium-headless-shell", Mode.SHELL)])
def test_a_named_browser_is_the_only_one(tmp_path, name, expected):
    path = tmp_path / name
    path.write_text("\x7fELF")
    path.chmod(0o755)
    choice = choose("auto", Installed.here("", path, which=lambda each: f"/usr/bin/{each}"))
    assert (choice.mode, choice.path) == (expected, path)

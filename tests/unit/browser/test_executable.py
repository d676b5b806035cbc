from pathlib import Path

import pytest

from watchsync.browser.executable import behind_wrapper, find_executable
from watchsync.errors import BrowserUnavailable


def put(path: Path, content: str = "\x7fELF") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    path.chmod(0o755)
    return path


def installed(*paths: Path):
    known = {path.name: str(path) for path in paths}
    return known.get


def test_the_wanted_browser_comes_first(tmp_path):
    wanted, other = put(tmp_path / "mine"), put(tmp_path / "chromium")
    assert find_executable(wanted, "", installed(other)) == wanted


def test_a_wanted_browser_that_is_not_there_is_named(tmp_path):
    with pytest.raises(BrowserUnavailable, match=r"nowhere.*WATCHSYNC_BROWSER_PATH"):
        find_executable(tmp_path / "nowhere", "")


def test_playwrights_own_comes_before_the_systems(tmp_path):
    own = put(tmp_path / "ms-playwright/chromium-1255/chrome-linux64/chrome")
    assert find_executable(None, str(own), installed(put(tmp_path / "chromium"))) == own


def test_playwrights_headless_shell_is_found_where_it_was_installed_alone(tmp_path):
    full = tmp_path / "ms-playwright/chromium-1255/chrome-linux64/chrome"
    shell = put(tmp_path / "ms-playwright/chromium_headless_shell-1255/chrome-linux64/headless_shell")
    assert find_executable(None, str(full), installed()) == shell


def test_the_headless_shell_is_taken_before_the_heavier_browsers(tmp_path):
    shell, full = put(tmp_path / "chromium-headless-shell"), put(tmp_path / "chromium")
    assert find_executable(None, "", installed(full, shell)) == shell


def test_google_chrome_is_good_enough(tmp_path):
    chrome = put(tmp_path / "google-chrome")
    assert find_executable(None, "", installed(chrome)) == chrome


@pytest.mark.parametrize("name", ["chromium", "chromium-headless-shell"])
def test_debians_wrapper_scripts_are_passed_by(tmp_path, name):
    script = put(tmp_path / "usr/bin" / name, "#!/bin/sh\n")
    binary = put(tmp_path / "usr/lib/chromium" / name)
    assert find_executable(None, "", installed(script), root=tmp_path) == binary


def test_chromes_wrapper_script_is_passed_by(tmp_path):
    script = put(tmp_path / "usr/bin/google-chrome-stable", "#!/bin/bash\n")
    binary = put(tmp_path / "opt/google/chrome/chrome")
    assert behind_wrapper(script, tmp_path) == binary


def test_an_unknown_script_is_started_as_it_is(tmp_path):
    script = put(tmp_path / "mine", "#!/bin/sh\n")
    put(tmp_path / "usr/lib/chromium/chromium")
    assert behind_wrapper(script, tmp_path) == script
    assert find_executable(script, "", installed(), root=tmp_path) == script


def test_no_browser_at_all_says_what_to_install():
    with pytest.raises(BrowserUnavailable, match="apt-get install chromium-headless-shell"):
        find_executable(None, "", installed())

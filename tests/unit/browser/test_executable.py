"""Which browsers are found on a machine."""

from pathlib import Path

import pytest

from watchsync.browser.executable import behind_wrapper, find_full, find_shell, is_shell, named
from watchsync.errors import BrowserUnavailable


def put(path: Path, content: str = "\x7fELF") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    path.chmod(0o755)
    return path


def installed(*paths: Path):
    known = {path.name: str(path) for path in paths}
    return known.get


def test_a_named_browser_is_taken(tmp_path):
    assert named(put(tmp_path / "mine")) == tmp_path / "mine"


def test_a_named_browser_that_is_not_there_is_named(tmp_path):
    with pytest.raises(BrowserUnavailable, match=r"nowhere.*WATCHSYNC_BROWSER_PATH"):
        named(tmp_path / "nowhere")


@pytest.mark.parametrize("find", [find_full, find_shell])
def test_playwrights_own_comes_before_the_systems(tmp_path, find):
    full = put(tmp_path / "ms-playwright/chromium-1255/chrome-linux64/chrome")
    shell = put(tmp_path / "ms-playwright/chromium_headless_shell-1255/chrome-linux64/headless_shell")
    systems = installed(put(tmp_path / "chromium"), put(tmp_path / "chromium-headless-shell"))
    assert find(str(full), systems) == (full if find is find_full else shell)


def test_playwrights_headless_shell_is_found_where_it_was_installed_alone(tmp_path):
    full = tmp_path / "ms-playwright/chromium-1255/chrome-linux64/chrome"
    shell = put(tmp_path / "ms-playwright/chromium_headless_shell-1255/chrome-linux64/headless_shell")
    assert find_shell(str(full), installed()) == shell
    assert find_full(str(full), installed()) is None


def test_the_systems_browsers_are_found_by_their_kind(tmp_path):
    shell, full = put(tmp_path / "chromium-headless-shell"), put(tmp_path / "chromium")
    assert (find_full("", installed(full, shell)), find_shell("", installed(full, shell))) == (full, shell)


def test_google_chrome_is_a_full_browser(tmp_path):
    chrome = put(tmp_path / "google-chrome")
    assert (find_full("", installed(chrome)), find_shell("", installed(chrome))) == (chrome, None)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("chromium-headless-shell", True), ("headless_shell", True), ("chrome-headless-shell", True), ("chromium", False)],
)
def test_a_shell_is_known_by_its_name(name, expected):
    assert is_shell(Path("/opt") / name) is expected


@pytest.mark.parametrize(("name", "find"), [("chromium", find_full), ("chromium-headless-shell", find_shell)])
def test_debians_wrapper_scripts_are_passed_by(tmp_path, name, find):
    script = put(tmp_path / "usr/bin" / name, "#!/bin/sh\n")
    binary = put(tmp_path / "usr/lib/chromium" / name)
    assert find("", installed(script), root=tmp_path) == binary


def test_chromes_wrapper_script_is_passed_by(tmp_path):
    script = put(tmp_path / "usr/bin/google-chrome-stable", "#!/bin/bash\n")
    binary = put(tmp_path / "opt/google/chrome/chrome")
    assert behind_wrapper(script, tmp_path) == binary


def test_an_unknown_script_is_started_as_it_is(tmp_path):
    script = put(tmp_path / "mine", "#!/bin/sh\n")
    put(tmp_path / "usr/lib/chromium/chromium")
    assert behind_wrapper(script, tmp_path) == script

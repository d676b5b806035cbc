"""What the programs below may know of our environment."""

from pathlib import Path

from watchsync.browser.environment import bare, of_driver

OURS = {
    "PATH": "/bin",
    "LANG": "de_DE.UTF-8",
    "HOME": "/home/us",
    "DISPLAY": ":0",
    "XAUTHORITY": "/home/us/.Xauthority",
    "HTTPS_PROXY": "http://user:secret@proxy",
    "WATCHSYNC_TMDB_TOKEN": "secret",
    "REDIS_URL": "redis://secret",
}
FOLDER = Path("/tmp/own")


def test_nothing_goes_down_but_where_things_are_and_the_language():
    expected = {"PATH": "/bin", "LANG": "de_DE.UTF-8", "HOME": "/tmp/own", "TMPDIR": "/tmp/own"}
    assert bare(OURS, FOLDER) == expected


def test_without_a_path_or_a_language_there_is_one():
    assert {"PATH", "LANG"} <= bare({}, FOLDER).keys()


def test_the_driver_knows_its_heap_and_where_playwrights_browsers_are():
    given = of_driver(OURS, FOLDER, Path("/cache"), Path("/browsers"))
    assert given["PLAYWRIGHT_BROWSERS_PATH"] == "/browsers"
    assert "max-old-space-size" in given["NODE_OPTIONS"]
    assert "secret" not in str(given)
    assert of_driver({"PLAYWRIGHT_BROWSERS_PATH": "/x"}, FOLDER, FOLDER, FOLDER)["PLAYWRIGHT_BROWSERS_PATH"] == "/x"

"""Stremio's own client and linter against the running addon."""

import shutil
import subprocess
from pathlib import Path

import orjson
import pytest

from builders import playable

FOLDER = Path(__file__).parent / "stremio"
LIST = "ur10001179"

pytestmark = pytest.mark.skipif(
    not (shutil.which("node") and (FOLDER / "node_modules").is_dir()),
    reason="node or the official packages are not installed; with npm present `make install` brings them",
)


def test_the_official_client_installs_the_addon_and_walks_every_catalog_to_its_end(house, unused_tcp_port_factory):
    house.start_api(unused_tcp_port_factory())
    house.start_worker(unused_tcp_port_factory())
    house.finished(house.sync(LIST))
    for prefix in ("", "/api/stremio"):
        address = f"{house.api_url}{prefix}/{LIST}/manifest.json"
        done = subprocess.run(["node", "walk.mjs", address], cwd=FOLDER, capture_output=True, timeout=200, check=True)
        report = orjson.loads(done.stdout)
        catalogs = report["catalogs"]
        assert report["lint"] == {"valid": True, "errors": [], "warnings": []}
        assert set(catalogs[f"{LIST}-all"]["ids"]) == set(playable(LIST))
        assert len(catalogs[f"{LIST}-all"]["ids"]) == len(playable(LIST))
        assert len(catalogs[f"{LIST}-movies"]["ids"]) + len(catalogs[f"{LIST}-series"]["ids"]) == len(playable(LIST))
        assert all("Drama" in genres for genres in catalogs[f"{LIST}-all"]["drama"])

"""What stands around the code says the same as the code."""

import re
from pathlib import Path

import orjson
import pytest
import yaml

from watchsync.setting_sources import HOSTS_OWN, PREFIX
from watchsync.settings import Settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
NAMES = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
TEXTS = ["README.md", "deploy/compose.yaml", "Dockerfile.api", "Dockerfile.worker", "docs/architecture.md"]


@pytest.mark.parametrize("name", TEXTS)
def test_every_setting_that_is_named_exists(name):
    named = set(re.findall(rf"{PREFIX}[A-Z_]+[A-Z]", (ROOT / name).read_text()))
    assert named <= NAMES


def test_the_readme_names_every_setting():
    assert set(re.findall(rf"{PREFIX}[A-Z_]+[A-Z]", README)) == NAMES
    assert all(own in README for own in HOSTS_OWN.values())


def test_every_verb_of_the_readme_is_in_the_makefile():
    verbs = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)", README)) - {"it"} <= verbs | {"lists"}


def test_compose_gives_the_worker_more_time_to_stop_than_it_drains():
    worker = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text())["services"]["worker"]
    assert int(worker["stop_grace_period"].removesuffix("s")) > Settings.model_fields["drain_seconds"].default
    assert worker["mem_limit"] == "1g"


def test_compose_keeps_redis_on_disk_and_never_evicts():
    command = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text())["services"]["redis"]["command"]
    assert command[command.index("--appendonly") + 1] == "yes"
    assert command[command.index("--maxmemory-policy") + 1] == "noeviction"


@pytest.mark.parametrize("mode", ["api", "worker"])
def test_a_railway_service_builds_an_image_that_exists_and_drains(mode):
    service = orjson.loads((ROOT / f"deploy/railway/{mode}.json").read_text())
    assert (ROOT / service["build"]["dockerfilePath"]).is_file()
    assert service["deploy"]["healthcheckPath"] == "/livez"
    assert service["deploy"]["drainingSeconds"] >= 20


@pytest.mark.parametrize("mode", ["api", "worker"])
def test_an_image_runs_as_nobody_special_under_tini_with_a_health_check(mode):
    text = (ROOT / f"Dockerfile.{mode}").read_text()
    assert re.search(r"^USER watchsync$", text, re.MULTILINE)
    assert 'ENTRYPOINT ["/usr/bin/tini", "--", "watchsync"]' in text
    assert "HEALTHCHECK" in text
    assert f'CMD ["{mode}"]' in text


def test_every_error_code_of_a_list_stands_in_the_table_of_troubles():
    codes = {
        "private",
        "not-found",
        "captcha",
        "refused",
        "throttled",
        "challenge",
        "cooling-down",
        "partial",
        "drifted",
        "no-way-to-read",
    }
    codes |= {"page-timeout", "unreachable", "browser-lost", "worker-lost"}
    assert {code for code in codes if f"`{code}`" not in README} == set()

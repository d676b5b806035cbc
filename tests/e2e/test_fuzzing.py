"""Ten thousand requests made from the served description: no answer is a 5xx, and none is undocumented."""

import itertools
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import CheckContext, not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tiers import in_full


def type_conformance(ctx: CheckContext, response: schemathesis.Response, case: schemathesis.Case) -> bool | None:
    """What is not sent a second time has no type."""
    return None if response.status_code == 304 else content_type_conformance(ctx, response, case)


CHECKS = [
    not_a_server_error,
    status_code_conformance,
    type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
MODES = [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE]


@pytest.fixture
def address(redis_url, free_port) -> Iterator[str]:
    """The API as it is started, for who is local and needs no token."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WATCHSYNC_")}
    environment |= {"WATCHSYNC_REDIS_URL": redis_url, "WATCHSYNC_PORT": str(free_port), "WATCHSYNC_LOG_LEVEL": "error"}
    process = subprocess.Popen([sys.executable, "-m", "watchsync", "api"], env=environment, stderr=subprocess.PIPE)
    url = f"http://127.0.0.1:{free_port}"
    while True:
        with suppress(urllib.error.URLError), urllib.request.urlopen(f"{url}/livez", timeout=10):
            break
        assert process.poll() is None, process.stderr.read()
    yield url
    process.terminate()
    _, written = process.communicate()
    assert b"Traceback" not in written
    assert b"error" not in written.lower()


@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("number", "examples"), [(20, 1), *in_full([(10_000, 20)])])
def test_no_answer_is_undocumented(address, number, examples):
    description = schemathesis.openapi.from_url(f"{address}/openapi.json")
    operations = [found.ok() for found in description.get_all_operations()]
    asked = 0
    for turn in itertools.count():
        for operation, mode in itertools.product(operations, MODES):
            asked += ask(operation, mode, turn, examples)
            if asked >= number:
                return


def ask(operation: schemathesis.APIOperation, mode: schemathesis.GenerationMode, turn: int, examples: int) -> int:
    """Some requests of one kind to one operation; their number, which is 0 where none of them can be wrong."""
    asked = 0

    @seed(turn)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def each(case: schemathesis.Case) -> None:
        nonlocal asked
        asked += 1
        case.call_and_validate(checks=CHECKS, timeout=30)

    with suppress(Unsatisfiable):
        each()
    return asked

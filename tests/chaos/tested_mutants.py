"""Which mutants do tests notice?"""

from chaos.mutant import Mutant

_RETENTION = "tests/integration/queue/test_retention.py"
_RECLAIMING = "tests/integration/queue/test_reclaiming.py"
_KEEPING = "tests/integration/worker/test_keeping.py -k cannot_record"
_POISON = "tests/integration/queue/test_poison.py"
_VERSIONS = "tests/integration/queue/test_versions.py"


def _shown_by(tests: str, safeguard: str, file: str, before: str, after: str) -> Mutant:
    return Mutant(safeguard, file, before, after, tests=tests)


TESTED = {
    "surplus": _shown_by(
        _RETENTION,
        "only the surplus of finished jobs is pruned",
        "queue/prelude.lua",
        "redis.call('ZCARD', FINISHED) - FINISHED_RECORDS",
        "redis.call('ZCARD', FINISHED)",
    ),
    "pruning": _shown_by(
        _RETENTION, "finished jobs are pruned", "queue/settle_and_take.lua", "prune_finished(20 + 2 * #verdicts)\n", ""
    ),
    "dead-letters": _shown_by(
        _RETENTION,
        "the oldest of too many dead letters goes",
        "queue/prelude.lua",
        "-(DEAD_LETTERS + 1)",
        "-(10 * DEAD_LETTERS + 1)",
    ),
    "history": _shown_by(
        _RETENTION,
        "a history has an end",
        "queue/prelude.lua",
        "  if #job.history > ATTEMPTS then\n",
        "  if false then\n",
    ),
    "abandon-nothing": _shown_by(
        _KEEPING,
        "what cannot be recorded is given up",
        "worker/suspects.py",
        "if suspect.tries < self._tries:",
        "if True:",
    ),
    "abandon-everything": _shown_by(
        "tests/unit/worker/test_suspects.py",
        "only what fails alone while others go through is given up",
        "worker/suspects.py",
        "int(self._successes > suspect.successes_before)",
        "1",
    ),
    "lease-clock": _shown_by(
        _RECLAIMING,
        "the next look for lost leases is when the oldest runs out",
        "queue/take.lua",
        "taker.lease_ms - longest, 1",
        "taker.lease_ms, 1",
    ),
    "recovered-lease": _shown_by(
        _RECLAIMING,
        "what is recovered has a full lease",
        "queue/take.lua",
        "        redis.call('XCLAIM', stream, GROUP, taker.consumer, 0, pending[1], 'JUSTID')\n",
        "",
    ),
    "one-wait": _shown_by(
        _RECLAIMING,
        "a job's wait is observed once",
        "queue/consumer.py",
        "if delivery.is_first and job.started_at:",
        "if job.started_at:",
    ),
    "quarantine": _shown_by(
        _POISON,
        "a record that is no JSON is moved aside",
        "queue/prelude.lua",
        "pcall(cjson.decode, text)",
        "true, cjson.decode(text)",
    ),
    "quarantine-frees": _shown_by(
        _POISON,
        "a list whose job is moved aside is free",
        "queue/prelude.lua",
        "    if redis.call('HGET', ACTIVE, ref) == id then\n",
        "    if false then\n",
    ),
    "deep-check": _shown_by(
        _POISON,
        "what only Python cannot read is moved aside too",
        "queue/consumer.py",
        "await self._scripts.quarantine(id_of(text), str(error))",
        "pass",
    ),
    "odd-numbers": _shown_by(
        _POISON,
        "a number that JSON lacks stops no script",
        "queue/prelude.lua",
        "pcall(cjson.encode, job)",
        "true, cjson.encode(job)",
    ),
    "alone-in-a-batch": _shown_by(
        "tests/unit/queue/test_batcher.py",
        "one bad request fails none that travel with it",
        "queue/batcher.py",
        "        future.set_exception(answer)\n    else",
        "        raise answer\n    else",
    ),
    "key-set-aside": _shown_by(
        _POISON,
        "a key of another type is set aside",
        "queue/scripts.py",
        'if "WRONGTYPE" not in str(error) or not await self._set_aside():',
        "if True:",
    ),
    "newer-parked": _shown_by(
        _VERSIONS,
        "a newer job is left to newer workers",
        "queue/take.lua",
        "  redis.call('ZADD', NEWER, newer.v, newer.id)\n",
        "",
    ),
    "newer-lost": _shown_by(
        _VERSIONS,
        "a newer job whose worker died is left to newer workers",
        "queue/take.lua",
        "    drop(stream, entry)\n    if newer then\n",
        "    drop(stream, entry)\n    if false then\n",
    ),
    "newer-snapshot": _shown_by(
        "tests/integration/catalog/test_store.py",
        "a newer snapshot is not overwritten",
        "catalog/store.py",
        "self._beside[ref] = True",
        "pass",
    ),
    "mute-scripts": _shown_by(
        "tests/integration/queue/test_channels.py",
        "a script that may not publish does all else",
        "queue/prelude.lua",
        "redis.pcall('PUBLISH'",
        "redis.call('PUBLISH'",
    ),
    "looking": _shown_by(
        "tests/integration/queue/test_channels.py -k idle_worker",
        "who may not listen looks",
        "queue/listener.py",
        "except NoPermissionError as error:",
        "except ZeroDivisionError as error:",
    ),
    "doubt-by-probe": _shown_by(
        "tests/integration/availability/test_outages.py -k nobody_has_seen",
        "a probe tells the fault of a command from that of the server",
        "redis_observer.py",
        "not await self._answers_probe())",
        "True)",
    ),
    "unseen-errors": _shown_by(
        "tests/unit/test_redis_errors.py",
        "an error that nobody has seen is an outage",
        "redis_errors.py",
        "else Reason.UNKNOWN",
        "else None",
    ),
}

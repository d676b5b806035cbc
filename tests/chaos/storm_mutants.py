"""Which mutants does the storm notice?"""

from chaos.mutant import Mutant

_FREEZES = "--no-crowd --strikes freeze"
_CUTS = "--no-crowd --strikes forget-scripts"
STORMY = {
    "none": Mutant("nothing is broken", "queue/settle.lua", "", "", "", ""),
    "settle-fence": Mutant(
        "only the holder of the fence settles",
        "queue/settle.lua",
        "if not job or job.fence ~= fence then",
        "if not job then",
        "fenced-out store",
        _FREEZES,
    ),
    "renew-fence": Mutant(
        "only the holder of the fence renews",
        "queue/renew.lua",
        "job.state == 'running' and job.fence == fence",
        "job.state == 'running'",
        "fenced-out renewal",
        _FREEZES,
    ),
    "progress-fence": Mutant(
        "only the holder of the fence reports",
        "queue/progress.lua",
        " and job.fence == ARGV[11]",
        "",
        "fenced-out progress",
        _FREEZES,
    ),
    "settle-atomicity": Mutant(
        "storing and settlement are one step",
        "queue/consumer.py",
        "        writes = [write for each in settlements for write in each.writes]\n",
        "        writes = [write for each in settlements for write in each.writes]\n"
        "        for write in writes:\n"
        "            await self._scripts._client.set(write.key, write.value, ex=write.ttl_seconds)\n",
        "not atomic",
    ),
    "entry-atomicity": Mutant(
        "settlement and taking the entry away are one step",
        "queue/settle.lua",
        "  withdraw(job)\n",
        "  job.entry = nil\n",
        "left over",
    ),
    "single-flight": Mutant(
        "looking for a list's job and making one are one step",
        "queue/submit.lua",
        "if redis.call('HSETNX', ACTIVE, new.ref, new.id) == 0 then",
        "if redis.call('HSET', ACTIVE, new.ref, new.id) == 2 then",
        "two jobs of one list",
    ),
    "renewal": Mutant(
        "leases are renewed",
        "worker/renewal.py",
        "        if not deliveries:\n            return\n",
        "        if deliveries:\n            return\n",
        "lost needlessly",
        "--no-crowd --no-cuts --strikes= ",
    ),
    "reclaim-cursor": Mutant(
        "the pending list is looked through to its end",
        "queue/take.lua",
        "    until cursor == '0-0'\n",
        "    until true\n",
        "recovered late",
        "--jobs 20 --no-cuts --strikes= ",
    ),
    "submit-again": Mutant(
        "a submission may be made again",
        "queue/submit.lua",
        "  if again then\n",
        "  if false then\n",
        "illegal move",
        _CUTS,
    ),
    "settle-again": Mutant(
        "a settlement may be made again",
        "queue/settle.lua",
        "  if job and job.settled == fence then\n",
        "  if false then\n",
        "refused the holder",
        _CUTS,
    ),
    "take-again": Mutant(
        "deliveries whose answer was lost are given again",
        "queue/settle_and_take.lua",
        "if request.recover then\n",
        "if false then\n",
        "lost needlessly",
        _CUTS,
    ),
    "interruption": Mutant(
        "a shutdown costs no attempt",
        "queue/settle.lua",
        "    job.attempts = job.attempts - 1\n    job.progress = nil\n",
        "    job.progress = nil\n",
        "attempts",
        "--no-crowd --strikes drain",
    ),
    "second-signal": Mutant(
        "a second signal costs no attempt either",
        "cli/process_lifetime.py",
        "        if self._stop_now is None:\n",
        "        if True:\n",
        "lost needlessly",
        "--no-crowd --no-cuts --strikes drain-at-once",
    ),
    "lost-attempts": Mutant(
        "a job that keeps killing its worker is dead after three attempts",
        "queue/take.lua",
        "  if job.attempts >= taker.most then\n",
        "  if false then\n",
        "too many attempts",
    ),
    "failed-attempts": Mutant(
        "a job that keeps failing is dead after three attempts",
        "queue/settle.lua",
        "  if outcome == 'retry' and job.attempts >= most then\n",
        "  if false then\n",
        "too many attempts",
    ),
}

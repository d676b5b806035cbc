"""How many jobs a second, with how many commands, how soon and in how much memory: watchsync, its peers and two bounds.

Every queue gets the same no-op jobs on the same Redis, in turns; a figure is the median of all runs.
"""

import argparse
from collections.abc import Iterable
from statistics import median, quantiles

import table
from contest import FULL, PEERS, WATCHSYNC, Contestant, chosen
from server import Server, serving

_SPEED = {
    "enqueue /s, batched": "batched",
    "enqueue /s, 32 callers": "single",
    "work /s": "work",
    "idle worker starts a job after, p50 ms": "p50",
    "p95 ms": "p95",
}
_COST = {
    "commands a job, 32 callers": "sent_single",
    "batched": "sent_batched",
    "alone": "sent_alone",
    "with those inside scripts, 32 callers": "all_single",
    "bytes a waiting job": "waiting_bytes",
    "bytes a finished job": "finished_bytes",
}
_GAP_SECONDS = 0.05


def main() -> None:
    """Measure, print the table, then the ratios that matter."""
    options = _parsed()
    with serving() as server:
        if options.flat:
            _flat(server, options)
            return
        found = _measured(server, options)
        print(
            f"Redis {server.version}, {options.jobs:,} no-op jobs, one worker process, medians of {options.runs} runs"
        )
    for columns in (_SPEED, _COST):
        head = ("queue", "worker's concurrency", *columns)
        rows = [(each.name, each.concurrency, *_row(found[each], columns.values())) for each in found]
        print(f"\n{table.shown(head, rows, markdown=options.markdown)}")
    _print_ratios(found)


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=5_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--singles", type=int, default=100, help="single jobs for an idle worker")
    parser.add_argument("--only", help="folders of benchmarks/peers, comma separated")
    parser.add_argument("--concurrency", type=int, help="the same for every worker, instead of each one's best")
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--smoke", action="store_true", help="some seconds: few jobs, one run, no peers")
    parser.add_argument(
        "--flat",
        nargs="?",
        const=200_000,
        type=int,
        metavar="JOBS",
        help="instead: Redis memory while so many jobs of watchsync pass and expire (200,000)",
    )
    options = parser.parse_args()
    if options.smoke:
        options.jobs, options.runs, options.singles = 200, 1, 5
        options.only = options.only or "bound_bare,bound_full,watchsync"
    return options


Figures = dict[str, list[float]]


def _measured(server: Server, options: argparse.Namespace) -> dict[Contestant, Figures]:
    contestants = chosen(options.only)
    if options.concurrency:
        contestants = tuple(each.at(options.concurrency) for each in contestants)
    found: dict[Contestant, Figures] = {each: {} for each in contestants}
    for each in contestants:
        each.python()
    for _ in range(options.runs):
        for each in contestants:
            _add(found[each], _enqueued(server, each, options.jobs))
            _add(found[each], _worked(server, each, options.jobs))
    for each in contestants:
        _add(found[each], _counted(server, each, options))
        _add(found[each], _started(server, each, options.singles))
    return found


def _add(figures: Figures, new: dict[str, float]) -> None:
    for name, value in new.items():
        figures.setdefault(name, []).append(value)


def _enqueued(server: Server, each: Contestant, jobs: int) -> dict[str, float]:
    """Jobs put in by concurrent callers, each waiting for its answer."""
    server.flush()
    done = each.run("enqueue", server.url, jobs=jobs, form="single")
    return {"single": done["jobs"] / done["seconds"]}


def _worked(server: Server, each: Contestant, jobs: int) -> dict[str, float]:
    """Jobs put in as fast as the queue's own ways allow, then worked off by one worker; Redis's memory after each."""
    server.flush()
    empty = server.used_bytes()
    put = each.run("enqueue", server.url, jobs=jobs - 1)
    waiting = server.used_bytes()
    done = each.run("work", server.url, jobs=jobs)
    figures = {
        "work": done["jobs"] / done["seconds"],
        "waiting_bytes": (waiting - empty) / jobs,
        "finished_bytes": (server.used_bytes() - empty) / jobs,
    }
    return {**figures, "batched": put["jobs"] / put["seconds"]} if put["batched"] else figures


def _counted(server: Server, each: Contestant, options: argparse.Namespace) -> dict[str, float]:
    """Commands in runs of their own, since counting slows Redis."""
    figures = {}
    for form in ("single", "batch"):
        server.flush()
        with server.counting() as count:
            batched = each.run("enqueue", server.url, jobs=options.jobs - 1, form=form)["batched"]
            each.run("work", server.url, jobs=options.jobs)
        sent = count.sent.total() / options.jobs
        if form == "single":
            figures.update(sent_single=sent, all_single=sent + count.inside.total() / options.jobs)
        elif batched:
            figures.update(sent_batched=sent)
    server.flush()
    with each.worker(server.url) as worker:
        each.run("enqueue", server.url)
        worker.started()
        with server.counting() as count:
            each.run("enqueue", server.url, jobs=options.singles - 1, first=2, gap_seconds=_GAP_SECONDS)
            for _ in range(options.singles):
                worker.started()
    return {**figures, "sent_alone": count.sent.total() / options.singles}


def _started(server: Server, each: Contestant, singles: int) -> dict[str, float]:
    """From just before a job is put in until an idle worker starts it."""
    server.flush()
    with each.worker(server.url) as worker:
        each.run("enqueue", server.url)
        worker.started()
        put = each.run("enqueue", server.url, jobs=singles, first=2, gap_seconds=_GAP_SECONDS)["stamps"]
        told = [worker.started() or {} for _ in range(singles + 1)]
    waits = [(one["at"] - put[str(one["started"])]) * 1000 for one in told if str(one.get("started")) in put]
    return {"p50": median(waits), "p95": quantiles(waits, n=20)[-1]}


def _row(figures: Figures, names: Iterable[str]) -> list[float | None]:
    return [median(figures[name]) if name in figures else None for name in names]


def _print_ratios(found: dict[Contestant, Figures]) -> None:
    ours = found.get(WATCHSYNC)
    if not ours:
        return
    for name, told in (("batched", "enqueue, batched"), ("single", "enqueue, 32 callers"), ("work", "work")):
        for other in (FULL, *PEERS):
            theirs = found.get(other, {}).get(name)
            if theirs and name in ours:
                print(f"ratio: {told}: watchsync does {median(ours[name]) / median(theirs):.2f} times {other.name}")


def _flat(server: Server, options: argparse.Namespace) -> None:
    """Let many jobs pass, each of a list of its own, with records kept for a second; look at the memory on the way."""
    rounds, rows = 20, []
    jobs = options.flat // rounds
    server.flush()
    for number in range(rounds):
        first = 1 + number * jobs
        WATCHSYNC.run("enqueue", server.url, jobs=jobs - 1, first=first, keep_seconds=1)
        WATCHSYNC.run("work", server.url, jobs=jobs, keep_seconds=1)
        rows.append(((number + 1) * jobs, server.used_bytes() / 2**20, server.keys()))
    print(table.shown(("jobs passed", "MiB used", "keys"), rows, markdown=options.markdown))
    print(f"ratio: memory after {rows[-1][0]:,} jobs is {rows[-1][1] / rows[0][1]:.2f} times that after {rows[0][0]:,}")


if __name__ == "__main__":
    main()

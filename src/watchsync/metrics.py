"""What do we count? Every metric is named here and nowhere else.

Labels come from closed sets; a job id, an address or an exception's text is never a label.
"""

from collections.abc import Iterable
from itertools import product

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.exposition import generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_JOB_SECONDS = (0.5, 1, 2, 5, 10, 20, 40, 80, 160, 320, 640)
_HTTP_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 5)

disable_created_metrics()  # type: ignore[no-untyped-call,unused-ignore]


class Metrics:
    """One process's metrics on a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.registry)
        # Queue
        self.jobs_submitted = self._counter(
            "jobs_submitted", "Jobs asked for.", {"outcome": ("created", "joined", "replayed", "full", "spent")}
        )
        self.attempts = self._counter(
            "attempts",
            "Attempts by how they ended.",
            {"outcome": ("completed", "retry", "postponed", "dead", "unreadable", "interrupted", "lost", "cancelled")},
        )
        self.attempt_seconds = self._histogram("attempt_seconds", "Wall time of one attempt.", _JOB_SECONDS)
        self.job_wait_seconds = self._histogram(
            "job_wait_seconds", "Time from asking for a job to its first attempt.", _JOB_SECONDS
        )
        self.settle_refused = self._counter("settle_refused", "Settlings refused because the lease was lost.")
        self.illegal_moves = self._counter("illegal_moves", "Moves that a job's state did not allow; all refused.")
        self.jobs_requeued = self._counter("jobs_requeued", "Dead letters that were sent round again.")
        self.jobs_reconciled = self._counter(
            "jobs_reconciled", "Active jobs whose stream entry or due time was missing."
        )
        self.leases_reclaimed = self._counter("leases_reclaimed", "Deliveries taken over from a lost worker.")
        self.queue_jobs = self._gauge(
            "queue_jobs",
            "Jobs by state, as last seen.",
            {"state": ("waiting", "delayed", "running", "dead", "quarantined")},
        )
        self.oldest_waiting_seconds = self._gauge(
            "oldest_waiting_seconds", "Age of the oldest job that waits to be taken."
        )
        self.jobs_running = self._gauge("jobs_running", "Jobs that run in this process.")
        self.redis_up = self._gauge("redis_up", "Whether Redis was there when last heard of.")
        self.redis_errors = self._counter(
            "redis_errors",
            "Redis commands that failed, by why.",
            {
                "reason": (
                    "unreachable",
                    "silent",
                    "loading",
                    "read-only",
                    "full",
                    "failover",
                    "busy",
                    "locked-out",
                    "limited",
                    "refused",
                    "unknown",
                )
            },
        )
        self.redis_commands = self._counter(
            "redis_commands",
            "Commands sent by the queue, a script as one.",
            {"call": ("submit", "settle_and_take", "renew", "progress", "cancel", "requeue", "read", "reconcile")},
        )
        self.duties_broken = self._counter(
            "duties_broken",
            "Standing duties that broke and were begun again.",
            {"duty": ("renewal", "maintenance", "memory guard")},
        )
        # Pages
        self.pages = self._counter(
            "pages",
            "Pages of lists by what came.",
            {
                "result": (
                    "json",
                    "jsonld",
                    "dom",
                    "graphql",
                    "private",
                    "not-found",
                    "not-titles",
                    "challenge",
                    "captcha",
                    "sign-in",
                    "refused",
                    "client-name-refused",
                    "throttled",
                    "drifted",
                    "timeout",
                    "unreachable",
                )
            },
        )
        self.page_seconds = self._histogram("page_seconds", "Wall time of one page.", _JOB_SECONDS)
        self.snapshots_made = self._counter(
            "snapshots_made",
            "Snapshots made by syncs, by how much of the list they hold.",
            {"completeness": ("complete", "settled", "partial", "unknown")},
        )
        self.rows_read = self._counter("rows_read", "Rows of lists that were read.")
        self.list_reads = self._counter(
            "list_reads",
            "Lists by the way they were read and how that ended.",
            {
                "strategy": ("page", "remote-page", "graphql"),
                "result": ("read", "unchanged", "list-unreadable", "origin-refusal", "page-fault", "infrastructure"),
            },
        )
        self.origin_open = self._gauge(
            "origin_breaker_open",
            "Whether a site's circuit breaker is open.",
            {"site": ("pages", "graphql")},
        )
        self.origin_wait_seconds = self._gauge(
            "origin_wait_seconds",
            "How long the page that asked last had to wait for its turn.",
            {"site": ("pages", "graphql")},
        )
        self.browser_restarts = self._counter(
            "browser_restarts",
            "Browsers replaced, by why.",
            {"reason": ("crashed", "hung", "driver", "pages", "age", "memory", "launch")},
        )
        self.browser_contexts = self._gauge("browser_contexts", "Browser contexts that are lent out.")
        self.browser_memory_bytes = self._gauge(
            "browser_memory_bytes", "Proportional set size of the browser's process tree."
        )
        self.memory_used_ratio = self._gauge("memory_used_ratio", "Memory in use by its limit.")
        # TMDB
        self.tmdb_lookups = self._counter(
            "tmdb_lookups", "Titles looked up.", {"result": ("cache", "found", "unknown", "failed")}
        )
        self.tmdb_seconds = self._histogram("tmdb_seconds", "Wall time of one TMDB request.", _HTTP_SECONDS)
        # API
        self.http_requests = self._counter("http_requests", "Requests answered.", labels=("method", "route", "status"))
        self.http_seconds = self._histogram(
            "http_seconds", "Wall time of one request.", _HTTP_SECONDS, labels=("route",)
        )
        self.catalog_answers = self._counter(
            "catalog_answers",
            "Catalog answers by what they were made of.",
            {"source": ("fresh", "stale", "syncing", "card", "remembered")},
        )

    def exposition(self) -> bytes:
        """The text that Prometheus scrapes."""
        return generate_latest(self.registry)

    def _counter(
        self,
        name: str,
        text: str,
        values: dict[str, tuple[str, ...]] | None = None,
        *,
        labels: Iterable[str] = (),
    ) -> Counter:
        names = tuple(values or labels)
        counter = Counter(f"watchsync_{name}", text, names, registry=self.registry)
        _start_at_zero(counter, values)
        return counter

    def _gauge(self, name: str, text: str, values: dict[str, tuple[str, ...]] | None = None) -> Gauge:
        gauge = Gauge(f"watchsync_{name}", text, tuple(values or ()), registry=self.registry)
        _start_at_zero(gauge, values)
        return gauge

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...], *, labels: Iterable[str] = ()) -> Histogram:
        return Histogram(f"watchsync_{name}", text, tuple(labels), buckets=buckets, registry=self.registry)


def _start_at_zero(metric: Counter | Gauge, values: dict[str, tuple[str, ...]] | None) -> None:
    if values:
        for names in product(*values.values()):
            metric.labels(*names)

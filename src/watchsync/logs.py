"""How does a log line look? Every line has an ``event`` that stays the same, and facts beside it."""

import logging
import sys
from typing import TextIO

import orjson
import structlog

from watchsync import redaction


def configure(level: str, form: str | None, stream: TextIO | None = None) -> None:
    """Send every log line, ours and the libraries', to ``stream`` (stderr) as JSON or for a terminal, without secrets.

    ``form`` is ``json``, ``console`` or ``None`` for console on a terminal and JSON elsewhere.
    """
    out = stream or sys.stderr
    console = form == "console" or (form is None and out.isatty())
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream) if stream else _ToStderr()
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=_final(console, out)))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    logging.getLogger("aiohttp.access").setLevel("WARNING")
    logging.getLogger("backoff").setLevel("ERROR")


def get(name: str) -> structlog.stdlib.BoundLogger:
    """The logger of one module."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(name)
    return logger


class _ToStderr(logging.StreamHandler[TextIO]):
    """Writes to what stderr is at that moment: a progress bar takes its place, and lets lines pass above itself."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


def _final(console: bool, out: TextIO) -> list[structlog.types.Processor]:
    shared: list[structlog.types.Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        _without_secrets,
    ]
    if console:
        # A traceback for people would show the values of variables, and so of secrets.
        plain = structlog.dev.ConsoleRenderer(colors=out.isatty(), exception_formatter=structlog.dev.plain_traceback)
        return [*shared, plain]
    return [*shared, structlog.processors.JSONRenderer(_dumps)]


def _without_secrets(_: object, __: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    return {name: redaction.redact_value(value) for name, value in event.items()}


def _dumps(event: object, **_: object) -> str:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()

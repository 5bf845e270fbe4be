"""Log lines: one JSON object a line, with its run's id, ids and counts only, never a person's name or number."""

from __future__ import annotations

import json
import logging
import traceback
from datetime import UTC, datetime

from config import runs

STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
SAFE_ENDINGS = ("_id", "_ids", "_count", "_code", "_fen", "_seconds", "_state", "_kind")


class OneLineFormatter(logging.Formatter):
    """Writes time, level, logger, message and those extras whose name says that they are safe.

    An exception is logged by its type and the places it passed, not by its text: the text may quote a
    person's data. Celery repeats the text in its own message, so it is taken out of that too.
    """

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": without_quotations(record),
        }
        if run := runs.current():
            line["run"] = run
        line.update({name: value for name, value in vars(record).items() if is_safe_extra(name)})
        if record.exc_info and record.exc_info[0]:
            line["exception"] = record.exc_info[0].__name__
            line["passed"] = [
                f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(record.exc_info[2])
            ]
        return json.dumps(line, ensure_ascii=False, default=str)


def without_quotations(record: logging.LogRecord) -> str:
    """Return the message, with the text of its exception replaced by the exception's type."""
    message = record.getMessage()
    error = record.exc_info[1] if record.exc_info else None
    for text in (repr(error), str(error)) if error else ():
        message = message.replace(text, type(error).__name__) if text else message
    return message


def is_safe_extra(name: str) -> bool:
    """Return whether an extra of a log call may be written, going by its name."""
    return name not in STANDARD_FIELDS and name.endswith(SAFE_ENDINGS)

"""Log lines: one JSON object a line, with ids and counts only, never a person's name or number."""

from __future__ import annotations

import json
import logging
import traceback
from datetime import UTC, datetime

STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
SAFE_ENDINGS = ("_id", "_ids", "_count", "_code", "_fen", "_seconds", "_state", "_kind")


class OneLineFormatter(logging.Formatter):
    """Writes time, level, logger, message and those extras whose name says that they are safe.

    An exception is logged by its type and the places it passed, not by its text: the text may quote a
    person's data.
    """

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line.update({name: value for name, value in vars(record).items() if is_safe_extra(name)})
        if record.exc_info and record.exc_info[0]:
            line["exception"] = record.exc_info[0].__name__
            line["passed"] = [
                f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(record.exc_info[2])
            ]
        return json.dumps(line, ensure_ascii=False, default=str)


def is_safe_extra(name: str) -> bool:
    """Return whether an extra of a log call may be written, going by its name."""
    return name not in STANDARD_FIELDS and name.endswith(SAFE_ENDINGS)

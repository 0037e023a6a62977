"""Log lines carry the request or task they belong to, and never a person's data."""

import logging

from ipaportal.audit.context import current_origin


class OriginFilter(logging.Filter):
    """Add `origin`, the id of the request or task, to every log record."""

    def filter(self, record: logging.LogRecord) -> bool:
        origin = current_origin()
        record.origin = origin.request_id or origin.task_id or "-"
        return True

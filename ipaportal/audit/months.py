"""The log lies in a table a month: those to come are made before anything is written to them."""

import logging
from datetime import datetime

from django.db import OperationalError, connection, transaction

log = logging.getLogger(__name__)


def step_months(now: datetime) -> int:
    """
    Make this month's tables and those of the two after it; a step of the sweep that counts as none.

    Where somebody reads for so long that one cannot be attached, the next sweep tries again. What
    comes meanwhile lies in the rest, found by every page as all else.
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT audit_make_months()")
    except OperationalError as failure:
        log.warning("a month of the audit log waits to be made (%s)", type(failure).__name__)
    return 0

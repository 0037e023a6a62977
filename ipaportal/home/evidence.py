"""Mails the day's checkpoint to the compliance officers, so that it lies where we cannot reach."""

import logging
from datetime import datetime
from smtplib import SMTPException

from django.core.mail import send_mail
from django.db import connection, transaction
from django.utils import timezone

from ipaportal.core.roles import Role
from ipaportal.identity.queries.actors import grants_in_force

log = logging.getLogger(__name__)

BODY = """This is how the portal's audit log stood: its name, how many entries it had, and a hash
over all of them, signed. Please keep this message. With it anybody can find out whether any of
these entries was altered, removed or put in later (see "Checking the evidence" in the portal's
documentation).

{note}"""


def step_mail(now: datetime) -> int:
    """Mail the last checkpoint, once a day; a step of the sweep that never counts as one."""
    try:
        with transaction.atomic():
            _mail(now)
    except (SMTPException, OSError) as failure:
        # Rolled back, so that the next sweep tries again; its text could name an address.
        log.warning("the day's checkpoint could not be mailed (%s)", type(failure).__name__)
    return 0


def _mail(now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, log, size, note FROM audit_checkpoint ORDER BY id DESC LIMIT 1")
        last = cursor.fetchone()
        recipients = _officers(now) if last else []
        if not recipients:
            return
        # The row is written first: whoever else would mail today waits for it, and does not.
        cursor.execute(
            "INSERT INTO audit_checkpointmail (day, checkpoint_id, recipients) VALUES (%s, %s, %s)"
            " ON CONFLICT (day) DO NOTHING",
            [timezone.localdate(now), last[0], len(recipients)],
        )
        if cursor.rowcount:
            subject = f"Audit checkpoint: {last[2]} entries of {last[1]}"
            send_mail(subject, BODY.format(note=last[3]), None, recipients)


def _officers(now: datetime) -> list[str]:
    grants = grants_in_force(timezone.localdate(now)).filter(role=Role.COMPLIANCE_OFFICER)
    active = grants.filter(user__is_active=True)
    return sorted(set(active.values_list("user__email", flat=True)))

"""Mail that goes out when what it tells is committed; one that cannot go stops nothing."""

import logging
from collections.abc import Iterable
from functools import partial
from smtplib import SMTPException

from django.core.mail import send_mail
from django.db import transaction

log = logging.getLogger(__name__)


def mail_later(to: Iterable[str], subject: str, text: str) -> None:
    """Send to each address a mail of its own once the transaction is committed, if it is."""
    addresses = list(to)
    if addresses:
        transaction.on_commit(partial(_send, addresses, subject, text), robust=True)


def _send(addresses: list[str], subject: str, text: str) -> None:
    for address in addresses:
        try:
            send_mail(subject, text, None, [address])
        except (SMTPException, OSError) as failure:
            log.warning("a mail could not be sent (%s)", type(failure).__name__)

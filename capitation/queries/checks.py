"""Checks: the register, what is outstanding on a day, what the bank has not been told."""

from datetime import date

from django.db.models import Q, QuerySet

from capitation.models import Check, CheckBook, ClearedFile, PositivePayFile
from capitation.rules.checks import ISSUED, VOIDED, state_on
from ipaportal.core.actors import Actor

VIEW = "capitation.view_payments"
OUTSTANDING = ("printed", "stale")


def checks(*, actor: Actor) -> QuerySet[Check]:
    """The register, the latest number first."""
    if actor.reach(VIEW) is not None:
        return Check.objects.none()
    rows = Check.objects.select_related("book__origin", "payment__party", "payment__bank_account")
    return rows.order_by("-book", "-number")


def register_on(*, actor: Actor, day: date) -> list[tuple[Check, str]]:
    """Every check that was printed by a day, each with its state on that day."""
    found = checks(actor=actor).filter(check_date__lte=day)
    return [(c, state_on(day, c.check_date, c.cleared_on, c.ended_on, c.ended_as)) for c in found]


def open_book() -> CheckBook | None:
    """The register of the account that payments leave from now."""
    return (
        CheckBook.objects.filter(origin__status="active", origin__purpose="origin")
        .select_related("origin")
        .first()
    )


def book_of(origin_id: object = None) -> CheckBook | None:
    """The register of an account, also one that is used no more; of the one in use by default."""
    if origin_id is None:
        return open_book()
    return CheckBook.objects.filter(origin_id=origin_id).select_related("origin").first()


def cleared_files(*, actor: Actor) -> QuerySet[ClearedFile]:
    """Lists of paid checks that were read, the latest first."""
    found = ClearedFile.objects.all()
    return found if actor.reach(VIEW) is None else found.none()


def positive_pay_files(*, actor: Actor) -> QuerySet[PositivePayFile]:
    """What the bank was told, the latest first."""
    found = PositivePayFile.objects.select_related("book__origin")
    return found if actor.reach(VIEW) is None else found.none()


def untold(book: CheckBook, first: date, last: date) -> list[tuple[Check, str]]:
    """
    What the bank has not been told of a register: issues of these days, and ends in them.

    A check whose end comes before the bank heard of its issue is told as void only.
    """
    rows = book.checks.select_related("payment__bank_account").order_by("number")
    told = Q(positive_pay_lines__kind=ISSUED)
    issued = rows.filter(check_date__range=(first, last), status="printed").exclude(told)
    cleared = rows.filter(check_date__range=(first, last), status="cleared").exclude(told)
    ended = rows.filter(ended_on__range=(first, last), status__in=["void", "stopped"])
    ended = ended.exclude(positive_pay_lines__kind=VOIDED)
    return [
        *((check, ISSUED) for check in [*issued, *cleared]),
        *((check, VOIDED) for check in ended),
    ]

"""What is wrong with what came, what goes back, and the credit for it; each step is added."""

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone

from credentialing.actions.documents import checked_kind
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.bare_pictures import NotAPicture, bare
from ipaportal.core.files import store
from ipaportal.core.locks import lock
from ipaportal.core.refusals import NotPermitted, Refused
from ipaportal.ledger import books
from ipaportal.ledger.models import Account
from purchasing.actions.receiving import locked_line, take_in
from purchasing.models import (
    Charge,
    ChargeCredit,
    GroupOrder,
    PurchaseLine,
    Receipt,
    ReceiptSerial,
    ReturnedPackage,
    Trouble,
    TroubleStep,
)
from purchasing.queries.awards import with_received
from purchasing.queries.charges import with_taken
from purchasing.queries.sites import practices_of
from purchasing.queries.troubles import held_packs, packages_here, returnable, with_state
from purchasing.rules.troubles import (
    HELD,
    OF_PRACTICE,
    REPORTED,
    BadTrouble,
    Kind,
    check_step,
    check_temperature,
    credit_of,
    next_state,
)

RECEIVE, SETTLE = "purchasing.receive_packs", "purchasing.settle_trouble"
CLEARING = Account.Kind.PURCHASING_CLEARING
IMAGES = {"png": "image/png", "jpg": "image/jpeg"}


class MoreThanCame(Refused):
    """More is to go back than was received and is not on its way back already."""

    def __init__(self, left: int) -> None:
        super().__init__(
            f"{left:,} packs of this receipt can still go back. Nothing was recorded. What was "
            "asked for before counts, unless it was refused or taken back."
        )


class WrongPackages(Refused):
    """Packages that are not here any more, or more of them than go back."""

    def __init__(self, packs: int) -> None:
        super().__init__(
            f"{packs:,} packs go back, and the packages that are named are more than that, or one "
            "of them is on its way back already. Nothing was recorded. Name them again."
        )


class MoreThanExpected(Refused):
    """More is reported than can be in the parcel."""

    def __init__(self, left: int) -> None:
        super().__init__(
            f"{left:,} packs are still expected here. Nothing was recorded. If more came than was "
            "ordered, report that."
        )


class SteppedMeanwhile(Refused):
    def __init__(self, state: str) -> None:
        super().__init__(
            f"Somebody went on with it meanwhile: it is {state} now. Nothing was changed. Look at "
            "it again."
        )


class NotAPhoto(Refused):
    def __init__(self) -> None:
        super().__init__(
            "The photo is no whole PNG or JPEG. Nothing was recorded. Take a picture with the "
            "phone, or leave it out."
        )


class NotCharged(Refused):
    def __init__(self) -> None:
        super().__init__(
            "What came was not charged yet, and is within minutes. Nothing was changed. Credit it "
            "then."
        )


class ChargeIsDisputed(Refused):
    def __init__(self) -> None:
        super().__init__(
            "The charge is disputed. Nothing was credited: settle the dispute first, for that may "
            "give all of it back."
        )


@action(RECEIVE)
def report_trouble(
    *,
    actor: Actor,
    line_id: int,
    kind: str,
    packs: int,
    note: str,
    now: datetime,
    lot: str = "",
    expires_date: date | None = None,
    lowest: Decimal | None = None,
    highest: Decimal | None = None,
    photo: bytes = b"",
) -> Trouble:
    """
    Report what is not as ordered; what is kept apart is neither counted as come nor charged.

    :raises BadTrouble: if a temperature lies within, or is missing
    :raises MoreThanExpected: if more is kept apart or damaged than can have come
    :raises NotAPhoto: if the photo is none
    """
    line = locked_line(actor, line_id)
    if kind not in REPORTED or line.purchase.status not in ("sent", "received"):
        raise BadTrouble("This cannot be reported of this delivery.")
    if kind == Kind.WARM:
        told = check_temperature(line.order_item.version.storage, lowest, highest)
        note = f"{told}. {note}".strip()
    elif lowest is not None or highest is not None:
        raise BadTrouble("A temperature belongs to what came too warm or too cold.")
    left = line.due - line.received - held_packs(line)
    if kind != Kind.OVER and packs > left:
        raise MoreThanExpected(left)
    made = Trouble.objects.create(
        line=line, kind=kind, packs=packs, lot=lot.strip().upper(), expires_date=expires_date,
        lowest=lowest, highest=highest, note=note[:1000], **_photo(photo), **_who(actor),
        reported_at=now,
    )  # fmt: skip
    record(actor=actor, action="purchasing.trouble.reported", subject=made, kind=kind, packs=packs)
    return made


def _who(actor: Actor) -> dict[str, object]:
    return {"reported_by_id": actor.user_id, "reported_by_name": actor.name}


def _photo(data: bytes) -> dict[str, str]:
    """Keep a picture by its hash, without what the camera wrote of the place and of itself."""
    if not data:
        return {}
    checked_kind(data)
    try:
        picture, ending = bare(data)
    except NotAPicture as not_one:
        raise NotAPhoto from not_one
    return {"photo_sha256": store(picture).sha256, "photo_type": IMAGES[ending]}


@action(RECEIVE)
def ask_return(
    *, actor: Actor, receipt_id: int, packs: int, note: str, now: datetime,
    packages: Collection[int] = (),
) -> Trouble:  # fmt: skip
    """
    Ask to send packs of a receipt back: never more than came and is not on its way back.

    Packages that were scanned may be named: once they left, they may come again to somebody.

    :raises NotPermitted: if the receipt is not theirs
    :raises MoreThanCame: if it is more
    :raises WrongPackages: if more are named than packs, or one is not here any more
    """
    lock("returns of a receipt", receipt_id)
    mine = Receipt.objects.filter(line__practice__in=practices_of(actor, RECEIVE), pk=receipt_id)
    receipt = mine.select_related("line").first()
    if receipt is None:
        raise NotPermitted(actor.name, RECEIVE)
    left = returnable(mine)[receipt_id]
    if packs > left:
        raise MoreThanCame(left)
    made = Trouble.objects.create(
        line=receipt.line, receipt=receipt, kind=Kind.RETURN, packs=packs, lot=receipt.lot,
        expires_date=receipt.expires_date, note=note, **_who(actor), reported_at=now,
    )  # fmt: skip
    named = _here(receipt, packages)
    if len(named) != len(set(packages)) or len(named) > packs:
        raise WrongPackages(packs)
    ReturnedPackage.objects.bulk_create(
        ReturnedPackage(trouble=made, package=one) for one in named
    )  # fmt: skip
    record(
        actor=actor, action="purchasing.return.asked", subject=made, packs=packs, named=len(named)
    )  # fmt: skip
    return made


def _here(receipt: Receipt, packages: Collection[int]) -> list[ReceiptSerial]:
    """Of some packages those of a receipt that are not on their way back."""
    found = packages_here(receipt)
    return [one for one in found if one.pk in set(packages)]


@action(RECEIVE)
def step_own_trouble(
    *, actor: Actor, trouble_id: int, event: str, reference: str, text: str, seen_state: str,
    now: datetime,
) -> TroubleStep:  # fmt: skip
    """
    Say that a return was shipped, or take a report back.

    :raises NotPermitted: if it is not theirs, or is for staff to decide
    :raises NotAllowed: if it cannot happen now
    :raises StepMisses: if its number or reason is missing
    :raises SteppedMeanwhile: if somebody else did something
    """
    mine = Trouble.objects.filter(line__practice__in=practices_of(actor, RECEIVE))
    if event not in OF_PRACTICE or not mine.filter(pk=trouble_id).exists():
        raise NotPermitted(actor.name, RECEIVE)
    trouble = _seen(trouble_id, seen_state)
    return _step(actor, trouble, event, reference, text, now)


@action(SETTLE)
def settle_trouble(
    *, actor: Actor, trouble_id: int, event: str, reference: str, text: str, seen_state: str,
    now: datetime, today: date,
) -> TroubleStep:  # fmt: skip
    """
    Decide about a trouble: release, authorise, credit, refuse, or what a suspect product asks.

    :raises NotPermitted: if it is the practice's to say
    :raises NotAllowed: if it cannot happen now
    :raises StepMisses: if its number or reason is missing
    :raises SteppedMeanwhile: if somebody else did something
    :raises NotExpected: if what is released is not owed any more
    :raises NotCharged: if what is credited was not charged yet
    :raises ChargeIsDisputed: if its charge is disputed
    :raises MoreThanExpected: if fewer are still owed than are credited
    """
    if event in OF_PRACTICE:
        raise NotPermitted(actor.name, SETTLE)
    trouble = _seen(trouble_id, seen_state)
    step = _step(actor, trouble, event, reference, text, now)
    if event == "accept" and trouble.kind in HELD:
        _release(actor, trouble, now, today)
    if event == "credit" and trouble.kind == Kind.RETURN:
        _credit(actor, trouble, step, now)
    elif event == "credit" and trouble.kind != Kind.OVER:
        _write_off(trouble)
    return step


def _seen(trouble_id: int, seen_state: str) -> Trouble:
    """A trouble that nobody else goes on with now, as it was seen."""
    lock("trouble", trouble_id)
    trouble = with_state(Trouble.objects.filter(pk=trouble_id)).get()
    if trouble.state != seen_state:
        raise SteppedMeanwhile(trouble.state)
    return trouble


def _step(
    actor: Actor, trouble: Trouble, event: str, reference: str, text: str, now: datetime
) -> TroubleStep:
    state = next_state(trouble.kind, trouble.state, event)
    check_step(event, reference, text)
    made = TroubleStep.objects.create(
        trouble=trouble, number=trouble.steps.count() + 1, event=event, state=state,
        reference=reference.strip(), text=text.strip(), made_by_id=actor.user_id,
        made_by_name=actor.name, made_at=now,
    )  # fmt: skip
    record(actor=actor, action="purchasing.trouble.stepped", subject=trouble, state=state)
    return made


def _line(trouble: Trouble) -> PurchaseLine:
    lock("purchase line", trouble.line_id)
    lines = with_received(PurchaseLine.objects.filter(pk=trouble.line_id))
    return lines.select_related(
        "purchase__order", "purchase__supplier", "order_item__version", "location",
    ).get()  # fmt: skip


def _release(actor: Actor, trouble: Trouble, now: datetime, today: date) -> None:
    """What was kept apart came after all, by somebody's word."""
    take_in(
        actor, _line(trouble), packs=trouble.packs, damaged=0, lot=trouble.lot,
        expires_date=trouble.expires_date, note=f"released: {trouble.get_kind_display()}",
        now=now, today=today, is_released=True,
    )  # fmt: skip


def _write_off(trouble: Trouble) -> None:
    """What is credited instead of coming is not owed any more."""
    line = _line(trouble)
    left = line.due - line.received
    if trouble.packs > left:
        raise MoreThanExpected(left)
    PurchaseLine.objects.filter(pk=line.pk).update(due=line.due - trouble.packs)


def _credit(actor: Actor, trouble: Trouble, step: TroubleStep, now: datetime) -> None:
    """Take what went back from what is owed; what was taken for it goes back to the practice."""
    line = _line(trouble)
    if line.purchase.order.bills != GroupOrder.Bills.IPA:
        return  # the supplier credits the practice itself: the memo's number is in the step
    lock("charge of a receipt", trouble.receipt_id)
    charge = with_taken(Charge.objects.filter(receipt=trouble.receipt_id)).first()
    if charge is None:
        raise NotCharged
    if charge.is_disputed:
        raise ChargeIsDisputed
    if charge.is_reversed:
        return  # nothing is owed for it any more
    parts = credit_of(
        trouble.packs, line.price, charge.cents, charge.credited_cents, charge.taken_cents
    )
    if not parts.cents:
        return
    words = f"Returned: {trouble.packs:,} packs of {charge.description}"[:300]
    practice, supplier = line.practice.party, line.purchase.supplier.party
    entry = books.book(
        key=f"credit:{step.pk}", date=timezone.localdate(now), description=words,
        lines=[(books.account(practice, CLEARING), -parts.cents),
               (books.account(supplier, CLEARING), parts.cents)],
        actor=actor, now=now,
    )  # fmt: skip
    back = parts.given_back_cents and books.book(
        key=f"credit-back:{step.pk}", date=timezone.localdate(now), description=words,
        lines=[(books.account(practice, Account.Kind.PAYABLE), -parts.given_back_cents),
               (books.account(practice, CLEARING), parts.given_back_cents)],
        actor=actor, now=now,
    )  # fmt: skip
    ChargeCredit.objects.create(
        charge=charge, step=step, cents=parts.cents, given_back_cents=parts.given_back_cents,
        entry=entry, back_entry=back or None,
    )  # fmt: skip
    record(actor=actor, action="purchasing.charge.credited", subject=charge, cents=parts.cents)

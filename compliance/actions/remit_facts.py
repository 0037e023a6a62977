"""What is known of payments that came in: who is paid, which came before, which claims are ours."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from operator import attrgetter
from typing import NamedTuple

from django.conf import settings
from django.db.models import Q

from capitation.queries.banking import origin_account
from compliance.formats.remittance_835 import ClaimPayment, Payment
from compliance.models import Claim, Remit
from compliance.rules.claim_payments import payer_identifier
from compliance.rules.claims import State as ClaimState
from compliance.rules.remits import LIVE
from credentialing.models import Practice, Practitioner
from credentialing.queries.participation import participation
from ipaportal.identity.models import Party


class Billed(NamedTuple):
    """A claim of ours, as far as a payment asks."""

    pk: int
    number: str
    ref: str
    charge_cents: int
    allowed_cents: int | None
    party_id: int | None


@dataclass(slots=True)
class RemitFacts:
    """What the database knows of some payments of one payer, asked once for all of them."""

    ours: str
    """The IPA's own taxpayer number; empty where it is not known."""
    ipa: Party | None
    practices: dict[str, Practice]
    """By NPI and by TIN, which are not of one length."""
    doctors: dict[str, int]
    before: dict[str, Remit]
    """By trace number: the payment that holds it."""
    billed: dict[str, list[Billed]]
    """Claims by our number and by theirs."""
    _places: dict[tuple[int, date], Party | None] = field(default_factory=dict)

    @classmethod
    def of(cls, payer_id: int, payments: Sequence[Payment]) -> "RemitFacts":
        """Look up all that some payments name."""
        keys = set().union(*map(_keys, payments))
        origin = origin_account()
        ours = payer_identifier(settings.IPA_TIN) or payer_identifier(
            origin.company_id if origin else ""
        )
        practices = Practice.objects.filter(Q(npi__in=keys) | Q(tin__in=_tins(keys)))
        doctors = Practitioner.objects.filter(npi__in=keys).values_list("npi", "pk")
        traces = {payment.trace[:50] for payment in payments}
        live = Remit.objects.filter(payer=payer_id, trace__in=traces, state__in=LIVE)
        return cls(
            ours, Party.objects.filter(kind=Party.Kind.IPA).first(),
            _by_number(practices.select_related("party").order_by("-pk")), dict(doctors),
            {one.trace: one for one in live.select_related("file").order_by("pk")},
            _billed(payer_id, payments),
        )  # fmt: skip

    def payee_of(self, payment: Payment) -> Party | None:
        """Who is paid: the IPA by its taxpayer number, a practice by NPI or TIN, or nobody here."""
        keys = _keys(payment)
        tins = _tins(keys)
        if self.ours and self.ours in tins:
            return self.ipa
        practice = self._first(keys) or self._first(tins)
        if practice is not None:
            return practice.party
        who = next((self.doctors[key] for key in keys if key in self.doctors), None)
        return self._paid_through(who, payment.paid_on) if who and payment.paid_on else None

    def _first(self, numbers: Iterable[str]) -> Practice | None:
        found = (self.practices[one] for one in numbers if one in self.practices)
        return min(found, key=attrgetter("pk"), default=None)

    def _paid_through(self, practitioner_id: int, day: date) -> Party | None:
        """A doctor who bills under their own NPI is paid through the practice of that day."""
        if (practitioner_id, day) not in self._places:
            parties = {
                place.participation.practice.party
                for place in participation(day, practitioner_ids={practitioner_id})
                if place.participation is not None
            }
            only = parties.pop() if len(parties) == 1 else None
            self._places[practitioner_id, day] = only
        return self._places[practitioner_id, day]

    def claim_of(self, one: ClaimPayment, party_id: int | None) -> Billed | None:
        """
        The claim of ours that is paid, where exactly one can be meant.

        `party_id` is whose claims are looked at; None looks at everybody's.
        """
        named = self._of(one.claim_ref, party_id), self._of(one.payer_ref, party_id)
        for ref, rows in zip((one.claim_ref, one.payer_ref), named, strict=True):
            for row in rows:
                if row.number == ref:
                    return row
        return _only([row for row in named[0] if row.ref == one.claim_ref], one)

    def _of(self, ref: str, party_id: int | None) -> list[Billed]:
        rows = self.billed.get(ref, [])
        return [row for row in rows if party_id is None or row.party_id == party_id]


def _by_number(practices: Iterable[Practice]) -> dict[str, Practice]:
    """By each of their numbers; the one that was recorded first, if they come last first."""
    every = list(practices)
    return {one.tin: one for one in every} | {one.npi: one for one in every if one.npi}


def _keys(payment: Payment) -> set[str]:
    return {payment.payee_id, payment.payee_tin} - {""}


def _tins(keys: Iterable[str]) -> set[str]:
    return {one.replace("-", "") for one in keys}


def _billed(payer_id: int, payments: Sequence[Payment]) -> dict[str, list[Billed]]:
    every = [claim for payment in payments for claim in payment.claims]
    names = ({one.claim_ref for one in every} | {one.payer_ref for one in every}) - {""}
    known = Claim.objects.filter(payer=payer_id).exclude(state=ClaimState.REJECTED)
    rows = known.filter(Q(number__in=names) | Q(ref__in=names)) if names else known.none()
    found: dict[str, list[Billed]] = {}
    for row in rows.order_by("pk").values_list(*Billed._fields):
        one = Billed._make(row)
        for key in {one.number, one.ref} & names:
            found.setdefault(key, []).append(one)
    return found


def _only(found: Sequence[Billed], one: ClaimPayment) -> Billed | None:
    """The one claim of a number that a payment can mean: by its charge where there are several."""
    if len(found) > 1:
        found = [claim for claim in found if claim.charge_cents == abs(one.charge_cents)]
    return found[0] if len(found) == 1 else None

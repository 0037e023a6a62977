"""The demo's contests: a claim of which more was asked, one answered, one complete, one denied."""

from datetime import datetime, timedelta

from django.db import transaction

from capitation.models import Contract
from compliance.actions.claims import decide_claim, read_claims, receive_claims
from compliance.actions.contests import answer_contest, complete_contest, contest_claim
from compliance.formats.claims_837 import Claim as Sent
from compliance.formats.claims_837 import ServiceLine
from compliance.formats.claims_written import VERSION, write
from compliance.models import Claim, ClaimContest
from credentialing.models import Participation, Practice
from ipaportal.core.actors import Actor
from ipaportal.core.months import add_months, month_of
from ipaportal.core.x12_writing import Interchange
from ipaportal.home.demo.billing import claims_of_month
from ipaportal.home.demo.papers import paper

CLOCK = Actor.system("demo")
NUMBER = 4751
CHARGE_CENTS = 238_00
ASKED = (
    ("The level of the visit cannot be told from the diagnoses.",
     "The note of the visit, with what was decided and how long it took."),
    ("Two visits on one day are billed, by two people.",
     "The note of each visit, or a corrected claim with one of them."),
    ("The diagnosis does not say which knee.",
     "The finding of the examination, with the side."),
    ("It was not found why a second visit was needed within a week.",
     "The note of this visit, and the one before."),
)  # fmt: skip


def contest_claims(*, finance: Actor, manager: Actor, now: datetime) -> None:
    """Take four claims of a clinic in, and ask for more of each; it answers all but one."""
    if ClaimContest.objects.exists():
        return
    practice = Practice.objects.filter(name="Bell Clinic").first()
    contract = Contract.objects.filter(is_active=True).order_by("pk").first()
    sent = _claims(contract, practice, now) if practice else []
    if not sent:
        return
    with transaction.atomic():
        claims = _take(contract, practice, sent, finance, now - timedelta(days=15))
        for place, claim in enumerate(claims):
            reason, needed = ASKED[place]
            contest_claim(
                actor=finance, claim_id=claim.pk, reason=reason, needed=needed,
                now=now - timedelta(days=11),
            )  # fmt: skip
        for place, claim in enumerate(claims[1:], 1):
            answer_contest(
                actor=manager, claim_id=claim.pk, now=now - timedelta(days=4),
                answer="Here is the note, signed by who saw the patient.",
                papers=[("note.pdf", paper(f"Note {place} of a visit, made up for the demo"))],
            )  # fmt: skip
        _judge(claims, finance, now - timedelta(days=2))


def _judge(claims: list[Claim], finance: Actor, now: datetime) -> None:
    """One waits to be judged; one is complete; one is denied all the same."""
    for claim in claims[2:3]:
        complete_contest(actor=finance, claim_id=claim.pk, now=now)
    for claim in claims[3:4]:
        decide_claim(
            actor=finance, claim_id=claim.pk, state="denied", denial="50", now=now,
            words="The note tells of the same complaint two days before, and of nothing new.",
        )  # fmt: skip


def _claims(contract: Contract, practice: Practice, now: datetime) -> list[Sent]:
    """Members whom somebody of the clinic saw who is not their PCP."""
    where = Participation.objects.filter(practice=practice).select_related("practitioner")
    doctor = where.order_by("pk").first()
    month = add_months(month_of(now.date()), -1)
    seen = [one for one in claims_of_month(contract, month) if not one.is_capitated]
    if doctor is None:
        return []
    return [
        _of(one, f"Q{place}", practice, doctor.practitioner.npi)
        for place, one in enumerate(seen[: len(ASKED)], 1)
    ]


def _of(one: Sent, ref: str, practice: Practice, npi: str) -> Sent:
    line = ServiceLine(
        0, "1", "99214", charge_cents=CHARGE_CENTS, unit_kind="UN", place="11",
        served_from=one.first_day, served_to=one.first_day,
    )  # fmt: skip
    return Sent(
        0, ref, CHARGE_CENTS, "11", "1", "professional", "0001", npi, practice.tin, practice.name,
        one.subscriber_ref, "MEMBER", "OF PLAN", None, "PLAN", rendering_npi=npi,
        diagnoses=("M25569",), lines=[line],
    )  # fmt: skip


def _take(
    contract: Contract, practice: Practice, sent: list[Sent], finance: Actor, made: datetime
) -> list[Claim]:
    """What of it can be contested: it waits, or is ready."""
    head = Interchange("BELLCLINIC", "VALLEYIPA", made, NUMBER, "HC", VERSION)
    data = write(
        head, sent, submitter=(practice.name, "BELLCLINIC"), receiver=("Valley IPA", "VALLEYIPA")
    )
    file = receive_claims(
        actor=finance, payer_id=contract.payer_id, file_name=f"bell-clinic-{NUMBER}.837",
        data=data, now=made,
    )  # fmt: skip
    read_claims(actor=CLOCK, file_id=file.pk, now=made)
    found = file.rows.filter(state__in=["waiting", "ready"], party=practice.party)
    return list(found.order_by("pk"))

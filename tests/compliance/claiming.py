"""Claims of the small world, taken in."""

from datetime import UTC, date, datetime
from decimal import Decimal

from capitation.models import Contract
from compliance.actions.claim_payments import pay_claims
from compliance.actions.claims import decide_claim, read_claims, receive_claims
from compliance.actions.fees import load_schedule, set_terms
from compliance.actions.reinsurance import record_reinsurance
from compliance.actions.remit_work import record_deposit
from compliance.actions.remits import read_remits, receive_remits
from compliance.formats.claims_837 import Claim as Sent
from compliance.formats.remittance_835 import Adjustment
from compliance.formats.remittance_written import VERSION, Paid, PaidClaim, Remittance
from compliance.formats.remittance_written import write as write_835
from compliance.models import (
    CaseRateList,
    Claim,
    ClaimContest,
    ClaimFile,
    ContestPaper,
    Division,
    FeeSchedule,
    IbnrEstimate,
    PlanBatch,
    PlanBatchRow,
    Recovery,
    RecoveryPayment,
    ReinsuranceContract,
    RemitClaim,
)
from compliance.queries.claim_payments import payment_digest, planned_of
from credentialing.models import Practice
from ipaportal.core.files import store
from ipaportal.identity.models import Party
from ipaportal.ledger.books import account, book
from tests.capitation.worlds import QUINN, REYES, SmallWorld, give_banks, make_small_world
from tests.compliance.claimfiles import a_claim, a_line, claim_file, interchange
from tests.factories import CLOCK

NOV_2 = datetime(2026, 11, 2, 15, tzinfo=UTC)


PRICES = b"Code,Modifier,Price,Facility\n99213,,100,60\n99214,,150,90\nJ1100,,3,\n"


def give_terms(contract: Contract, **changes) -> None:
    """Bell's and everybody's terms: 110 % of a list, thirty days and 8 % a year."""
    load_schedule(
        actor=QUINN, name="List", effective_date=date(2026, 1, 1), source="Agreement 7",
        file_name="list.csv", data=PRICES, place=None, factor=None, now=NOV_2,
    )  # fmt: skip
    given = {"pct": Decimal(110), "regime": "contract", "days": 30, "yearly_pct": Decimal(8)}
    given["citation"] = "7.2"
    set_terms(
        actor=QUINN, payer_id=contract.payer_id, party_id=None, schedule_name="List",
        effective_date=date(2026, 1, 1), now=NOV_2, **given | changes,
    )  # fmt: skip


def make_priced_world(**terms) -> SmallWorld:
    """The small world with terms for claims, and an account of the IPA to pay from."""
    made = make_small_world()
    give_banks(made, NOV_2)
    give_terms(made.contract, **terms)
    return made


def of_bell(world: SmallWorld, ref: str = "B1", *lines, **changes) -> Sent:
    """Bell Clinic's claim for Ray, who is Dr. Alvarez's: Dr. Bell saw him as a specialist."""
    npi = world.pcps["Bell"].npi
    given = {"billing_tin": world.bell.tin, "billing_npi": npi, "rendering_npi": npi}
    return a_claim(ref, *lines, **given | {"subscriber_ref": "M-RAY"} | changes)


def of_alvarez(world: SmallWorld, ref: str = "V1", *lines, **changes) -> Sent:
    """Dr. Alvarez's claim for Ann, who is Bell Clinic's."""
    npi = world.pcps["Alvarez"].npi
    given = {"billing_tin": world.alvarez.tin, "billing_npi": npi, "rendering_npi": npi}
    return a_claim(ref, *lines, **given | {"subscriber_ref": "M-ANN"} | changes)


def take_in(
    world: SmallWorld, *sent: Sent, number: int = 7, now: datetime = NOV_2, data: bytes = b""
) -> ClaimFile:
    """A file of claims, received and read."""
    file = receive_claims(
        actor=QUINN, payer_id=world.contract.payer_id, file_name=f"claims-{number}.837",
        data=data or claim_file(*sent, number=number).encode(), now=now,
    )  # fmt: skip
    read_claims(actor=CLOCK, file_id=file.pk, now=now)
    file.refresh_from_db()
    return file


def states(file: ClaimFile) -> dict[str, tuple[str, str]]:
    """State and reason of each claim of a file, by its sender's number."""
    return {c.ref: (c.state, c.reason) for c in Claim.objects.filter(file=file).order_by("pk")}


def _decide(file: ClaimFile, now: datetime, *without: str, state: str, denial: str = "") -> None:
    """Decide on what waits of a file but for some codes: it is of members of one's own."""
    for claim in file.rows.filter(state="waiting").exclude(ref__in=without):
        decide_claim(
            actor=QUINN, claim_id=claim.pk, state=state, denial=denial, words="Seen.", now=now
        )


def _make_paper(claim_id: int, words: str, now: datetime) -> int:
    """What was asked of a claim, and the paper that came with the answer."""
    asked = ClaimContest.objects.create(
        claim_id=claim_id, reason=words, needed=words, asked_on=now.date(), asked_by_name=words,
        answer=words, answered_on=now.date(), answered_by_name=words, complete_on=now.date(),
    )  # fmt: skip
    return ContestPaper.objects.create(
        contest=asked, name=f"{words[:40]}.pdf", sha256=store(b"%PDF-1.7 a note %%EOF").sha256,
        size=1, sent_at=now, sent_by_name=words,
    ).pk  # fmt: skip


def _make_remitted(
    world: SmallWorld, practice: Practice, words: str, number: int, now: datetime
) -> dict[str, int]:
    """A plan's remittance to a practice, of a claim nobody knows, and a deposit beside it."""
    off = (Adjustment("CO", "45", 20_00),)
    claim = PaidClaim(
        "UNKNOWN", "1", "", "", words, "", "", now.date(),
        (Paid("99213", (), 120_00, "1", now.date(), "", off),),
    )  # fmt: skip
    one = Remittance(
        f"T{number}", now.date(), words or "Plan", "990000001", "", "", practice.tin, (claim,)
    )
    payer = world.contract.payer_id
    file = receive_remits(
        actor=QUINN, payer_id=payer, file_name=f"{words[:40]}.835", now=now,
        data=write_835(interchange(number, "HP", VERSION), [one]),
    )  # fmt: skip
    read_remits(actor=CLOCK, file_id=file.pk, now=now)
    row = RemitClaim.objects.get(remit__file=file)
    deposit = record_deposit(
        actor=QUINN, payer_id=payer, day=now.date(), cents=100, trace=f"B{number}", now=now
    )
    return {
        "remit_id": row.remit_id,
        "remit_claim_id": row.pk,
        "remit_file_id": file.pk,
        "remit_deposit_id": deposit.pk,
    }


def _make_recovery(
    world: SmallWorld, contract: ReinsuranceContract, words: str, now: datetime
) -> tuple[Recovery, RecoveryPayment]:
    """A claim against a reinsurer, of which a part was paid."""
    party = Party.objects.get(kind=Party.Kind.IPA)
    given = {"now": now, "actor": REYES, "description": words, "date": now.date()}
    entry = book(
        key="recovery:0:1", lines=[(account(party, "cash"), 1), (account(party, "retained"), -1)],
        **given,
    )  # fmt: skip
    asked = Recovery.objects.create(
        contract=contract, member=world.members["Ann"], number="RC26-00001", counted_cents=10_00,
        owed_cents=10_00, cents=10_00, claims=[], filed_at=now, filed_by_id=QUINN.user_id,
        filed_by_name=words,
    )  # fmt: skip
    paid = RecoveryPayment.objects.create(
        recovery=asked, cents=1, paid_on=now.date(), trace=words, entry=entry, made_at=now,
        made_by_id=REYES.user_id, made_by_name=words,
    )  # fmt: skip
    return asked, paid


def _make_risk(world: SmallWorld, words: str, now: datetime) -> dict[str, int]:
    """An estimate of what is to come, a reinsurer's contract, and who bears which services."""
    estimate = IbnrEstimate.objects.create(
        as_of=date(2026, 9, 1), cells=[["2026-09-01", "2026-09-01", 5_00]], claims=1,
        paid_cents=5_00, outstanding_cents=0, known_cents=0, ibnr_cents=0, method=words,
        cautions=[words], made_at=now, made_by_name=words,
    )  # fmt: skip
    cover = record_reinsurance(
        actor=QUINN, payer_id=world.contract.payer_id, reinsurer_name=words, number=words,
        citation=words, effective_date=date(2026, 1, 1), end_date=date(2027, 1, 1),
        paid_until=date(2027, 4, 1), attachment_cents=1, pct=Decimal(80),
        notice_pct=Decimal(50), limit_cents=None, now=now,
    )  # fmt: skip
    asked, paid = _make_recovery(world, cover, words, now)
    divided = Division.objects.create(
        payer=world.contract.payer, effective_date=date(2030, 1, 1), citation=words, ranges=0,
        file_name="division.csv", sha256=store(b"").sha256, recorded_at=now, recorded_by_name=words,
    )  # fmt: skip
    rates = CaseRateList.objects.create(
        payer=world.contract.payer, effective_date=date(2030, 1, 1), citation=words, rates=0,
        file_name="rates.csv", sha256=store(b"").sha256, recorded_at=now, recorded_by_name=words,
    )  # fmt: skip
    return {
        "case_rates_id": rates.pk,
        "recovery_id": asked.pk,
        "recovery_payment_id": paid.pk,
        "division_id": divided.pk,
        "ibnr_estimate_id": estimate.pk,
        "reinsurance_id": cover.pk,
    }


def make_claimed(world: SmallWorld, name: str, now: datetime) -> dict[int, dict[str, int]]:
    """What addresses may name, by practice: a claim that waits, and a payment of one before."""
    words = "".join(c for c in name if c.isalnum() or c in " '<>")[:60]

    def sent(code: str) -> list[Sent]:
        day = date(2026, 10, 2)
        line = a_line(code, 200_00, served_from=day, served_to=day)
        # Each of a member of their own: what is another's is looked for on every page.
        mine = ((of_bell, "M-ANN"), (of_alvarez, "M-RAY"))
        return [one(world, code, line, billing_name=words, subscriber_ref=ref) for one, ref in mine]

    give_terms(world.contract)
    # A denial is told and pays nothing: what practices are owed stays as the months left it.
    file = take_in(world, *sent("99213"), number=1, now=now)
    _decide(file, now, state="denied", denial="24")
    payer, made = world.contract.payer_id, {}
    for practice in (world.bell, world.alvarez):
        planned = planned_of(payer, practice.party_id, now.date())
        made[practice.pk] = pay_claims(
            actor=REYES, payer_id=payer, party_id=practice.party_id,
            seen_digest=payment_digest(planned), now=now,
        )  # fmt: skip
    # One is ready again, and one waits for a price.
    file = take_in(world, *sent("99214"), *sent("99215"), now=now)
    _decide(file, now, "99215", state="ready")
    found = dict(file.rows.filter(state="waiting").values_list("party_id", "pk"))
    passed = PlanBatch.objects.create(
        payer=world.contract.payer, number=1, file_name="encounters-000001.837",
        sha256=store(b"ISA").sha256, claims=2, charge_cents=400_00, made_at=now, made_by_name=words,
    )  # fmt: skip
    rows = {
        party: PlanBatchRow.objects.create(batch=passed, claim_id=claim, frequency="1", words=words)
        for party, claim in found.items()
    }
    papers = {party: _make_paper(claim, words, now) for party, claim in found.items()}
    risk = _make_risk(world, words, now)
    remits = {
        practice.pk: _make_remitted(world, practice, words, number, now)
        for number, practice in enumerate((world.bell, world.alvarez), 1)
    }
    return {
        practice.pk: remits[practice.pk]
        | risk
        | {
            "claim_id": found[practice.party_id],
            "contest_paper_id": papers[practice.party_id],
            "claim_file_id": file.pk,
            "claim_payment_id": made[practice.pk].pk,
            "fee_schedule_id": FeeSchedule.objects.first().pk,
            "payer_id": payer,
            "party_id": practice.party_id,
            "plan_batch_id": passed.pk,
            "batch_row_id": rows[practice.party_id].pk,
            "year_member_id": world.members["Ann"].pk,
            "encounter_pcp_id": world.pcps["Bell"].pk,
            "own_pcp_id": world.pcps[pcp].pk,
        }
        for practice, pcp in ((world.bell, "Bell"), (world.alvarez, "Alvarez"))
    }

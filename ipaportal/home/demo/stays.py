"""The demo's cases: rates for them, stays, and claims that are the plan's to pay."""

from datetime import date, datetime, timedelta

from django.db import transaction

from capitation.models import Contract
from compliance.actions.case_rates import load_case_rates
from compliance.actions.divisions import load_division
from compliance.actions.plan_batches import pass_on, read_plan_answer
from compliance.formats.acknowledgements import VERSION_277, Answer, Batch, write_277ca
from compliance.formats.claims_837 import Claim, ServiceLine, Stay
from compliance.models import CaseRateList, PlanBatch
from compliance.queries.plan_batches import batch_digest, to_pass_on
from compliance.rules.claims import ACCEPTED
from compliance.rules.passing import INSTITUTIONAL, Stream
from ipaportal.core.actors import Actor
from ipaportal.core.months import add_months, month_of
from ipaportal.core.x12_writing import Interchange
from ipaportal.home.demo.billing import claims_of_month, take_in

CLOCK = Actor.system("demo")
FIRST_NUMBER = 4801
FEWEST = 6
RATES = b"""Name,By,From,To,Per,Rate,Includes
Joint replacement,drg,469,470,case,14800.00,all
Cataract surgery,procedure,66982,66984,case,1850.00,procedure J0000-J9999; revenue 0250-0259
Medical and surgical room,revenue,0110,0169,day,1350.00,revenue 0250-0279
Intensive care,revenue,0200,0209,day,2900.00,revenue 0250-0279
"""
DIVISION = b"""Category,At risk,Kind,From,To
Cancer drugs,plan,procedure,J9000,J9999
Office visits,ipa,procedure,99202,99215
"""
NOT_THEIRS = "The member is with the IPA for this drug"


def price_cases(*, finance: Actor, now: datetime) -> None:
    """Load rates, take two stays and two days of surgery in, and pass on what is the plan's."""
    if CaseRateList.objects.exists():
        return
    contract = Contract.objects.filter(is_active=True).order_by("pk").first()
    seen = [one for one in claims_of_month(contract, add_months(month_of(now.date()), -1))
            if not one.is_capitated]  # fmt: skip
    if len(seen) < FEWEST:
        return
    begins = date(now.year, 1, 1)
    with transaction.atomic():
        load_case_rates(
            actor=finance, payer_id=contract.payer_id, party_id=None, effective_date=begins,
            citation="Agreement, annex 6", file_name="case-rates.csv", data=RATES, now=now,
        )  # fmt: skip
        load_division(
            actor=finance, payer_id=contract.payer_id, effective_date=begins,
            citation="Agreement, annex 4", file_name="at-risk-now.csv", data=DIVISION, now=now,
        )  # fmt: skip
        drugs = [_of(one, f"D{at}", _line(f"J90{at}5", 2_400)) for at, one in enumerate(seen[:3])]
        take_in(contract, drugs[:2], finance, now - timedelta(days=12), FIRST_NUMBER)
        _pass_on(contract, finance, now)
        lately = now - timedelta(days=2)
        surgery = [
            _of(one, f"K{at}", _line("66984", 4_100), _line("J3490", 260))
            for at, one in enumerate(seen[3:5])
        ]
        take_in(contract, [drugs[2], *surgery], finance, lately, FIRST_NUMBER + 1)
        stays = [_stay(seen[5], "H1"), _stay(seen[0], "H2", is_capitated=True)]
        take_in(contract, stays, finance, lately, FIRST_NUMBER + 2)


def _of(one: Claim, ref: str, *lines: ServiceLine, **changes: object) -> Claim:
    """A claim of the same practice and member for other services on the same day."""
    day = one.first_day
    for line in lines:
        line.served_from = line.served_to = day
    one = Claim(
        0, ref, sum(line.charge_cents for line in lines), "11", "1", "professional", "0001",
        one.billing_npi, one.billing_tin, one.billing_name, one.subscriber_ref, "MEMBER",
        "OF PLAN", None, "PLAN", rendering_npi=one.rendering_npi, diagnoses=("M1711", "I10"),
        lines=list(lines),
    )  # fmt: skip
    for name, value in changes.items():
        setattr(one, name, value)
    return one


def _stay(one: Claim, ref: str, **changes: object) -> Claim:
    """Three days in a hospital for a new knee."""
    first = one.first_day
    codes = (
        ("ABK", "M1711", "", "", "", "", "", "", "Y"), ("ABF", "I10"), ("DR", "470"),
        ("BBR", "0SRC0J9", "D8", f"{first:%Y%m%d}"),
    )  # fmt: skip
    stay = Stay(
        first, first + timedelta(days=3), f"{first:%Y%m%d}0700", "1030", "3", "1", "01",
        one.rendering_npi, one.rendering_npi, codes,
    )  # fmt: skip
    lines = (
        _line("", 9_600, revenue_code="0120", units="3"),
        _line("", 1_150, revenue_code="0250"), _line("27447", 21_300, revenue_code="0360"),
    )  # fmt: skip
    return _of(one, ref, *lines, kind=INSTITUTIONAL, stay=stay, rendering_npi="", **changes)


def _line(code: str, dollars: int, **changes: object) -> ServiceLine:
    given = {"unit_kind": "UN", "place": "" if "revenue_code" in changes else "11"}
    return ServiceLine(0, "1", code, charge_cents=dollars * 100, **given | changes)


def _pass_on(contract: Contract, finance: Actor, now: datetime) -> None:
    """One file of claims that are the plan's: it takes one, and rejects the other."""
    sent_at, payer = now - timedelta(days=9), contract.payer
    found = to_pass_on(payer.pk, Stream.MISDIRECTED)
    if not found:
        return
    batch = pass_on(
        actor=finance, payer_id=payer.pk, stream=Stream.MISDIRECTED, now=sent_at,
        seen_digest=batch_digest(found),
    )  # fmt: skip
    answers = tuple(_answer(batch, at) for at in range(batch.claims))
    data = write_277ca(
        Interchange("PLAN", "VALLEYIPA", sent_at, batch.number, "HN", VERSION_277),
        payer=(payer.party.name, payer.party.code or "PLAN"), sender=("Valley IPA", "VALLEYIPA"),
        file_ref=f"{batch.number}", received_on=sent_at.date(),
        batches=[Batch("Valley IPA", "1234567893", answers)],
    )  # fmt: skip
    read_plan_answer(
        actor=finance, payer_id=payer.pk, file_name="plan-answer-2.277", data=data,
        now=now - timedelta(days=6),
    )  # fmt: skip


def _answer(batch: PlanBatch, at: int) -> Answer:
    claim, is_taken = batch.rows.select_related("claim").order_by("pk")[at].claim, at != 1
    return Answer(
        claim.number, f"P{claim.pk:07}", "", "", claim.member_ref,
        ACCEPTED if is_taken else "A7:33", claim.charge_cents, claim.first_day, claim.last_day,
        is_taken, "" if is_taken else NOT_THEIRS,
    )  # fmt: skip

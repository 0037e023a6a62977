"""What people decide by hand between the files and the run, each told to the model as well."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING

from capitation.actions.members import adopt_member, adopt_members, assign_pcp, end_coverage
from capitation.actions.worklists import (
    NotInSuspense,
    apply_suspense,
    return_suspense,
)
from capitation.models import CoverageSpan, Member, PcpAssignment, Receipt
from credentialing.actions.imports import import_network
from credentialing.models import Participation
from ipaportal.core.months import add_months, days_in
from ipaportal.home.simulator.model import Contract, Person
from ipaportal.home.simulator.portal import QUINN, network_csv

if TYPE_CHECKING:
    from ipaportal.home.simulator.story import Story


def happen(story: "Story", month: date, now: datetime) -> None:
    """Some of what may happen: more where there are more members."""
    for code in story.plans:
        model = story.model(code)
        known = [ref for ref, person in model.people.items() if person.is_known]
        for _ in range(1 + len(known) // 200):
            if known and story.chosen(0.5):
                move(story, code, story.chance.choice(known), _day(story, month), now)
            if known and story.chosen(0.2):
                end(story, code, story.chance.choice(known), _day(story, month), now)
        adopt(story, code, now)
        settle_suspense(story, code, month, now)
    if story.chosen(0.3):
        change_practice(story, month, now)


def _day(story: "Story", month: date) -> date:
    month = max(story.first, add_months(month, -story.chance.choice([0, 1, 1, 2, 3, 5])))
    return month.replace(day=story.chance.choice([1, 1, story.chance.randint(1, days_in(month))]))


def _member(story: "Story", code: str, ref: str) -> Member:
    return Member.objects.get(payer_id=story.house.contracts[code].payer_id, plan_member_id=ref)


def move(story: "Story", code: str, ref: str, since: date, now: datetime) -> None:
    """Another doctor from a day on."""
    member = _member(story, code, ref)
    doctor = story.chance.choice(list(story.house.doctors.values()))
    there = PcpAssignment.objects.current().filter(
        member=member, practitioner=doctor, end_date=None, effective_date__lte=since
    )
    story.faults.attempt(
        "assign_pcp",
        lambda: assign_pcp(
            actor=QUINN, member_id=member.pk, practitioner_id=doctor, effective_date=since,
            reason="asked for", now=now,
        ),
        there.first,
    )  # fmt: skip
    story.model(code).chooses(ref, doctor, since)


def end(story: "Story", code: str, ref: str, day: date, now: datetime) -> None:
    """Coverage ends by hand, whatever the plan believes."""
    member, contract = _member(story, code, ref), story.codes[code]
    spans = CoverageSpan.objects.current().filter(member=member, contract=contract)

    def done() -> Member | None:
        later = spans.filter(end_date=None) | spans.filter(end_date__gt=day)
        return None if later.exists() else member

    story.faults.attempt(
        "end_coverage",
        lambda: end_coverage(
            actor=QUINN, member_id=member.pk, contract_id=contract, first_day_not_covered=day,
            reason="moved away", now=now,
        ),
        done,
    )  # fmt: skip
    story.model(code).leaves(ref, day)


def adopt(story: "Story", code: str, now: datetime) -> None:
    """Some, or all, of whom the plan pays for and nobody knows."""
    model, contract = story.model(code), story.codes[code]
    people = model.people.items()
    unknown = {ref: min(p.money) for ref, p in people if p.money and not p.is_known}
    if not unknown or story.chosen(0.4):
        return
    if story.chosen(0.5):
        ref = story.chance.choice(sorted(unknown))
        since, product = add_months(unknown[ref], -1), f"{code}-A"
        story.faults.attempt(
            "adopt_member",
            lambda: adopt_member(
                actor=QUINN, contract_id=contract, member_ref=ref, now=now,
                effective_date=since, plan_code=product,
                profile={"birth_date": date(1950, 5, 5), "sex": "F"},
            ),
            Member.objects.filter(plan_member_id=ref).first,
        )  # fmt: skip
        model.joins(ref, date(1950, 5, 5), "F", mbi=model.people[ref].paid_by_mbi)
        model.covers(ref, product, since)
        return
    refs = list(unknown)
    story.faults.attempt(
        "adopt_members",
        lambda: adopt_members(actor=QUINN, contract_id=contract, now=now),
        lambda: {} if Member.objects.filter(plan_member_id__in=refs).exists() else None,
    )
    for ref, first in unknown.items():
        model.joins(ref, mbi=model.people[ref].paid_by_mbi)
        model.covers(ref, "", first)


def _in_suspense(model: Contract, month: date) -> Iterator[tuple[str, Person, date, int]]:
    for ref, person in model.people.items():
        if not person.is_known:
            continue
        for one, cents in person.money.items():
            if cents and one <= month and not _is_covered(model, person, one):
                yield ref, person, one, cents


def _is_covered(model: Contract, person: Person, month: date) -> bool:
    return any(person.product[model.at(month) : model.at(add_months(month, 1))])


def settle_suspense(story: "Story", code: str, month: date, now: datetime) -> None:
    """Money of a month without coverage goes back to the plan, or to another month."""
    model = story.model(code)
    held = list(_in_suspense(model, month))
    if not held or story.chosen(0.6):
        return
    ref, _, one, cents = story.chance.choice(held)
    member, contract = _member(story, code, ref), story.codes[code]
    words = f"simulated {Receipt.objects.count()}"
    given = {"contract_id": contract, "member_id": member.pk, "month": one, "now": now}
    done = Receipt.objects.filter(contract=contract, reason__contains=words)
    story.faults.refused(
        "more than is in suspense",
        lambda: return_suspense(actor=QUINN, amount_cents=cents * 2, reason="too much", **given),
        NotInSuspense,
    )
    if story.chosen(0.6):
        story.faults.attempt(
            "return_suspense",
            lambda: return_suspense(actor=QUINN, amount_cents=cents, reason=words, **given),
            done.first,
        )
        story.journal.given_back.append((code, cents))
    else:
        to_month = story.chance.choice([m for m in model.deals if story.first <= m <= month])
        to_ref = story.chance.choice([r for r, p in model.people.items() if p.is_known])
        to = _member(story, code, to_ref)
        story.faults.attempt(
            "apply_suspense",
            lambda: apply_suspense(
                actor=QUINN, to_member_id=to.pk, to_month=to_month, amount_cents=cents,
                reason=words, **given,
            ),
            done.first,
        )  # fmt: skip
        model.pays(to_ref, to_month, cents)
    model.pays(ref, one, -cents)


def change_practice(story: "Story", month: date, now: datetime) -> None:
    """A doctor moves to another practice, sometimes from a day that lies behind."""
    npi, doctor = story.chance.choice(list(story.house.doctors.items()))
    tin = story.chance.choice(list(story.house.practices))
    last = Participation.objects.current().filter(practitioner=doctor).latest("effective_date")
    since = max(_day(story, month), last.effective_date)
    data = network_csv([(npi, tin, since)], story.plans)
    result = story.faults.attempt(
        "import_network", lambda: import_network(actor=QUINN, data=data, now=now)
    )
    assert not result.refused, result.refused
    for code in story.plans:
        story.model(code).works_at(doctor, story.house.practices[tin], since)

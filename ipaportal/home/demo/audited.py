"""The demo's audits: a plan's, closed with its packet, one under way, our own, corrected late."""

from datetime import date, datetime, timedelta

from django.db import transaction

from capitation.models import Member
from compliance.actions.audits import (
    answer_element,
    close_audit,
    draw_items,
    open_audit,
    report_audit,
    take_universe,
)
from compliance.actions.delegations import add_report, deliver_report, record_agreement
from compliance.actions.finding_reviews import review_finding
from compliance.actions.findings import (
    analyse_finding,
    judge_correction,
    plan_correction,
    reach_milestone,
    record_finding,
    submit_correction,
)
from compliance.actions.handovers import hand_over
from compliance.actions.packets import ask_packet
from compliance.models import Audit, Correction, DueReport, Finding
from compliance.rules.delegations import periods
from ipaportal.core.actors import Actor
from ipaportal.core.months import add_months, month_of
from ipaportal.core.packets import rows_csv
from ipaportal.core.samples import drawn_first
from ipaportal.home.demo.committee import People
from ipaportal.home.demo.papers import paper
from ipaportal.home.demo.visited import let_the_auditor_in
from ipaportal.home.demo.world import JUNIPER
from ipaportal.identity.models import Party

CLAIMS, SEED = 24, "juniper-2026"
HEADS = (
    *("Claim Number", "Enrollee ID", "Contract ID", "Plan ID"),
    *("First Tier, Downstream, and Related Entity", "Date the claim was received", "Clean claim"),
    *("Contract provider", "Claim Status", "Date paid or denied", "Amount paid", "Interest paid"),
)


def audit_the_ipa(*, people: People, officer: Actor, auditor: Actor, now: datetime) -> None:
    """Live through three audits, whole or not at all, and never twice."""
    if Audit.objects.exists():
        return
    with transaction.atomic():
        closed = _of_claims(people, officer, now)
        _of_determinations(people, officer, now)
        let_the_auditor_in(officer=officer, reviewer=people.director, auditor=auditor, now=now)
        _delegated(people, officer, now)
    ask_packet(actor=officer, audit_id=closed.pk, now=now)


def _notice(officer: Actor, now: datetime, **told: object) -> Audit:
    day = now.date()
    given = {
        "first_date": day - timedelta(days=180),
        "last_date": day - timedelta(days=90),
        "notice_date": day,
        "universe_due_date": day + timedelta(days=14),
        "fieldwork_date": day + timedelta(days=30),
        "contact_email": "",
    }
    return open_audit(actor=officer, now=now, **given | told)


def _of_claims(people: People, officer: Actor, now: datetime) -> Audit:
    """Juniper's audit of claims: a universe, a sample, one finding, corrected and validated."""
    begun = now - timedelta(days=75)
    plan = Party.objects.get(kind=Party.Kind.PAYER, code=JUNIPER.code)
    audit = _notice(
        officer,
        begun,
        kind=Audit.Kind.PLAN,
        party_id=plan.pk,
        title=f"{plan.name}: claims, yearly audit",
        function="claims",
        scope="Claims of delegated specialists that were paid or denied in the quarter.",
        contact_name="R. Haldane",
        letter=paper(f"{plan.name} announces its yearly audit of delegated claims."),
        letter_name="notice.pdf",
    )
    at = begun + timedelta(days=9)
    data = _claims(plan, audit.first_date)
    who = {"actor": officer, "audit_id": audit.pk}
    take_universe(layout="PYMT_C", data=data, name="PYMT_C.csv", now=at, **who)
    draw_items(seed=SEED, count=8, now=at + timedelta(days=1), **who)
    _answer(people.director, audit, at + timedelta(days=3), "Paid on day 41, contract says 30")
    finding = _find(
        officer,
        audit,
        at + timedelta(days=4),
        title="Clean claims paid after day 30",
        condition="One of eight clean claims was paid on day 41, without interest.",
        root_cause="Claims that wait for records are not seen again until the month's end.",
        members=3,
        amount_cents=41_275,
        basis="every claim of the quarter that waited for records was dated again",
        reader=people.director,
    )
    report_audit(text="Told to the plan in the exit conference.", now=at + timedelta(days=6), **who)
    plan_ = _plan(officer, finding, people.admin, at + timedelta(days=7), 35)
    _correct(people.admin, plan_, at + timedelta(days=30), len(plan_.milestones.all()))
    submit_correction(
        actor=people.admin, correction_id=plan_.pk, text="Three weeks of lists are in use.",
        now=at + timedelta(days=31),
    )  # fmt: skip
    last = plan_.steps.exclude(evidence_sha256="").last()
    judge_correction(
        actor=people.director, correction_id=plan_.pk, is_good=True,
        text="Read three weeks of lists: none waits longer than five days.",
        evidence_sha256=last.evidence_sha256, now=at + timedelta(days=40),
    )  # fmt: skip
    close_audit(text="The plan accepted it.", now=at + timedelta(days=45), **who)
    return audit


def _of_determinations(people: People, officer: Actor, now: datetime) -> None:
    """Our own audit of how members are told: its correction is past its day."""
    begun = now - timedelta(days=48)
    audit = _notice(
        officer,
        begun,
        kind=Audit.Kind.OWN,
        party_id=None,
        title="Notices of determinations, own audit",
        function="um",
        scope="Whether members are told of determinations in time, and why.",
        contact_name=officer.name,
    )
    rows = [f"N-{no:03},{begun.date() - timedelta(days=100 + no)}" for no in range(1, 31)]
    data = ("Case,Decided\n" + "\n".join(rows) + "\n").encode()
    at = begun + timedelta(days=3)
    who = {"actor": officer, "audit_id": audit.pk}
    take_universe(layout="plain", data=data, name="notices.csv", now=at, **who)
    draw_items(seed="own-3", count=5, now=at, **who)
    _answer(people.director, audit, at + timedelta(days=2), "Told on day nine")
    finding = _find(
        officer,
        audit,
        at + timedelta(days=3),
        title="Members are told after day seven",
        condition="One of five members was told nine days after the request.",
        root_cause="Nobody works the queue of letters on weekends.",
        members=14,
        amount_cents=0,
        basis="every letter of the quarter was dated again",
        reader=people.director,
    )
    report_audit(text="Before the compliance committee.", now=at + timedelta(days=5), **who)
    plan = _plan(officer, finding, people.specialist, at + timedelta(days=6), 28)
    _correct(people.specialist, plan, at + timedelta(days=15), 1)
    hand_over(
        actor=people.specialist, correction_id=plan.pk, to_id=people.admin.user_id,
        reason="From January on the letters go out from the network's desk.",
        now=at + timedelta(days=40),
    )  # fmt: skip
    _find(
        officer,
        audit,
        at + timedelta(days=7),
        kind="observation",
        title="Two forms of letter are in use",
        condition="Both are right; one names the appeal's address, the other its telephone.",
        root_cause="The form of last year was not taken out of use.",
        members=0,
        amount_cents=0,
        basis="both forms were read",
    )


def _delegated(people: People, officer: Actor, now: datetime) -> None:
    """What Juniper gave to us, with its calendar; a practice does for us, one report late."""
    payer = Party.objects.get(kind=Party.Kind.PAYER, code=JUNIPER.code)
    practice = Party.objects.filter(kind=Party.Kind.PRACTICE).order_by("pk")[0]
    start = add_months(month_of(now.date()), -7)
    for direction, party, source, names in (
        ("to_us", payer, "Delegation agreement, exhibit C",
         (("Claims timeliness", "quarter", 15), ("Credentialing activity", "quarter", 30))),
        ("from_us", practice, "Services agreement, schedule 2",
         (("Screening of its staff", "quarter", 20),)),
    ):  # fmt: skip
        agreement = record_agreement(
            actor=officer,
            direction=direction,
            party_id=party.pk,
            functions=["claims", "credentialing", "compliance"],
            source=source,
            effective_date=start,
            end_date=None,
            may_subdelegate=False,
            is_offshore=False,
            baa_date=start,
            now=now,
        )
        for name, every, days in names:
            report = add_report(
                actor=officer, agreement_id=agreement.pk, name=name, function="compliance",
                every=every, days=days, layout="", now=now,
            )  # fmt: skip
            _deliver(people.admin, report, start, now, leave_last=direction == "from_us")


def _deliver(
    clerk: Actor, report: DueReport, start: date, now: datetime, *, leave_last: bool
) -> None:
    """Every report that is due, each two days before its day; the last one may be left out."""
    due = list(periods(report.every, report.days, start, None, now.date()))
    for one in due[:-1] if leave_last else due:
        deliver_report(
            actor=clerk,
            report_id=report.pk,
            period_date=one.first,
            delivered_date=one.due - timedelta(days=2),
            text="through the secure mailbox",
            data=paper(f"{report.name}, {one.first} to {one.last}"),
            name="report.pdf",
            now=now,
        )


def _claims(plan: Party, first: date) -> bytes:
    """A universe of claims in the layout, of members there are; nothing else of it is real."""
    members = Member.objects.filter(payer__party=plan).order_by("pk")
    numbers = list(members.values_list("plan_member_id", flat=True)[:CLAIMS])
    keys = [f"JC-{no + 1:04}" for no in range(CLAIMS)]
    # The one whose worksheet says so.
    (late,) = drawn_first(keys, SEED, 1, str)
    rows = [HEADS]
    for no, key in enumerate(keys):
        received = first + timedelta(days=2 * no)
        paid = received + timedelta(days=41 if key == late else 12 + no % 9)
        rows.append(
            (
                *(key, numbers[no % len(numbers)], JUNIPER.cms_number, "001", "NA"),
                *(f"{received:%Y/%m/%d}", "Y", "Y", "Paid", f"{paid:%Y/%m/%d}"),
                *(f"{85 + 7 * no}.00", ""),
            )
        )
    return rows_csv(rows)


def _answer(reviewer: Actor, audit: Audit, now: datetime, words: str) -> None:
    """Every question of every item; the first item fails the first."""
    for item in audit.draw.items.all():
        for element in audit.elements.all():
            bad = item.place == 1 and element.place == 1
            answer_element(
                actor=reviewer,
                item_id=item.pk,
                element_id=element.pk,
                answer="not_met" if bad else "na" if element.place == 3 else "met",
                text=words if bad else "",
                evidence=paper(words) if bad else b"",
                evidence_name="item.pdf" if bad else "",
                now=now,
            )


def _find(
    officer: Actor,
    audit: Audit,
    now: datetime,
    *,
    title: str,
    condition: str,
    kind: str = "car",
    reader: Actor | None = None,
    **impact: object,
) -> Finding:
    finding = record_finding(
        actor=officer, audit_id=audit.pk, kind=kind, title=title, condition=condition,
        element_id=audit.elements.first().pk, now=now,
    )  # fmt: skip
    analyse_finding(actor=officer, finding_id=finding.pk, now=now, **impact)
    if reader is not None:
        review_finding(
            actor=reader, finding_id=finding.pk, is_good=True, text="Read with the item.", now=now
        )
        finding = Finding.objects.get(pk=finding.pk)
    return finding


def _plan(officer: Actor, finding: Finding, owner: Actor, now: datetime, days: int) -> Correction:
    due = now.date() + timedelta(days=days)
    return plan_correction(
        actor=officer,
        finding_id=finding.pk,
        owner_id=owner.user_id,
        text="A daily list of what waits, and a rota that works it on every day of the week.",
        due_date=due,
        milestones=[
            ("The rota is agreed", due - timedelta(days=14)),
            ("The daily list is in use", due),
        ],
        now=now,
    )


def _correct(owner: Actor, plan: Correction, now: datetime, count: int) -> None:
    for milestone in plan.milestones.all()[:count]:
        reach_milestone(
            actor=owner,
            milestone_id=milestone.pk,
            text=f"{milestone.text}, as the paper shows.",
            evidence=paper(milestone.text),
            evidence_name="shown.pdf",
            now=now,
        )

"""An audit at any step of its way, for tests and attackers."""

from datetime import UTC, date, datetime, timedelta

from compliance.actions.audits import answer_element, draw_items, open_audit, take_universe
from compliance.actions.delegations import add_report, deliver_report, record_agreement
from compliance.actions.finding_reviews import review_finding
from compliance.actions.findings import (
    add_evidence,
    analyse_finding,
    plan_correction,
    reach_milestone,
    record_finding,
)
from compliance.actions.handovers import hand_over
from compliance.actions.ratings import open_ratings
from compliance.models import Audit, AuditAnswer, AuditPacket, Correction, Finding
from ipaportal.core.actors import Actor
from ipaportal.core.files import store
from ipaportal.core.roles import Role
from ipaportal.identity.models import Party, User
from tests.people import actor_of, make_party, make_user

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
TODAY = NOON.date()
# Another officer, who reads what others wrote.
READER = Actor(9_000_001, "N. Reader", frozenset({(Role.MEDICAL_DIRECTOR, 1)}))
PDF = b"%PDF-1.7 what was done %%EOF"
UNIVERSE = b"Case,Held\n" + b"".join(f"C-{no},2026-08-{no:02}\n".encode() for no in range(1, 13))


def notice(actor: Actor, party: Party | None, title: str = "UM audit", **changed) -> Audit:
    """The notice of a plan's audit, or of our own."""
    given = {
        "kind": "plan" if party else "own",
        "party_id": party.pk if party else None,
        "title": title,
        "function": "um",
        "scope": "Determinations of the quarter",
        "first_date": date(2026, 7, 1),
        "last_date": date(2026, 9, 30),
        "notice_date": date(2026, 11, 2),
        "universe_due_date": date(2026, 11, 16),
        "fieldwork_date": date(2026, 12, 7),
        "contact_name": "R. Haldane",
        "contact_email": "haldane@plan.example",
        "now": NOON - timedelta(days=10),
        **changed,
    }
    return open_audit(actor=actor, **given)


def sampled(actor: Actor, audit: Audit, data: bytes = UNIVERSE, count: int = 2):
    """Its universe is taken and a sample drawn."""
    given = {"layout": "plain", "data": data, "name": "universe.csv", "now": NOON}
    take_universe(actor=actor, audit_id=audit.pk, **given)
    return draw_items(actor=actor, audit_id=audit.pk, seed="2026", count=count, now=NOON)


def answer_all(actor: Actor, audit: Audit, fails: int = 0) -> None:
    """Every question is answered; the first item fails so many elements."""
    for item in audit.draw.items.all():
        for place, element in enumerate(audit.elements.all()):
            bad = item.place == 1 and place < fails
            answer_element(
                actor=actor,
                item_id=item.pk,
                element_id=element.pk,
                answer="not_met" if bad else "met",
                text="sent on day nine" if bad else "",
                evidence=PDF if bad else b"",
                evidence_name="letter.pdf" if bad else "",
                now=NOON,
            )


def found(
    actor: Actor, audit: Audit, title: str = "Notices are late", kind="car", *, issued: bool = True
) -> Finding:
    """A finding about the first element, analysed, and issued by somebody else."""
    finding = record_finding(
        actor=actor,
        audit_id=audit.pk,
        kind=kind,
        title=title,
        condition="One of two notices went out on day nine.",
        element_id=audit.elements.first().pk,
        now=NOON,
    )
    analyse_finding(
        actor=actor,
        finding_id=finding.pk,
        root_cause="Nobody watches the queue on weekends.",
        members=14,
        amount_cents=120_050,
        basis="every notice of the quarter was read again",
        now=NOON,
    )
    if issued:
        review_finding(actor=READER, finding_id=finding.pk, is_good=True, now=NOON)
    return Finding.objects.get(pk=finding.pk)


def planned(actor: Actor, finding: Finding, owner: User, due: date = TODAY) -> Correction:
    """Its plan with two milestones."""
    return plan_correction(
        actor=actor,
        finding_id=finding.pk,
        owner_id=owner.pk,
        text="A weekend rota, and a daily list of what is due.",
        due_date=due,
        milestones=[("Rota agreed", due - timedelta(days=7)), ("List in use", due)],
        now=NOON,
    )


def worked(owner: Actor, plan: Correction, now: datetime = NOON) -> None:
    """The owner reached every milestone, and adds a paper."""
    for milestone in plan.milestones.all():
        reach_milestone(actor=owner, milestone_id=milestone.pk, text="done", now=now)
    add_evidence(
        actor=owner,
        correction_id=plan.pk,
        text="the rota",
        evidence=PDF,
        evidence_name="rota.pdf",
        now=now,
    )


def make_audited(name: str) -> dict[str, object]:
    """A plan's audit with a finding being corrected; gives what addresses may name."""
    clerk = Actor.system("test")
    owner = make_user("owner@audited.example", Role.NETWORK_ADMIN, name=name[:200])
    plan = make_party("payer", name[:200])
    letter = {"letter": PDF, "letter_name": name}
    audit = notice(clerk, plan, name[:200], scope=name, contact_name=name[:200], **letter)
    draw = sampled(clerk, audit)
    answer_all(clerk, audit, fails=1)
    open_ratings(actor=clerk, audit_id=audit.pk, text=name[:300] or "for all", now=NOON)
    finding = found(clerk, audit, name[:200])
    correction = planned(clerk, finding, owner)
    worked(actor_of(owner), correction)
    heir = make_user("heir@audited.example", Role.NETWORK_ADMIN, name=name[:200])
    offer = hand_over(
        actor=actor_of(owner), correction_id=correction.pk, to_id=heir.pk, reason=name[:1000],
        now=NOON,
    )  # fmt: skip
    packet = AuditPacket.objects.create(
        audit=audit,
        state="done",
        sha256=store(b"packet").sha256,
        asked_by_name=name[:200],
        asked_at=NOON,
    )
    return {
        "audit_id": audit.pk,
        "universe_id": draw.universe_id,
        "audited_item_id": draw.items.first().pk,
        "answer_id": AuditAnswer.objects.exclude(evidence_sha256="").latest("pk").pk,
        "finding_id": finding.pk,
        **make_delegated(clerk, plan, name),
        "audit_packet_id": packet.pk,
        "handover_id": offer.pk,
        "correction_step_id": correction.steps.exclude(evidence_sha256="").first().pk,
    }


def make_delegated(clerk: Actor, plan: Party, name: str) -> dict[str, object]:
    """An agreement with a report of its calendar that was sent; gives what addresses may name."""
    agreement = record_agreement(
        actor=clerk,
        direction="to_us",
        party_id=plan.pk,
        functions=["claims"],
        source=name[:300],
        effective_date=date(2026, 1, 1),
        end_date=None,
        may_subdelegate=True,
        is_offshore=False,
        baa_date=None,
        evidence=PDF,
        evidence_name=name,
        now=NOON,
    )
    report = add_report(
        actor=clerk, agreement_id=agreement.pk, name=name[:200], function="claims",
        every="quarter", days=30, layout="plain", now=NOON,
    )  # fmt: skip
    delivery = deliver_report(
        actor=clerk, report_id=report.pk, period_date=date(2026, 7, 1), delivered_date=TODAY,
        text=name[:500], data=UNIVERSE, name=name, now=NOON,
    )  # fmt: skip
    return {
        "delegation_party_id": plan.pk,
        "agreement_id": agreement.pk,
        "report_id": report.pk,
        "delivery_id": delivery.pk,
    }

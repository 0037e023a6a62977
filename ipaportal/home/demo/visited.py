"""The demo's open audit: Juniper's auditor is let in, shown two worksheets, and asks for papers."""

from datetime import datetime, timedelta

from capitation.models import Member
from compliance.actions.audit_rooms import (
    admit_guest,
    ask_for,
    note_look,
    release_parts,
    reply_to,
)
from compliance.actions.audits import answer_element, draw_items, open_audit, take_universe
from compliance.models import Audit
from ipaportal.core.actors import Actor
from ipaportal.core.packets import rows_csv
from ipaportal.home.demo.papers import paper
from ipaportal.home.demo.world import JUNIPER
from ipaportal.identity.models import Party


def let_the_auditor_in(*, officer: Actor, reviewer: Actor, auditor: Actor, now: datetime) -> Audit:
    """An audit of determinations in the middle of its fieldwork."""
    plan = Party.objects.get(kind=Party.Kind.PAYER, code=JUNIPER.code)
    begun = now - timedelta(days=12)
    day = begun.date()
    audit = open_audit(
        actor=officer, kind=Audit.Kind.PLAN, party_id=plan.pk,
        title=f"{plan.name}: determinations, focused audit", function="um",
        scope="Determinations of delegated specialists, and what members were told of them.",
        first_date=day - timedelta(days=120), last_date=day - timedelta(days=30),
        notice_date=day, universe_due_date=day + timedelta(days=5),
        fieldwork_date=now.date(), contact_name=auditor.name, contact_email="",
        letter=paper(f"{plan.name} announces a focused audit of determinations."),
        letter_name="notice.pdf", now=begun,
    )  # fmt: skip
    at = begun + timedelta(days=3)
    members = Member.objects.filter(payer__party=plan).order_by("pk")
    numbers = list(members.values_list("plan_member_id", flat=True)[:18])
    rows = [("Case", "Enrollee ID", "Decided")]
    rows += [
        (f"JD-{no:03}", number, f"{audit.first_date + timedelta(days=4 * no)}")
        for no, number in enumerate(numbers, 1)
    ]
    who = {"actor": officer, "audit_id": audit.pk}
    take_universe(layout="plain", data=rows_csv(rows), name="determinations.csv", now=at, **who)
    draw_items(seed="juniper-um", count=5, now=at + timedelta(days=1), **who)
    items = list(audit.draw.items.all()[:3])
    for item in items:
        for element in audit.elements.all():
            shown = item.place == 1 and element.place == 1
            answer_element(
                actor=reviewer, item_id=item.pk, element_id=element.pk, answer="met",
                evidence=paper("The letter as it was sent.") if shown else b"",
                evidence_name="letter.pdf" if shown else "", now=at + timedelta(days=3),
            )  # fmt: skip
    _visit(audit, [one.pk for one in items[:2]], officer, auditor, now)
    return audit


def _visit(audit: Audit, items: list[int], officer: Actor, auditor: Actor, now: datetime) -> None:
    """Let in, shown, asked; one request is answered, and one waits."""
    admit_guest(
        actor=officer, audit_id=audit.pk, user_id=auditor.user_id,
        until_date=(now + timedelta(days=21)).date(), now=now,
    )  # fmt: skip
    letter = audit.draw.items.first().answers.exclude(evidence_sha256="").first()
    release_parts(actor=officer, audit_id=audit.pk, item_ids=items, answer_ids=[letter.pk], now=now)
    for what in ("the audit", "item 1"):
        note_look(actor=auditor, audit_id=audit.pk, what=what, now=now)
    asked = [
        ask_for(
            actor=auditor, audit_id=audit.pk, text=text, now=now,
            due_date=(now + timedelta(days=days)).date(),
        )
        for text, days in (
            ("The rota of who decides on weekends, as it was in force", 2),
            ("Minutes of the utilization committee in which denials were read", 5),
        )
    ]  # fmt: skip
    reply_to(
        actor=officer, request_id=asked[0].pk, is_given=True, text="As approved in spring.",
        file=paper("Who decides on weekends."), file_name="rota.pdf", now=now,
    )  # fmt: skip

"""The demo's record systems: most practices have one, one goes live, one interface fell silent."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction

from compliance.actions.ehr import (
    add_interface,
    answer_ticket,
    begin_go_live,
    do_step,
    hear_interface,
    open_ticket,
    record_system,
)
from compliance.actions.subsidies import agree_subsidy, attest_subsidy, record_contribution
from compliance.models import RecordSystem
from credentialing.models import Practice
from ipaportal.core.actors import Actor
from ipaportal.home.demo.papers import paper

ENGINE = Actor.system("demo")
# Product, vendor, version and where it runs; invented.
PRODUCTS = (
    ("Chartwell", "Northline Systems", "12.3", "vendor"),
    ("OpenRounds", "Harbour Software", "4.1", "ipa"),
    ("ClinicDesk", "Tallis", "2019", "own"),
)
MOST = 12
DONE = 5  # steps of the project


def keep_records(
    *, admin: Actor, finance: Actor, doctor: Actor, manager: Actor, now: datetime
) -> None:
    """Record systems, interfaces, a project, a subsidy and tickets, whole and never twice."""
    if RecordSystem.objects.exists():
        return
    rows = Practice.objects.order_by("pk")
    own = rows.get(party__in=[party for _, party in doctor.grants])
    other = rows.get(party__in=[party for _, party in manager.grants])
    rest = [one for one in rows[:MOST] if one not in (own, other)]
    with transaction.atomic():
        for place, practice in enumerate([own, other, *rest]):
            if place % 6 != 5:  # some are not on record yet
                _system(admin, practice, place, now)
        _interfaces(admin, [own, other, *rest[:3]], now)
        _going_live(admin, other, now)
        _given(finance, manager, other, now)
        _tickets(admin, doctor, manager, own, other, now)


def _system(admin: Actor, practice: Practice, place: int, now: datetime) -> None:
    product, vendor, version, hosting = PRODUCTS[place % len(PRODUCTS)]
    host, today = product.lower(), now.date()
    is_old = hosting == "own"
    record_system(
        actor=admin, practice_id=practice.pk, product=product, vendor=vendor, version=version,
        listing="" if is_old else f"15.99.0{place % 10}.{product[:4].upper()}",
        certified_until=None if is_old else date(today.year + 1, 12, 31), hosting=hosting,
        modules="Schedule, notes, orders", exchange="" if is_old else "Valley exchange",
        fhir_base_url="" if is_old else f"https://fhir.{host}.example/r4/{practice.pk}",
        direct_address="" if is_old else f"office{practice.pk}@direct.{host}.example",
        agreement_date=None if place % 4 == 3 else date(today.year - 2, 3, 1),
        since_date=date(today.year - 2, 3, 1),
        contract_end=today + timedelta(days=60 + 120 * (place % 5)),
        yearly_cents=(4_800 + 600 * place) * 100, now=now - timedelta(days=200),
    )  # fmt: skip


def _interfaces(admin: Actor, practices: Sequence[Practice], now: datetime) -> None:
    """One silent, one failing, the others well."""
    kinds = (("lab", "Coastal Laboratory"), ("claims", "Clearwater Clearing"))
    for place, practice in enumerate(practices):
        for kind, partner in kinds:
            _, secret = add_interface(
                actor=admin, practice_id=practice.pk, kind=kind, partner=partner, silent_hours=48,
                now=now - timedelta(days=90),
            )  # fmt: skip
            is_silent, is_failing = place == 2 and kind == "lab", place == 3 and kind == "claims"
            for day in range(6, 3 if is_silent else -1, -1):
                hear_interface(
                    actor=ENGINE, secret=secret, messages=38 + (place * 7 + day) % 11,
                    errors=4 if is_failing else day % 2, now=now - timedelta(days=day, hours=2),
                )  # fmt: skip


def _going_live(admin: Actor, practice: Practice, now: datetime) -> None:
    project = begin_go_live(
        actor=admin, practice_id=practice.pk, product="OpenRounds 5", leader="Dr. M. Hale",
        start_date=now.date() - timedelta(weeks=6), weeks=14, now=now - timedelta(weeks=7),
    )  # fmt: skip
    for place, step in enumerate(project.steps.all()[:DONE]):
        do_step(
            actor=admin, step_id=step.pk, words=f"Seen on day {step.due_date:%Y-%m-%d}",
            now=now - timedelta(weeks=6 - place),
        )  # fmt: skip


def _given(finance: Actor, manager: Actor, practice: Practice, now: datetime) -> None:
    """Attested and paid for: it waits for somebody to release it."""
    row = agree_subsidy(
        actor=finance, practice_id=practice.pk, what="Licences and training for OpenRounds 5",
        cost_cents=1_840_000, contribution_cents=276_000,
        signed_date=now.date() - timedelta(weeks=7), paper=paper("Agreement on record systems"),
        paper_name="agreement.pdf", now=now - timedelta(weeks=7),
    )  # fmt: skip
    attest_subsidy(actor=manager, subsidy_id=row.pk, now=now - timedelta(weeks=6))
    record_contribution(
        actor=finance, subsidy_id=row.pk, paid_date=now.date() - timedelta(weeks=5),
        reference="Check 2207", now=now - timedelta(weeks=5),
    )  # fmt: skip


def _tickets(
    admin: Actor, doctor: Actor, manager: Actor, own: Practice, other: Practice, now: datetime
) -> None:
    open_ticket(
        actor=doctor, practice_id=own.pk, subject="Laboratory results come a day late",
        text="Since last Monday results of the morning stand here the next morning only.",
        now=now - timedelta(days=2),
    )  # fmt: skip
    done = open_ticket(
        actor=manager, practice_id=other.pk, subject="Where do we see claims that were sent back?",
        text="The old system had a list.", now=now - timedelta(days=9),
    )  # fmt: skip
    answer_ticket(
        actor=admin, ticket_id=done.pk, text="Here, under Billing: each says what to send.",
        is_over=True, now=now - timedelta(days=8),
    )  # fmt: skip

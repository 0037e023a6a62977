"""A practice's record system with everything about it, for pages and attackers."""

from datetime import UTC, date, datetime

from compliance.actions.ehr import add_interface, begin_go_live, open_ticket, record_system
from compliance.actions.subsidies import agree_subsidy
from compliance.models import Subsidy
from credentialing.models import Practice
from ipaportal.core.actors import Actor

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DESK = Actor.system("test")
PDF = b"%PDF-1.7 what was agreed %%EOF"
SYSTEM = {
    "product": "Chartwell",
    "vendor": "Northline",
    "version": "12",
    "listing": "15.04.04.0000.CHAR.12.00.1.200101",
    "certified_until": date(2027, 12, 31),
    "hosting": "vendor",
    "modules": "",
    "fhir_base_url": "https://fhir.chartwell.example/r4",
    "direct_address": "office@direct.chartwell.example",
    "exchange": "",
    "agreement_date": date(2025, 1, 2),
    "since_date": date(2025, 1, 2),
    "contract_end": date(2028, 1, 1),
    "yearly_cents": 1_200_000,
}


def agree(practice: Practice, **changes: object) -> Subsidy:
    """An agreement over $10,000, of which the practice pays fifteen per cent."""
    given = {
        "what": "Licences and training", "cost_cents": 1_000_000, "contribution_cents": 150_000,
        "signed_date": date(2026, 11, 1), "paper": PDF, "paper_name": "agreement.pdf",
        "actor": DESK, "now": NOW,
    }  # fmt: skip
    return agree_subsidy(practice_id=practice.pk, **given | changes)


def make_ehr(practice: Practice, name: str = "") -> dict[str, object]:
    """A system, a project, an interface, a subsidy and a ticket; what addresses may name."""
    said = {"product": name[:120], "vendor": name[:120]} if name else {}
    record_system(actor=DESK, practice_id=practice.pk, now=NOW, **SYSTEM | said)
    project = begin_go_live(
        actor=DESK, practice_id=practice.pk, product=name[:120] or "Chartwell", weeks=14,
        leader=name[:120] or "Dr. Chen", start_date=date(2026, 11, 2), now=NOW,
    )  # fmt: skip
    interface, _ = add_interface(
        actor=DESK, practice_id=practice.pk, kind="lab", partner=name[:120] or "Coastal Lab",
        silent_hours=48, now=NOW,
    )  # fmt: skip
    subsidy = agree(practice, **({"what": name[:300], "paper_name": name} if name else {}))
    ticket = open_ticket(
        actor=DESK, practice_id=practice.pk, subject=name[:120] or "Slow",
        text=name or "Since Monday.", now=NOW,
    )  # fmt: skip
    return {
        "go_live_id": project.pk,
        "go_live_step_id": project.steps.first().pk,
        "ehr_interface_id": interface.pk,
        "subsidy_id": subsidy.pk,
        "help_ticket_id": ticket.pk,
    }

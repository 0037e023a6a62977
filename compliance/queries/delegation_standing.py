"""How each plan and each of those we delegated to stands: what is owed now, late, and found."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from compliance.models import Audit, DelegationAgreement, DueReport, Finding
from compliance.queries.delegations import VIEW, Owed, owed
from compliance.queries.findings import NEEDS_NONE, BoardRow, board_rows
from compliance.queries.findings import VIEW as VIEW_AUDITS
from compliance.rules.delegations import LATE, Duty, duties_of
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted
from ipaportal.identity.models import Party

# Which audits belong to which direction.
AUDITED = {"plan": "to_us", "downstream": "from_us"}


@dataclass(frozen=True)
class Standing:
    """One party in one direction: agreements in force or to come, and what is open of them."""

    party: Party
    direction: str
    agreements: tuple[DelegationAgreement, ...]
    reports: tuple[Owed, ...]
    # Empty for whoever may not see audits.
    audits: tuple[Audit, ...]
    findings: tuple[BoardRow, ...]

    @property
    def functions(self) -> list[str]:
        """What is delegated, each once."""
        return sorted({code for one in self.agreements for code in one.functions})

    @property
    def duties(self) -> list[Duty]:
        """Each report of the calendars with the period that it is about now."""
        told = [
            (row.report.pk, row.period, row.state, row.delivery and row.delivery.delivered_date)
            for row in self.reports
        ]
        return duties_of(told)

    @property
    def late(self) -> list[Owed]:
        """Reports that are overdue or were not valid."""
        return [row for row in self.reports if row.state in LATE]

    @property
    def following(self) -> Owed | None:
        """The next report that is due, of those that are not late."""
        return next((row for row in self.reports if row.state in ("due soon", "not yet due")), None)

    @property
    def last(self) -> Owed | None:
        """What was sent or came last."""
        sent = [row for row in self.reports if row.delivery is not None]
        return max(
            sent, key=lambda row: (row.delivery.delivered_date, row.delivery.pk), default=None
        )


def standings(*, actor: Actor, today: date, party_id: int | None = None) -> list[Standing]:
    """
    Everybody with an agreement that is not over, or something open of one; nine queries.

    :raises NotPermitted: for whoever may see none
    """
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
    whose = Q() if party_id is None else Q(party=party_id)
    of_report = Q() if party_id is None else Q(agreement__party=party_id)
    live = Q(end_date=None) | Q(end_date__gt=today)
    agreed, reports = defaultdict(list), defaultdict(list)
    parties: dict[int, Party] = {}
    for one in DelegationAgreement.objects.filter(live & whose).select_related("party"):
        parties[one.party_id] = one.party
        agreed[one.party_id, one.direction].append(one)
    for row in owed(DueReport.objects.filter(of_report), today):
        key = row.report.agreement.party_id, row.report.agreement.direction
        # What an agreement that is over left open is owed still.
        if key in agreed or row.state in LATE:
            parties[key[0]] = row.report.agreement.party
            reports[key].append(row)
    audits, findings = defaultdict(list), defaultdict(list)
    if actor.may(VIEW_AUDITS):
        _audited(whose, today, parties, audits, findings)
    keys = {*agreed, *reports, *audits, *findings}
    found = [
        Standing(parties[key[0]], key[1],
                 *(tuple(part[key]) for part in (agreed, reports, audits, findings)))
        for key in keys
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one.direction, one.party.name, one.party.pk))


def _audited(whose: Q, today: date, parties: dict, audits: dict, findings: dict) -> None:
    """Audits that are not closed, and findings that are not validated, by party and direction."""
    open_ = Audit.objects.with_state().filter(whose, kind__in=AUDITED, party__isnull=False)
    for one in open_.exclude(state="closed").select_related("party"):
        parties[one.party_id] = one.party
        audits[one.party_id, AUDITED[one.kind]].append(one)
    of_finding = {f"audit__{name}": value for name, value in whose.children}
    found = Finding.objects.standing().filter(audit__kind__in=AUDITED, audit__party__isnull=False)
    found = found.filter(**of_finding).select_related("audit__party", "correction")
    for row in board_rows(found, today):
        audit = row.finding.audit
        if row.state not in ("validated", NEEDS_NONE):
            parties[audit.party_id] = audit.party
            findings[audit.party_id, AUDITED[audit.kind]].append(row)

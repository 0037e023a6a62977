"""What people ask of practices' record systems: all of them at a glance, and one in full."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, QuerySet, Sum

from compliance.models import (
    Claim,
    GoLive,
    HelpTicket,
    InterfaceBeat,
    RecordInterface,
    RecordSystem,
    Subsidy,
)
from compliance.rules.ehr import Heard, Known, Sign, interface_state, readiness, score
from credentialing.models import Practice
from ipaportal.core.actors import Actor

VIEW, LIST, OWN = "compliance.view_ehr", "compliance.list_ehr", "compliance.view_own_ehr"
LATELY = timedelta(days=7)


@dataclass(frozen=True)
class Line:
    """An interface, what was heard of it in seven days, and its state."""

    row: RecordInterface
    heard: Heard
    state: str


@dataclass(frozen=True)
class Card:
    """A practice's system as it stands now."""

    practice: Practice
    system: RecordSystem | None
    project: GoLive | None
    lines: tuple[Line, ...]
    signs: tuple[Sign, ...]
    tickets: int

    @property
    def score(self) -> int:
        return score(self.signs)

    @property
    def troubled(self) -> int:
        return sum(line.state != "running" for line in self.lines)


def practices_seen(actor: Actor, permission: str = VIEW) -> QuerySet[Practice]:
    """Practices whose systems an actor may see."""
    reach = actor.reach(permission)
    rows = Practice.objects.select_related("party").order_by("name", "pk")
    return rows if reach is None else rows.filter(party_id__in=reach)


def fhir_address(party_id: int) -> str:
    """Where the record system of a practice gives its records, as it is known now; or nothing."""
    rows = RecordSystem.objects.filter(practice__party=party_id, superseded_at=None)
    return rows.values_list("fhir_base_url", flat=True).first() or ""


def tickets_seen(actor: Actor) -> QuerySet[HelpTicket]:
    return HelpTicket.objects.filter(practice__in=practices_seen(actor)).select_related("practice")


def subsidies_seen(actor: Actor) -> QuerySet[Subsidy]:
    return Subsidy.objects.filter(practice__in=practices_seen(actor)).select_related("practice")


def cards(practices: list[Practice], now: datetime) -> list[Card]:
    """How practices' systems stand, in the order given; a question a kind, not a practice."""
    keys = [one.pk for one in practices]
    live = {"practice__in": keys, "ended_at": None}
    systems = RecordSystem.objects.filter(practice__in=keys, superseded_at=None)
    systems = {one.practice_id: one for one in systems}
    projects = {one.practice_id: one for one in GoLive.objects.filter(**live)}
    lines: dict[int, list[Line]] = {}
    for line in _lines(list(RecordInterface.objects.filter(**live)), now):
        lines.setdefault(line.row.practice_id, []).append(line)
    open_ = HelpTicket.objects.filter(practice__in=keys, closed_at=None).order_by()
    tickets = dict(open_.values_list("practice").annotate(n=Count("pk")))
    sent = Claim.objects.filter(party__in=[one.party_id for one in practices]).order_by()
    claimed = dict(sent.values_list("party").annotate(last=Max("received_on")))
    found = []
    for one in practices:
        own, system = tuple(lines.get(one.pk, ())), systems.get(one.pk)
        known = _known(system, claimed.get(one.party_id), own)
        found.append(
            Card(one, system, projects.get(one.pk), own, readiness(known, now.date()),
                 tickets.get(one.pk, 0))
        )  # fmt: skip
    return found


def _known(system: RecordSystem | None, last_claims, lines: tuple[Line, ...]) -> Known:
    states = tuple(line.state for line in lines)
    if system is None:
        return Known(has_system=False, last_claims=last_claims, interfaces=states)
    return Known(
        has_system=True, certified_until=system.certified_until,
        has_fhir=bool(system.fhir_base_url), has_direct=bool(system.direct_address),
        agreement_date=system.agreement_date, contract_end=system.contract_end,
        last_claims=last_claims, interfaces=states,
    )  # fmt: skip


def _lines(rows: list[RecordInterface], now: datetime) -> list[Line]:
    keys = [row.pk for row in rows]
    lately = InterfaceBeat.objects.filter(interface__in=keys, heard_at__gt=now - LATELY).order_by()
    told = {
        key: (messages, errors)
        for key, messages, errors in lately.values_list("interface").annotate(
            Sum("messages"), Sum("errors")
        )
    }
    beats = InterfaceBeat.objects.filter(interface__in=keys).order_by()
    last = dict(beats.values_list("interface").annotate(last=Max("heard_at")))
    found = []
    for row in rows:
        heard = Heard(last.get(row.pk), *told.get(row.pk, (0, 0)))
        found.append(Line(row, heard, interface_state(heard, row.silent_hours, now)))
    return found

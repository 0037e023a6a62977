"""The canonical rows of a payer's roster on a day, and what the payer was last sent."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Prefetch, Q

from credentialing.models import (
    Credential,
    CredentialingEvent,
    Delegation,
    EarlierDecision,
    NetworkListing,
    Practitioner,
    PractitionerRole,
    RosterLine,
    ScreeningMatch,
)
from credentialing.queries.closures import closed_on
from credentialing.queries.screening_matches import WAITING
from credentialing.rules.events import DECIDED, Status
from credentialing.rules.rosters import Content, Facts, gate_faults
from ipaportal.core.exports import amount_text


@dataclass
class RosterRows:
    """Rows by role and network, whose they are, and why some are held back."""

    rows: dict[str, Content] = field(default_factory=dict)
    practitioners: dict[str, int] = field(default_factory=dict)
    held: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Decided:
    """
    When somebody was first and last decided about with approval, and when the next is due.

    Of whoever came with a decision of others, and was not decided here since, that one counts.
    """

    first: date
    last: date
    next_due: date | None


def roster_rows(delegation: Delegation, day: date) -> RosterRows:
    """Every row of a payer's networks on a day, ended ones with their term; a dozen queries."""
    found = RosterRows()
    listings: dict[str, list[NetworkListing]] = defaultdict(list)
    for listing in _listings(delegation.payer_party_id):
        listings[f"{listing.role_id}:{listing.network_id}"].append(listing)
    people = _people({one[0].role.practitioner_id for one in listings.values()})
    decided = _decided(people, day)
    stopped = _stopped(people)
    closed = closed_on(day, list(people))
    for key, spans in sorted(listings.items()):
        listing = _span_on(spans, day)
        who = people[listing.role.practitioner_id]
        row = _row(listing, who, decided.get(who.pk), delegation.payer_party_id)
        if who.pk in closed:
            row["panel"] = PractitionerRole.Panel.EXISTING.label
        found.rows[key], found.practitioners[key] = row, who.pk
        facts = Facts(
            has_active_licence=_licence(who, row["state"], day) is not None,
            is_stopped=who.pk in stopped,
            is_lapsed=bool(row["next_due"]) and row["next_due"] < day.isoformat(),
        )
        if not row["term_date"] and (faults := gate_faults(row, facts)):
            found.held[key] = faults
    return found


def sent_rows(delegation: Delegation) -> dict[str, RosterLine]:
    """The newest line a payer was sent for each key and did not refuse."""
    lines = (
        RosterLine.objects.filter(roster__delegation=delegation)
        .prefetch_related("answers")
        .order_by("key", "-roster__number")
    )
    newest: dict[str, RosterLine] = {}
    for line in lines:
        if line.key not in newest and not is_refused(line):
            newest[line.key] = line
    return newest


def is_refused(line: RosterLine) -> bool:
    """Whether the payer's newest answer to a line was no."""
    answers = list(line.answers.all())
    return bool(answers) and not answers[0].is_accepted


def _listings(payer_party_id: int) -> list[NetworkListing]:
    return list(
        NetworkListing.objects.current()
        .filter(network__payer_party_id=payer_party_id)
        .select_related("role__location__practice", "network")
        .order_by("effective_date", "pk")
    )


def _span_on(spans: list[NetworkListing], day: date) -> NetworkListing:
    """The span that holds on a day, else the next to begin, else the last that ended."""
    for span in spans:
        if span.end_date is None or span.end_date > day:
            return span
    return spans[-1]


def _people(ids: set[int]) -> dict[int, Practitioner]:
    current = Credential.objects.current().order_by("kind", "-expires_date", "pk")
    found = Practitioner.objects.filter(pk__in=ids).prefetch_related(
        "names",
        "identifiers",
        Prefetch("credentials", queryset=current, to_attr="held"),
        "affiliations",
    )
    return {who.pk: who for who in found}


def _decided(ids: Collection[int], day: date) -> dict[int, Decided]:
    """From the events, oldest first; whoever was last denied counts as not decided."""
    events = (
        CredentialingEvent.objects.filter(
            practitioner_id__in=list(ids), decision_date__isnull=False
        )
        .filter(status__in=[*DECIDED, Status.CLOSED])
        .prefetch_related("steps")
        .order_by("decision_date", "pk")
    )
    taken_over = EarlierDecision.objects.filter(
        practitioner__in=list(ids), superseded_at=None, decided_date__lte=day
    )
    found = {
        one.practitioner_id: Decided(
            one.initial_date or one.decided_date, one.decided_date, one.next_due_date
        )
        for one in taken_over
    }
    for event in events:
        if any(step.to_status == Status.DENIED for step in event.steps.all()):
            found.pop(event.practitioner_id, None)
            continue
        before = found.get(event.practitioner_id)
        first = before.first if before else event.decision_date
        found[event.practitioner_id] = Decided(first, event.decision_date, event.next_due_date)
    return found


def _stopped(ids) -> set[int]:
    """Whom an exclusion list stops, or a match about whom nobody has decided."""
    keys = {f"practitioner:{pk}": pk for pk in ids}
    matched = ScreeningMatch.objects.filter(subject_key__in=list(keys))
    open_keys = matched.filter(WAITING | Q(is_stopped=True)).values_list("subject_key", flat=True)
    events = CredentialingEvent.objects.filter(practitioner_id__in=list(ids))
    stopped = events.filter(status=Status.STOPPED).values_list("practitioner_id", flat=True)
    return {keys[key] for key in open_keys} | set(stopped)


def _held(who: Practitioner, kind: str, state: str = "") -> Credential | None:
    mine = [c for c in who.held if c.kind == kind and c.status != Credential.Status.EXEMPT]
    return next((c for c in mine if not state or c.state == state), None)


def _licence(who: Practitioner, state: str, day: date) -> Credential | None:
    """The licence that holds in a state on a day, if any; a limited one holds."""
    for one in who.held:
        is_good = one.status in (Credential.Status.ACTIVE, Credential.Status.LIMITED)
        is_in_time = one.expires_date is None or one.expires_date >= day
        if one.kind == "licence" and one.state == state and is_good and is_in_time:
            return one
    return None


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def _row(
    listing: NetworkListing, who: Practitioner, decided: Decided | None, payer_id: int
) -> dict[str, str]:
    role, network = listing.role, listing.network
    return {
        **_person(who, payer_id, role.location.state),
        **_credentials(who, role.location.state),
        **_place(role.location),
        "care": role.get_care_display(),
        "specialty": role.specialty,
        "taxonomy": role.taxonomy or who.taxonomy,
        "panel": role.get_panel_display(),
        "initial_decision": _iso(decided and decided.first),
        "decision_date": _iso(decided and decided.last),
        "next_due": _iso(decided and decided.next_due),
        "network": network.name,
        "line_of_business": network.line_of_business,
        "effective_date": _iso(listing.effective_date),
        "term_date": _iso(listing.end_date),
        "term_reason": listing.reason if listing.end_date else "",
    }


def _person(who: Practitioner, payer_id: int, state: str) -> dict[str, str]:
    numbers = {
        one.system: one.value
        for one in who.identifiers.all()
        if one.payer_party_id in (None, payer_id) and one.state in ("", state)
    }
    former = next((name.last_name for name in who.names.all() if name.kind == "former"), "")
    admits = next((one for one in who.affiliations.all() if one.superseded_at is None), None)
    return {
        "last_name": who.last_name,
        "first_name": who.first_name,
        "middle_name": who.middle_name,
        "suffix": who.suffix,
        "degree": who.degree,
        "former_name": former,
        "gender": who.gender,
        "npi": who.npi,
        "caqh_id": numbers.get("caqh", ""),
        "medicare_id": numbers.get("medicare", ""),
        "medicaid_id": numbers.get("medicaid", ""),
        "payer_id": numbers.get("payer", ""),
        "provider_type": who.get_provider_type_display(),
        "hospital": admits.hospital_name if admits else "",
        "admitting": admits.get_kind_display() if admits else "",
    }


def _credentials(who: Practitioner, state: str) -> dict[str, str]:
    licence, dea = _held(who, "licence", state), _held(who, "dea")
    board, cover = _held(who, "board"), _held(who, "coverage")
    return {
        "board": board.category or board.issuer if board else "",
        "board_expires": _iso(board and board.expires_date),
        "licence_number": licence.number if licence else "",
        "licence_state": licence.state if licence else "",
        "licence_expires": _iso(licence and licence.expires_date),
        "dea_number": dea.number if dea else "",
        "dea_expires": _iso(dea and dea.expires_date),
        "malpractice_carrier": cover.issuer if cover else "",
        "malpractice_per_claim": amount_text(cover.per_claim_cents or 0) if cover else "",
        "malpractice_aggregate": amount_text(cover.aggregate_cents or 0) if cover else "",
        "malpractice_expires": _iso(cover and cover.expires_date),
    }


def _place(location) -> dict[str, str]:
    practice = location.practice
    return {
        "practice_name": practice.name,
        "practice_tin": practice.tin,
        "practice_npi": practice.npi,
        "legal_name": practice.legal_name or practice.name,
        "address": location.line,
        "city": location.city,
        "state": location.state,
        "zip": location.zip_code[:5],
        "county": location.county,
        "phone": location.phone,
        "fax": location.fax,
    }

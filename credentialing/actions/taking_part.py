"""Beneath actions: days with a payer begin and end by facts, and listings end with them."""

from datetime import date, datetime

from django.db.models import F, Q

from credentialing.actions.adverse_steps import open_denial
from credentialing.models import (
    CredentialingEvent,
    Decision,
    Facility,
    NetworkListing,
    Participation,
    Practice,
)
from ipaportal.audit.actions import record
from ipaportal.audit.batches import NETWORK, open_batch
from ipaportal.core.actors import Actor

Kind = CredentialingEvent.Kind


def carry_out_decision(
    event: CredentialingEvent, decision: Decision, *, actor: Actor, now: datetime
) -> None:
    """
    Let a decision about a practitioner take effect in the networks.

    An approval starts them with every payer of the practice that applied; a provisional one ends
    by itself; a facility is in the network from then on. A denial opens an adverse action and ends
    nothing before that is final.
    """
    day = decision.decision_date
    if decision.outcome == "denied":
        open_denial(event.practitioner or event.facility, decision, actor=actor, now=now)
        return
    if event.practitioner_id is None:
        _admit(event.facility)
        return
    practice = _practice_of(event)
    if practice is None or event.kind not in (Kind.INITIAL, Kind.PROVISIONAL):
        return
    payers = sorted(_payers_of(practice, day))
    batch = _batch(actor, f"{decision.get_outcome_display()} on {day}", now) if payers else 0
    begun = [
        payer
        for payer in payers
        if begin_days(
            event.practitioner_id, practice, payer, day, decision.ends_date, fact_no=batch, now=now
        )
    ]
    if begun:
        _told(event, "credentialing.participation.started", actor, day, payers=begun)


def _admit(facility: Facility) -> None:
    if facility.status in (Facility.Status.PROSPECT, Facility.Status.ENDED):
        facility.status = Facility.Status.ACTIVE
        facility.save(update_fields=["status"])


def _told(event: CredentialingEvent, what: str, actor: Actor, day: date, **more: object) -> None:
    record(actor=actor, action=what, subject=event, practitioner_id=event.practitioner_id,
           day=day.isoformat(), **more)  # fmt: skip


def _batch(actor: Actor, description: str, now: datetime) -> int:
    return open_batch(actor=actor, scopes=[NETWORK], description=description[:200], now=now).pk


def _practice_of(event: CredentialingEvent) -> Practice | None:
    application = getattr(event, "application", None)
    if application is None:
        return None
    return Practice.objects.filter(party_id=application.party_id).first()


def _payers_of(practice: Practice, day: date) -> set[int]:
    rows = Participation.objects.current().active_on(day).filter(practice=practice)
    return set(rows.values_list("payer_party_id", flat=True))


def begin_days(
    practitioner_id: int,
    practice: Practice,
    payer_party_id: int,
    day: date,
    end_date: date | None,
    *,
    fact_no: int,
    now: datetime,
) -> bool:
    """Begin somebody's days with a payer; days known on that day are lengthened, never cut."""
    pair = Participation.objects.current().filter(
        practitioner_id=practitioner_id, payer_party_id=payer_party_id
    )
    here = pair.active_on(day).first()
    start, through = day, practice
    if here is not None:
        if here.end_date is None or (end_date is not None and end_date <= here.end_date):
            return False
        start, through = here.effective_date, here.practice
    later = pair.filter(effective_date__gt=day).exclude(end_date__lte=F("effective_date"))
    ends = [one for one in (later.order_by("effective_date").first(),) if one is not None]
    if ends and (end_date is None or ends[0].effective_date < end_date):
        end_date = ends[0].effective_date
    if here is not None:
        _supersede(Participation, [here.pk], fact_no, now)
    Participation.objects.create(
        practitioner_id=practitioner_id,
        practice=through,
        payer_party_id=payer_party_id,
        effective_date=start,
        end_date=end_date,
        fact_no=fact_no,
        recorded_at=now,
    )
    return True


def end_days(practitioner_id: int, day: date, *, fact_no: int, now: datetime, **only: object):
    """End somebody's days on a day by superseding facts, with the listings that lie in them."""
    rows = list(_lasting(practitioner_id, day).filter(**only))
    for row in rows:
        end_fact(row, day, fact_no, now)
    trim_listings([practitioner_id], fact_no=fact_no, now=now)
    return rows


def _lasting(practitioner_id: int, day: date):
    rows = Participation.objects.current().filter(practitioner_id=practitioner_id)
    return rows.filter(Q(end_date=None) | Q(end_date__gt=day))


def end_fact(row: Participation | NetworkListing, day: date, fact_no: int, now: datetime) -> None:
    """Supersede a fact by one that ends on a day; nothing stands for it if it began later."""
    _supersede(type(row), [row.pk], fact_no, now)
    if row.effective_date < day:
        _again(row, row.effective_date, day, fact_no, now)


def _supersede(model, pks: list[int], fact_no: int, now: datetime) -> None:
    model.objects.filter(pk__in=pks).update(superseded_no=fact_no, superseded_at=now)


def _again(row, start: date, end: date | None, fact_no: int, now: datetime) -> None:
    skip = {"id", "pair_key", "superseded_no", "superseded_at"}
    kept = {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields
            if f.name not in skip}  # fmt: skip
    kept |= {"effective_date": start, "end_date": end, "fact_no": fact_no, "recorded_at": now}
    type(row).objects.create(**kept)


def trim_listings(practitioner_ids: list[int], *, fact_no: int, now: datetime) -> int:
    """Cut listings to the days on which their practice takes part with the network's payer."""
    listings = NetworkListing.objects.current().filter(role__practitioner__in=practitioner_ids)
    listings = list(listings.select_related("role__location", "network"))
    if not listings:
        return 0
    days: dict[tuple[int, int, int], list[tuple[date, date]]] = {}
    rows = Participation.objects.current().filter(practitioner__in=practitioner_ids)
    for row in rows.order_by("effective_date"):
        key = (row.practitioner_id, row.practice_id, row.payer_party_id)
        days.setdefault(key, []).append((row.effective_date, row.end_date or date.max))
    cut = 0
    for one in listings:
        key = (one.role.practitioner_id, one.role.location.practice_id, one.network.payer_party_id)
        span = (one.effective_date, one.end_date or date.max)
        kept = within(span, days.get(key, []))
        if kept == [span]:
            continue
        cut += 1
        _supersede(NetworkListing, [one.pk], fact_no, now)
        for start, end in kept:
            _again(one, start, None if end == date.max else end, fact_no, now)
    return cut


def within(span: tuple[date, date], days: list[tuple[date, date]]) -> list[tuple[date, date]]:
    """The parts of a span that lie in some days; neighbouring days are one."""
    joined: list[tuple[date, date]] = []
    for start, end in sorted(days):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    parts = [(max(span[0], start), min(span[1], end)) for start, end in joined]
    return [(start, end) for start, end in parts if start < end]

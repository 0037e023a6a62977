"""The demo's desk of credentialing: whose open files are, complaints, decisions brought along."""

from datetime import datetime, timedelta

from credentialing.actions.assigning import assign_file
from credentialing.actions.complaints import close_complaint, record_complaint
from credentialing.actions.earlier_decisions import (
    PEOPLE,
    PLACES,
    import_earlier_decisions,
    preview_list,
)
from credentialing.models import CredentialingEvent, Decision, Practitioner
from credentialing.rules.events import OVER
from credentialing.rules.npi import with_check_digit
from ipaportal.core.actors import Actor
from ipaportal.home.demo.names import STATE, TOWNS

BEFORE = "Lakeside Medical Group credentialing committee"
# Of three open files one is nobody's yet.
OWNED = 3
# Case, kind, who complained, days ago, what came of it; the first two are of the same doctor.
COMPLAINTS = (
    ("G-2026-0117", "access", "member", 210, "not_upheld"),
    ("G-2026-0294", "manner", "member", 65, "upheld"),
    ("G-2026-0341", "care", "plan", 21, ""),
)


def share_out(workers: tuple[Actor, ...], now: datetime) -> int:
    """Give most open files to somebody, in turn; how many were given."""
    rows = CredentialingEvent.objects.exclude(status__in=OVER).filter(owner=None).order_by("pk")
    given = [event for place, event in enumerate(rows) if place % OWNED]
    for place, event in enumerate(given):
        worker = workers[place % len(workers)]
        assign_file(actor=workers[0], event_id=event.pk, user_id=worker.user_id, note="", now=now)
    return len(given)


def hear_complaints(specialist: Actor, now: datetime) -> int:
    """Record some complaints about doctors who were decided here; the newest is open."""
    decided = Decision.objects.filter(event__practitioner__isnull=False).order_by("pk")
    people = list(decided.values_list("event__practitioner", flat=True)[:2])
    if not people:
        return 0
    for place, (case, kind, source, days, outcome) in enumerate(COMPLAINTS):
        at = now - timedelta(days=days)
        made = record_complaint(
            actor=specialist,
            practitioner_id=people[max(place - 1, 0) % len(people)],
            case_number=case,
            kind=kind,
            source=source,
            received_date=at.date(),
            now=now,
        )
        if outcome:
            close_complaint(actor=specialist, complaint_id=made.pk, outcome=outcome, now=now)
    return len(COMPLAINTS)


# What the network of before had under contract: days since its committee decided, what it was
# taken on. The second is due again within half a year, the third is refused: its survey was old.
BROUGHT = """\
npi,kind,legal_name,tin,street,city,state,zip,decision,decision_date,committee,basis,basis_by,\
basis_date,basis_expires
{npis[0]},asc,Lakeside Surgery Center,98-8000001,4 Shore Rd,{town},{state},{zip},approved,\
{days[300]},{before},accreditation,AAAHC,{days[400]},{until}
{npis[1]},hospice,Shoreline Hospice,98-8000002,9 Pier St,{town},{state},{zip},approved,\
{days[980]},{before},survey,State survey agency,{days[1100]},
{npis[2]},dialysis,Reed Creek Dialysis,98-8000003,77 Reed Ln,{town},{state},{zip},approved,\
{days[100]},{before},survey,State survey agency,{days[1300]},
"""
REACH = (300, 400, 980, 1100, 100, 1300)


def bring_facilities(specialist: Actor, now: datetime) -> int:
    """Take over facilities of the network of before, with what they were taken on."""
    town, zip_code = TOWNS[0]
    data = BROUGHT.format(
        npis=[with_check_digit(f"{298_800_000 + place}") for place in range(3)],
        days={back: (now - timedelta(days=back)).date() for back in REACH},
        until=(now + timedelta(days=500)).date(), before=BEFORE, town=town, zip=zip_code,
        state=STATE,
    ).encode()  # fmt: skip
    seen = preview_list(data, PLACES, now).digest
    done = import_earlier_decisions(
        actor=specialist, data=data, name="facilities.csv", of=PLACES, seen_digest=seen, now=now
    )
    return done.new


def bring_decisions(specialist: Actor, now: datetime) -> int:
    """
    Take over what the committee of before decided about doctors who were not decided here yet.

    Two of three have such a decision; some of them are due again within half a year.
    """
    decided = Decision.objects.filter(event__practitioner__isnull=False)
    people = Practitioner.objects.exclude(pk__in=decided.values("event__practitioner"))
    people = people.filter(participations__isnull=False).distinct()
    lines = ["npi,decision,decision_date,next_due_date,committee,first_decision_date"]
    for place, npi in enumerate(people.order_by("npi").values_list("npi", flat=True)):
        if place % 3:
            day = (now - timedelta(days=40 + place * 137 % 1000)).date()
            first = (now - timedelta(days=1900 + place * 29)).date()
            lines.append(f"{npi},approved,{day},,{BEFORE},{first}")
    data = "\n".join(lines).encode()
    found = preview_list(data, PEOPLE, now)
    if not found.changes:
        return 0
    done = import_earlier_decisions(
        actor=specialist, data=data, name="decisions.csv", seen_digest=found.digest, now=now
    )
    return done.new

"""Complaints: recorded by their case numbers, and closed once with what came of them."""

from datetime import date, datetime

from credentialing.models import Complaint, Facility, Practitioner
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import Refused


class WrongComplaint(Refused):
    """A complaint that cannot be recorded or closed so."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why} Nothing was recorded.")


@action("credentialing.work_files")
def record_complaint(
    *,
    actor: Actor,
    case_number: str,
    kind: str,
    source: str,
    received_date: date,
    now: datetime,
    practitioner_id: int | None = None,
    facility_id: int | None = None,
) -> Complaint:
    """
    Record a complaint about a practitioner or a facility by the number of its case.

    :raises WrongComplaint: if it lies in the future, or the case is recorded
    """
    of = {
        "practitioner": practitioner_id and Practitioner.objects.get(pk=practitioner_id),
        "facility": facility_id and Facility.objects.get(pk=facility_id),
    }
    if received_date > now.date():
        raise WrongComplaint("Nobody complained in the future.")
    case_number = case_number.strip()
    if Complaint.objects.filter(**of, case_number=case_number).exists():
        raise WrongComplaint(f"Case {case_number} is recorded already.")
    made = Complaint.objects.create(
        **of, case_number=case_number, kind=kind, source=source, received_date=received_date,
        recorded_by_id=actor.user_id, recorded_by_name=actor.name, recorded_at=now,
    )  # fmt: skip
    record(actor=actor, action="credentialing.complaint.recorded", subject=made, kind=kind)
    return made


@action("credentialing.work_files")
def close_complaint(*, actor: Actor, complaint_id: int, outcome: str, now: datetime) -> Complaint:
    """
    Say what came of a complaint.

    :raises WrongComplaint: if it was closed before
    """
    row = Complaint.objects.select_for_update().get(pk=complaint_id)
    if row.outcome:
        raise WrongComplaint(f"{row.closed_by_name} closed this case as {row.outcome}.")
    row.outcome, row.closed_at, row.closed_by_name = Complaint.Outcome(outcome), now, actor.name
    row.save(update_fields=["outcome", "closed_at", "closed_by_name"])
    record(actor=actor, action="credentialing.complaint.closed", subject=row, outcome=outcome)
    return row

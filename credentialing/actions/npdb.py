"""The register of the NPDB: that somebody was asked about or reported; never what it answered."""

from datetime import date, datetime

from django.utils import timezone

from credentialing.actions.adverse_steps import NotNow, locked, take_stage
from credentialing.models import NpdbEntry, Practitioner, Suspension
from credentialing.queries.npdb import summary_of
from credentialing.rules.adverse import Stage
from credentialing.rules.npdb import Word, fault_of_report
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor

QUERIES = ("query", "continuous", "renewed", "cancelled")


def _keep(
    kind: str, who: Practitioner, reference: str, on_date: date, actor: Actor, now: datetime, **more
) -> NpdbEntry:
    reference = reference.strip()[:60]
    if not reference:
        raise NotNow("give the number that the NPDB gave it")
    if on_date > timezone.localdate(now):
        raise NotNow("it lies in the future")
    if NpdbEntry.objects.filter(kind=kind, reference=reference).exists():
        raise NotNow(f"number {reference} is in the register already")
    made = NpdbEntry.objects.create(
        practitioner=who, kind=NpdbEntry.Kind(kind), reference=reference, on_date=on_date,
        recorded_by_id=actor.user_id, recorded_by_name=actor.name, recorded_at=now, **more,
    )  # fmt: skip
    record(actor=actor, action="credentialing.npdb.recorded", subject=made, kind=kind,
           practitioner_id=who.pk)  # fmt: skip
    return made


@action("credentialing.record_npdb")
def record_query(
    *, actor: Actor, practitioner_id: int, kind: str, reference: str, on_date: date, now: datetime
) -> NpdbEntry:
    """
    Record that the NPDB was asked about somebody, or that they are enrolled with it.

    :raises NotNow: without its number, in the future, or if it is recorded
    """
    if kind not in QUERIES:
        raise NotNow("a report is recorded at the action or suspension that it is of")
    who = Practitioner.objects.get(pk=practitioner_id)
    return _keep(kind, who, reference, on_date, actor, now)


@action("credentialing.record_npdb")
def record_report(
    *, actor: Actor, action_id: int, reference: str, on_date: date, now: datetime
) -> NpdbEntry:
    """
    Record that a final action was reported to the NPDB, by the number it gave.

    :raises NotNow: without its number, before the action was final, in the future, or twice
    :raises WrongStage: if the action is not final
    """
    row = locked(action_id)
    if row.final_date is not None and on_date < row.final_date:
        raise NotNow("it was not final then")
    if row.practitioner is None:
        raise NotNow("the NPDB is told of practitioners, and of no facility")
    if row.final_date is not None and row.report_due_date is None:
        raise NotNow("this is not reported: it does not rest on competence or conduct")
    take_stage(row, Stage.REPORTED, actor=actor, now=now, day=on_date)
    return _keep("report", row.practitioner, reference, on_date, actor, now, adverse_action=row)


@action("credentialing.record_npdb")
def record_summary(
    *, actor: Actor, suspension_id: int, reference: str, on_date: date, now: datetime
) -> NpdbEntry:
    """
    Record that a suspension of more than 30 days was reported before it is final, or, once it
    was lifted, that the report was revised; never what the NPDB said.

    :raises NotNow: until it has lasted more than 30 days, if it is not reported, without a number
    """
    # "of": the lock is for the suspension alone.
    suspension = Suspension.objects.select_for_update(of=("self",)).get(pk=suspension_id)
    found, today = summary_of(suspension), timezone.localdate(now)
    if found is None:
        raise NotNow("this suspension began by itself, or with a final action: see its report")
    fault = fault_of_report(found.counted, on_date, today)
    if fault:
        raise NotNow(fault)
    kind = "revision" if found.counted.word(today) is Word.TO_REVISE else "summary"
    return _keep(
        kind, suspension.practitioner, reference, on_date, actor, now, suspension=suspension
    )

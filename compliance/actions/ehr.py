"""Practices' record systems: what is known of them, projects, interfaces, help."""

import hashlib
import secrets
from datetime import date, datetime

from compliance.actions.audits import by
from compliance.models import (
    GoLive,
    GoLiveStep,
    HelpNote,
    HelpTicket,
    InterfaceBeat,
    RecordInterface,
    RecordSystem,
)
from compliance.rules.ehr import LEAST_WEEKS, MOST_WEEKS, TEMPLATE, step_due
from credentialing.models import Practice
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.locks import lock
from ipaportal.core.refusals import Refused


class NotSo(Refused):
    """What is said of a system cannot be."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why} Nothing was kept.")


class UnderWay(Refused):
    def __init__(self, project: GoLive) -> None:
        super().__init__(
            f"{project.product} is being brought in since {project.start_date}. Nothing was "
            "begun. End that project first."
        )


class Over(Refused):
    """A project, an interface or a ticket that has ended."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} Nothing was kept. Begin another.")


class UnknownSecret(Refused):
    def __init__(self) -> None:
        super().__init__(
            "No interface has this secret. Nothing was kept. Have the IPA add the interface, or "
            "add it anew if its secret was lost."
        )


class DoneBefore(Refused):
    def __init__(self, step: GoLiveStep) -> None:
        super().__init__(
            f"{step.done_by_name} did this on {step.done_at:%Y-%m-%d}. Nothing was changed."
        )


@action("compliance.manage_ehr")
def record_system(
    *, actor: Actor, practice_id: int, product: str, vendor: str, version: str, listing: str,
    certified_until: date | None, hosting: str, modules: str, fhir_base_url: str,
    direct_address: str, exchange: str, agreement_date: date | None, since_date: date,
    contract_end: date | None, yearly_cents: int, now: datetime,
) -> RecordSystem:  # fmt: skip
    """
    Keep what a practice's system is; what was known of it before stays.

    :raises NotSo: if its contract ends before it begins, or its FHIR address is none
    """
    if contract_end is not None and contract_end <= since_date:
        raise NotSo(f"Its contract would end on {contract_end}, before it began.")
    if fhir_base_url and not fhir_base_url.startswith("https://"):
        raise NotSo("The address of a FHIR server begins with https://.")
    lock("ehr", practice_id)
    practice = Practice.objects.get(pk=practice_id)
    RecordSystem.objects.filter(practice=practice, superseded_at=None).update(superseded_at=now)
    made = RecordSystem.objects.create(
        practice=practice, product=product, vendor=vendor, version=version, listing=listing,
        certified_until=certified_until, hosting=hosting, modules=modules,
        fhir_base_url=fhir_base_url, direct_address=direct_address, exchange=exchange,
        agreement_date=agreement_date, since_date=since_date, contract_end=contract_end,
        yearly_cents=yearly_cents, **by(actor, now),
    )  # fmt: skip
    record(actor=actor, action="compliance.ehr.recorded", subject=made, practice=practice.pk)
    return made


@action("compliance.manage_ehr")
def begin_go_live(
    *, actor: Actor, practice_id: int, product: str, leader: str, start_date: date, weeks: int,
    now: datetime,
) -> GoLive:  # fmt: skip
    """
    Begin a project, with a day for every step of the template.

    :raises NotSo: if it is shorter or longer than is known to work
    :raises UnderWay: if there is one
    """
    if not LEAST_WEEKS <= weeks <= MOST_WEEKS:
        raise NotSo(f"Going live takes {LEAST_WEEKS} to {MOST_WEEKS} weeks.")
    lock("ehr", practice_id)
    running = GoLive.objects.filter(practice=practice_id, ended_at=None).first()
    if running is not None:
        raise UnderWay(running)
    project = GoLive.objects.create(
        practice_id=practice_id, product=product, leader=leader, start_date=start_date,
        weeks=weeks, **by(actor, now),
    )  # fmt: skip
    GoLiveStep.objects.bulk_create(
        GoLiveStep(project=project, place=place, key=stage.key,
                   due_date=step_due(stage, start_date, weeks))
        for place, stage in enumerate(TEMPLATE)
    )  # fmt: skip
    record(actor=actor, action="compliance.go_live.begun", subject=project, practice=practice_id)
    return project


@action("compliance.manage_ehr")
def do_step(*, actor: Actor, step_id: int, words: str, now: datetime) -> GoLiveStep:
    """
    Say that a step is done, and by what that is seen.

    :raises DoneBefore: if it was
    :raises Over: if the project has ended
    """
    step = GoLiveStep.objects.select_for_update().select_related("project").get(pk=step_id)
    if step.done_at is not None:
        raise DoneBefore(step)
    if step.project.ended_at is not None:
        raise Over("This project has ended.")
    step.done_at, step.done_by_name, step.words = now, actor.name, words
    step.save(update_fields=["done_at", "done_by_name", "words"])
    record(actor=actor, action="compliance.go_live.step_done", subject=step, step=step.key)
    return step


@action("compliance.manage_ehr")
def end_go_live(*, actor: Actor, project_id: int, words: str, now: datetime) -> GoLive:
    """
    End a project: it is finished, or given up; `words` say which.

    :raises Over: if it has ended
    """
    project = GoLive.objects.select_for_update().get(pk=project_id)
    if project.ended_at is not None:
        raise Over("This project has ended.")
    project.ended_at, project.end_words = now, words
    project.save(update_fields=["ended_at", "end_words"])
    record(actor=actor, action="compliance.go_live.ended", subject=project)
    return project


@action("compliance.manage_ehr")
def add_interface(
    *, actor: Actor, practice_id: int, kind: str, partner: str, silent_hours: int, now: datetime
) -> tuple[RecordInterface, str]:
    """Keep an interface; its secret is given once, and only its hash is kept."""
    secret = secrets.token_urlsafe(32)
    made = RecordInterface.objects.create(
        practice_id=practice_id, kind=kind, partner=partner, silent_hours=silent_hours,
        secret_sha256=digest(secret), **by(actor, now),
    )  # fmt: skip
    record(actor=actor, action="compliance.interface.added", subject=made, practice=practice_id)
    return made, secret


@action("compliance.manage_ehr")
def end_interface(*, actor: Actor, interface_id: int, now: datetime) -> RecordInterface:
    """
    End an interface: its secret opens nothing from now on.

    :raises Over: if it has ended
    """
    row = RecordInterface.objects.select_for_update().get(pk=interface_id)
    if row.ended_at is not None:
        raise Over("This interface has ended.")
    row.ended_at = now
    row.save(update_fields=["ended_at"])
    record(actor=actor, action="compliance.interface.ended", subject=row)
    return row


def digest(secret: str) -> str:
    """What is kept of a secret: it is long and drawn, so that a plain hash tells nothing of it."""
    return hashlib.sha256(secret.encode()).hexdigest()


@action("compliance.hear_interface")
def hear_interface(
    *, actor: Actor, secret: str, messages: int, errors: int, now: datetime
) -> InterfaceBeat:
    """
    Keep what an interface told of itself, which its secret names.

    :raises UnknownSecret: if no interface that lives has it
    """
    row = RecordInterface.objects.filter(secret_sha256=digest(secret), ended_at=None).first()
    if row is None:
        raise UnknownSecret
    made = InterfaceBeat.objects.create(
        interface=row, heard_at=now, messages=messages, errors=errors
    )
    record(actor=actor, action="compliance.interface.heard", subject=made, interface=row.pk)
    return made


@action("compliance.ask_help")
def open_ticket(
    *, actor: Actor, practice_id: int, subject: str, text: str, now: datetime
) -> HelpTicket:
    """Ask for help with a system."""
    ticket = HelpTicket.objects.create(practice_id=practice_id, subject=subject, **by(actor, now))
    HelpNote.objects.create(ticket=ticket, text=text, **by(actor, now))
    record(actor=actor, action="compliance.ticket.opened", subject=ticket, practice=practice_id)
    return ticket


@action("compliance.ask_help")
def answer_ticket(
    *, actor: Actor, ticket_id: int, text: str, is_over: bool, now: datetime
) -> HelpNote:
    """
    Say more about a ticket, and close it if it is over.

    :raises Over: if it is closed
    """
    ticket = HelpTicket.objects.select_for_update().get(pk=ticket_id)
    if ticket.closed_at is not None:
        raise Over("This ticket is closed.")
    note = HelpNote.objects.create(ticket=ticket, text=text, **by(actor, now))
    if is_over:
        ticket.closed_at, ticket.closed_by_name = now, actor.name
        ticket.save(update_fields=["closed_at", "closed_by_name"])
    record(actor=actor, action="compliance.ticket.answered", subject=ticket, closed=is_over)
    return note

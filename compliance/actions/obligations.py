"""Obligations: a library is loaded, evidence recorded, and judged by somebody else."""

import hashlib
from datetime import datetime

from django.db.models import Max

from compliance.formats.obligation_library import (
    NotALibrary,
    ReadLibrary,
    ReadObligation,
    read_library,
)
from compliance.models import (
    Control,
    ControlAnswer,
    Evidence,
    Obligation,
    ObligationControl,
    ObligationLibrary,
)
from compliance.queries.obligations import shipped_library
from compliance.rules.obligations import RESULTS
from compliance.rules.program import CHECKS
from credentialing.actions.documents import checked_kind
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.files import store
from ipaportal.core.locks import lock
from ipaportal.core.refusals import Refused

QUESTIONS = {check.key: check.question for check in CHECKS}
SAME = ("family", "title", "text", "citation", "is_sure", "end_date", "clock", "days", "hours")


class LibraryRefused(Refused):
    """A library cannot be read."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why} Nothing was loaded. Mend the library and load it again.")


class AskedEveryNight(Refused):
    """A control that the portal proves by itself."""

    def __init__(self) -> None:
        super().__init__(
            "The portal asks this every night, and nobody's word stands above what it finds. "
            "Nothing was kept. Mend what was found."
        )


class NoWords(Refused):
    def __init__(self) -> None:
        super().__init__("Say in a few words what it shows. Nothing was kept.")


class PaperMissing(Refused):
    """A document proves it, and none was given."""

    def __init__(self) -> None:
        super().__init__(
            "A document proves this control, and none was given. Nothing was kept. Add the file."
        )


class NothingToJudge(Refused):
    """Compliant, in part or whole, by nothing."""

    def __init__(self) -> None:
        super().__init__(
            "Nothing proves this control: it cannot be compliant. Nothing was kept. Record "
            "evidence first."
        )


class OwnEvidence(Refused):
    """Whoever recorded evidence judges it."""

    def __init__(self, evidence: Evidence) -> None:
        super().__init__(
            f"{evidence.recorded_by_name} recorded this evidence, so somebody else judges it. "
            "Nothing was kept. Ask the compliance officer or the medical director."
        )


class OlderEvidence(Refused):
    """Another revision is the newest by now."""

    def __init__(self) -> None:
        super().__init__(
            "Newer evidence was recorded since you looked. Nothing was kept. Look at it first."
        )


@action("compliance.load_obligations")
def load_library(*, actor: Actor, text: str, now: datetime) -> ObligationLibrary:
    """
    Load a library; the same bytes again change nothing, other wordings supersede the former.

    :raises LibraryRefused: naming the line or row
    """
    lock("obligations")
    digest = hashlib.sha256(text.encode()).hexdigest()
    before = ObligationLibrary.objects.filter(content_sha256=digest).first()
    if before is not None and before == ObligationLibrary.objects.first():
        record(actor=actor, action="compliance.obligations.kept", subject=before)
        return before
    try:
        read = read_library(text, QUESTIONS)
    except NotALibrary as refusal:
        raise LibraryRefused(str(refusal)) from refusal
    library = before or ObligationLibrary.objects.create(
        version=read.version[:40], content_sha256=digest, rows=len(read.obligations),
        loaded_at=now, loaded_by_id=actor.user_id, loaded_by_name=actor.name,
        is_shipped=digest == shipped_library().sha256,
    )  # fmt: skip
    controls, worded_before = _controls(read)
    changed = _take(library, read, controls, now)
    record(actor=actor, action="compliance.obligations.loaded", subject=library,
           rows=len(read.obligations), changed=changed, content_sha256=digest,
           controls_before=worded_before)  # fmt: skip
    return library


def _controls(read: ReadLibrary) -> tuple[dict[str, Control], dict[str, dict]]:
    """Every control by its key, and of those that were worded otherwise what was there before."""
    known = {one.key: one for one in Control.objects.all()}
    added, before = [], {}
    for one in read.controls:
        values = {"title": one.title[:200], "how": one.how, "every_days": one.every_days}
        old = known.get(one.key)
        if old is None:
            added.append(Control(key=one.key, **values))
        elif was := {name: getattr(old, name) for name in values
                     if getattr(old, name) != values[name]}:  # fmt: skip
            before[one.key] = was
            Control.objects.filter(pk=old.pk).update(**values)
    return known | {one.key: one for one in Control.objects.bulk_create(added)}, before


def _take(
    library: ObligationLibrary, read: ReadLibrary, controls: dict[str, Control], now: datetime
) -> int:
    """Supersede what is worded otherwise or gone, and add what is new; how many rows changed."""
    live = Obligation.objects.filter(superseded_at=None).prefetch_related("links__control")
    known = {(one.code, one.effective_date): one for one in live}
    same = {
        key
        for one in read.obligations
        if (old := known.get(key := (one.code, one.effective_date))) and _is_same(old, one)
    }
    gone = [one.pk for key, one in known.items() if key not in same]
    Obligation.objects.filter(pk__in=gone).update(superseded_at=now)
    new = [one for one in read.obligations if (one.code, one.effective_date) not in same]
    made = Obligation.objects.bulk_create(
        Obligation(
            library=library, code=one.code, effective_date=one.effective_date,
            **{name: getattr(one, name) for name in SAME},
        )
        for one in new
    )  # fmt: skip
    ObligationControl.objects.bulk_create(
        ObligationControl(obligation=row, control=controls[name])
        for row, one in zip(made, new, strict=True)
        for name in one.controls
    )
    came = {(one.code, one.effective_date) for one in new}
    return len(new) + sum(key not in same and key not in came for key in known)


def _is_same(old: Obligation, new: ReadObligation) -> bool:
    linked = {link.control.key for link in old.links.all()}
    return linked == set(new.controls) and all(
        getattr(old, name) == getattr(new, name) for name in SAME
    )


@action("compliance.prove_controls")
def record_evidence(
    *, actor: Actor, control_id: int, text: str, data: bytes, name: str, now: datetime
) -> Evidence:
    """
    Record a revision of what proves a control: a paper, or what a person saw.

    :raises AskedEveryNight: if the portal proves it itself
    :raises NoWords: without words
    :raises PaperMissing: if a document proves it, and none is given
    :raises WrongFile: if the file is no paper that is kept
    """
    control = Control.objects.select_for_update().get(pk=control_id)
    if control.how == "question":
        raise AskedEveryNight
    if not text.strip():
        raise NoWords
    if control.how == "document" and not data:
        raise PaperMissing
    if data:
        checked_kind(data)
    sha256 = store(data).sha256 if data else ""
    newest = control.evidence.aggregate(n=Max("number"))["n"] or 0
    made = Evidence.objects.create(
        control=control, number=newest + 1, text=text.strip(), file_sha256=sha256,
        file_name=name[-200:] if data else "",
        content_sha256=sha256 or hashlib.sha256(text.strip().encode()).hexdigest(),
        recorded_at=now, recorded_by_id=actor.user_id, recorded_by_name=actor.name,
    )  # fmt: skip
    record(actor=actor, action="compliance.evidence.recorded", subject=made,
           control=control.key, content_sha256=made.content_sha256)  # fmt: skip
    return made


@action("compliance.judge_controls")
def judge_control(
    *, actor: Actor, control_id: int, evidence_id: int | None, result: str, text: str, now: datetime
) -> ControlAnswer:
    """
    Say what the newest evidence of a control shows; somebody else than who recorded it.

    :raises AskedEveryNight: if the portal proves it itself
    :raises NoWords: without words
    :raises NothingToJudge: if it is to be compliant, wholly or partly, by nothing
    :raises OlderEvidence: if newer evidence was recorded meanwhile
    :raises OwnEvidence: if the actor recorded it
    """
    control = Control.objects.select_for_update().get(pk=control_id)
    if control.how == "question":
        raise AskedEveryNight
    if not text.strip():
        raise NoWords
    newest = control.evidence.first()
    if newest is None and result in ("compliant", "partial"):
        raise NothingToJudge
    if newest is not None and newest.pk != evidence_id:
        raise OlderEvidence
    if newest is not None and newest.recorded_by_id == actor.user_id:
        raise OwnEvidence(newest)
    assert result in RESULTS
    made = ControlAnswer.objects.create(
        control=control, evidence=newest, result=result, text=text.strip(),
        lasts_days=control.every_days, answered_at=now, answered_by_id=actor.user_id,
        answered_by_name=actor.name,
    )  # fmt: skip
    record(actor=actor, action="compliance.control.judged", subject=made, control=control.key,
           result=result, evidence=newest.content_sha256 if newest else "")  # fmt: skip
    return made

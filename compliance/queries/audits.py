"""Audits: where each stands, its worksheet, and what keeps it from its next step."""

from collections.abc import Mapping

from django.db.models import Count, F, Q

from capitation.models import Member
from compliance.models import (
    Audit,
    AuditAnswer,
    AuditElement,
    AuditItem,
    AuditUniverse,
    CorrectionStep,
    Finding,
)
from compliance.models.audits import AuditQuerySet
from compliance.rules.audits import Agreement, Tally, agreement, tally
from compliance.rules.universes import layout_on, member_column
from ipaportal.core.actors import Actor
from ipaportal.core.csvfiles import CsvReader
from ipaportal.core.files import read_stored
from ipaportal.core.refusals import NotPermitted

VIEW = "compliance.view_audits"


def audits(*, actor: Actor) -> AuditQuerySet:
    """
    Every audit with its state and how many findings it has.

    :raises NotPermitted: for whoever may see none
    """
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
    stands = Q(findings__isnull=False, findings__replaced_by=None)
    counted = (
        Count("findings", filter=stands),
        Count("findings", filter=stands & Q(findings__kind="car")),
    )
    found = Audit.objects.with_state().select_related("party")
    return found.annotate(found=counted[0], cars=counted[1])


def state_of(audit: Audit) -> str:
    """The state that the newest step of an audit has led to."""
    return audit.steps.order_by("-place").values_list("state", flat=True)[0]


def newest_answers(audit: Audit) -> dict[tuple[int, int], AuditAnswer]:
    """The newest answer for each item and element."""
    rows = AuditAnswer.objects.filter(item__draw__audit=audit).order_by("recorded_at", "pk")
    return {(row.item_id, row.element_id): row for row in rows}


def worksheet(
    audit: Audit, given: Mapping[tuple[int, int], AuditAnswer] | None = None
) -> list[tuple[AuditElement, Tally]]:
    """Each element with how often it is met, by all newest answers or by those that are given."""
    items = AuditItem.objects.filter(draw__audit=audit).values_list("pk", flat=True)
    elements = list(audit.elements.all())
    given = newest_answers(audit) if given is None else given
    answers = {key: row.answer for key, row in given.items()}
    found = tally(items, [one.pk for one in elements], answers)
    return [(one, found[one.pk]) for one in elements]


def raters(audit: Audit) -> Agreement:
    """How far those who answered the same questions of an audit agree."""
    rows = AuditAnswer.objects.filter(item__draw__audit=audit).order_by("recorded_at", "pk")
    return agreement(rows.values_list("item_id", "element_id", "recorded_by_id", "answer"))


def unexplained(audit: Audit) -> list[AuditElement]:
    """Elements that are not met somewhere, and of which no finding speaks."""
    told = set(audit.findings.standing().values_list("element_id", flat=True))
    return [one for one, found in worksheet(audit) if found.not_met and one.pk not in told]


def uncorrected(audit: Audit) -> list[Finding]:
    """Findings that need corrective action, and of which none is validated."""
    newest = CorrectionStep.objects.filter(correction__finding__audit=audit)
    newest = newest.order_by("correction_id", "-place").distinct("correction_id")
    good = {row.correction_id for row in newest if row.kind == "validated"}
    needing = audit.findings.standing().filter(kind="car").annotate(plan=F("correction__pk"))
    return [one for one in needing if one.plan not in good]


def unissued(audit: Audit) -> list[Finding]:
    """Findings that nobody but who wrote them has read, or that were returned."""
    rows = audit.findings.standing().select_related("review")
    return [one for one in rows if one.standing != "issued"]


def rows_of(universe: AuditUniverse) -> dict[str, Mapping[str, str]]:
    """The rows of a stored universe, by what names each."""
    read = CsvReader(read_stored(universe.file_sha256))
    version = layout_on(universe.layout, universe.audit.last_date)
    key = version.key if version else next(iter(read.headers), "")
    return {row.values[key].strip(): row.values for row in read if key in row.values}


def members_of(universe: AuditUniverse) -> list[int]:
    """The members that a universe names, for who looks at it whole."""
    rows = rows_of(universe)
    column = member_column(list(next(iter(rows.values()), {})))
    numbers = {row[column].strip() for row in rows.values()} if column else set()
    known = Member.objects.filter(plan_member_id__in=numbers)
    return list(known.values_list("pk", flat=True))

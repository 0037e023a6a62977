"""Records as they were known at a moment: from superseded facts, statements and change history."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.apps import apps
from django.db import models
from django.db.models import Q

from capitation.models import (
    Contract,
    CoverageSpan,
    Member,
    MemberCounty,
    MemberProfile,
    MemberStatus,
    PcpAssignment,
    RateCell,
    RiskScore,
    Terms,
)
from compliance.rules.as_of import Version
from credentialing.models import (
    Credential,
    Identifier,
    Participation,
    PersonName,
    Practitioner,
)
from ipaportal.audit.models import FactBatch
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted
from ipaportal.core.words import dollars_text
from ipaportal.identity.models import Grant, User

# What a row is, not what it says.
TECHNICAL = {
    *("id", "uuid", "fact_no", "superseded_no", "recorded_at", "superseded_at", "file", "line_no"),
    *("recorded_by_id", "recorded_by_name", "pair_key", "search_name", "document", "password"),
}


@dataclass(frozen=True)
class Part:
    """Rows of one table about a record: how they are found, and what tells them apart."""

    name: str
    model: type[models.Model]
    anchor: str
    key: tuple[str, ...]
    related: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kind:
    """A kind of record: who may see it, and what it is made of."""

    model: type[models.Model]
    permission: str
    parts: tuple[Part, ...]
    more: Callable[[int, datetime, date], list[Version]] | None = None


def _rates(contract_id: int, moment: datetime, day: date) -> list[Version]:
    """The rates of the terms that were known to hold on the day."""
    known = _known_facts(Terms, Q(contract_id=contract_id), moment).active_on(day)
    terms = known.exclude(rate_table=None).select_related("rate_table").first()
    if terms is None:
        return []
    return [
        Version(
            part="Rates",
            key=(cell.plan_code, cell.sex, str(cell.age_from), cell.county_code),
            title=" ".join(
                filter(
                    None,
                    (
                        cell.plan_code,
                        cell.county_code,
                        cell.get_sex_display(),
                        f"{cell.age_from}–{cell.age_to}",
                    ),
                )
            ),
            values={"a month $": f"{cell.rate_pmpm}", "table": terms.rate_table.name},
            at=terms.recorded_at,
        )
        for cell in RateCell.objects.filter(rate_table=terms.rate_table).order_by("pk")
    ]


KINDS = {
    "contract": Kind(
        Contract, "capitation.view_contracts",
        (Part("Terms", Terms, "contract_id", ("effective_date",), ("rate_table",)),), _rates,
    ),
    "member": Kind(
        Member, "capitation.view_members",
        (
            Part("Coverage", CoverageSpan, "member_id", ("effective_date",), ("contract",)),
            Part("PCP", PcpAssignment, "member_id", ("effective_date",), ("practitioner",)),
            Part("Status", MemberStatus, "member_id", ("status", "effective_date")),
            Part("Risk score", RiskScore, "member_id", ("effective_date",)),
            Part("County", MemberCounty, "member_id", ("effective_date",)),
            Part("Person", MemberProfile, "member_id", ("effective_date",)),
        ),
    ),
    "practitioner": Kind(
        Practitioner, "credentialing.view_files",
        (
            Part("Practitioner", Practitioner, "id", ("id",)),
            Part("Credentials", Credential, "practitioner_id", ("kind", "state", "number")),
            Part("Participation", Participation, "practitioner_id",
                 ("payer_party_id", "effective_date"), ("practice", "payer_party")),
            Part("Numbers", Identifier, "practitioner_id", ("id",)),
            Part("Other names", PersonName, "practitioner_id", ("id",)),
        ),
    ),
    "person": Kind(
        User, "identity.see_people",
        (
            Part("Account", User, "id", ("id",)),
            Part("Roles", Grant, "user_id", ("id",), ("party",)),
        ),
    ),
}  # fmt: skip


def versions(
    *, actor: Actor, kind: str, pk: int, moment: datetime, day: date
) -> tuple[str, list[Version]]:
    """
    What is called a record now, and every row of it as it was known at a moment.

    :raises LookupError: if there is no such record
    """
    known = KINDS[kind]
    if not actor.may(known.permission):
        raise NotPermitted(actor.name, known.permission)
    record = known.model.objects.filter(pk=pk).first()
    if record is None:
        raise LookupError
    found = [row for part in known.parts for row in _versions(part, pk, moment)]
    return str(record), [*found, *(known.more(pk, moment, day) if known.more else [])]


def _versions(part: Part, pk: int, moment: datetime) -> list[Version]:
    names = {field.name for field in part.model._meta.fields}
    if "superseded_at" not in names:
        return _of_history(part, pk, moment)
    rows = list(
        _known_facts(part.model, Q(**{part.anchor: pk}), moment).select_related(*part.related)
    )
    who = _recorders(rows) if "fact_no" in names else {}
    return [
        _version(part, row, row.recorded_at,
                 who.get(row.fact_no, "") if who else getattr(row, "recorded_by_name", ""))
        for row in rows
    ]  # fmt: skip


def _known_facts(model: type[models.Model], which: Q, moment: datetime) -> models.QuerySet:
    """Rows that were recorded before a moment and not superseded by then."""
    rows = model.objects.filter(which, recorded_at__lt=moment)
    rows = rows.filter(Q(superseded_at=None) | Q(superseded_at__gte=moment))
    return rows.order_by("recorded_at", "pk")


def _recorders(rows: Iterable[models.Model]) -> Mapping[int, str]:
    batches = FactBatch.objects.in_bulk({row.fact_no for row in rows})
    return {pk: f"{one.actor_name}, {one.description}" for pk, one in batches.items()}


def _of_history(part: Part, pk: int, moment: datetime) -> list[Version]:
    """The newest version of each row before a moment, unless it had been deleted."""
    events = apps.get_model(f"{part.model._meta.app_label}.{part.model.__name__}Event")
    rows = (
        events.objects.filter(**{part.anchor: pk}, pgh_created_at__lt=moment)
        .order_by("pgh_obj_id", "-pgh_created_at", "-pgh_id")
        .distinct("pgh_obj_id")
    )
    return [
        _version(part, row, row.pgh_created_at, _who(row))
        for row in rows
        if row.pgh_label != "delete"
    ]


def _who(row: models.Model) -> str:
    context = row.pgh_context
    told = context if isinstance(context, dict) else getattr(context, "metadata", None) or {}
    return str(told.get("actor_name", ""))


def _version(part: Part, row: models.Model, at: datetime, by: str) -> Version:
    values = {
        str(field.verbose_name): _text(row, field)
        for field in row._meta.concrete_fields
        if not _is_technical(part, field)
    }
    key = tuple(str(getattr(row, name)) for name in part.key)
    title = " ".join(_shown(row, name) for name in part.key if name != "id")
    return Version(part.name, key, title.strip() or part.name, values, at, by)


def _shown(row: models.Model, name: str) -> str:
    """A part of what a row is about, in words."""
    field = row._meta.get_field(name.removesuffix("_id") if name.endswith("_id") else name)
    return _text(row, field)


def _is_technical(part: Part, field: models.Field) -> bool:
    name = field.name
    return (
        name in TECHNICAL
        or field.attname == part.anchor
        or name.startswith("pgh_")
        or name.endswith(("_encrypted", "_index"))
    )


def _text(row: models.Model, field: models.Field) -> str:
    value = getattr(row, field.attname)
    if value is None or value == "":
        return ""
    if field.choices:
        return str(getattr(row, f"get_{field.name}_display")())
    if isinstance(field, models.ForeignKey):
        return str(getattr(row, field.name) or value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if field.name.endswith("_cents"):
        return dollars_text(value)
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return str(value)

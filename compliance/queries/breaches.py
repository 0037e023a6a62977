"""What is recorded of breaches; read within the scope of whoever asks for the case."""

from collections.abc import Iterable

from compliance.models import BreachRecord, Case
from compliance.rules.breaches import Facts, facts_of


def facts_of_case(case: Case) -> Facts:
    """What is known of a case's breach."""
    records = case.breach_records.order_by("place")
    return facts_of((one.kind, one.told) for one in records)


def newest_record(case: Case, kind: str) -> BreachRecord | None:
    """The record of a kind that counts."""
    return case.breach_records.filter(kind=kind).order_by("place").last()


def facts_by_case(cases: Iterable[Case]) -> dict[object, Facts]:
    """What is known of each case's breach, of those that have records; one query."""
    keys = [one.pk for one in cases if one.kind == "privacy"]
    found: dict[object, list[tuple[str, dict]]] = {}
    for one in BreachRecord.objects.filter(case__in=keys).order_by("place") if keys else ():
        found.setdefault(one.case_id, []).append((one.kind, one.told))
    return {key: facts_of(records) for key, records in found.items()}

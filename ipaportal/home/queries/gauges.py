"""What stands in the books and queues right now, as numbers for whoever watches the portal."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from shutil import disk_usage

from django.conf import settings
from django.db.models import Max, Min, QuerySet

from capitation.models import PaymentBatch, PlanFile, ReturnLine, Run
from ipaportal.audit.models import Incident, Leaf, SealedLeaf
from ipaportal.home import pulse

JOBS = ("tick", "prove", "backup")


@dataclass(frozen=True)
class Gauge:
    """A number with its name, what it says, and one row a label."""

    name: str
    says: str
    label: str
    rows: tuple[tuple[str, float], ...]


def gauges(now: datetime) -> Iterator[Gauge]:
    """Every gauge; ids of contracts and kinds of steps only, nobody's data."""
    yield Gauge(
        "ipa_oldest_waiting_seconds",
        "Age of the oldest row that waits for a worker, by kind of step; 0 if none waits.",
        "step",
        tuple(_waiting(now)),
    )
    posted = Run.objects.filter(status=Run.Status.POSTED).order_by("contract")
    last = posted.values_list("contract").annotate(at=Max("posted_at"))
    yield Gauge(
        "ipa_last_posted_run_age_seconds",
        "Time since a run of the contract was last posted.",
        "contract",
        tuple((str(contract), _age(at, now)) for contract, at in last),
    )
    still_open = Incident.objects.filter(closed_at=None)
    yield _one("ipa_open_incidents", "Incidents nobody has closed.", still_open.count())
    yield _one(
        "ipa_open_invariant_breaches",
        "Open incidents of invariants that found a row.",
        still_open.filter(name__startswith="invariant ").count(),
    )
    waiting = PaymentBatch.objects.filter(status=PaymentBatch.Status.PREPARED)
    yield _one("ipa_payment_batches_waiting", "Payment batches that need release.", waiting.count())
    lines = ReturnLine.objects.filter(state=ReturnLine.State.WAITING).count()
    yield _one("ipa_return_lines_waiting", "Lines of the bank's returns that wait.", lines)
    # By number: a leaf that a long transaction holds back is counted once it is passed.
    sealed = SealedLeaf.objects.aggregate(last=Max("leaf_id"))["last"] or 0
    fresh = Leaf.objects.filter(pk__gt=sealed).count()
    yield _one("ipa_unsealed_leaves", "Leaves of evidence after the last sealed one.", fresh)
    yield from _of_this_place(now)


def _waiting(now: datetime) -> Iterator[tuple[str, float]]:
    files = PlanFile.objects.filter(status=PlanFile.Status.RECEIVED)
    yield "file_received", _oldest(files, "received_at", now)
    for status, since in ((Run.Status.OPEN, "opened_at"), (Run.Status.APPROVED, "approved_at")):
        runs = Run.objects.filter(status=status).order_by()
        yield f"run_{status.value}", _oldest(runs, since, now)
    batches = PaymentBatch.objects.filter(status=PaymentBatch.Status.PREPARED).order_by()
    yield "payments_prepared", _oldest(batches, "prepared_at", now)


def _of_this_place(now: datetime) -> Iterator[Gauge]:
    ages = ((name, pulse.age_seconds(name, now)) for name in JOBS)
    yield Gauge(
        "ipa_job_age_seconds",
        "Time since the tick, the nightly proof and the backup last ran; absent if never.",
        "job",
        tuple((name, age) for name, age in ages if age is not None),
    )
    proof = pulse.found("prove")
    if proof:
        yield _one("ipa_invariants_checked", "Of the last proof.", proof["checked"])
        yield _one("ipa_invariants_breached", "Of the last proof.", proof["breached"])
    free = disk_usage(Path(settings.DATA_DIR)).free
    yield _one("ipa_data_folder_free_bytes", "Left on the disk of the data folder.", free)


def _one(name: str, says: str, value: object) -> Gauge:
    return Gauge(name, says, "", (("", float(value)),))


def _oldest(rows: QuerySet, since: str, now: datetime) -> float:
    return _age(rows.aggregate(at=Min(since))["at"], now)


def _age(at: datetime | None, now: datetime) -> float:
    return max((now - at).total_seconds(), 0.0) if at else 0.0


def exposition(found: Iterable[Gauge]) -> Iterator[str]:
    """The lines of Prometheus' text format."""
    for gauge in found:
        yield f"# HELP {gauge.name} {gauge.says}"
        yield f"# TYPE {gauge.name} gauge"
        for value, number in gauge.rows:
            label = f'{{{gauge.label}="{value}"}}' if gauge.label else ""
            yield (
                f"{gauge.name}{label} {number:g}"
                if number < 1e6
                else (f"{gauge.name}{label} {number:.0f}")
            )

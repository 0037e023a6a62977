"""Plan files for tests, written by our own writers: an 820, an 834, a report, a list."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from capitation.actions.files import process_file, receive_file
from capitation.formats import mmr, remittance_820, writer_834
from capitation.formats.enrolment_834 import Coverage, Enrolment, EnrolmentMember, PcpChoice
from capitation.formats.mmr import MmrRow
from capitation.formats.remittance_820 import Remittance, RemittanceLine
from capitation.models import Contract, PlanFile
from capitation.models import RemittanceLine as StatedLine
from ipaportal.core.actors import Actor
from ipaportal.core.months import add_months
from ipaportal.core.x12_writing import Interchange

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
CLOCK = Actor.system("clock")
QUINN = Actor(11, "Quinn", frozenset({("finance", 1)}))


def interchange(number: int = 7, group: str = "RA", version: str = "005010X218") -> Interchange:
    return Interchange("PLAN", "IPA", NOW.replace(tzinfo=None), number, group, version)


def an_820(
    lines: Iterable[tuple[str, date, str]], *, trace: str = "TRACE1", method: str = "ACH"
) -> bytes:
    """A remittance of (member, month, dollars) lines."""
    rows = [
        RemittanceLine(
            segment_no=0,
            member_ref=ref,
            last_name=f"Alder{ref}",
            first_name="Ann",
            batch_ref="BATCH",
            amount=Decimal(dollars),
            full_amount=None,
            rate_code="957",
            aid_codes=("1H;2",),
            coverage_start=month,
            coverage_end=add_months(month, 1) - timedelta(days=1),
            adjustments=(),
            raw="",
        )
        for ref, month, dollars in lines
    ]
    payment = Remittance(1, 0, "0001", Decimal(0), "C", method, date(2026, 3, 5), trace)
    return remittance_820.write(interchange(), [(payment, rows)])


def a_member(ref: str, maintenance: str = "021", **values: object) -> EnrolmentMember:
    """A member of an 834, covered from January 2026 unless said otherwise."""
    given = {
        "last_name": "Birch",
        "first_name": "Bo",
        "birth_date": date(1950, 2, 3),
        "sex": "F",
        "coverages": (a_coverage(maintenance),),
        **values,
    }
    return EnrolmentMember(0, True, "18", maintenance, "", "A", ref, **given)


def a_coverage(
    maintenance: str = "021",
    start: date | None = date(2026, 1, 1),
    end: date | None = None,
    plan: str = "GOLD",
    line: str = "HLT",
) -> Coverage:
    return Coverage(0, maintenance, line, plan, start_date=start, end_date=end)


def a_pcp(npi: str, since: date | None = None, **values: object) -> PcpChoice:
    return PcpChoice(0, npi, "Alvarez", "Ana", "XX", npi, effective_date=since, **values)


def an_834(members: Iterable[EnrolmentMember], *, full: bool = False) -> bytes:
    """An enrolment of members: changes, or a full file."""
    head = Enrolment(1, 0, "0001", "00", "4" if full else "2", created_date=date(2026, 3, 2))
    return writer_834.write(interchange(8, "BE", "005010X220A1"), [(head, list(members))])


def an_mmr(rows: Iterable[dict[str, object]]) -> bytes:
    """A membership report of rows; each gives at least its MBI and total payment."""
    usual = {
        "line_no": 0,
        "contract": "H1234",
        "run_date": date(2026, 2, 24),
        "payment_month": date(2026, 3, 1),
        "surname": "BIRCH",
        "first_initial": "B",
        "sex": "2",
        "birth_date": date(1950, 2, 3),
        "state_county": "05200",
        "ra_factor_a": Decimal("1.1050"),
        "ra_factor_b": None,
        "arc": "",
        "adj_start": None,
        "adj_end": None,
        "pbp": "001",
    }
    return mmr.write(MmrRow(**{**usual, **row}) for row in rows)


def take(contract: Contract, data: bytes, name: str = "file.txt", actor: Actor = QUINN) -> PlanFile:
    """Receive and process a file."""
    file = receive_file(
        actor=actor,
        payer_id=contract.payer_id,
        contract_id=contract.pk,
        name=name,
        data=data,
        now=NOW,
    )
    return process_file(actor=CLOCK, file_id=file.pk, now=NOW)


def line_of(member_ref: str) -> int:
    """The first line of money that names somebody."""
    lines = StatedLine.objects.filter(member_ref=member_ref).order_by("pk")
    return lines.values_list("pk", flat=True)[0]


def an_820_of(payments: Iterable[dict[str, object]]) -> bytes:
    """A remittance of several payments; each gives its trace, and lines or a member and dollars."""
    written = []
    for number, values in enumerate(payments, start=1):
        lines = [
            RemittanceLine(
                segment_no=0,
                member_ref=ref,
                last_name="Alder",
                first_name="Ann",
                batch_ref="BATCH",
                amount=Decimal(dollars),
                full_amount=None,
                rate_code="957",
                aid_codes=(),
                coverage_start=date(2026, 1, 1),
                coverage_end=date(2026, 1, 31),
                adjustments=(),
                raw="",
            )
            for ref, dollars in values["lines"]
        ]
        payment = Remittance(
            number, 0, f"{number:04}", Decimal(0), "C", values.get("method", "ACH"),
            date(2026, 3, 5), values.get("trace", f"T{number}"),
            handling=values.get("handling", "I"),
        )  # fmt: skip
        written.append((payment, lines))
    return remittance_820.write(interchange(), written)

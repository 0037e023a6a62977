"""
Claims and their payments: read and added up in memory, and taken into a database, by the line.

Reading is measured in processor time, the best of some rounds; taking in by the clock, from the
received bytes to dispositions, prices and steps, everything committed. A line is a service.
"""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from capitation.models import Contract, CoverageSpan, Member, Payer
from compliance.actions.claims import read_claims, receive_claims
from compliance.actions.fees import load_schedule, set_terms
from compliance.formats import claims_837, claims_written, remittance_835, remittance_written
from compliance.formats.claims_837 import Claim, ServiceLine
from compliance.formats.remittance_835 import Adjustment
from compliance.formats.remittance_written import Paid, PaidClaim, Remittance
from compliance.models import Claim as Kept
from credentialing.models import Participation, Practice, Practitioner
from credentialing.rules.npi import with_check_digit
from ipaportal.core.actors import Actor
from ipaportal.core.x12_writing import Interchange
from ipaportal.home.scratch import scratch_database
from ipaportal.identity.models import Party

CLAIMS, LINES, PRACTICES, PER_PAYMENT, ROUNDS = 10_000, 2, 50, 1_000, 3
DAYS = 61  # of service, of the claims of a file
DAY, NOW = date(2026, 10, 12), datetime(2026, 11, 2, 12, tzinfo=UTC)
CLOCK = Actor.system("bench")


def run(*, members: int | None, say: Callable[[str], object]) -> dict[str, object]:
    """Read an 835 and an 837 of `members` claims (or 10,000), and take the 837 in."""
    count = members or CLAIMS
    payments, claims = _payments(count), _claims(count)
    say(f"{count} claims of {LINES} lines: 835 of {len(payments)}, 837 of {len(claims)} bytes")
    read_835 = _best(lambda: _read_835(payments, count))
    read_837 = _best(lambda: _read_837(claims, count))
    say("taking the 837 in")
    taken = _take_in(claims, count)
    lines = count * LINES
    return {
        "claims": count,
        "lines": lines,
        "read_835_lines_per_second": round(lines / read_835),
        "read_837_lines_per_second": round(lines / read_837),
        "taken_in_seconds": round(taken, 2),
        "taken_in_lines_per_second": round(lines / taken),
    }


def _best(what: Callable[[], None]) -> float:
    found = []
    for _ in range(ROUNDS):
        started = time.process_time()
        what()
        found.append(time.process_time() - started)
    return min(found)


def _read_835(data: bytes, count: int) -> None:
    file = remittance_835.read(data)
    assert not file.problems
    assert sum(len(payment.claims) for payment in file.payments) == count


def _read_837(data: bytes, count: int) -> None:
    file = claims_837.read(data)
    assert not file.problems
    assert len(file.claims) == count
    assert not any(claim.off_cents for claim in file.claims)


def _npi(number: int) -> str:
    return with_check_digit(f"29{number:07}")


def _payments(count: int) -> bytes:
    taken = (Adjustment("CO", "45", 20_00), Adjustment("PR", "1", 5_00))
    service = Paid("99213", ("25",), 120_00, "1", DAY, "L1", taken)
    every = [
        PaidClaim(f"C{n}", "1", f"1-{n}", f"M{n}", "DOE", "ANN", _npi(1), DAY, (service,) * LINES)
        for n in range(count)
    ]
    remittances = [
        Remittance(f"T{at}", DAY, "Valley IPA", "123456789", "Bell Clinic", _npi(1), "987654321",
                   tuple(every[at : at + PER_PAYMENT]))
        for at in range(0, count, PER_PAYMENT)
    ]  # fmt: skip
    head = Interchange("IPA", "BELL", NOW, 1, "HP", remittance_written.VERSION)
    return remittance_written.write(head, remittances)


def _claims(count: int) -> bytes:
    every = []
    for n in range(count):
        day = DAY - timedelta(days=n % DAYS)
        lines = [
            ServiceLine(0, "1", code, charge_cents=120_00 + n, unit_kind="UN", place="11",
                        served_from=day, served_to=day)
            for code in ("99213", "99214")
        ]  # fmt: skip
        practice = n % PRACTICES
        every.append(Claim(
            0, f"C{n}", 240_00 + 2 * n, "11", "1", "professional", "0001", _npi(practice),
            f"{900_000_000 + practice}", f"Practice {practice}", f"M{n}", "DOE", "ANN", None,
            "PLAN", rendering_npi=_npi(practice), diagnoses=("I10",), lines=lines,
        ))  # fmt: skip
    head = Interchange("CLEARING", "IPA", NOW, 1, "HC", claims_written.VERSION)
    return claims_written.write(
        head, every, submitter=("Clearing", "CLEARING"), receiver=("IPA", "IPA")
    )


def _take_in(data: bytes, count: int) -> float:
    with scratch_database(is_owner=True):
        payer = _world(count)
        started = time.perf_counter()
        file = receive_claims(
            actor=CLOCK, payer_id=payer.pk, file_name="bench.837", data=data, now=NOW
        )
        read_claims(actor=CLOCK, file_id=file.pk, now=NOW)
        taken = time.perf_counter() - started
        found = Kept.objects.filter(state="ready", allowed_cents__gt=0).count()
        assert found == count, f"{found} of {count} claims are ready"
    return taken


def _world(count: int) -> Payer:
    """A plan whose members see doctors of fifty practices, with a price list."""
    Party.objects.create(kind=Party.Kind.IPA, name="Bench IPA")
    party = Party.objects.create(kind=Party.Kind.PAYER, name="Bench Plan", code="BENCH")
    payer = Payer.objects.create(party=party)
    contract = Contract.objects.create(payer=payer, name="Bench", start_month=date(2026, 1, 1))
    fact = {"effective_date": date(2026, 1, 1), "fact_no": 1, "recorded_at": NOW}
    for n in range(PRACTICES):
        own = Party.objects.create(kind=Party.Kind.PRACTICE, name=f"Practice {n}")
        tin = f"{900_000_000 + n}"
        practice = Practice.objects.create(party=own, tin=tin, name=own.name, npi=_npi(n))
        who = Practitioner.objects.create(npi=_npi(n), first_name="A", last_name=f"Doctor {n}")
        Participation.objects.create(practitioner=who, practice=practice, payer_party=party, **fact)
    members = Member.objects.bulk_create(
        Member(payer=payer, plan_member_id=f"M{n}", uuid=_uuid(n)) for n in range(count)
    )
    CoverageSpan.objects.bulk_create(
        CoverageSpan(member=one, contract=contract, **fact) for one in members
    )
    load_schedule(
        actor=CLOCK, name="List", effective_date=date(2026, 1, 1), source="bench",
        file_name="list.csv", data=b"Code,Price\n99213,100\n99214,150\n", place=None, factor=None,
        now=NOW,
    )  # fmt: skip
    set_terms(
        actor=CLOCK, payer_id=payer.pk, party_id=None, schedule_name="List", pct=Decimal(100),
        effective_date=date(2026, 1, 1), regime="contract", days=30, yearly_pct=Decimal(8),
        citation="bench", now=NOW,
    )  # fmt: skip
    return payer


def _uuid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"

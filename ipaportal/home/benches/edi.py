"""
Claims and their payments: read and added up in memory, and taken into a database, by the line.

Reading is measured in processor time, the best of some rounds; taking in by the clock and by the
processor, from the received bytes to dispositions, prices and steps, or to the posted payments,
everything committed. A line is a service.
"""

import time
from collections.abc import Callable

from compliance.actions.claims import read_claims, receive_claims
from compliance.actions.remits import read_remits, receive_remits
from compliance.formats import claims_837, remittance_835
from compliance.models import Claim, Remit, RemitClaim
from ipaportal.home.bench_claims import CLOCK, LINES, NOW, claims_of, make_world, payments_of
from ipaportal.home.scratch import processor_seconds, scratch_database

CLAIMS, ROUNDS = 10_000, 3


def run(*, members: int | None, say: Callable[[str], object]) -> dict[str, object]:
    """Read an 835 and an 837 of `members` claims (or 10,000), and take both in."""
    count = members or CLAIMS
    payments, claims = payments_of(count), claims_of(count)
    say(f"{count} claims of {LINES} lines: 835 of {len(payments)}, 837 of {len(claims)} bytes")
    read_835 = _best(lambda: _read_835(payments, count))
    read_837 = _best(lambda: _read_837(claims, count))
    lines = count * LINES
    figures: dict[str, object] = {
        "claims": count,
        "lines": lines,
        "read_835_lines_per_second": round(lines / read_835),
        "read_837_lines_per_second": round(lines / read_837),
    }
    with scratch_database(is_owner=True):
        payer = make_world(count)
        # The first file of a process pays for what is imported and planned once.
        take_in("warm", payer.pk, claims_of(0), payments_of(0))
        say("taking the 837 and the 835 in")
        for kind, (clock, processor) in take_in("bench", payer.pk, claims, payments).items():
            figures |= {
                f"taken_in_{kind}_seconds": round(clock, 2),
                f"taken_in_{kind}_lines_per_second": round(lines / clock),
                f"taken_in_{kind}_lines_per_processor_second": round(lines / processor),
            }
        _check(count)
    return figures


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


def take_in(
    name: str, payer_id: int, claims: bytes, payments: bytes
) -> dict[str, tuple[float, float]]:
    """Take both files in; seconds by the clock and of a processor, of each."""
    return {
        "837": _measured(lambda: _take_claims(name, payer_id, claims)),
        "835": _measured(lambda: _take_payments(name, payer_id, payments)),
    }


def _measured(what: Callable[[], None]) -> tuple[float, float]:
    started, spent = time.perf_counter(), processor_seconds()
    what()
    return time.perf_counter() - started, processor_seconds() - spent


def _take_claims(name: str, payer_id: int, data: bytes) -> None:
    file = receive_claims(
        actor=CLOCK, payer_id=payer_id, file_name=f"{name}.837", data=data, now=NOW
    )
    read_claims(actor=CLOCK, file_id=file.pk, now=NOW)


def _take_payments(name: str, payer_id: int, data: bytes) -> None:
    file = receive_remits(
        actor=CLOCK, payer_id=payer_id, file_name=f"{name}.835", data=data, now=NOW
    )
    read_remits(actor=CLOCK, file_id=file.pk, now=NOW)


def _check(count: int) -> None:
    """Every claim is ready and priced, every payment posted, every paid claim one of ours."""
    ready = Claim.objects.filter(state="ready", allowed_cents__gt=0).count()
    assert ready == count, f"{ready} of {count} claims are ready"
    assert not Remit.objects.exclude(state="posted").exists()
    matched = RemitClaim.objects.filter(queue="", claim__isnull=False).count()
    assert matched == count, f"{matched} of {count} claims of payments are matched and paid right"

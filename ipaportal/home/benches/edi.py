"""
Claims and their payments: read and added up in memory, and taken into a database, by the line.

Reading is measured in processor time, the best of some rounds; taking in by the clock and by the
processor, from the received bytes to dispositions, prices and steps, or to the posted payments,
everything committed. A line is a service. Readers of others are laid beside ours, on the same
files in turn; pyx12 is there for development, and others are brought for it:
`uv run --with oxedi==0.6.0 --with x12-python==0.1.0 --with openx12==0.2.1 manage.py bench edi` and
`uv run --with linuxforhealth-x12==0.57.0 --with 'pydantic<2' manage.py bench edi`.
"""

import gc
import time
from collections.abc import Callable, Sequence
from decimal import Decimal

from compliance.actions.claims import read_claims, receive_claims
from compliance.actions.remits import read_remits, receive_remits
from compliance.formats import claims_837, remittance_835
from compliance.models import Claim, Remit, RemitClaim
from ipaportal.home.bench_claims import CLOCK, LINES, NOW, claims_of, make_world, payments_of
from ipaportal.home.bench_x12_libraries import Found, Reads, at_hand, fault_of
from ipaportal.home.scratch import processor_seconds, scratch_database

CLAIMS, ROUNDS = 10_000, 3
KINDS = ("835", "837")


def run(*, members: int | None, say: Callable[[str], object]) -> dict[str, object]:
    """Read an 835 and an 837 of `members` claims (or 10,000) beside others, and take both in."""
    count = members or CLAIMS
    payments, claims = payments_of(count), claims_of(count)
    say(f"{count} claims of {LINES} lines: 835 of {len(payments)}, 837 of {len(claims)} bytes")
    lines = count * LINES
    figures: dict[str, object] = {"claims": count, "lines": lines}
    figures |= _beside("835", payments.decode(), lines, _read_835, say)
    figures |= _beside("837", claims.decode(), lines, _read_837, say)
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
    every = [figures[f"ratio_{kind}"] for kind in KINDS]
    return figures | {
        "lines_per_second_parsed": min(figures[f"read_{kind}_lines_per_second"] for kind in KINDS),
        "lines_per_second_posted": min(
            figures[f"taken_in_{kind}_lines_per_second"] for kind in KINDS
        ),
        "ratio": None if None in every else min(every),
    }


def _read_835(text: str) -> Found:
    file = remittance_835.read(text.encode())
    claims = [claim for payment in file.payments for claim in payment.claims]
    services = sum(len(claim.services) for claim in claims)
    cents = sum(payment.total_cents for payment in file.payments)
    faults = len(file.problems)
    return Found(len(file.payments), len(claims), services, Decimal(cents) / 100, faults)


def _read_837(text: str) -> Found:
    file = claims_837.read(text.encode())
    services = sum(len(claim.lines) for claim in file.claims)
    cents = sum(claim.charge_cents for claim in file.claims)
    faults = len(file.problems) + sum(bool(claim.off_cents) for claim in file.claims)
    return Found(0, len(file.claims), services, Decimal(cents) / 100, faults)


def _beside(
    kind: str, text: str, lines: int, ours: Reads, say: Callable[[str], object]
) -> dict[str, object]:
    """Our reader and those at hand on the same file, in turn; how fast, and which are right."""
    expected = ours(text)
    assert not expected.faults
    others = {one: getattr(one, f"reads_{kind}") for one in at_hand()}
    others = {one: reads for one, reads in others.items() if reads is not None}
    mine, *theirs = _in_turn([ours, *others.values()], text)
    figures: dict[str, object] = {f"read_{kind}_lines_per_second": round(lines / mine)}
    ratios = {}
    for (library, reads), seconds in zip(others.items(), theirs, strict=True):
        fault, ratio = fault_of(reads, text, expected), round(seconds / mine, 2)
        words = f"{lines / seconds:,.0f} lines a second, ours is {ratio} times that; "
        figures[f"{kind}_{library.words}"] = words + (fault or "right")
        say(f"{kind}, {library.words}: {figures[f'{kind}_{library.words}']}")
        if not fault:
            ratios[library] = ratio
    for name, compiled in (("", False), ("_compiled", True)):
        found = [ratio for library, ratio in ratios.items() if library.is_compiled == compiled]
        figures[f"ratio_{kind}{name}"] = min(found, default=None)
    return figures


def _in_turn(readers: Sequence[Reads], text: str) -> list[float]:
    """The best of some rounds of each, in seconds of a processor, all of them in every round."""
    best = [float("inf")] * len(readers)
    for _ in range(ROUNDS):
        for place, reads in enumerate(readers):
            gc.collect()  # nobody pays for what the one before left lying
            started = time.process_time()
            reads(text)
            best[place] = min(best[place], time.process_time() - started)
    return best


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

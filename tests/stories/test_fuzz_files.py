"""
Files of plans and banks, changed by their own grammar: named faults, never a crash, never half.

FUZZ_CASES=100000 FUZZ_SEED=1 runs it at length; what that found stands in docs/reliability.md.
"""

import os
import random
import time
from datetime import date

import pytest

from capitation.formats import enrolment_834, mmr, nacha, remittance_820
from capitation.formats.inspection import inspect_file
from compliance.formats import claims_837, remittance_835, remittance_written
from compliance.formats.remittance_835 import Adjustment
from compliance.formats.remittance_written import Paid, PaidClaim, Remittance
from compliance.models import Remit, RemitClaim
from ipaportal.core.x12_writing import Interchange
from tests.capitation.test_actions_files import nothing_applied
from tests.capitation.test_formats_inspection import x12
from tests.capitation.worlds import make_small_world
from tests.compliance.claimfiles import a_claim, a_line, claim_file
from tests.compliance.remitting import a_paid, an_835, bring
from tests.factories import NOON, make_contract
from tests.planfiles import a_coverage, a_member, a_pcp, an_820, an_834, take

CASES = int(os.environ.get("FUZZ_CASES", "400"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
SECONDS = 2.0  # for any one file
JAN = date(2026, 1, 1)
REMITTANCE = an_820([("M1", JAN, "10"), ("M2", JAN, "-3.50"), ("M3", JAN, "1200.01")])
ENROLMENT = an_834(
    [
        a_member("M1", coverages=(a_coverage("A", JAN),), pcps=(a_pcp("1234567893"),)),
        a_member("M2", "024", coverages=(a_coverage("A", JAN),)),
    ]
)
CLAIM_PAYMENT = x12(
    "BPR*I*90*C*ACH~TRN*1*12345*1512345678~CLP*1*1*150*100*~CAS*CO*45*50~"
    "SVC*HC:99213*150*100~PLB*1*20261231*WO*10~"
)
CLAIMS = x12("CLM*A1*200~LX*1~SV1*HC:99213*150*UN*1~LX*2~SV1*HC:99214*50*UN*1~", "837", "HC")
# As this portal writes them, with everything that stands around a claim.
TAKEN = (Adjustment("CO", "45", 20_00), Adjustment("PR", "1", 5_00))
SERVICE = Paid("99213", ("25",), 120_00, "1", JAN, "L1", TAKEN)
PAID = remittance_written.write(
    Interchange("PLAN", "BELL", NOON, 7, "HP", remittance_written.VERSION),
    [
        Remittance(
            "T1", JAN, "Golden Plan", "990000001", "Bell Clinic", "", "990000002",
            tuple(
                PaidClaim(f"A{n}", "1", f"P{n}", "M1", "DOE", "ANN", "", JAN, (SERVICE,) * n)
                for n in (1, 2)
            ),
            (("WO", "OLD", 10_00),),
        )
    ],
)  # fmt: skip
BILLED = claim_file(a_claim("A1"), a_claim("A2", a_line("99214", 200_00))).encode()
READERS = [
    (REMITTANCE, remittance_820.read),
    (ENROLMENT, enrolment_834.read),
    (CLAIM_PAYMENT, remittance_835.read),
    (CLAIMS, claims_837.read),
    (PAID, remittance_835.read),
    (BILLED, claims_837.read),
]
ODD = [b"", b"*", b":", b"~", b"\0", b"-0", b"1e9", b"NaN", b"9" * 400, b"0.005", b"20260230"]
ODD += ["é".encode(), "é".encode("latin-1"), b"\r\n", b"20260101-20251231", b"=1+1", b"M1"]


def mutated(data: bytes, chance: random.Random) -> bytes:
    """The file with one to four changes of its grammar's own kind."""
    for _ in range(chance.randint(1, 4)):
        segments = data.split(b"~")
        at, other = chance.randrange(len(segments)), chance.randrange(len(segments))
        match chance.randrange(9):
            case 0:
                del segments[at]
            case 1:
                segments.insert(at, segments[other])
            case 2:
                segments[at], segments[other] = segments[other], segments[at]
            case 3:
                elements = segments[at].split(b"*")
                elements[chance.randrange(len(elements))] = chance.choice(ODD)
                segments[at] = b"*".join(elements)
            case 4:
                elements = segments[at].split(b"*")
                del elements[chance.randrange(len(elements))]
                segments[at] = b"*".join(elements)
            case 5:
                data = data[: chance.randrange(len(data) + 1)]
                continue
            case 6:
                place = chance.randrange(len(data) + 1)
                data = data[:place] + chance.randbytes(chance.randint(1, 9)) + data[place:]
                continue
            case 7:
                data = data.replace(*chance.choice([(b"*", b"|"), (b"~", b"\n"), (b":", b">")]))
                continue
            case 8:
                segments = segments[: at + 1] * chance.randint(2, 5) + segments[at + 1 :]
        data = b"~".join(segments)
    return data


def test_no_mutation_raises_or_hangs():
    chance, verdicts = random.Random(SEED), {"ok": 0, "unbalanced": 0, "refused": 0}
    for number in range(CASES):
        whole, read = READERS[number % len(READERS)]
        data = mutated(whole, chance)
        began = time.perf_counter()
        said = inspect_file(data)
        if read is not None:
            for problem in read(data).problems:
                assert problem.message, data
        assert time.perf_counter() - began < SECONDS, data
        verdicts[said["verdict"]] += 1
        if said["verdict"] == "refused":
            assert said["problems"], data
            assert all(one["where"] or one["message"] for one in said["problems"]), data
    assert verdicts["refused"] > CASES / 2  # it changes what matters
    assert verdicts["ok"] + verdicts["unbalanced"] > 0


def test_no_mutation_of_fixed_lines_raises():
    chance = random.Random(SEED)
    lines = b"\n".join(b"%094d" % number for number in range(40))
    for _ in range(CASES // 4):
        data = bytearray(lines)
        for _ in range(chance.randint(1, 30)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        nacha.read(bytes(data[: chance.randrange(len(data))]))
        mmr.read(bytes(data))


@pytest.mark.django_db
def test_a_mutated_plan_file_is_applied_whole_or_not_at_all():
    """What is refused or put aside left no row; what is applied is in balance with itself."""
    contract, chance = make_contract(), random.Random(SEED + 1)
    statuses: dict[str, int] = {}
    for number in range(min(max(CASES // 20, 12), 400)):
        unique = b"%09d" % (number + 100)
        whole = REMITTANCE.replace(b"000000007", unique)
        # Bytes that came before are refused as such, whatever they are.
        file = take(contract, mutated(whole, chance) + b" " * number, f"{number}.820")
        statuses[file.status] = statuses.get(file.status, 0) + 1
        if file.status in ("rejected", "quarantined"):
            assert file.problems[0]["message"]
            assert not file.lines.exists()
            assert not file.payments.exists()
            assert "applied" in statuses or nothing_applied(file)
    assert set(statuses) <= {"rejected", "quarantined", "applied", "duplicate"}
    assert statuses.get("rejected", 0) > 0


@pytest.mark.django_db
def test_a_mutated_remittance_is_posted_whole_or_not_at_all():
    """Every payment that is posted is what its claims and adjustments come to, to the cent."""
    world, chance, states = make_small_world(), random.Random(SEED + 2), set()
    for number in range(min(max(CASES // 40, 10), 400)):
        whole = an_835(
            world, a_paid("A1"), a_paid("A2", 0), trace=f"F{number}", number=number + 1
        )  # fmt: skip
        # Bytes that came before are told, and never a second payment.
        file = bring(world, mutated(whole, chance) + b" " * number, f"{number}.835")
        assert file.status in ("read", "refused")
        states |= {file.status}
    for remit in Remit.objects.all():
        rows = RemitClaim.objects.filter(remit=remit)
        assert (remit.posted_at is not None) == (remit.state == "posted")
        if remit.posted_at is None:
            assert not rows.exists()
        else:
            paid = sum(row.paid_cents for row in rows)
            assert paid == remit.claim_cents == remit.cents + remit.off_cents
    assert states

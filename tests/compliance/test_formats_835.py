"""The 835, read and written: three sums, reversals, faults by segment, generated payments."""

import json
import random
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.formats.remittance_835 import Adjustment, read
from compliance.formats.remittance_written import (
    VERSION,
    Paid,
    PaidClaim,
    Remittance,
    RemittanceRefused,
    write,
)
from ipaportal.core.x12_writing import Address, Interchange, Unwritable

SAMPLES = Path(__file__).parents[3] / "shared" / "samples"
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
DAY = date(2026, 11, 2)


def interchange(number: int = 7) -> Interchange:
    return Interchange("IPA", "BELL", NOON, number, "HP", VERSION)


def a_service(charge: int = 120_00, *taken: tuple[str, str, int], **changes) -> Paid:
    adjustments = tuple(Adjustment(*one) for one in taken or (("CO", "45", 20_00),))
    given_ = {"units": "1", "served_on": DAY, "control": "L1", "adjustments": adjustments}
    return Paid("99213", ("25",), charge, **given_ | changes)


def a_claim(ref: str = "A1", *services: Paid, status: str = "1", **changes) -> PaidClaim:
    given_ = {"payer_ref": "P1", "patient_ref": "M-1", "patient_last": "Doe"}
    given_ |= {"patient_first": "Ann", "rendering_npi": "1234567893", "received_on": DAY}
    return PaidClaim(ref, status, services=services or (a_service(),), **given_ | changes)


def a_remittance(*claims: PaidClaim, trace: str = "T-1", adjustments=()) -> Remittance:
    return Remittance(
        trace, DAY, "Valley IPA", "123456789", "Bell Clinic", "1234567893", "987654321",
        claims or (a_claim(),), tuple(adjustments),
    )  # fmt: skip


def written(*remittances: Remittance) -> str:
    return write(interchange(), remittances or (a_remittance(),)).decode()


def codes(text: str) -> list[str]:
    return [f"{one.where} {one.code}" for one in read(text.encode()).problems]


def test_reads_back_what_it_wrote():
    deductible = a_service(80_00, ("PR", "1", 30_00), ("PR", "2", 5_00), ("CO", "45", 10_00))
    found = read(written(a_remittance(a_claim("A1", a_service(), deductible))).encode())
    assert found.problems == ()
    (payment,) = found.payments
    assert (payment.total_cents, payment.trace, payment.paid_on) == (135_00, "T-1", DAY)
    assert (payment.payer_name, payment.payee_name, payment.payee_id) == (
        "Valley IPA", "Bell Clinic", "1234567893",
    )  # fmt: skip
    (claim,) = payment.claims
    assert (claim.claim_ref, claim.charge_cents, claim.paid_cents) == ("A1", 200_00, 135_00)
    assert (claim.patient_cents, claim.patient_ref) == (35_00, "M-1")
    assert (claim.rendering_npi, claim.received_on) == ("1234567893", DAY)
    first, second = claim.services
    assert (first.procedure, first.modifiers, first.control) == ("99213", ("25",), "L1")
    assert (first.paid_cents, first.served_on) == (100_00, DAY)
    assert [(a.group, a.reason, a.cents) for a in second.adjustments] == [
        ("PR", "1", 30_00), ("PR", "2", 5_00), ("CO", "45", 10_00),
    ]  # fmt: skip


def test_says_where_both_sides_are_and_whom_to_ask_where_that_is_known():
    assert "N3*" not in written()
    assert "PER*" not in written()
    ipa = Address("1 A St*", "Bay", "CA", "93940-1234")
    bell = Address("2 B St", "Bay", "CA", "93940")
    told = replace(a_remittance(), payer_address=ipa, payer_phone="8315550100", payee_address=bell)
    text = written(told).replace("\n", "")
    assert "N1*PR*Valley IPA~N3*1 A St~N4*Bay*CA*939401234~PER*BL*Valley IPA*TE*8315550100~" in text
    assert "N1*PE*Bell Clinic*XX*1234567893~N3*2 B St~N4*Bay*CA*93940~REF*TJ*987654321~" in text
    assert read(text.encode()).problems == ()


def test_a_service_of_an_institution_is_told_by_its_revenue_code():
    room = replace(a_service(), procedure="", modifiers=(), revenue="0120")
    text = written(a_remittance(a_claim("A1", room, replace(a_service(), revenue="0360"))))
    assert "SVC*NU:0120*120*100**1~" in text
    assert "SVC*HC:99213:25*120*100*0360*1~" in text
    (claim,) = read(text.encode()).payments[0].claims
    assert [one.procedure for one in claim.services] == ["0120", "99213"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("BPR*I*100*", "BPR*I*100.01*", ["segment 4 (BPR) total_unbalanced"]),
        ("*120*100**1~", "*120*99.99**1~", ["segment 15 (SVC) service_unbalanced"]),
        ("CAS*CO*45*20~", "CAS*CO*45*20.01~",
         ["segment 15 (SVC) service_unbalanced", "segment 11 (CLP) claim_unbalanced"]),
        ("CLP*A1*1*120*100*", "CLP*A1*1*120*99.99*",
         ["segment 11 (CLP) claim_unbalanced", "segment 4 (BPR) total_unbalanced"]),
        ("CLP*A1*1*120*", "CLP*A1*1*12O*",
         ["segment 11 (CLP) amount", "segment 11 (CLP) claim_unbalanced"]),
        ("BPR*I*100*", "BPR*I*100.001*",
         ["segment 4 (BPR) amount", "segment 4 (BPR) total_unbalanced"]),
        ("BPR*I*100*", "BPR*I*-100*",
         ["segment 4 (BPR) negative", "segment 4 (BPR) total_unbalanced"]),
        ("DTM*472*20261102~", "DTM*472*20261302~", ["segment 16 (DTM) date"]),
        ("TRN*1*T-1*1123456789~", "TRN*1**1123456789~", ["segment 4 (TRN) no_trace"]),
        ("ST*835*", "ST*837*", ["end of file no_transaction", "segment 3 (ST) version_kind"]),
    ],
)  # fmt: skip
def test_names_what_does_not_add_up(old, new, expected):
    text = written().replace("\n", "")
    assert text.count(old) == 1
    found = codes(text.replace(old, new))
    assert sorted(one for one in found if "group_kind" not in one) == sorted(expected)


def test_says_of_each_payment_whether_it_may_be_posted():
    good, bad = a_remittance(), a_remittance(a_claim("B1"), trace="T-2")
    text = written(good, bad)
    at = text.index("T-2")
    text = text[:at] + text[at:].replace("*120*100**1~", "*120*90**1~")
    found = read(text.encode()).payments
    assert [(p.trace, p.is_balanced, p.is_readable) for p in found] == [
        ("T-1", True, True), ("T-2", False, True),
    ]  # fmt: skip


def test_a_reversal_is_the_same_below_zero():
    back = a_claim("A1", a_service(-120_00, ("CO", "45", -20_00)), status="22")
    anew = a_claim("A1", a_service(120_00, ("CO", "45", 60_00)))
    found = read(written(a_remittance(back, anew, a_claim("B1"))).encode())
    assert found.problems == ()
    claims = found.payments[0].claims
    assert [(c.is_reversal, c.paid_cents) for c in claims] == [
        (True, -100_00), (False, 60_00), (False, 100_00),
    ]  # fmt: skip


def test_what_is_owed_is_carried_forward_and_never_paid_below_zero():
    one = a_remittance(a_claim(), adjustments=[("WO", "overpaid in May", 130_00)])
    found = read(written(one).encode())
    assert found.problems == ()
    (payment,) = found.payments
    assert payment.total_cents == 0
    assert [(a.reason, a.reference, a.cents) for a in payment.adjustments] == [
        ("WO", "overpaid in May", 130_00), ("FB", "T-1", -30_00),
    ]  # fmt: skip
    assert a_remittance(a_claim(), adjustments=[("WO", "x", 100_00)]).all_adjustments() == (
        ("WO", "x", 100_00),
    )


def test_many_adjustments_take_several_segments():
    taken = [("CO", str(reason), 1_00) for reason in range(1, 15)]
    plb = [("L6", f"interest {n}", -1) for n in range(13)]
    text = written(a_remittance(a_claim("A1", a_service(100_00, *taken)), adjustments=plb))
    assert text.count("CAS*") == 3
    assert text.count("PLB*") == 3
    found = read(text.encode())
    assert found.problems == ()
    assert found.payments[0].total_cents == 86_13


def test_refuses_to_write_what_nobody_could_post():
    with pytest.raises(RemittanceRefused, match="given twice"):
        written(a_remittance(), a_remittance())
    with pytest.raises(RemittanceRefused, match="trace number is missing"):
        written(a_remittance(trace=""))
    with pytest.raises(RemittanceRefused, match="nothing in it"):
        written(replace(a_remittance(), claims=()))
    with pytest.raises(Unwritable):
        written(a_remittance(trace="T*1"))


def test_several_interchanges_and_other_delimiters():
    text = written().replace("\n", "")
    assert len(read((text + text.replace("000000007", "000000008")).encode()).payments) == 2
    other = text.replace("*", "|").replace(":", ">").replace("~", "\n")
    assert read(other.encode()).payments[0].claims[0].services[0].procedure == "99213"
    mixed = text + text.replace(":", ">").replace("000000007", "000000008")
    codes_of_both = [
        (service.procedure, service.modifiers)
        for payment in read(mixed.encode()).payments
        for service in payment.claims[0].services
    ]
    assert codes_of_both == [("99213", ("25",))] * 2


def test_a_cut_file_is_named_and_its_payment_given():
    text = written()
    found = read(text[: text.index("SE*")].encode())
    assert len(found.payments) == 1
    assert {one.code for one in found.problems} >= {"missing_iea"}


AMOUNT = st.integers(-5_000_00, 50_000_00)
SERVICES = st.builds(
    lambda charge, taken: a_service(charge, *(("CO", str(n + 1), t) for n, t in enumerate(taken))),
    AMOUNT,
    st.lists(AMOUNT, min_size=1, max_size=9),
)
CLAIMS = st.lists(SERVICES, min_size=1, max_size=4).map(lambda found: a_claim("A1", *found))
ADJUSTMENTS = st.lists(
    st.tuples(st.sampled_from(["WO", "L6", "72"]), st.just("ref"), AMOUNT), max_size=8
)


@given(st.lists(CLAIMS, min_size=1, max_size=5), ADJUSTMENTS)
def test_whatever_is_written_adds_up_and_is_what_was_paid(claims, adjustments):
    one = a_remittance(*claims, adjustments=adjustments)
    found = read(written(one).encode())
    assert found.problems == ()
    (payment,) = found.payments
    assert payment.total_cents == one.total_cents >= 0
    assert [claim.paid_cents for claim in payment.claims] == [claim.paid_cents for claim in claims]
    assert payment.off_cents == 0


def test_a_cent_anywhere_is_noticed():
    """Every amount of a payment, moved by a cent, makes one of the sums fail."""
    claims = [a_claim(f"A{n}", a_service(), a_service(80_00, ("PR", "1", 30_00))) for n in (1, 2)]
    lines = written(a_remittance(*claims, adjustments=[("L6", "x", -3_00)])).splitlines()
    places = {"BPR": [2], "CLP": [3, 4], "CAS": [3], "SVC": [2, 3], "PLB": [4]}
    tried = 0
    for number, line in enumerate(lines):
        parts = line.rstrip("~").split("*")
        for place in places.get(parts[0], []):
            changed = [*parts]
            changed[place] = f"{float(parts[place]) + 0.01:.2f}"
            text = "\n".join([*lines[:number], "*".join(changed) + "~", *lines[number + 1 :]])
            assert not read(text.encode()).payments[0].is_balanced, line
            tried += 1
    assert tried == 1 + 2 * 2 + 4 + 4 * 2 + 1


def test_broken_files_never_raise():
    """Segments dropped, doubled, swapped and cut, delimiters changed: named, whatever they say."""
    chance, lines = random.Random(835), written(a_remittance(*[a_claim(f"A{n}") for n in range(3)]))
    lines = lines.splitlines()
    for _ in range(400):
        broken = [*lines]
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(broken))
            kind = chance.randrange(5)
            if kind == 0:
                broken.pop(at)
            elif kind == 1:
                broken.insert(at, broken[at])
            elif kind == 2:
                other = chance.randrange(len(broken))
                broken[at], broken[other] = broken[other], broken[at]
            elif kind == 3:
                broken[at] = broken[at][: chance.randrange(len(broken[at]) + 1)]
            else:
                broken[at] = broken[at].replace("*", chance.choice(["**", "", "|", "*-"]), 1)
            if not broken:
                broken = [*lines]
        for payment in read("\n".join(broken).encode()).payments:
            assert isinstance(payment.off_cents, int)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the public samples are not here")
def test_counts_what_public_samples_hold():
    tried = 0
    for record in json.loads((SAMPLES / "expected.json").read_text()):
        file, said = SAMPLES / record["fmt"] / record["file"], record["expected"]
        if record["fmt"] != "x12-835" or "CLP_n" not in said or not file.exists():
            continue
        payments = read(file.read_bytes()).payments
        claims = [claim for payment in payments for claim in payment.claims]
        assert len(claims) == said["CLP_n"], file.name
        assert sum(len(claim.services) for claim in claims) == said["SVC_n"], file.name
        assert sum(c.paid_cents for c in claims) == round(float(said["CLP04_sum"]) * 100)
        off = round(float(said["balance_BPR_minus_CLP_plus_PLB"]) * 100)
        assert sum(payment.off_cents for payment in payments) == off, file.name
        tried += 1
    assert tried >= 8

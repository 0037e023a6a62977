"""The 837, read and written: claims under their providers and patients, faults by claim."""

import json
import random
from dataclasses import fields
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.formats.claims_837 import Claim, ServiceLine, read
from compliance.formats.claims_written import ClaimRefused
from tests.compliance.claimfiles import (
    DAY,
    NPI,
    OTHER_NPI,
    a_claim,
    a_line,
    a_stay,
    claim_file,
)

SAMPLES = Path(__file__).parents[3] / "shared" / "samples"
PLACES = {"segment_no", "number", "transaction", "lines"}


def said(thing: Claim | ServiceLine) -> dict[str, object]:
    """What a claim or line says, wherever it stood."""
    return {one.name: getattr(thing, one.name) for one in fields(thing) if one.name not in PLACES}


def read_text(text: str) -> list[Claim]:
    return list(read(text.encode()).claims)


def test_reads_back_what_was_written():
    lines = [
        a_line("99213", 120_00, modifiers=("25",), control="L1", rendering_npi=NPI),
        a_line("J1100", 8_05, units="2.5", served_to=date(2026, 10, 14), authorization="AU1"),
    ]
    one = a_claim("A1", *lines, authorization="AUTH7", clearinghouse_ref="CH9", facility_npi=NPI)
    two = a_claim(
        "A2", frequency="7", original_ref="P77", subscriber_ref="M-BEA", patient_first="Bea",
        is_capitated=True, paid_by_patient_cents=10_00, diagnoses=("Z0000",),
    )  # fmt: skip
    file = read(claim_file(one, two).encode())
    assert file.problems == ()
    assert (file.sender, file.receiver, file.control) == ("BELL", "VALLEYIPA", "000000007")
    for sent, found in zip([one, two], file.claims, strict=True):
        assert said(found) == said(sent)
        assert [said(line) for line in found.lines] == [said(line) for line in sent.lines]
    assert (file.claims[0].first_day, file.claims[0].last_day) == (DAY, date(2026, 10, 14))
    assert file.claims[0].off_cents == 0


def test_each_interchange_is_read_by_its_own_separators():
    text = claim_file(a_claim("A1", a_line("99213", 120_00, modifiers=("25",)))).replace("\n", "")
    found = read_text(text.replace(":", ">") + text)
    assert [(c.place, c.lines[0].procedure, c.lines[0].modifiers) for c in found] == [
        ("11", "99213", ("25",)), ("11", "99213", ("25",)),
    ]  # fmt: skip


def changed(old: str, new: str) -> list[Claim]:
    text = claim_file(a_claim("A1", a_line()), a_claim("A2")).replace("\n", "")
    assert old in text
    return read_text(text.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("CLM*A1*120*", "CLM*A1*12O*", "amount"),
        ("SV1*HC:99213*120*", "SV1*HC:99213*120.005*", "amount"),
        ("DTP*472*D8*20261012", "DTP*472*D8*20261312", "date"),
        ("DTP*472*D8*20261012", "DTP*472*RD8*20261012-20261001", "date"),
    ],
)
def test_a_fault_belongs_to_its_claim_alone(old, new, code):
    first, second = changed(old, new)
    assert [one.code for one in first.problems] == [code]
    assert second.problems == []


def test_a_fault_above_a_claim_is_the_claims():
    (one, _) = changed("DMG*D8*19500203", "DMG*D8*19501303")
    assert ([p.code for p in one.problems], one.born_on) == (["date"], None)


def test_a_charge_that_is_not_that_of_its_lines_is_told():
    one, two = changed("CLM*A1*120*", "CLM*A1*130*")
    assert (one.off_cents, two.off_cents) == (10_00, 0)


def test_other_cover_of_the_patient_is_not_the_claims_own():
    other = (
        "SBR*S*18*******CI~CAS*CO*45*20~AMT*D*80~NM1*IL*1*ELSE*SOMEBODY****MI*X9~"
        "NM1*PR*2*OTHER*****PI*OTHER~DTP*573*D8*20261020~REF*F8*THEIRS~"
    )
    (one, two) = changed("LX*1~", other + "LX*1~")
    assert (one.subscriber_ref, one.patient_last, one.payer_ref) == ("M-ANN", "Doe", "PLAN1")
    assert (one.original_ref, len(one.lines)) == ("", 1)
    assert two.subscriber_ref == "M-ANN"


def test_a_dependant_is_the_patient_of_the_subscribers_claim():
    child = "HL*3*2*23*0~PAT*19~NM1*QC*1*Doe*Cal~DMG*D8*20150101*M~CLM*A1*120*"
    (one, two) = changed("CLM*A1*120*", child)
    assert (one.subscriber_ref, one.patient_first, one.born_on) == (
        "M-ANN", "Cal", date(2015, 1, 1),
    )  # fmt: skip
    # The next subscriber has no dependant of the one before.
    assert (two.patient_first, two.born_on) == ("Ann", date(1950, 2, 3))


def test_an_institutional_claim():
    text = claim_file().replace("\n", "").replace("005010X222A1", "005010X223A3")
    text = text.replace("SV1*HC:99213*120*UN*1*11**1", "SV2*0450*HC:99283*120*UN*1")
    text = text.replace(
        "NM1*82*1", "DTP*435*DT*202610120915~DTP*434*RD8*20261012-20261015~NM1*71*1"
    )
    (one,) = read_text(text)
    assert (one.kind, one.admitted_on) == ("institutional", DAY)
    assert (one.served_from, one.served_to) == (DAY, date(2026, 10, 15))
    assert one.rendering_npi == OTHER_NPI
    (line,) = one.lines
    assert (line.revenue_code, line.procedure, line.charge_cents) == ("0450", "99283", 120_00)


def test_refuses_to_write_what_an_837_cannot_hold():
    for claim, why in (
        (a_claim(""), "no number"),
        (a_claim("A1", lines=[]), "no lines"),
        (a_claim("A1", *[a_line()] * 51), "more than 50 lines"),
        (a_claim("A1", a_line(served_from=None)), "no day"),
    ):
        with pytest.raises(ClaimRefused, match=why):
            claim_file(claim)


CENTS = st.integers(0, 99_999_99)
LINES = st.builds(
    a_line,
    st.sampled_from(["99213", "G0439", "J1100"]),
    CENTS,
    units=st.sampled_from(["1", "2.5", "30"]),
    modifiers=st.sampled_from([(), ("25",), ("25", "GT", "59", "TC")]),
)
CLAIMS = st.builds(
    lambda ref, lines: a_claim(ref, *lines),
    st.text("ABC123-", min_size=1, max_size=12),
    st.lists(LINES, min_size=1, max_size=6),
)


@given(st.lists(CLAIMS, min_size=1, max_size=6))
def test_whatever_is_written_is_read(claims):
    file = read(claim_file(*claims).encode())
    assert file.problems == ()
    assert [said(found) for found in file.claims] == [said(claim) for claim in claims]
    for sent, found in zip(claims, file.claims, strict=True):
        assert [said(line) for line in found.lines] == [said(line) for line in sent.lines]


def test_broken_files_never_raise():
    chance, whole = random.Random(837), claim_file(a_claim("A1"), a_claim("A2", a_line(), a_line()))
    whole = whole.splitlines()
    for _ in range(400):
        lines = [*whole]
        for _ in range(chance.randint(1, 4)):
            at, kind = chance.randrange(len(lines)), chance.randrange(5)
            if kind == 0 and len(lines) > 1:
                lines.pop(at)
            elif kind == 1:
                lines.insert(at, lines[chance.randrange(len(lines))])
            elif kind == 2:
                lines[at] = lines[at][: chance.randrange(len(lines[at]) + 1)]
            else:
                lines[at] = lines[at].replace("*", chance.choice(["**", "", ":", "*-"]), 1)
        for claim in read_text("\n".join(lines)):
            assert isinstance(claim.off_cents, int)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the public samples are not here")
def test_counts_what_public_samples_hold():
    tried = 0
    for record in json.loads((SAMPLES / "expected.json").read_text()):
        file, told = SAMPLES / record["fmt"] / record["file"], record["expected"]
        if record["fmt"] != "x12-837" or "CLM_n" not in told or not file.exists():
            continue
        claims = read(file.read_bytes()).claims
        assert len(claims) == told["CLM_n"], file.name
        assert sum(len(claim.lines) for claim in claims) == told["lines"], file.name
        cents = sum(claim.charge_cents for claim in claims)
        assert cents == round(float(told["CLM02_sum"]) * 100), file.name
        tried += 1
    assert tried >= 30


def test_a_stay_is_written_and_read_back_whole():
    stay = a_stay()
    text = claim_file(stay, a_stay("S2"))
    (found, other) = read(text.encode()).claims
    assert (found.stay, other.stay) == (stay.stay, stay.stay)
    assert found.stay.group == "470"
    assert [said(line) for line in found.lines] == [said(line) for line in stay.lines]
    assert (found.admitted_on, found.rendering_npi) == (date(2026, 10, 12), NPI)
    assert found.problems == []
    for segment in (
        "GS*HC*BELL*VALLEYIPA*20261102*120000*7*X*005010X223A2", "CLM*S1*8000***11:A:1**A*Y*Y",
        "DTP*096*TM*1130", "DTP*434*RD8*20261012-20261015", "DTP*435*DT*202610120800",
        "CL1*3*1*01", "HI*ABK:M1711:::::::Y", "HI*DR:470", "HI*BBR:0SRC0J9:D8:20261012",
        "HI*BE:A2:::15.31", "SV2*0120**3000*UN*3", "SV2*0360*HC:27447*5000*UN*1",
    ):  # fmt: skip
        assert segment in text


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"stay": None}, "from when until when"),
        ({"lines": [a_line("27447", 1)]}, "no revenue code"),
        ({"lines": [a_line("", 1, revenue_code="0120")] * 1000}, "more than 999 lines"),
        ({"kind": "professional"}, "no day of service|005010X223A2 does not hold"),
    ],
)
def test_refuses_a_stay_that_no_837i_holds(changes, why):
    with pytest.raises(ClaimRefused, match=why):
        claim_file(a_stay(), a_stay("S2", **changes))


def test_what_a_hostile_stay_says_does_not_cut_a_segment():
    stay = a_stay()
    stay.stay.codes = (("DR", "4~7*0"), ("ZZ", "A:B"))
    (found,) = read(claim_file(stay).encode()).claims
    assert found.stay.codes == (("DR", "4 7 0"), ("ZZ", "A B"))

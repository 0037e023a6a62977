"""The 820 reader, its balance checks, and its writer."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capitation.formats.remittance_820 import Remittance, RemittanceLine, read, write
from ipaportal.core.x12_writing import Interchange, Unwritable

HEAD = (
    "ISA*00*          *00*          *ZZ*PLAN           *ZZ*IPA            "
    "*260301*0600*^*00501*000000007*0*P*:~GS*RA*PLAN*IPA*20260301*0600*7*X*005010X218~"
)
BODY = (
    "ST*820*0001*005010X218~BPR*I*{total}*C*NON************20260312~TRN*3*TRACE1~REF*14*77~"
    "N1*PE*EXAMPLE IPA*FI*990000001~N1*PR*EXAMPLE PLAN*FI*990000002~"
    "ENT*1*2J*EI*999999999~NM1*IL*1*ALDER*ANN****N*M001~"
    "RMR*IK*BATCH9**100.00~REF*18*957~REF*ZZ*1H;2~REF*ZZ*Dual~DTM*582****RD8*20260201-20260228~"
    "RMR*IK*BATCH9**12.50*{full}~REF*18*957~DTM*582****RD8*20260101-20260131~ADX*-87.50*53~"
    "ENT*2*2J*EI*999999999~NM1*IL*1*BIRCH*BO****N*M002~"
    "RMR*IK*BATCH9**-40.00~DTM*582****RD8*20260101-20260131~"
)


def envelope(body):
    count = body.count("~") + 1
    return (HEAD + body + f"SE*{count}*0001~GE*1*7~IEA*1*000000007~").encode()


def plan_file(total="72.5", full="100"):
    return envelope(BODY.format(total=total, full=full))


def test_reads_the_payment_and_its_lines():
    file = read(plan_file())
    assert file.problems == ()
    (payment,) = file.remittances
    assert (payment.amount, payment.lines_total, payment.line_count) == (
        Decimal("72.5"), Decimal("72.50"), 3,
    )  # fmt: skip
    assert payment.is_notice
    assert payment.payment_date == date(2026, 3, 12)
    assert (payment.payer_name, payment.payee_id) == ("EXAMPLE PLAN", "990000001")
    first, retro, back = file.lines
    assert (first.member_ref, first.last_name, first.first_name) == ("M001", "ALDER", "ANN")
    assert (first.segment_no, first.amount, first.batch_ref) == (11, Decimal("100.00"), "BATCH9")
    assert (first.rate_code, first.aid_codes) == ("957", ("1H;2", "Dual"))
    assert (first.coverage_start, first.coverage_end) == (date(2026, 2, 1), date(2026, 2, 28))
    assert first.raw.splitlines()[1:3] == [
        "NM1*IL*1*ALDER*ANN****N*M001", "RMR*IK*BATCH9**100.00",
    ]  # fmt: skip
    assert retro.adjustments == ((Decimal("-87.50"), "53"),)
    assert (retro.full_amount, retro.is_recoupment) == (Decimal(100), False)
    assert (back.member_ref, back.is_recoupment) == ("M002", True)


def test_says_when_the_total_is_not_the_sum_of_the_lines():
    (problem,) = read(plan_file(total="60.10")).problems
    assert (problem.where, problem.code, problem.severity) == (
        "segment 4 (BPR)", "total_unbalanced", "unbalanced",
    )  # fmt: skip
    assert problem.message.startswith(
        "This file's total is $12.40 less than the sum of its lines (BPR02, segment 4)"
    )


def test_says_when_an_adjusted_line_does_not_explain_itself():
    (problem,) = read(plan_file(full="101")).problems
    assert (problem.where, problem.code) == ("segment 16 (RMR)", "line_unbalanced")


@pytest.mark.parametrize("bad", ["80A6.53", "1E3", "NaN", "1,000", "", "1.005", "٣"])
def test_refuses_an_amount_that_is_none(bad):
    file = read(envelope(BODY.format(total="72.5", full="100").replace("**100.00~", f"**{bad}~")))
    assert "refused" in {problem.severity for problem in file.problems}
    assert file.problems[0].where == "segment 11 (RMR)"


def test_keeps_a_line_whose_period_cannot_be_read():
    file = read(envelope(BODY.format(total="72.5", full="100").replace("-20260228", "-20260299")))
    assert file.lines[0].coverage_start is None
    assert [(p.code, p.severity) for p in file.problems] == [("period", "note")]


def test_reads_a_month_where_the_plan_gives_no_span():
    body = BODY.format(total="72.5", full="100").replace("****RD8*20260201-20260228", "*20260215")
    line = read(envelope(body)).lines[0]
    assert (line.coverage_start, line.coverage_end) == (date(2026, 2, 1), date(2026, 2, 28))


INTERCHANGE = Interchange("PLAN", "IPA", datetime(2026, 3, 1, 6), 7, "RA", "005010X218")
CENTS = st.integers(-(10**9), 10**9).map(lambda cents: Decimal(cents) / 100)
NAME = st.text("ABCDEFGHIJÑ -'", min_size=1, max_size=20).map(str.strip).filter(bool)


@st.composite
def lines(draw):
    month = date(2026, draw(st.integers(1, 12)), 1)
    return RemittanceLine(
        segment_no=0,
        member_ref=draw(st.text("0123456789AB", min_size=1, max_size=12)),
        last_name=draw(NAME),
        first_name=draw(NAME),
        batch_ref=draw(st.text("ABC123-", min_size=1, max_size=20)),
        amount=draw(CENTS),
        full_amount=None,
        rate_code=draw(st.sampled_from(["", "957"])),
        aid_codes=tuple(draw(st.lists(st.sampled_from(["1H;2", "Dual"]), max_size=2))),
        coverage_start=month,
        coverage_end=month.replace(day=28),
        adjustments=(),
        raw="",
    )


@given(st.lists(lines(), max_size=12))
def test_reads_back_what_it_writes(written):
    payment = Remittance(1, 0, "", Decimal(0), "C", "NON", date(2026, 3, 12), "TRACE1")
    file = read(write(INTERCHANGE, [(payment, written)]))
    assert file.problems == ()
    assert file.remittances[0].amount == sum((line.amount for line in written), Decimal(0))
    names = ("member_ref", "last_name", "first_name", "batch_ref", "amount", "rate_code",
             "aid_codes", "coverage_start", "coverage_end")  # fmt: skip
    assert [[getattr(line, n) for n in names] for line in file.lines] == [
        [getattr(line, n) for n in names] for line in written
    ]


def test_refuses_to_write_a_reference_that_holds_a_separator():
    payment = Remittance(1, 0, "", Decimal(0), "C", "NON", None, "TRACE~1")
    with pytest.raises(Unwritable):
        write(INTERCHANGE, [(payment, [])])

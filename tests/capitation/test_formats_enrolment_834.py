"""The 834 reader and its writer."""

from dataclasses import replace
from datetime import date, datetime

from hypothesis import given
from hypothesis import strategies as st

from capitation.formats.enrolment_834 import Coverage, Enrolment, EnrolmentMember, PcpChoice, read
from capitation.formats.writer_834 import write
from ipaportal.core.x12_writing import Interchange

INTERCHANGE = Interchange("PLAN", "IPA", datetime(2026, 3, 1, 6), 7, "BE", "005010X220A1")
HEAD = (
    "ISA*00*          *00*          *ZZ*PLAN           *ZZ*IPA            "
    "*260301*0600*^*00501*000000007*0*P*:~GS*BE*PLAN*IPA*20260301*0600*7*X*005010X220A1~"
)
BODY = (
    "ST*834*0001*005010X220A1~BGN*00*R1*20260301*0600****{action}~QTY*TO*{count}~"
    "N1*P5*SPONSOR*FI*990000001~N1*IN*PLAN*FI*990000002~"
    "INS*Y*18*001*43*A*C**FT~REF*0F*S001~REF*CE*10;401;9G;999;80;401;;~REF*F6*1EG4TE5MK73~"
    "DTP*356*D8*20250101~NM1*IL*1*ALDER*ANN*B***ZZ*M001~PER*IP**HP*5550100000~"
    "N3*1 MAIN ST*APT 2~N4*TOWN*CA*00001**CY*06037~DMG*D8*19500102*F~"
    "NM1*31*1~N3*PO BOX 9~N4*ELSEWHERE*NV*00002~"
    "HD*001**HMO*GOLD*IND~DTP*348*D8*20260201~DTP*349*D8*20260331~REF*1L*P77~"
    "LX*1~NM1*P3*1*DOE*DEE****XX*1000000004*25~DTP*348*D8*20260201~"
    "INS*N*19*024*08*A~REF*0F*S001~NM1*IL*1*ALDER*KIM****34*000000000~DMG*D8*2010XX02*M~"
)


def plan_file(action="2", count=2):
    body = BODY.format(action=action, count=count)
    end = f"SE*{body.count('~') + 1}*0001~GE*1*7~IEA*1*000000007~"
    return (HEAD + body + end).encode()


def test_reads_a_member_with_coverage_and_pcp():
    file = read(plan_file())
    member, _ = file.members
    assert (member.is_subscriber, member.maintenance, member.reason) == (True, "001", "43")
    assert (member.member_ref, member.subscriber_ref) == ("M001", "S001")
    assert member.mbi == "1EG4TE5MK73"
    assert ("CE", "10;401;9G;999;80;401;;") in member.references
    assert (member.birth_date, member.sex, member.phone) == (date(1950, 1, 2), "F", "5550100000")
    assert (member.address, member.city, member.county_code) == ("1 MAIN ST", "TOWN", "06037")
    (coverage,) = member.coverages
    assert (coverage.plan_description, coverage.start_date, coverage.end_date) == (
        "GOLD", date(2026, 2, 1), date(2026, 3, 31),
    )  # fmt: skip
    assert coverage.references == (("1L", "P77"),)
    (pcp,) = member.pcps
    assert (pcp.npi, pcp.last_name, pcp.effective_date) == ("1000000004", "DOE", date(2026, 2, 1))
    assert member.raw.startswith("INS*Y*18*001*43*A*C**FT\nREF*0F*S001")
    assert member.segment_no == 8


def test_never_takes_a_dependents_social_security_number_for_a_member_number():
    _, dependent = read(plan_file()).members
    assert (dependent.member_ref, dependent.subscriber_ref) == ("", "S001")
    assert dependent.is_termination


def test_keeps_a_member_with_an_unreadable_date_and_names_it():
    file = read(plan_file())
    assert file.members[1].faults == ("Segment 31: The birth date '2010XX02' is no date.",)
    assert [(p.where, p.severity) for p in file.problems] == [("segment 31 (DMG)", "note")]


def test_tells_a_full_file_from_changes():
    assert not read(plan_file("2")).enrolments[0].is_full_file
    assert read(plan_file("4")).enrolments[0].is_full_file
    assert read(plan_file("RX")).enrolments[0].is_full_file


def test_says_when_the_count_is_not_the_number_of_members():
    problem = read(plan_file(count=3)).problems[-1]
    assert (problem.code, problem.severity) == ("count_unbalanced", "unbalanced")
    assert problem.message == "The file says it holds 3 members (QTY*TO), but it has 2 (INS)."


DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))
NAME = st.text("ABCDEFGHIJÑ -'", min_size=1, max_size=20).map(str.strip).filter(bool)


@st.composite
def members(draw):
    start = draw(DAYS)
    return EnrolmentMember(
        segment_no=0,
        is_subscriber=draw(st.booleans()),
        relationship="18",
        maintenance=draw(st.sampled_from(["001", "021", "024", "030"])),
        reason="XN",
        benefit_status="A",
        member_ref=draw(st.text("0123456789AB", min_size=1, max_size=12)),
        id_qualifier="ZZ",
        subscriber_ref="S1",
        last_name=draw(NAME),
        first_name=draw(NAME),
        birth_date=draw(DAYS),
        sex=draw(st.sampled_from(["F", "M"])),
        address="1 MAIN ST",
        city="TOWN",
        state="CA",
        zip_code="00001",
        references=(("0F", "S1"),),
        coverages=(Coverage(0, "021", "HMO", draw(NAME), start_date=start, end_date=draw(DAYS)),),
        pcps=(
            PcpChoice(
                0, "1000000004", draw(NAME), draw(NAME), id_qualifier="XX", ref="1000000004",
                effective_date=draw(st.none() | DAYS),
            ),
        ),
    )  # fmt: skip


def bare(member):
    """Take away what only reading can know."""
    coverages = tuple(replace(c, segment_no=0, dates=()) for c in member.coverages)
    pcps = tuple(replace(p, segment_no=0) for p in member.pcps)
    return replace(member, segment_no=0, raw="", coverages=coverages, pcps=pcps)


@given(st.lists(members(), max_size=8))
def test_reads_back_what_it_writes(written):
    head = Enrolment(1, 0, "", "00", "4", sponsor_name="S", payer_name="P")
    file = read(write(INTERCHANGE, [(head, written)]))
    assert file.problems == ()
    assert file.enrolments[0].declared_count == len(written)
    assert [bare(member) for member in file.members] == written

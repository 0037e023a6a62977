"""Writes the 834 X220A1 that `enrolment_834` reads."""

from collections.abc import Iterable
from datetime import date

from capitation.formats.enrolment_834 import Coverage, Enrolment, EnrolmentMember, PcpChoice
from ipaportal.core.x12_writing import Interchange, Writer, clean


def write(
    interchange: Interchange, files: Iterable[tuple[Enrolment, Iterable[EnrolmentMember]]]
) -> bytes:
    """
    Write an 834 of members; QTY*TO is their number.

    :raises Unwritable: if a reference holds one of the file's separators
    """
    writer = Writer(interchange)
    for head, members in files:
        listed = list(members)
        created = head.created_date or interchange.created_at.date()
        writer.begin("834")
        writer.segment(
            "BGN", head.purpose or "00", head.reference or str(interchange.control_number),
            _day(created), "0000", "", "", "", head.action,
        )  # fmt: skip
        writer.segment("QTY", "TO", str(len(listed)))
        writer.segment("N1", "P5", clean(head.sponsor_name), "FI", head.sponsor_id)
        writer.segment("N1", "IN", clean(head.payer_name), "FI", head.payer_id)
        for member in listed:
            _write_member(writer, member)
        writer.end()
    return writer.close()


def _day(day: date | None) -> str:
    return f"{day:%Y%m%d}" if day else ""


def _write_member(writer: Writer, member: EnrolmentMember) -> None:
    died = _day(member.death_date)
    writer.segment(
        "INS", "Y" if member.is_subscriber else "N", member.relationship, member.maintenance,
        member.reason, member.benefit_status, member.medicare_code, "",
        member.employment_status, member.student_status, "Y" if member.is_handicapped else "",
        "D8" if died else "", died,
    )  # fmt: skip
    references = list(member.references)
    if member.subscriber_ref and "0F" not in dict(references):
        references.insert(0, ("0F", member.subscriber_ref))
    if member.mbi and "F6" not in dict(references):
        references.append(("F6", member.mbi))
    for kind, value in references:
        writer.segment("REF", kind, value)
    for kind, value in member.dates:
        writer.segment("DTP", kind, _date_kind(value), value)
    writer.segment(
        "NM1", "IL", "1", clean(member.last_name), clean(member.first_name),
        clean(member.middle_name), "", "", member.id_qualifier or "ZZ", member.member_ref,
    )  # fmt: skip
    _write_person(writer, member)
    for coverage in member.coverages:
        _write_coverage(writer, coverage)
    for position, pcp in enumerate(member.pcps, start=1):
        _write_pcp(writer, position, pcp)


def _date_kind(value: str) -> str:
    return "RD8" if "-" in value else "D8"


def _write_person(writer: Writer, member: EnrolmentMember) -> None:
    if member.phone:
        writer.segment("PER", "IP", "", "HP", member.phone)
    if member.address:
        writer.segment("N3", clean(member.address), clean(member.address_2))
    if member.city:
        county = ("CY", member.county_code) if member.county_code else ()
        writer.segment("N4", clean(member.city), member.state, member.zip_code, "", *county)
    if member.birth_date or member.sex:
        born = _day(member.birth_date)
        writer.segment("DMG", "D8" if born else "", born, member.sex)


def _write_coverage(writer: Writer, coverage: Coverage) -> None:
    writer.segment(
        "HD", coverage.maintenance, "", coverage.insurance_line, clean(coverage.plan_description),
        coverage.level,
    )  # fmt: skip
    dates = coverage.dates or (
        ("348", _day(coverage.start_date)),
        ("349", _day(coverage.end_date)),
    )
    for kind, value in dates:
        if value:
            writer.segment("DTP", kind, _date_kind(value), value)
    for kind, value in coverage.references:
        writer.segment("REF", kind, value)


def _write_pcp(writer: Writer, position: int, pcp: PcpChoice) -> None:
    writer.segment("LX", str(position))
    writer.segment(
        "NM1", "P3", "1", clean(pcp.last_name), clean(pcp.first_name), "", "", "",
        pcp.id_qualifier or "XX", pcp.npi or pcp.ref, pcp.relationship,
    )  # fmt: skip
    if pcp.action:
        writer.segment("PLA", pcp.action, "1P", _day(pcp.effective_date), "", pcp.reason)
    elif pcp.effective_date:
        writer.segment("DTP", "348", "D8", _day(pcp.effective_date))
    if pcp.end_date:
        writer.segment("DTP", "349", "D8", _day(pcp.end_date))

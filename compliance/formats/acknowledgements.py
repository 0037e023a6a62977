"""
Writes what the sender of claims gets back: the 999 for the file, the 277CA for each claim in it.

The 999 (005010X231A1) says whether the file could be read, the 277CA (005010X214) of each claim
whether it was taken, under which number of ours, or why it was sent back. Both count what came in,
so that the sender can see that nothing was lost.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ipaportal.core.values import cents_text
from ipaportal.core.x12 import Reader, Source, element
from ipaportal.core.x12_writing import Interchange, Writer, clean

VERSION_999, VERSION_277 = "005010X231A1", "005010X214"
# Faults of an envelope by the code of our reader: what IK5 calls them.
FAULTS = {"missing_se": "2", "se02": "3", "se01": "4"}
IN_ERROR = "5"


@dataclass(frozen=True, slots=True)
class Group:
    """A functional group as it came: its kind, number and version, and its transactions."""

    kind: str
    control: str
    version: str
    transactions: tuple[tuple[str, str, str], ...]
    """Kind (837), control number and version of each."""


def groups_of(source: Source) -> list[Group]:
    """The groups and transactions of a file, which is what a 999 answers to."""
    found: list[Group] = []
    inside: list[tuple[str, str, str]] = []
    head: tuple[str, str, str] | None = None
    for _, segment in Reader(source):
        if segment[0] == "GS":
            head, inside = (element(segment, 1), element(segment, 6), element(segment, 8)), []
        elif segment[0] == "ST" and head:
            version = element(segment, 3) or head[2]
            inside.append((element(segment, 1), element(segment, 2), version))
        elif segment[0] in ("GE", "IEA") and head:
            found.append(Group(*head, tuple(inside)))
            head = None
    if head:
        found.append(Group(*head, tuple(inside)))
    return found


def write_999(interchange: Interchange, group: Group, faults: Sequence[str]) -> bytes:
    """
    Answer a group: accepted, or rejected whole for faults (codes of our reader).

    A file is taken whole or not at all, so that every transaction of a group fares alike.
    """
    writer = Writer(interchange)
    writer.begin("999")
    writer.segment("AK1", group.kind, group.control, group.version)
    codes = sorted({FAULTS.get(code, IN_ERROR) for code in faults})
    for kind, control, version in group.transactions:
        writer.segment("AK2", kind, control, version)
        writer.segment("IK5", "R" if codes else "A", *codes[:5])
    count = str(len(group.transactions))
    writer.segment("AK9", "R" if codes else "A", count, count, "0" if codes else count)
    writer.end()
    return writer.close()


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one claim."""

    ref: str
    number: str
    patient_last: str
    patient_first: str
    patient_ref: str
    status: str
    charge_cents: int
    first_day: date | None
    last_day: date | None
    is_accepted: bool
    words: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """Claims of one billing provider."""

    provider: str
    npi: str
    answers: tuple[Answer, ...]


def write_277ca(
    interchange: Interchange,
    *,
    payer: tuple[str, str],
    sender: tuple[str, str],
    file_ref: str,
    received_on: date,
    batches: Sequence[Batch],
) -> bytes:
    """Answer every claim of a file; payer and sender are (name, number)."""
    made = interchange.created_at
    writer = Writer(interchange)
    writer.begin("277")
    number = str(interchange.control_number)
    writer.segment("BHT", "0085", "08", number, f"{made:%Y%m%d}", f"{made:%H%M}", "TH")
    writer.segment("HL", "1", "", "20", "1")
    writer.segment("NM1", "PR", "2", clean(payer[0]), "", "", "", "", "PI", payer[1])
    writer.segment("TRN", "1", clean(file_ref))
    for kind in ("050", "009"):
        writer.segment("DTP", kind, "D8", f"{received_on:%Y%m%d}")
    writer.segment("HL", "2", "1", "21", "1")
    writer.segment("NM1", "41", "2", clean(sender[0]), "", "", "", "", "46", sender[1])
    writer.segment("TRN", "2", clean(file_ref))
    answers = [one for batch in batches for one in batch.answers]
    charge = sum(one.charge_cents for one in answers)
    writer.segment("STC", "A1:19", f"{received_on:%Y%m%d}", "WQ", cents_text(charge))
    _counts(writer, answers, ("90", "AA"))
    level = 2
    for batch in batches:
        level += 1
        parent = str(level)
        writer.segment("HL", parent, "2", "19", "1")
        name = clean(batch.provider)
        writer.segment("NM1", "85", "2", name, "", "", "", "", "XX", batch.npi)
        _counts(writer, batch.answers, ("QA", "QC"))
        for one in batch.answers:
            level += 1
            _answer(writer, one, str(level), parent)
    writer.end()
    return writer.close()


def _counts(writer: Writer, answers: Sequence[Answer], kinds: tuple[str, str]) -> None:
    for kind, money, is_accepted in ((kinds[0], "YU", True), (kinds[1], "YY", False)):
        found = [one for one in answers if one.is_accepted == is_accepted]
        if found:
            writer.segment("QTY", kind, str(len(found)))
            writer.segment("AMT", money, cents_text(sum(one.charge_cents for one in found)))


def _answer(writer: Writer, one: Answer, level: str, parent: str) -> None:
    writer.segment("HL", level, parent, "PT")
    writer.segment(
        "NM1", "QC", "1", clean(one.patient_last), clean(one.patient_first), "", "", "", "MI",
        clean(one.patient_ref),
    )  # fmt: skip
    writer.segment("TRN", "2", clean(one.ref) or "0")
    taken = "WQ" if one.is_accepted else "U"
    made = f"{writer.interchange.created_at:%Y%m%d}"
    charge, words = cents_text(one.charge_cents), clean(one.words)[:264]
    writer.segment("STC", one.status, made, taken, charge, *[""] * 7, words)
    if one.is_accepted:
        writer.segment("REF", "1K", one.number)
    if one.first_day and one.last_day:
        span = f"{one.first_day:%Y%m%d}-{one.last_day:%Y%m%d}"
        writer.segment("DTP", "472", "RD8", span)

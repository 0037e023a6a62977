"""
Reader of ACH files (NACHA records of 94 bytes): payments, returns and notifications of change.

Banks send them without line breaks, unpadded, cut at the right, and without a file header. All
of that is read; what does not agree is named as a fault with its line, and nothing is guessed.
Amounts are whole cents. The writer is `nacha_writer`.
"""

import re
from collections import Counter
from dataclasses import dataclass, field

from capitation.rules.aba import is_routing_number

WIDTH = 94
MAX_FAULTS = 500
_BREAKS = re.compile(r"\r\n|\n|\r")
_HEADER = re.compile(r"1(01|00) ?[ 0-9A-Z]")
_BATCH = re.compile(r"5(200|220|225|280)")

# What a control record states must agree with what it controls; `money` faults are a file whose
# own totals disagree, `padding` is harmless, `notice` is told but stops nothing.
STRUCTURE, CONTROL, MONEY, PADDING, NOTICE = "structure", "control", "money", "padding", "notice"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, on which line, of which kind."""

    where: str
    code: str
    message: str
    kind: str


@dataclass(frozen=True, slots=True)
class Addenda:
    """A record beneath an entry: remittance text (05), a change (98), a return (99), or others."""

    line: int
    text: str

    @property
    def type_code(self) -> str:
        return self.text[1:3]

    @property
    def payment_text(self) -> str:
        return self.text[3:83].rstrip()

    @property
    def code(self) -> str:
        """The reason of a return (R..) or of a change (C..)."""
        return self.text[3:6].strip() if self.type_code in ("98", "99") else ""

    @property
    def original_trace(self) -> str:
        """The trace number of the entry that comes back."""
        return self.text[6:21].strip() if self.type_code in ("98", "99") else ""

    @property
    def returned_for(self) -> str:
        """In what banks write each other about a return: the two digits of its code."""
        return self.text[56:58] if self.type_code == "99" else ""

    @property
    def corrected_data(self) -> str:
        return self.text[35:64].rstrip() if self.type_code == "98" else ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One payment or its return, with its addenda."""

    line: int
    transaction_code: str
    routing_number: str
    account_number: str
    amount_cents: int
    identification: str
    name: str
    trace_number: str
    addenda: list[Addenda] = field(default_factory=list)

    @property
    def is_credit(self) -> bool:
        """Whether money goes to the account; codes of automated accounting (8x) alternate."""
        last = self.transaction_code[1:]
        if self.transaction_code[:1] == "8":
            return last in ("1", "3", "5", "7")
        return last in ("0", "1", "2", "3", "4")


@dataclass(frozen=True, slots=True)
class Totals:
    """What a control record states, or what was counted."""

    entries_addenda: int = 0
    entry_hash: int = 0
    debit_cents: int = 0
    credit_cents: int = 0


@dataclass(slots=True)
class Batch:
    """The entries under one batch header, and what its control record states."""

    line: int
    service_class: str
    company_name: str
    company_id: str
    sec: str
    description: str
    effective_date: str
    odfi: str
    number: str
    entries: list[Entry] = field(default_factory=list)
    stated: Totals | None = None
    counted: Totals = Totals()


@dataclass(slots=True)
class AchFile:
    """A file as it was read. `faults` is empty when everything in it agrees."""

    header: str = ""
    control: str = ""
    batches: list[Batch] = field(default_factory=list)
    lines: int = 0
    faults: list[Fault] = field(default_factory=list)

    @property
    def counted(self) -> Totals:
        parts = [batch.counted for batch in self.batches]
        return Totals(
            entries_addenda=sum(p.entries_addenda for p in parts),
            entry_hash=sum(p.entry_hash for p in parts) % 10**10,
            debit_cents=sum(p.debit_cents for p in parts),
            credit_cents=sum(p.credit_cents for p in parts),
        )

    @property
    def returns(self) -> list[tuple[Entry, Addenda]]:
        """Entries that come back, each with the addenda that says why."""
        return [(e, a) for b in self.batches for e in b.entries for a in e.addenda if _is(a, "99")]

    @property
    def changes(self) -> list[tuple[Entry, Addenda]]:
        """Entries whose bank says that their details changed."""
        return [(e, a) for b in self.batches for e in b.entries for a in e.addenda if _is(a, "98")]

    @property
    def verdict(self) -> str:
        """`ok`, `unbalanced` (its own totals disagree) or `refused` (not safe to use)."""
        kinds = {fault.kind for fault in self.faults}
        if kinds & {STRUCTURE, CONTROL}:
            return "refused"
        return "unbalanced" if MONEY in kinds else "ok"


def _is(addenda: Addenda, type_code: str) -> bool:
    return addenda.type_code == type_code


def looks_like_ach(data: bytes) -> bool:
    """Whether bytes begin as an ACH file does: with a file header, or, in feeds, a batch header."""
    start = data[:400].decode("latin-1").lstrip("\ufeff\xef\xbb\xbf \r\n")
    line = _BREAKS.split(start)[0]
    if _BATCH.match(line):
        return len(line) >= 87 and line[50:53].isalpha()
    return bool(_HEADER.match(line)) and len(line) >= 34 and line[34:37] in ("094", "94 ", "94")


def read(data: bytes) -> AchFile:
    """Read an ACH file; faults are listed in the answer, never raised."""
    found = AchFile()
    reader = _Reader(found)
    for number, text in _records(data):
        found.lines += 1
        if "\x00" in text:
            words = "it holds a character that no text has (NUL)"
            reader.fault(number, "nul", words, STRUCTURE)
            text = text.replace("\x00", "\ufffd")
        reader.take(number, text)
    reader.close()
    return found


def figures(file: AchFile) -> dict[str, object]:
    """What a file holds, counted from its entries; `controls` is "ok" or what disagrees."""
    counted = file.counted
    batches = Counter(batch.sec for batch in file.batches)
    entries = Counter({batch.sec: 0 for batch in file.batches})
    for batch in file.batches:
        entries[batch.sec] += len(batch.entries)
    controls = [fault.message for fault in file.faults if fault.kind != NOTICE]
    return {
        "batches": len(file.batches),
        "entries_addenda": counted.entries_addenda,
        "entry_hash": counted.entry_hash,
        "debit_cents": counted.debit_cents,
        "credit_cents": counted.credit_cents,
        "sec": dict(entries),
        "sec_batches": dict(batches),
        "returns": dict(Counter(addenda.code for _, addenda in file.returns)),
        "changes": dict(Counter(addenda.code for _, addenda in file.changes)),
        "controls": controls or "ok",
    }


def _records(data: bytes):
    """Number and text of each record, filled to its width; blank lines are none."""
    text = data.decode("latin-1").removeprefix("\xef\xbb\xbf")
    # Control-Z ends files that came through old transfer programs.
    lines = _BREAKS.split(text.rstrip("\x1a\r\n "))
    for number, line in enumerate(lines, start=1):
        if len(line.rstrip()) > WIDTH:
            # No line breaks at all, or missing between some records.
            for start in range(0, len(line), WIDTH):
                if line[start : start + WIDTH].strip():
                    yield number + start // WIDTH, line[start : start + WIDTH].ljust(WIDTH)
        elif line.strip():
            yield number, line.ljust(WIDTH)


class _Reader:
    """Puts records where they belong and compares each control record with what it controls."""

    def __init__(self, file: AchFile) -> None:
        self.file = file
        self.batch: Batch | None = None
        self.entry: Entry | None = None
        self.control_line = 0
        self.unknown = 0

    def fault(self, line: int, code: str, message: str, kind: str) -> None:
        if len(self.file.faults) < MAX_FAULTS:
            where = f"line {line}" if line else "file"
            self.file.faults.append(Fault(where, code, message, kind))

    def take(self, line: int, text: str) -> None:
        kind = text[0]
        if kind == "6":
            self.take_entry(line, text)
        elif kind == "7":
            self.take_addenda(line, text)
        elif kind == "5":
            self.take_batch(line, text)
        elif kind == "8":
            self.take_batch_control(line, text)
        elif kind == "9":
            self.take_file_control(line, text)
        elif kind == "1":
            self.take_header(line, text)
        else:
            self.unknown += 1
            if self.unknown <= 3:
                message = f"“{text[:20].rstrip()}” is no ACH record: it begins with {kind!r}"
                self.fault(line, "unknown-record", message, STRUCTURE)

    def number(self, line: int, text: str, what: str) -> int:
        if text.isascii() and text.isdigit():
            return int(text)
        if text.strip():
            message = f"{what} “{text.strip()}” is not a number"
            self.fault(line, "not-a-number", message, STRUCTURE)
        return 0

    def take_header(self, line: int, text: str) -> None:
        if self.file.header:
            self.fault(line, "second-file", "a second file header: two files in one", STRUCTURE)
            return
        if self.file.batches:
            self.fault(line, "late-header", "the file header comes after a batch", STRUCTURE)
        self.file.header = text

    def take_batch(self, line: int, text: str) -> None:
        self.close_batch(line)
        self.entry = None
        self.batch = Batch(
            line=line,
            service_class=text[1:4],
            company_name=text[4:20].strip(),
            company_id=text[40:50].strip(),
            sec=text[50:53].strip(),
            description=text[53:63].strip(),
            effective_date=text[69:75].strip(),
            odfi=text[79:87].strip(),
            number=text[87:94].strip(),
        )
        self.file.batches.append(self.batch)

    def take_entry(self, line: int, text: str) -> None:
        advice = self.batch is not None and self.batch.sec == "ADV"
        cents = text[27:39] if advice else text[29:39]
        self.entry = Entry(
            line=line,
            transaction_code=text[1:3],
            routing_number=text[3:12],
            account_number=text[12 : 27 if advice else 29].rstrip(),
            amount_cents=self.number(line, cents, "amount"),
            identification=text[39:54].strip(),
            name=text[54:76].strip(),
            trace_number=text[79:94].strip(),
        )
        if not is_routing_number(text[3:12]):
            message = f"routing number {text[3:12]} has a wrong check digit"
            self.fault(line, "check-digit", message, NOTICE)
        if self.batch is None or self.batch.stated is not None:
            self.fault(line, "outside-batch", "an entry outside a batch", STRUCTURE)
            return
        self.batch.entries.append(self.entry)
        self.count(self.entry, self.number(line, text[3:11], "routing number"))

    def count(self, entry: Entry, routing: int) -> None:
        counted, cents = self.batch.counted, entry.amount_cents
        self.batch.counted = Totals(
            entries_addenda=counted.entries_addenda + 1,
            entry_hash=(counted.entry_hash + routing) % 10**10,
            debit_cents=counted.debit_cents + (0 if entry.is_credit else cents),
            credit_cents=counted.credit_cents + (cents if entry.is_credit else 0),
        )

    def take_addenda(self, line: int, text: str) -> None:
        if self.batch is None or self.batch.stated is not None:
            self.fault(line, "outside-batch", "an addenda outside a batch", STRUCTURE)
            return
        counted = self.batch.counted
        self.batch.counted = Totals(
            counted.entries_addenda + 1,
            counted.entry_hash,
            counted.debit_cents,
            counted.credit_cents,
        )
        addenda = Addenda(line, text)
        if self.entry is None:
            self.fault(line, "outside-entry", "an addenda without its entry", STRUCTURE)
            return
        self.entry.addenda.append(addenda)
        if addenda.code and not known_code(addenda.code):
            message = f"return or change code {addenda.code} is not in the list we know"
            self.fault(line, "unknown-code", message, NOTICE)

    def take_batch_control(self, line: int, text: str) -> None:
        batch, self.entry = self.batch, None
        if batch is None or batch.stated is not None:
            message = "a batch control without its batch header"
            self.fault(line, "control-without-batch", message, STRUCTURE)
            return
        width = 20 if batch.sec == "ADV" else 12
        batch.stated = Totals(
            entries_addenda=self.number(line, text[4:10], "entry count"),
            entry_hash=self.number(line, text[10:20], "entry hash"),
            debit_cents=self.number(line, text[20 : 20 + width], "debit total"),
            credit_cents=self.number(line, text[20 + width : 20 + 2 * width], "credit total"),
        )
        self.compare(line, f"batch {len(self.file.batches)}", batch.stated, batch.counted)

    def take_file_control(self, line: int, text: str) -> None:
        if not text.strip().strip("9"):
            return
        self.close_batch(line)
        self.entry = self.batch = None
        if self.file.control:
            self.fault(line, "second-file", "a second file control: two files in one", STRUCTURE)
            return
        self.file.control, self.control_line = text, line

    def close_batch(self, line: int) -> None:
        if self.batch is not None and self.batch.stated is None:
            message = f"batch {len(self.file.batches)} (line {self.batch.line}) has no control"
            self.fault(line, "batch-not-closed", message, STRUCTURE)

    def compare(self, line: int, what: str, stated: Totals, counted: Totals) -> None:
        for name, code, kind in (
            ("entries_addenda", "entry/addenda count", CONTROL),
            ("entry_hash", "entry hash", CONTROL),
            ("debit_cents", "debit cents", MONEY),
            ("credit_cents", "credit cents", MONEY),
        ):
            says, is_really = getattr(stated, name), getattr(counted, name)
            if says != is_really:
                message = f"{what} states {code} {says}, counted {is_really}"
                self.fault(line, name.replace("_", "-"), message, kind)

    def close(self) -> None:
        """This will compare the file control with the whole file."""
        file = self.file
        if not file.lines:
            self.fault(0, "empty", "the file is empty", STRUCTURE)
            return
        if self.unknown > 3:
            message = f"{self.unknown} lines are no ACH records"
            self.fault(0, "unknown-record", message, STRUCTURE)
        if not file.header:
            self.fault(0, "no-file-header", "no file header record", STRUCTURE)
        if not file.control:
            self.close_batch(0)
            self.fault(0, "no-file-control", "no file control record", STRUCTURE)
            return
        self.compare_file(file.control)

    def compare_file(self, text: str) -> None:
        file, line = self.file, self.control_line
        width = 20 if any(batch.sec == "ADV" for batch in file.batches) else 12
        stated_batches = self.number(line, text[1:7], "batch count")
        blocks = self.number(line, text[7:13], "block count")
        stated = Totals(
            entries_addenda=self.number(line, text[13:21], "entry count"),
            entry_hash=self.number(line, text[21:31], "entry hash"),
            debit_cents=self.number(line, text[31 : 31 + width], "debit total"),
            credit_cents=self.number(line, text[31 + width : 31 + 2 * width], "credit total"),
        )
        if stated_batches != len(file.batches):
            message = f"file states {stated_batches} batches, counted {len(file.batches)}"
            self.fault(line, "batches", message, CONTROL)
        self.compare(line, "file", stated, file.counted)
        if blocks * 10 != file.lines:
            message = f"file states {blocks} blocks of 10 records, counted {file.lines} records"
            self.fault(line, "blocks", message, PADDING)


def known_code(code: str) -> bool:
    """Whether a return or change code is one of the rules (R01-R85, C01-C14, C61-C69)."""
    if not re.fullmatch(r"[RC][0-9]{2}", code):
        return False
    number = int(code[1:])
    if code[0] == "R":
        return 1 <= number <= 85
    return 1 <= number <= 14 or 61 <= number <= 69

"""The envelope of X12: do interchange, group and transaction open, close and count rightly."""

from dataclasses import dataclass

CONTROL = frozenset(("ISA", "GS", "ST", "SE", "GE", "IEA"))
MAX_PROBLEMS = 200

# Functional group (GS01) that carries a transaction set (ST01).
GROUP_OF = {
    "270": "HS", "271": "HB", "276": "HR", "277": "HN", "278": "HI", "810": "IN", "820": "RA",
    "832": "SC", "834": "BE", "835": "HP", "837": "HC", "850": "PO", "855": "PR", "856": "SH",
    "860": "PC", "997": "FA", "999": "FA",
}  # fmt: skip
# Implementation guides (GS08) of version 5010, and the transaction set each describes.
SET_OF = {
    "X212": "276", "X214": "277", "X217": "278", "X218": "820", "X220": "834", "X221": "835",
    "X222": "837", "X223": "837", "X224": "837", "X231": "999", "X279": "270", "X306": "820",
}  # fmt: skip
PAIRS = ({"270", "271"}, {"276", "277"})


@dataclass(frozen=True, slots=True)
class Problem:
    """
    One thing wrong with a file: where, a stable code, and plain words.

    `severity`: refused (not safe to use), unbalanced (its own totals disagree) or note.
    """

    where: str
    code: str
    message: str
    severity: str = "refused"


@dataclass(slots=True)
class _Open:
    number: int
    control: str
    segment: list[str]
    inside: int = 0


def _at(segment: list[str], position: int) -> str:
    return segment[position].strip() if position < len(segment) else ""


def _same_number(left: str, right: str) -> bool:
    """Compare control numbers as numbers where both are, because GS06 and GE02 drop zeros."""
    if left.isascii() and right.isascii() and left.isdigit() and right.isdigit():
        return left.lstrip("0") == right.lstrip("0")
    return left == right


class Envelope:
    """Takes the control segments in order and keeps what is wrong with them."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.faults: list[str] = []
        self.interchanges = 0
        self.groups = 0
        self.transactions: dict[str, int] = {}
        self.versions: list[str] = []
        self.first_set = ""
        self.headless = self.unterminated = self.too_long = False
        self._isa: _Open | None = None
        self._gs: _Open | None = None
        self._st: _Open | None = None
        self._seen: set[tuple[str, str]] = set()
        self._closed_at = 0
        self._steps = {
            "ISA": self._open_interchange,
            "GS": self._open_group,
            "ST": self._open_transaction,
            "SE": self._close_transaction,
            "GE": self._close_group,
            "IEA": self._close_interchange,
        }

    def feed(self, number: int, segment: list[str]) -> None:
        """Take the next control segment; others need not be shown."""
        self._steps[segment[0]](number, segment)

    def finish(self, segments: int) -> None:
        """Close the file: what is still open now has lost its trailer."""
        if self.headless:
            words = (
                "The file has no ISA segment, so it is not a complete X12 interchange. "
                "Ask the sender for the whole file."
            )
            self._fault("start of file", "no_isa", words, "no ISA segment")
        if self.too_long:
            words = "A segment runs on for more than a million characters without an end."
            self._fault(f"after segment {segments}", "segment_too_long", words, "segment too long")
        if self.unterminated:
            words = "The last segment is cut off: the file seems to be truncated."
            self._fault(f"segment {segments}", "truncated", words, "truncated")
        self._lose_all()
        if self.interchanges and segments > self._closed_at and self._closed_at:
            words = f"{segments - self._closed_at} segments follow the end of the interchange."
            self._fault(f"segment {self._closed_at + 1}", "outside", words, "data after IEA")

    def garbage(self, characters: int) -> None:
        """Note that something stands before the first ISA."""
        words = f"{characters} characters before the ISA segment were passed over."
        self._note("start of file", "leading_garbage", words)

    def damaged(self, number: int, name: str) -> None:
        """Refuse a segment that holds what no text does."""
        words = "It holds a character that no text has (NUL): it is damaged."
        self._fault(f"segment {number} ({name})", "nul", words, f"{name} holds NUL")

    def _fault(self, where: str, code: str, message: str, short: str) -> None:
        if len(self.faults) < MAX_PROBLEMS:
            self.faults.append(short)
            self.problems.append(Problem(where, code, message))

    def _note(self, where: str, code: str, message: str) -> None:
        if len(self.problems) < 2 * MAX_PROBLEMS:
            self.problems.append(Problem(where, code, message, "note"))

    def _lost(self, name: str, opener: _Open, trailer: str) -> None:
        words = (
            f"The {name} {opener.control} opened in segment {opener.number} has no {trailer} "
            "trailer: the file is incomplete."
        )
        where = f"segment {opener.number} ({opener.segment[0]})"
        self._fault(where, f"missing_{trailer.lower()}", words, f"missing {trailer}")

    def _lose_transaction(self) -> None:
        if self._st is not None:
            self._lost("transaction", self._st, "SE")
            self._st = None

    def _lose_group(self) -> None:
        self._lose_transaction()
        if self._gs is not None:
            self._lost("group", self._gs, "GE")
            self._gs = None

    def _lose_all(self) -> None:
        self._lose_group()
        if self._isa is not None:
            self._lost("interchange", self._isa, "IEA")
            self._isa = None

    def _open_interchange(self, number: int, segment: list[str]) -> None:
        self._lose_all()
        self._outside(number)
        self.interchanges += 1
        control = _at(segment, 13)
        self._isa = _Open(number, control, segment)
        key = (_at(segment, 6), control)
        if key in self._seen:
            words = f"Interchange {control} of {key[0]} is in this file twice (ISA13)."
            self._fault(
                f"segment {number} (ISA)", "duplicate_interchange", words,
                f"duplicate ISA13={control}",
            )  # fmt: skip
        self._seen.add(key)
        if _at(segment, 15) == "T":
            words = "The sender marks this file as a test (ISA15 = T)."
            self._note(f"segment {number} (ISA)", "test_file", words)

    def _outside(self, number: int) -> None:
        if self._closed_at and number > self._closed_at + 1:
            words = f"{number - self._closed_at - 1} segments stand between two interchanges."
            where = f"segment {self._closed_at + 1}"
            self._fault(where, "outside", words, "data after IEA")

    def _open_group(self, number: int, segment: list[str]) -> None:
        self._lose_group()
        self.groups += 1
        if self._isa is not None:
            self._isa.inside += 1
        self._gs = _Open(number, _at(segment, 6), segment)
        version = _at(segment, 8)
        if version and version not in self.versions and len(self.versions) < MAX_PROBLEMS:
            self.versions.append(version)

    def _open_transaction(self, number: int, segment: list[str]) -> None:
        self._lose_transaction()
        kind = _at(segment, 1)
        self.first_set = self.first_set or kind
        if kind in self.transactions or len(self.transactions) < MAX_PROBLEMS:
            self.transactions[kind] = self.transactions.get(kind, 0) + 1
        self._st = _Open(number, _at(segment, 2), segment)
        if self._gs is None:
            if not self.headless:
                words = f"Transaction {self._st.control} stands outside a group (GS … GE)."
                self._fault(f"segment {number} (ST)", "no_group", words, "ST without GS")
            return
        self._gs.inside += 1
        self._agree(number, kind, self._gs.segment)

    def _agree(self, number: int, kind: str, group: list[str]) -> None:
        where = f"segment {number} (ST)"
        expected, found = GROUP_OF.get(kind), _at(group, 1)
        if expected and found and found != expected:
            words = f"GS01 is {found}, but a {kind} belongs in a group {expected}."
            self._note(where, "group_kind", words)
        version = _at(group, 8)
        guide = SET_OF.get(version[6:10]) if version.startswith("005010") else None
        if guide and guide != kind and {guide, kind} not in PAIRS:
            self._note(where, "version_kind", f"GS08 is {version}, which is no guide for a {kind}.")

    def _close_transaction(self, number: int, segment: list[str]) -> None:
        where = f"segment {number} (SE)"
        if self._st is None:
            self._fault(where, "stray_se", "SE closes no open transaction.", "SE without ST")
            return
        opened, self._st = self._st, None
        actual = number - opened.number + 1
        if _at(segment, 1) != str(actual) and not _same_number(_at(segment, 1), str(actual)):
            words = (
                f"SE01 says {_at(segment, 1) or 'nothing'}, but transaction {opened.control} "
                f"has {actual} segments (segments {opened.number} to {number})."
            )
            self._fault(where, "se01", words, f"SE01={_at(segment, 1)} actual={actual}")
        if _at(segment, 2) != opened.control:
            words = f"SE02 is {_at(segment, 2)}, but the transaction began as {opened.control}."
            self._fault(where, "se02", words, f"ST02={opened.control} SE02={_at(segment, 2)}")

    def _close_group(self, number: int, segment: list[str]) -> None:
        self._lose_transaction()
        where = f"segment {number} (GE)"
        if self._gs is None:
            self._fault(where, "stray_ge", "GE closes no open group.", "GE without GS")
            return
        opened, self._gs = self._gs, None
        if not _same_number(_at(segment, 1), str(opened.inside)):
            words = f"GE01 says {_at(segment, 1)} transactions, the group has {opened.inside}."
            self._fault(where, "ge01", words, f"GE01={_at(segment, 1)} actual={opened.inside}")
        if not _same_number(_at(segment, 2), opened.control):
            words = f"GE02 is {_at(segment, 2)}, but the group began as {opened.control} (GS06)."
            self._fault(where, "ge02", words, f"GS06={opened.control} GE02={_at(segment, 2)}")

    def _close_interchange(self, number: int, segment: list[str]) -> None:
        self._lose_group()
        where = f"segment {number} (IEA)"
        self._closed_at = number
        if self._isa is None:
            self._fault(where, "stray_iea", "IEA closes no open interchange.", "IEA without ISA")
            return
        opened, self._isa = self._isa, None
        if not _same_number(_at(segment, 1), str(opened.inside)):
            words = f"IEA01 says {_at(segment, 1)} groups, the interchange has {opened.inside}."
            self._fault(where, "iea01", words, f"IEA01={_at(segment, 1)} actual={opened.inside}")
        if not _same_number(_at(segment, 2), opened.control):
            words = (
                f"IEA02 is {_at(segment, 2)}, but the interchange began as {opened.control} "
                "(ISA13)."
            )
            self._fault(where, "iea02", words, f"ISA13={opened.control} IEA02={_at(segment, 2)}")

"""Counts the figures of an X12 file by kind of transaction, in one pass."""

from collections import Counter
from decimal import Decimal

from capitation.formats.enrolment_834 import EnrolmentCollector
from capitation.formats.remittance_820 import RemittanceCollector
from capitation.formats.values import dollars, parse_amount
from ipaportal.core.x12 import Delimiters, Problem, Segment, element

MAX_PROBLEMS = 200


def money(amount: Decimal) -> str:
    """Write dollars for JSON: two places, or as many as the file had."""
    cents = amount.quantize(Decimal("0.01"))
    return f"{cents:f}" if cents == amount else f"{amount:f}"


class Sums:
    """Adds up amounts by name and names those that are none."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.sums: Counter[str] = Counter()

    def amount(self, number: int, segment: Segment, position: int) -> Decimal:
        """Read an amount; an empty one is nothing, an unreadable one is a problem."""
        text = element(segment, position)
        amount = parse_amount(text) if text.strip() else Decimal(0)
        if amount is None:
            if len(self.problems) < MAX_PROBLEMS:
                name = segment[0][:3]
                words = f"{name}{position:02d} is {text[:40]!r}, which is no amount."
                self.problems.append(Problem(f"segment {number} ({name})", "amount", words))
            return Decimal(0)
        return amount


class RemittanceFigures:
    """Figures of an 820."""

    def __init__(self) -> None:
        self.collector = RemittanceCollector()
        self.members: set[str] = set()
        self.total = Decimal(0)
        self.adjustments = 0

    def feed(self, number: int, segment: Segment) -> None:
        """Take the next segment of a transaction."""
        if segment[0] == "ADX":
            self.adjustments += 1
        line = self.collector.feed(number, segment)
        if line is not None:
            self._count(line)

    def _count(self, line) -> None:
        if line.member_ref:
            self.members.add(line.member_ref)

    def finish(self) -> tuple[dict[str, object], list[Problem]]:
        """Give the figures and what is wrong."""
        line = self.collector.finish()
        if line is not None:
            self._count(line)
        payments = self.collector.remittances
        problems = self.collector.problems
        figures = {
            "total": money(sum((p.amount for p in payments), Decimal(0))),
            "remittance_total": money(sum((p.lines_total for p in payments), Decimal(0))),
            "lines": sum(p.line_count for p in payments),
            "members": len(self.members),
            "adjustments": self.adjustments,
            "balanced": not any(p.severity in ("unbalanced", "refused") for p in problems),
        }
        return figures, problems


class EnrolmentFigures:
    """Figures of an 834."""

    def __init__(self) -> None:
        self.collector = EnrolmentCollector()
        self.counts: Counter[str] = Counter()
        self.maintenance: Counter[str] = Counter()

    def feed(self, number: int, segment: Segment) -> None:
        """Take the next segment of a transaction."""
        name = segment[0]
        if name == "INS":
            self.counts["members"] += 1
            self.counts["subscribers"] += element(segment, 1) == "Y"
            kind = element(segment, 3)
            if kind in self.maintenance or len(self.maintenance) < MAX_PROBLEMS:
                self.maintenance[kind[:20]] += 1
        elif name == "HD":
            self.counts["coverages"] += 1
        elif name == "NM1":
            self.counts["pcp_assignments"] += element(segment, 1) == "P3"
        self.collector.feed(number, segment)

    def finish(self) -> tuple[dict[str, object], list[Problem]]:
        """Give the figures and what is wrong."""
        self.collector.finish()
        names = ("members", "subscribers", "coverages", "pcp_assignments")
        figures: dict[str, object] = {name: self.counts[name] for name in names}
        figures["maintenance"] = dict(self.maintenance)
        figures["full_file"] = any(e.is_full_file for e in self.collector.enrolments)
        return figures, self.collector.problems


class ClaimPaymentFigures(Sums):
    """Figures of an 835; each payment must be its claims less its provider adjustments."""

    def __init__(self) -> None:
        super().__init__()
        self.counts: Counter[str] = Counter()
        self._open: dict[str, Decimal] = {}
        self._total_at = 0
        self.sums = Counter({"total": Decimal(0), "charged": Decimal(0), "paid": Decimal(0)})
        self.sums["plb"] = Decimal(0)
        self.balanced = True

    def feed(self, number: int, segment: Segment) -> None:
        """Take the next segment of a transaction."""
        name = segment[0]
        if name == "ST":
            self._close()
            self._open = {"total": Decimal(0), "paid": Decimal(0), "plb": Decimal(0)}
            self._total_at = number
        elif name == "BPR":
            self._add("total", self.amount(number, segment, 2))
            self._total_at = number
        elif name == "CLP":
            self.counts["claims"] += 1
            self.sums["charged"] += self.amount(number, segment, 3)
            self._add("paid", self.amount(number, segment, 4))
        elif name == "PLB":
            for position in range(4, min(len(segment), 15), 2):
                self._add("plb", self.amount(number, segment, position))
        elif name == "SVC":
            self.counts["service_lines"] += 1

    def _add(self, name: str, amount: Decimal) -> None:
        self.sums[name] += amount
        if name in self._open:
            self._open[name] += amount

    def _close(self) -> None:
        if not self._open:
            return
        due = self._open["paid"] - self._open["plb"]
        off = self._open["total"] - due
        self._open = {}
        if not off:
            return
        self.balanced = False
        words = (
            f"The payment is {dollars(off)} {'less' if off < 0 else 'more'} than its claims "
            f"less its provider adjustments, {due} (BPR02, segment {self._total_at})."
        )
        if len(self.problems) < MAX_PROBLEMS:
            where = f"segment {self._total_at} (BPR)"
            self.problems.append(Problem(where, "total_unbalanced", words, "unbalanced"))

    def finish(self) -> tuple[dict[str, object], list[Problem]]:
        """Give the figures and what is wrong."""
        self._close()
        return {
            "total": money(self.sums["total"]),
            "claims": self.counts["claims"],
            "charged": money(self.sums["charged"]),
            "paid": money(self.sums["paid"]),
            "provider_adjustments": money(self.sums["plb"]),
            "service_lines": self.counts["service_lines"],
            "balanced": self.balanced and not self.problems,
        }, self.problems


class ClaimFigures(Sums):
    """Figures of an 837, professional, institutional or dental."""

    CHARGE_AT = {"SV1": 2, "SV2": 3, "SV3": 2}

    def __init__(self) -> None:
        super().__init__()
        self.claims = self.lines = 0
        self.charged = self.line_charged = Decimal(0)

    def feed(self, number: int, segment: Segment) -> None:
        """Take the next segment of a transaction."""
        name = segment[0]
        if name == "CLM":
            self.claims += 1
            self.charged += self.amount(number, segment, 2)
        elif name in self.CHARGE_AT:
            self.lines += 1
            self.line_charged += self.amount(number, segment, self.CHARGE_AT[name])

    def finish(self) -> tuple[dict[str, object], list[Problem]]:
        """Give the figures and what is wrong."""
        return {
            "claims": self.claims,
            "charged": money(self.charged),
            "service_lines": self.lines,
            "line_charged": money(self.line_charged),
        }, self.problems


FIGURES = {
    "820": RemittanceFigures,
    "834": EnrolmentFigures,
    "835": ClaimPaymentFigures,
    "837": ClaimFigures,
}


class FiguresBySet:
    """Sends each transaction's segments to the figures of its kind."""

    def __init__(self) -> None:
        self.by_set: dict[str, object] = {}
        self._current = None

    def feed(self, number: int, segment: Segment, delimiters: Delimiters) -> None:
        """Take the next segment of the file."""
        if segment[0] == "ST":
            kind = element(segment, 1)
            if kind in FIGURES and kind not in self.by_set:
                self.by_set[kind] = FIGURES[kind]()
            self._current = self.by_set.get(kind)
            if isinstance(self._current, RemittanceFigures | EnrolmentFigures):
                self._current.collector.delimiters = delimiters
        if self._current is not None:
            self._current.feed(number, segment)
            if segment[0] in ("SE", "GE", "IEA"):
                self._current = None

    def finish(self) -> tuple[dict[str, object], list[Problem]]:
        """Give all figures (of the first kind where names meet) and all problems."""
        figures: dict[str, object] = {}
        problems: list[Problem] = []
        for part in self.by_set.values():
            counted, wrong = part.finish()
            figures = {**counted, **figures}
            problems.extend(wrong)
        return figures, problems

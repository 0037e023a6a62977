"""
Checks what is claimed of an award, in whole numbers, trusting nobody who worked it out.

A certificate cuts all possible awards into parts by questions such as "is supplier A awarded at
tier 2?", and gives for each part a number for every row of the model. Whatever these numbers are,
adding the rows up by them shows that no award in the part costs less than a sum that anybody can
work out again. The least of these sums is the bound. No solver and no fractions are needed, so a
practice or a losing bidder can run this on the problem, the award and the certificate alone.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from purchasing.rules.award_models import Model, Row, model_of
from purchasing.rules.awards import Problem, cost_of, digest_of, faults_of

VERSION = 1
# Numbers of the rows are whole multiples of one over this; a millionth is too coarse.
SCALE = 10**12


@dataclass(frozen=True, slots=True)
class Ask:
    """Splits a part in two: the column is at most `at`, or more."""

    column: int
    at: int


@dataclass(frozen=True, slots=True)
class Leaf:
    """A part that is not split further, and its numbers: row and multiple of 1 / SCALE."""

    numbers: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Certificate:
    """
    What is claimed: this award of this problem costs this much, and none costs less than `bound`.

    The tree is written from its root, each question before the part "at most", that before the
    part "more".
    """

    problem_digest: str
    lines: tuple[tuple[str, str, int], ...]
    cost_cents: int
    bound_cents: int
    tree: tuple[Ask | Leaf, ...]
    version: int = VERSION

    def to_bytes(self) -> bytes:
        """The certificate as it is kept and given away."""
        tree = [
            [node.column, node.at]
            if isinstance(node, Ask)
            else [[n for pair in node.numbers for n in pair]]
            for node in self.tree
        ]
        content = {
            "version": self.version, "problem": self.problem_digest, "lines": self.lines,
            "cost_cents": self.cost_cents, "bound_cents": self.bound_cents, "tree": tree,
        }  # fmt: skip
        return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()

    @property
    def sha256(self) -> str:
        """The digest by which it is named."""
        return hashlib.sha256(self.to_bytes()).hexdigest()


def from_bytes(data: bytes) -> Certificate:
    """
    Read a certificate.

    :raises ValueError: if it is none
    """
    try:
        content = json.loads(data)
        tree = tuple(_node(node) for node in content["tree"])
        lines = tuple((str(item), str(supplier), int(n)) for item, supplier, n in content["lines"])
        numbers = (content["cost_cents"], content["bound_cents"], content["version"])
        if not all(type(number) is int for number in numbers):
            raise ValueError("a number is none")
        cost, bound, version = numbers
        return Certificate(str(content["problem"]), lines, cost, bound, tree, version)
    except (KeyError, TypeError, IndexError, RecursionError) as wrong:
        raise ValueError(f"This is no certificate of an award: {wrong!r}.") from wrong


def _node(node: list) -> Ask | Leaf:
    if len(node) == 2:
        column, at = node
        if type(column) is not int or type(at) is not int:
            raise ValueError("a question names no column")
        return Ask(column, at)
    [flat] = node
    if not all(type(number) is int for number in flat) or len(flat) % 2:
        raise ValueError("a leaf's numbers are not whole")
    return Leaf(tuple(zip(flat[::2], flat[1::2], strict=True)))


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    What holds, as checked: the award's cost, and what none can cost less than.

    With faults, nothing is shown.
    """

    faults: tuple[str, ...]
    cost_cents: int = 0
    bound_cents: int = 0
    leaves: int = 0

    @property
    def is_valid(self) -> bool:
        """Whether all that is claimed holds."""
        return not self.faults

    @property
    def gap_cents(self) -> int:
        """By how much an award may at most be cheaper; 0 means that none is."""
        return self.cost_cents - self.bound_cents

    @property
    def is_proved(self) -> bool:
        """Whether no award can cost less."""
        return self.is_valid and self.gap_cents == 0


def check(of: Problem, certificate: Certificate) -> Verdict:
    """Work everything that is claimed out again; nothing of it is taken on trust."""
    faults = []
    if certificate.version != VERSION:
        faults.append(f"the certificate is of version {certificate.version}, not {VERSION}")
    if certificate.problem_digest != digest_of(of):
        faults.append("the certificate is of another problem")
    lines = {(item, supplier): packs for item, supplier, packs in certificate.lines}
    if len(lines) != len(certificate.lines):
        faults.append("a line is awarded twice")
    faults += faults_of(of, lines)
    if faults:
        return Verdict(tuple(faults))
    cost = cost_of(of, lines)
    if cost != certificate.cost_cents:
        faults.append(f"the award costs {cost} cents, not {certificate.cost_cents}")
    try:
        bound, leaves = bound_of_tree(model_of(of), certificate.tree)
    except ValueError as wrong:
        return Verdict((*faults, str(wrong)))
    # A part may be shown to hold only dearer awards: what none can cost less than is the award.
    bound = cost if bound is None else min(bound, cost)
    if bound < certificate.bound_cents:
        faults.append(
            f"it is shown that no award costs less than {bound} cents, "
            f"not than {certificate.bound_cents}"
        )
    return Verdict(tuple(faults), cost, bound, leaves)


def bound_of_tree(model: Model, tree: Sequence[Ask | Leaf]) -> tuple[int | None, int]:
    """
    The least bound of all parts, and how many there are.

    :raises ValueError: if the parts do not make up the whole
    """
    box = Box(model)
    # The parts "more" of questions asked: column, its bounds in that part, and what to undo first.
    waiting: list[tuple[int, int, int, int]] = []
    least, leaves = None, 0
    owed = 1  # parts that the tree has still to speak of: a question makes one more
    for node in tree:
        if not owed:
            raise ValueError("the parts do not make up all possible awards: some are left over")
        if isinstance(node, Ask):
            if not 0 <= node.column < len(model.columns):
                raise ValueError(f"there is no column {node.column}")
            low, high = box.lower[node.column], box.upper[node.column]
            if not low <= node.at < high:
                raise ValueError(f"asking column {node.column} for {node.at} splits nothing")
            waiting.append((node.column, node.at + 1, high, len(box.trail)))
            box.narrow(node.column, low, node.at)
            owed += 1
            continue
        found = bound_of_leaf(model, node, box)
        least = found if least is None else min(least, found)
        leaves += 1
        owed -= 1
        if waiting:
            column, low, high, mark = waiting.pop()
            box.undo(mark)
            box.narrow(column, low, high)
    if owed:
        raise ValueError(f"the parts do not make up all possible awards: {owed} are missing")
    return least, leaves


class Box:
    """
    The bounds of all columns in a part, and what follows from them by short rows.

    So what a question answers ("A is not awarded at tier 2") need not be asked again ("then
    nothing comes from it at tier 2"). Only ever narrower, and undone by the trail.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.lower, self.upper = list(model.lower), list(model.upper)
        self.trail: list[tuple[int, int, int]] = []
        self.scaled_costs = [SCALE * cost for cost in model.costs]

    def narrow(self, column: int, low: int, high: int) -> None:
        """Set a column's bounds, and those that follow."""
        self._set(column, low, high)
        changed = [column]
        while changed:
            for row in self.model.short_rows_of(changed.pop()):
                changed += self._follow(row)

    def _follow(self, row: Row) -> list[int]:
        """Narrow the columns of a row that the others leave less room."""
        lower, upper, narrowed = self.lower, self.upper, []
        # What the row can come to at the most, beyond what it must.
        room = -row.at_least
        for column, by in row.terms:
            room += by * (upper[column] if by > 0 else lower[column])
        for column, by in row.terms:
            if by < 0:
                most = lower[column] + room // -by
                if lower[column] <= most < upper[column]:
                    self._set(column, lower[column], most)
                    narrowed.append(column)
        return narrowed

    def _set(self, column: int, low: int, high: int) -> None:
        self.trail.append((column, self.lower[column], self.upper[column]))
        self.lower[column], self.upper[column] = low, high

    def undo(self, mark: int) -> None:
        """Go back to where the trail was that long."""
        while len(self.trail) > mark:
            column, self.lower[column], self.upper[column] = self.trail.pop()


def bound_of_leaf(model: Model, leaf: Leaf, box: Box) -> int:
    """
    What no award in a part costs less than: the rows added up by the leaf's numbers.

    :raises ValueError: if a row that is a minimum is taken a negative number of times
    """
    left = box.scaled_costs.copy()
    total = 0
    for number, times in leaf.numbers:
        if not 0 <= number < len(model.rows):
            raise ValueError(f"there is no row {number}")
        row = model.rows[number]
        if times < 0 and not row.is_equal:
            raise ValueError(f"row {number} is a minimum and is taken {times} times")
        total += times * row.at_least
        for column, by in row.terms:
            left[column] -= times * by
    # What is left of each column's cost is least at one of its bounds.
    for rest, low, high in zip(left, box.lower, box.upper, strict=True):
        if high:
            total += rest * (low if rest > 0 else high)
    return -(-total // SCALE)


def problem_lines(certificate: Certificate) -> Mapping[tuple[str, str], int]:
    """The award as it is certified."""
    return {(item, supplier): packs for item, supplier, packs in certificate.lines}

"""
Cuts all awards into parts until none of them can hold a cheaper one: the tree of a certificate.

First it is asked who is awarded at which tier; once that is known for everybody, little of the
model is left, and questions about packs are asked of that little alone.
"""

import ctypes
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from heapq import heappop, heappush

import highspy
import numpy as np

from purchasing.rules.award_models import Model
from purchasing.rules.certificates import SCALE, Ask, Box, Leaf, bound_of_leaf

SEED = 1
# How far from a whole number a value may be and still be one.
NEARLY = 1e-6
RANKS = {"house": 0, "pick": 0, "line": 1, "packs": 2}
Bounds = dict[int, tuple[int, int]]


@dataclass(slots=True)
class Part:
    """Some of all awards: bounds that differ from the model's, and what these cost at least."""

    bounds: Bounds
    program: "Program"
    estimate: float
    """What the solver says that no award in it costs less than; only to choose what is next."""
    duals: np.ndarray
    """Of each row of the program; whole numbers by now, but kept small."""
    split: tuple[int, int] | None
    """Column and the value at most; None where there is nothing to ask."""
    point: np.ndarray | None = None
    """The values of all columns, where they are whole."""
    bound: int | None = None
    children: "tuple[Part, Part] | None" = None


class Program:
    """What is left of a model once some columns are fixed, solved under one bound after another."""

    def __init__(self, model: Model, bounds: Bounds) -> None:
        self.model = model
        self.box, self.bounds = _box(model, bounds), bounds
        box = self.box
        self.low, self.high = np.array(box.lower, dtype=float), np.array(box.upper, dtype=float)
        self.columns = np.flatnonzero(self.low < self.high)
        self.place = {int(column): place for place, column in enumerate(self.columns)}
        self.fixed_cost = float(self.low @ np.array(model.costs, dtype=float))
        self.rows: list[int] = []
        # Whether a supplier is awarded at a tier decides most: that is asked first.
        self.rank = np.array([RANKS[column[0]] for column in model.columns])
        self.costs = np.array(model.costs, dtype=float)
        self.undecided = [int(c) for c in self.columns if self.rank[c] == 0]
        self.lp = self._lp()
        self.is_minimum = np.array([not model.rows[number].is_equal for number in self.rows])
        self.highs = quiet()
        self.highs.setOptionValue("presolve", "off")  # for warm starts, and rays of what cannot be
        self.highs.setOptionValue("dual_feasibility_tolerance", 1e-9)
        self.highs.passModel(self.lp)
        self.set: Bounds = {}

    def _lp(self) -> highspy.HighsLp:
        """The columns that are not fixed, and the rows that their bounds do not already keep."""
        terms, starts, at_least, is_equal = [], [0], [], []
        for number, row in enumerate(self.model.rows):
            rest = row.at_least - sum(by * self.low[column] for column, by in row.terms)
            kept = [(self.place[c], by) for c, by in row.terms if c in self.place]
            least = sum(
                by * (self.high[c] - self.low[c])
                for c, by in row.terms
                if by < 0 and c in self.place
            )
            if not row.is_equal and least >= rest:
                continue
            self.rows.append(number)
            terms += kept
            starts.append(len(terms))
            at_least.append(rest + sum(by * self.low[self.columns[p]] for p, by in kept))
            is_equal.append(row.is_equal)
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(self.columns), len(self.rows)
        lp.col_cost_ = np.array([self.model.costs[c] for c in self.columns], dtype=float)
        lp.col_lower_, lp.col_upper_ = self.low[self.columns], self.high[self.columns]
        lp.row_lower_ = np.array(at_least, dtype=float)
        lp.row_upper_ = np.where(is_equal, lp.row_lower_, highspy.kHighsInf)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = np.array(starts, dtype=np.int32)
        lp.a_matrix_.index_ = np.array([place for place, _ in terms], dtype=np.int32)
        lp.a_matrix_.value_ = np.array([by for _, by in terms], dtype=float)
        return lp

    def whole(self, seconds: float, gap_cents: float, rel_gap: float = 0.0) -> np.ndarray | None:
        """Ask the solver for a good award; None if it finds none."""
        highs = quiet()
        highs.setOptionValue("time_limit", seconds)
        highs.setOptionValue("mip_rel_gap", rel_gap)
        highs.setOptionValue("mip_abs_gap", gap_cents)
        self.lp.integrality_ = [highspy.HighsVarType.kInteger] * len(self.columns)
        highs.passModel(self.lp)
        self.lp.integrality_ = []
        highs.run()
        values = highs.getSolution().col_value
        return self._all(values) if len(values) == len(self.columns) else None

    def part(self, bounds: Bounds) -> Part:
        """Solve a part without asking for whole numbers."""
        self._set(bounds)
        self.highs.run()
        if self.highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return self._empty(bounds)
        solution = self.highs.getSolution()
        values = self._all(solution.col_value)
        split = self._split(values, bounds)
        return Part(
            bounds, self, self.highs.getObjectiveValue() + self._fixed(), 
            self._duals(np.asarray(solution.row_dual)), split, None if split else values,
        )  # fmt: skip

    def _fixed(self) -> float:
        return self.fixed_cost - float(self.costs[self.columns] @ self.low[self.columns])

    def _all(self, values) -> np.ndarray:
        every = self.low.copy()
        every[self.columns] = values
        return every

    def _set(self, bounds: Bounds) -> None:
        changed = {c: (self.low[c], self.high[c]) for c in self.set.keys() - bounds.keys()}
        changed |= {c: both for c, both in bounds.items() if self.set.get(c) != both}
        for column in sorted(changed):
            place = self.place.get(column)
            if place is not None:
                self.highs.changeColBounds(place, *map(float, changed[column]))
        self.set = bounds

    def _duals(self, duals: np.ndarray) -> np.ndarray:
        """Whole numbers for rows; a minimum's below zero is rounding, and dropped."""
        whole = np.rint(duals * SCALE)
        whole[self.is_minimum & (whole < 0)] = 0
        return whole

    def _empty(self, bounds: Bounds) -> Part:
        """A part that seems to hold no award: rows that add up to what cannot be, often enough."""
        best = Part(bounds, self, 0.0, np.zeros(len(self.rows)), self._any_split(bounds))
        best.bound = bound_of(best)
        _, has_ray, ray = self.highs.getDualRay()
        if has_ray and np.abs(ray).max():
            for times in (1e3, 1e6, 1e9, 1e12, -1e3, -1e6, -1e9, -1e12):
                duals = self._duals(np.asarray(ray) / np.abs(ray).max() * times)
                other = Part(bounds, self, 0.0, duals, best.split)
                other.bound = bound_of(other)
                best = max(best, other, key=lambda part: part.bound)
        best.estimate = float(best.bound)
        return best

    def _split(self, values: np.ndarray, bounds: Bounds) -> tuple[int, int] | None:
        """
        The column to ask about, and the value at most; None where all are whole.

        Of picks the one furthest from whole. Before packs are asked about, who
        is awarded at which tier is asked even where the answer seems to be clear.
        """
        off = np.abs(values - np.rint(values))
        partial = np.flatnonzero(off > NEARLY)
        if not len(partial):
            return None
        first = self.rank[partial].min()
        if first and self.undecided:
            with self.within(bounds) as box:
                open_picks = [c for c in self.undecided if box.lower[c] < box.upper[c]]
            if open_picks:
                return max(open_picks, key=lambda c: (values[c], -c)), 0
        matter = partial[self.rank[partial] == first]
        # Among packs the dearest: what it changes is soon too much, either way.
        by = off if first == 0 else self.costs
        column = int(matter[np.argmax(by[matter])])
        return column, int(np.floor(values[column]))

    @contextmanager
    def within(self, bounds: Bounds) -> Iterator[Box]:
        """The box of a part, for as long as it is looked at."""
        mark = len(self.box.trail)
        for column, both in bounds.items():
            if self.bounds.get(column) != both:
                self.box.narrow(column, *both)
        yield self.box
        self.box.undo(mark)

    def _any_split(self, bounds: Bounds) -> tuple[int, int] | None:
        for column in self.columns[np.argsort(self.rank[self.columns], kind="stable")]:
            low, high = bounds.get(int(column), (int(self.low[column]), int(self.high[column])))
            if low < high:
                return int(column), (low + high) // 2
        return None


@cache
def _greeted() -> None:
    """
    Let HiGHS greet nobody: it does so once a process, before it can be told not to.

    Commands keep stdout for their answer; C's buffer is emptied before stdout is given back.
    """
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        highspy.Highs()
        ctypes.CDLL(None).fflush(None)
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def quiet() -> highspy.Highs:
    """HiGHS with one thread, one seed, and nothing to say."""
    _greeted()
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", 1)
    highs.setOptionValue("random_seed", SEED)
    return highs


def _box(model: Model, bounds: Bounds) -> Box:
    box = Box(model)
    for column, both in bounds.items():
        box.narrow(column, *both)
    return box


def bound_of(part: Part) -> int:
    """What a part's awards cost at least, worked out as the checker does."""
    if part.bound is None:
        with part.program.within(part.bounds) as box:
            part.bound = bound_of_leaf(part.program.model, leaf_of(part), box)
    return part.bound


def leaf_of(part: Part) -> Leaf:
    """A part's numbers as a certificate has them."""
    rows = part.program.rows
    return Leaf(tuple((rows[at], int(part.duals[at])) for at in np.flatnonzero(part.duals)))


class Search:
    """
    Splits the part with the least bound, and then its cheaper half, until no part can be cheaper.

    `offer` is shown every award that turns up, and answers what the best of all costs.
    """

    def __init__(
        self,
        root: Part,
        offer: Callable[[np.ndarray | None], int],
        within_cents: int,
        seconds: float,
    ) -> None:
        self.root, self.offer = root, offer
        self.within, self.seconds = within_cents, seconds
        self.cost = offer(root.point)
        self.waiting: list[tuple[float, int, Part]] = []
        self.count = 1
        self._wait(root)

    def run(self, most_parts: int, keep_going: Callable[[], bool]) -> None:
        """Split parts until none can be cheaper, or there are too many, or it is told to stop."""
        part = None
        while self.count < most_parts and keep_going():
            if part is None:
                if not self.waiting:
                    return
                part = heappop(self.waiting)[2]
                if self._is_done(part):
                    part = None
                    continue
            part = self._split(part)
        if part is not None:
            self._wait(part)

    def _wait(self, part: Part) -> None:
        heappush(self.waiting, (part.estimate, self.count, part))

    def _is_done(self, part: Part) -> bool:
        """Whether a part holds nothing that is cheaper by more than will do."""
        enough = self.cost - self.within
        if part.estimate <= enough - 1 or bound_of(part) < enough:
            return part.split is None
        return True

    def _split(self, part: Part) -> Part | None:
        """Split a part; answers the cheaper of the two, if it must be split too."""
        part = self._smaller(part)
        if self._is_done(part):
            return None
        assert part.split is not None
        column, at = part.split
        low, high = part.bounds.get(
            column, (int(part.program.low[column]), int(part.program.high[column]))
        )
        halves = [
            part.program.part({**part.bounds, column: both}) for both in ((low, at), (at + 1, high))
        ]
        part.children, part.duals, part.bound = (halves[0], halves[1]), part.duals[:0], None
        for half in halves:
            self.count += 1
            self.cost = self.offer(half.point)
        going_on = sorted(
            (half for half in halves if not self._is_done(half)), key=lambda half: half.estimate
        )
        for half in going_on[1:]:
            self._wait(half)
        return going_on[0] if going_on else None

    def _smaller(self, part: Part) -> Part:
        """Once it is known who is awarded at which tier: the same part, of what is left."""
        program = part.program
        if not program.undecided or (part.split and program.rank[part.split[0]] == 0):
            return part
        smaller = Program(program.model, part.bounds)
        self.cost = self.offer(smaller.whole(self.seconds, max(0.5, self.within / 2)))
        same = smaller.part(part.bounds)
        self.cost = self.offer(same.point)
        part.program, part.estimate, part.duals = smaller, same.estimate, same.duals
        part.split, part.bound = same.split, same.bound
        return part


def in_order(root: Part) -> Iterator[Part]:
    """Every part, each before the two it is split into."""
    waiting = [root]
    while waiting:
        part = waiting.pop()
        yield part
        if part.children is not None:
            waiting += reversed(part.children)


def tree_of(root: Part) -> tuple[tuple[Ask | Leaf, ...], int]:
    """The tree as a certificate has it, and the least bound of its leaves."""
    nodes: list[Ask | Leaf] = []
    bounds = []
    for part in in_order(root):
        if part.children is None:
            nodes.append(leaf_of(part))
            bounds.append(bound_of(part))
        else:
            assert part.split is not None
            nodes.append(Ask(*part.split))
    return tuple(nodes), min(bounds)

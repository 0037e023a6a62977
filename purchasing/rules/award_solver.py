"""
Finds a good award with HiGHS, and writes the certificate that shows how good it is.

Nothing that the solver says is believed: its award is checked in whole numbers, and its dual
values only say how to add up rows. What they prove is worked out by `certificates` alone. One
thread, one seed and ordered input give the same award for the same problem.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ipaportal.core.refusals import Refused
from purchasing.rules.award_models import Model, lines_of, model_of
from purchasing.rules.award_parts import Program, Search, tree_of
from purchasing.rules.awards import Problem, cost_of, digest_of, faults_of
from purchasing.rules.certificates import Certificate

MOST_PARTS = 8_000
# The first award need not be the best: it only spares work on what cannot be.
FIRST_GAP = 0.05


@dataclass(frozen=True, slots=True)
class Limits:
    """How hard to try: the gap that will do, seconds for the solver, parts of the certificate."""

    within_cents: int = 0
    seconds: float = 30.0
    most_parts: int = MOST_PARTS


class NoAward(Refused):
    """The offers cannot meet what is needed under the rules."""

    def __init__(self) -> None:
        super().__init__(
            "No award was found: the offers do not meet what is needed under these rules. "
            "Nothing was changed. Relax a rule, lower a quantity, or ask for further offers."
        )


def solve(
    of: Problem, limits: Limits = Limits(), keep_going: Callable[[], bool] = lambda: True
) -> Certificate:
    """
    Find an award and show how good it is; stops when the gap will do, or is told to.

    :raises NoAward: if none is found
    """
    model = model_of(of)
    program = Program(model, {})
    best = _Best(of, model)
    gap = max(0.5, limits.within_cents / 2)
    if best.offer(program.whole(limits.seconds, gap, FIRST_GAP)) is None:
        raise NoAward()
    search = Search(program.part({}), best.offer, limits.within_cents, limits.seconds)
    search.run(limits.most_parts, keep_going)
    tree, bound = tree_of(search.root)
    assert best.lines is not None
    lines = tuple((item, supplier, packs) for (item, supplier), packs in best.lines if packs)
    return Certificate(digest_of(of), lines, best.cost, min(best.cost, bound), tree)


class _Best:
    """The best award of those that turned up, each judged by the words of the problem."""

    def __init__(self, of: Problem, model: Model) -> None:
        self.of, self.model = of, model
        self.lines: list[tuple[tuple[str, str], int]] | None = None
        self.cost: int | None = None

    def offer(self, point: np.ndarray | None) -> int | None:
        """Take an award if it is one and cheaper; answers what the best costs."""
        if point is not None:
            lines = lines_of(self.model, [round(value) for value in point.tolist()])
            if not faults_of(self.of, lines):
                cost = cost_of(self.of, lines)
                if self.cost is None or cost < self.cost:
                    self.lines, self.cost = sorted(lines.items()), cost
        return self.cost

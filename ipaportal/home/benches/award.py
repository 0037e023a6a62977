"""
Awards of tenders in tiers: found, shown to be the cheapest, and checked in whole numbers.

CP-SAT gets the very same rows on two workers where it is at hand, which takes 30 MB that nothing
else needs: `uv run --with ortools==9.15.6755 manage.py bench award`.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from ipaportal.core.money import dollars
from purchasing.rules.award_compare import cheapest_per_line
from purchasing.rules.award_models import model_of
from purchasing.rules.award_solver import Limits, solve
from purchasing.rules.awards import Item, Offer, OfferTier, Problem, problem
from purchasing.rules.certificates import check

try:
    from ortools.sat.python import cp_model
except ImportError:  # only to compare
    cp_model = None

# The first tenders of each size, as long each: it seldom ends before.
CPSAT_TENDERS, CPSAT_SECONDS, CPSAT_WORKERS = 2, 20.0, 2
TARGETS = {"to the cent": 5.0, "within a dollar": 60.0}


@dataclass(frozen=True)
class Size:
    """How many lines, suppliers and tiers, how close the proof must come, how many tenders."""

    items: int
    suppliers: int
    tiers: int
    within_cents: int
    tenders: int


SIZES = (Size(30, 4, 3, 0, 5), Size(100, 6, 4, 0, 5), Size(300, 8, 4, 100, 2))


def run(*, members: int | None, say: Callable[[str], object]) -> dict[str, object]:
    """
    Award tenders of each size (`members` of them); seconds are of the processor, and of the clock.

    Processor time, because the machine may be busy with other work while this runs. Compared to
    the cheapest quote of each line with whatever tiers result.
    """
    figures: dict[str, object] = {}
    for size in SIZES:
        name = f"{size.items}x{size.suppliers}x{size.tiers}"
        tenders = members or size.tenders
        rows = [_one(size, seed, name, say) for seed in range(tenders)]
        beside = [_cpsat(size, seed, rows[seed], name, say) for seed in range(
            min(tenders, CPSAT_TENDERS))] if cp_model else []  # fmt: skip
        figures[name] = {
            "tenders": len(rows),
            "asked": "to the cent" if not size.within_cents else "within a dollar",
            "proved": sum(row["gap_cents"] <= size.within_cents for row in rows),
            "most_gap_cents": max(row["gap_cents"] for row in rows),
            "most_seconds": max(row["seconds"] for row in rows),
            "median_seconds": sorted(row["seconds"] for row in rows)[len(rows) // 2],
            "most_seconds_by_the_clock": max(row["clock"] for row in rows),
            "most_seconds_to_check": max(row["check"] for row in rows),
            "most_parts": max(row["parts"] for row in rows),
            "most_bytes": max(row["bytes"] for row in rows),
            "cheapest_per_line_costs_more_pct": [row["plain_pct"] for row in rows],
            "cp_sat": beside or "not installed",
        }
    return figures


def _one(size: Size, seed: int, name: str, say: Callable[[str], object]) -> dict:
    of = tender(size, seed)
    started, clock = time.process_time(), time.perf_counter()
    certificate = solve(of, Limits(size.within_cents, seconds=60))
    seconds, by_the_clock = time.process_time() - started, time.perf_counter() - clock
    started = time.process_time()
    verdict = check(of, certificate)
    checked = time.process_time() - started
    assert verdict.is_valid, verdict.faults
    plain = cheapest_per_line(of)
    say(
        f"{name} tender {seed}: {seconds:.2f} s, {verdict.leaves} parts, "
        f"gap ${dollars(verdict.gap_cents)}"
    )
    return {
        "cost_cents": certificate.cost_cents,
        "seconds": round(seconds, 2),
        "clock": round(by_the_clock, 2),
        "check": round(checked, 2),
        "gap_cents": verdict.gap_cents,
        "parts": verdict.leaves,
        "bytes": len(certificate.to_bytes()),
        "plain_pct": plain and round((plain.cents / certificate.cost_cents - 1) * 100, 1),
    }


def _cpsat(size: Size, seed: int, ours: dict, name: str, say: Callable[[str], object]) -> dict:
    """The same rows for CP-SAT: what it found, and how far from the least it says that is."""
    model = model_of(tender(size, seed))
    asked = cp_model.CpModel()
    columns = [asked.new_int_var(low, high, "") for low, high in zip(
        model.lower, model.upper, strict=True)]  # fmt: skip
    for row in model.rows:
        came = sum(by * columns[column] for column, by in row.terms)
        asked.add(came == row.at_least if row.is_equal else came >= row.at_least)
    asked.minimize(sum(cost * one for cost, one in zip(model.costs, columns, strict=True)))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = CPSAT_SECONDS
    solver.parameters.num_workers = CPSAT_WORKERS
    solver.parameters.random_seed = 1
    started, clock = time.process_time(), time.perf_counter()
    status = solver.solve(asked)
    seconds, by_the_clock = time.process_time() - started, time.perf_counter() - clock
    found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    cost, bound = round(solver.objective_value), round(solver.best_objective_bound)
    say(f"{name} tender {seed}, CP-SAT: {by_the_clock:.2f} s, {solver.status_name(status)}")
    return {
        "says": solver.status_name(status),
        "seconds": round(seconds, 2),
        "seconds_by_the_clock": round(by_the_clock, 2),
        "gap_dollars": dollars(cost - bound) if found else None,
        "costs_more_than_ours_dollars": dollars(cost - ours["cost_cents"]) if found else None,
        "ratio_to_cpsat": round(ours["clock"] / by_the_clock, 3),
    }


def tender(size: Size, seed: int) -> Problem:
    """Synthetic bids: prices about a reference, each tier two to seven per cent off."""
    chance = random.Random(seed)  # noqa: S311 - invented bids
    needed = [
        Item(f"item {number:03d}", chance.randint(5, 120), chance.randint(500, 20_000))
        for number in range(size.items)
    ]
    whole = sum(item.demand * item.reference_cents for item in needed)
    offers = []
    for number in range(size.suppliers):
        base = {
            item.key: int(item.reference_cents * chance.uniform(0.85, 1.1))
            for item in needed
            if number == 0 or chance.random() < 0.85
        }
        freight, threshold, off, tiers = chance.randint(5_000, 30_000), 0, 1.0, []
        for place in range(size.tiers):
            if place:
                threshold += int(whole * chance.uniform(0.05, 0.15))
                off *= chance.uniform(0.93, 0.98)
            prices = tuple((key, int(price * off)) for key, price in base.items())
            tiers.append(OfferTier(threshold, prices, freight))
        offers.append(Offer(f"supplier {number}", tuple(tiers)))
    return problem(needed, offers)

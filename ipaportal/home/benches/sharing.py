"""Shortages shared among many claims, and meters of many items read anew: time for each."""

import random
import time
from collections.abc import Callable

from ipaportal.core.money import split
from purchasing.rules.allocation import Claim, allocate, publish
from purchasing.rules.meters import change_of, reading_of, standing_of

CLAIMS, PRACTICES, ITEMS = 10_000, 2_000, 500
MINIMUMS = [1, 5_000, 10_000, 20_000]


def run(*, members: int | None, say: Callable[[str], object]) -> dict[str, object]:
    """
    Share among `members` claims (or 10,000), and read 500 meters of 2,000 practices each.

    Beside largest remainder, which takes units back as supply grows. Processor time.
    """
    chance = random.Random(5)  # noqa: S311 - invented claims
    count = members or CLAIMS
    claims = [Claim(f"practice {number}", chance.randint(1, 40)) for number in range(count)]
    asked = sum(claim.units for claim in claims)
    supply = asked * 95 // 100
    say(f"{count} claims of {asked} packs, {supply} came")
    started = time.process_time()
    found = allocate(claims, supply, b"key")
    shared = time.process_time() - started
    started = time.process_time()
    publish(found, "bench", b"salt")
    published = time.process_time() - started
    started = time.process_time()
    split(supply, [claim.units for claim in claims])
    plain = time.process_time() - started
    return {
        "claims": count,
        "seconds_to_share": round(shared, 3),
        "seconds_to_publish": round(published, 3),
        "seconds_of_largest_remainder": round(plain, 3),
        "commitments": PRACTICES * ITEMS,
        "seconds_to_read_all_meters": round(_meters(chance), 3),
    }


def _meters(chance: random.Random) -> float:
    before = [{number: chance.randint(0, 40) for number in range(PRACTICES)} for _ in range(ITEMS)]
    now = [dict(asked) for asked in before]
    for asked in now:
        for number in chance.sample(range(PRACTICES), 40):
            asked[number] += 1
    started = time.process_time()
    for was, asked in zip(before, now, strict=True):
        change_of(was, asked)
        reading_of(standing_of(asked), MINIMUMS)
    return time.process_time() - started

"""
Who gets what when less came than was asked for: the quota method of Balinski and Young.

One unit after another goes to the largest claim for each unit it would then have, among those
who would not be rounded up past their exact share. So nobody is ever further than one unit from
their share, and a unit more never takes one from anybody: what a first shipment gave stands when
the second comes. Shares by largest remainder do take units back.

Units promised first (a course already begun) are floors: they are filled before the rest.
"""

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from heapq import heappop, heappush

from ipaportal.core.merkle import inclusion_proofs, is_included, leaf_hash, root_of

METHOD = "quota method (Balinski and Young), floors first, ties by HMAC-SHA-256"


@dataclass(frozen=True, slots=True)
class Claim:
    """What somebody asked for, in sellable packs, and how much of it is promised first."""

    key: str
    units: int
    floor: int = 0

    def __post_init__(self) -> None:
        assert 0 <= self.floor <= self.units


@dataclass(frozen=True, slots=True)
class Grant:
    """One line of the table: asked, the exact share of what came, given."""

    key: str
    claim: int
    floor: int
    share: Fraction
    units: int


@dataclass(frozen=True, slots=True)
class Allocation:
    """What came and who got it, in the order of keys; what nobody asked for is left."""

    supply: int
    grants: tuple[Grant, ...]
    left: int

    def units_of(self) -> dict[str, int]:
        """What each got."""
        return {grant.key: grant.units for grant in self.grants}


def allocate(claims: Iterable[Claim], supply: int, tie_key: bytes) -> Allocation:
    """Give out a supply; `tie_key` decides, secretly and for good, who goes first where all tie."""
    ordered = sorted(claims, key=lambda claim: claim.key)
    assert len({claim.key for claim in ordered}) == len(ordered), "one claim a key"
    assert supply >= 0
    ranks = tie_ranks([claim.key for claim in ordered], tie_key)
    floors = [claim.floor for claim in ordered]
    promised = min(supply, sum(floors))
    given = _by_quota(floors, promised, ranks)
    shares = _shares(floors, promised)
    if supply > promised:
        open_claims = [claim.units - claim.floor for claim in ordered]
        rest = min(supply - promised, sum(open_claims))
        given = _added(given, _by_quota(open_claims, rest, ranks))
        shares = [
            one + other for one, other in zip(shares, _shares(open_claims, rest), strict=True)
        ]
    grants = tuple(
        Grant(claim.key, claim.units, claim.floor, share, units)
        for claim, share, units in zip(ordered, shares, given, strict=True)
    )
    return Allocation(supply, grants, supply - sum(given))


def _shares(claims: Sequence[int], supply: int) -> list[Fraction]:
    whole = sum(claims)
    return [Fraction(claim * supply, whole) if whole else Fraction(0) for claim in claims]


def share_text(share: str) -> str:
    """An exact share such as 15/2 as people read it, to two places: 7.50."""
    of = Fraction(share)
    hundredths = (200 * of.numerator + of.denominator) // (2 * of.denominator)
    return f"{hundredths // 100}.{hundredths % 100:02}"


def _added(one: Sequence[int], other: Sequence[int]) -> list[int]:
    return [left + right for left, right in zip(one, other, strict=True)]


def tie_ranks(keys: Sequence[str], tie_key: bytes) -> list[int]:
    """Each key's place among all, by its HMAC: the same for good, and nobody can choose it."""
    marks = [tie_mark(key, tie_key) for key in keys]
    ranks = [0] * len(keys)
    for rank, place in enumerate(sorted(range(len(keys)), key=marks.__getitem__)):
        ranks[place] = rank
    return ranks


def tie_mark(key: str, tie_key: bytes) -> bytes:
    """What a key is ordered by where claims tie."""
    return hmac.digest(tie_key, b"tie\x00" + key.encode(), "sha256")


def _by_quota(claims: Sequence[int], supply: int, ranks: Sequence[int]) -> list[int]:
    """
    Give out `supply` units of `sum(claims)`, one after another.

    Whoever has a units may take the next once that is less than their exact share of the units
    given out then, which is from unit a × whole ÷ claim + 1 on: they wait in `from_unit` until
    it. The line is by (a + 1) ÷ claim, smallest first, then rank; as whole numbers, scaled so
    that fractions which differ do so by at least one.
    """
    given = [0] * len(claims)
    whole = sum(claims)
    assert 0 <= supply <= whole
    if supply == whole:
        return list(claims)
    scale = max(claims, default=0) ** 2
    bits = max(len(claims).bit_length(), 1)
    mask = (1 << bits) - 1
    place_of = [0] * len(claims)
    from_unit: defaultdict[int, list[int]] = defaultdict(list)
    for place, claim in enumerate(claims):
        place_of[ranks[place]] = place
        if claim and supply:
            from_unit[1].append((scale // claim) << bits | ranks[place])
    line: list[int] = []
    for unit in range(1, supply + 1):
        for entry in from_unit.pop(unit, ()):
            heappush(line, entry)
        rank = heappop(line) & mask
        place = place_of[rank]
        claim = claims[place]
        given[place] = has = given[place] + 1
        if has < claim:
            may_from = has * whole // claim + 1
            if may_from <= supply:
                from_unit[may_from].append(((has + 1) * scale // claim) << bits | rank)
    return given


def shipments(claims: Iterable[Claim], came: Sequence[int], tie_key: bytes) -> Iterator[Allocation]:
    """Give out one shipment after another; each answer is of all that came so far."""
    known = list(claims)
    total = 0
    for units in came:
        total += units
        yield allocate(known, total, tie_key)


def after_change(claims: Iterable[Claim], received: Mapping[str, int]) -> list[Claim]:
    """
    Claims that changed between shipments: what somebody has already is theirs.

    It becomes the floor of their claim, also of who claims no more, so that no answer from here
    on takes it back.
    """
    claimed = {claim.key: claim for claim in claims}
    changed = []
    for key in sorted({*claimed, *received}):
        claim, has = claimed.get(key, Claim(key, 0)), received.get(key, 0)
        changed.append(Claim(key, max(claim.units, has), max(claim.floor, has)))
    return changed


@dataclass(frozen=True, slots=True)
class Published:
    """
    The table as it is published: its checksum, and for each line what proves that it is in it.

    A line is hidden by a salt of its own, so that the checksum, which everybody sees, does not
    let anybody try out what the others asked for.
    """

    checksum: str
    size: int
    lines: tuple["PublishedLine", ...]


@dataclass(frozen=True, slots=True)
class PublishedLine:
    """What one practice is given: its own line, its salt, and the way up to the checksum."""

    grant: Grant
    place: int
    text: str
    salt: bytes
    proof: tuple[bytes, ...]


def publish(allocation: Allocation, subject: str, salt_key: bytes) -> Published:
    """Put a table under one checksum; `subject` names the item and the shipment."""
    texts = [line_text(grant, allocation.supply, subject) for grant in allocation.grants]
    salts = [
        hmac.digest(salt_key, f"salt\x00{subject}\x00{grant.key}".encode(), "sha256")
        for grant in allocation.grants
    ]
    leaves = [leaf_hash(salt + text.encode()) for salt, text in zip(salts, texts, strict=True)]
    lines = tuple(
        PublishedLine(grant, place, text, salt, tuple(proof))
        for place, (grant, text, salt, proof) in enumerate(
            zip(allocation.grants, texts, salts, inclusion_proofs(leaves), strict=True)
        )
    )
    return Published(root_of(leaves).hex(), len(leaves), lines)


def line_text(grant: Grant, supply: int, subject: str) -> str:
    """A line as it is signed, with the method by which it came about."""
    return "|".join(
        [METHOD, subject, f"came {supply}", grant.key, f"asked {grant.claim}",
         f"promised {grant.floor}", f"share {grant.share}", f"given {grant.units}"]
    )  # fmt: skip


def is_in_table(line: PublishedLine, size: int, checksum: str) -> bool:
    """Whether a practice's own line lies under the checksum that all were shown."""
    leaf = leaf_hash(line.salt + line.text.encode())
    return is_included(leaf, line.place, size, line.proof, bytes.fromhex(checksum))


def table_digest(allocation: Allocation, subject: str) -> str:
    """The digest of the whole table, for whoever may see all of it."""
    lines = [line_text(grant, allocation.supply, subject) for grant in allocation.grants]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()

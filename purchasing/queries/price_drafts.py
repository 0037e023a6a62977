"""What a supplier's list would change: matched to our items and packs, refused by line."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from ipaportal.core.csvfiles import CellProblem
from purchasing.models import Item, ItemVersion, PackLevel, PriceDraft, PriceLine
from purchasing.rules import packs
from purchasing.rules.ladders import stored
from purchasing.rules.price_offers import Band, NoPack, ladder_of, level_for, wrong_pack
from purchasing.rules.tiers import BadTiers, Scheme


@dataclass
class Offered:
    """A pack's new ladder, and what it costs under the contract now."""

    item: Item
    name: str
    level: PackLevel
    ladder: Scheme
    before: list | None


@dataclass
class DraftRead:
    """A list as it would be taken: ladders, lines of what we do not buy, lines that are refused."""

    offered: list[Offered] = field(default_factory=list)
    left_out: int = 0
    problems: list[CellProblem] = field(default_factory=list)

    @property
    def digest(self) -> str:
        """What somebody who looked at it has seen."""
        told = [[one.level.pk, stored(one.ladder), one.before] for one in self.offered]
        whole = json.dumps([told, self.left_out, len(self.problems)], default=str)
        return hashlib.sha256(whole.encode()).hexdigest()


def read_draft(
    draft: PriceDraft, lines: Sequence, problems: Iterable[CellProblem]
) -> DraftRead:  # fmt: skip
    """Match a list's lines to our items and packs; a line of something else is left out."""
    found = DraftRead(problems=list(problems))
    by_ndc, by_code, levels = _catalogue()
    before = {
        line.level_id: line.tiers
        for line in PriceLine.objects.on(draft.effective_date).filter(contract=draft.contract_id)
    }
    known = _known_each(draft)
    bands: dict[int, list[Band]] = defaultdict(list)
    for line in lines:
        item = by_ndc.get(line.ndc.ndc12) if line.ndc else None
        item = item or by_code.get(line.sku.casefold()) or by_code.get(line.maker_number.casefold())
        if item is None:
            found.left_out += 1
            continue
        try:
            chosen = level_for(line.pack, line.eaches, [one for one, _ in levels[item]])
        except NoPack as bad:
            found.problems.append(CellProblem(line.line_no, "pack", line.pack, "pack", str(bad)))
            continue
        why = wrong_pack(line.price, chosen, [one for one, _ in levels[item]], known.get(item))
        if why:
            problem = CellProblem(line.line_no, "price", str(line.price), "wrong_pack", why)
            found.problems.append(problem)
            continue
        row = next(row for one, row in levels[item] if one == chosen)
        bands[row.pk].append(Band(line.line_no, line.from_packs, line.to_packs, line.price))
    rows = {row.pk: row for pairs in levels.values() for _, row in pairs}
    names = dict(ItemVersion.objects.current().values_list("item_id", "name"))
    for level_id, given in bands.items():
        _offer(found, rows[level_id], names, given, before.get(level_id))
    found.problems.sort(key=lambda one: one.line_no)
    return found


def _offer(found: DraftRead, level: PackLevel, names, given: list[Band], before) -> None:
    try:
        ladder = ladder_of(given)
    except BadTiers as bad:
        why = f"The tiers of {names[level.item_id]} cannot be used: {bad.why}."
        first = min(given, key=lambda band: band.line_no)
        found.problems.append(CellProblem(first.line_no, "from_packs", "", "tiers", why))
        return
    found.offered.append(Offered(level.item, names[level.item_id], level, ladder, before))


def _catalogue():
    """Our items by code and by number, and the packs that each comes in."""
    by_ndc = dict(
        ItemVersion.objects.current().exclude(ndc12="").values_list("ndc12", "item_id")
    )  # fmt: skip
    by_code = {code.casefold(): pk for pk, code in Item.objects.values_list("pk", "code")}
    levels = defaultdict(list)
    for row in PackLevel.objects.select_related("item").order_by("eaches", "pk"):
        levels[row.item_id].append((packs.PackLevel(row.name, row.eaches), row))
    return by_ndc, by_code, levels


def _known_each(draft: PriceDraft) -> dict[int, Fraction]:
    """What a unit of each item costs now at the smallest volume, under whichever contract."""
    found: dict[int, Fraction] = {}
    lines = PriceLine.objects.on(draft.effective_date).select_related("level").order_by("pk")
    for line in lines:
        each = Fraction(Decimal(line.tiers[0][1])) / line.level.eaches
        is_own = line.contract_id == draft.contract_id
        if is_own or line.level.item_id not in found:
            found[line.level.item_id] = each
    return found

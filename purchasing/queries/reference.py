"""What the lists from outside say of our items: FDA's name for them, what Part B pays."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Q, QuerySet, prefetch_related_objects

from ipaportal.core.actors import Actor
from purchasing.models import ItemVersion, ListArrival, PriceLine, ReferenceFile, ReferenceRow
from purchasing.queries.catalogue import may_view
from purchasing.rules.medicare import Paid, level_of_ndc, quarter_of, quarter_words
from purchasing.rules.packs import PackLevel
from purchasing.rules.underwater import Limit, Margin

Kind = ReferenceFile.Kind
TOLD_FOR = timedelta(days=7)
NO_LIST = "No Part B limits of {} were read in."
NO_LINK = "The crosswalk of {} does not name this NDC, so its billing units are not known."
NO_LIMIT = "No limit for {} is published in {}."
NO_LEVEL = "It is not known which of its packs the NDC is of."
NO_CODE = "It has no NDC."


def files(*, actor: Actor) -> QuerySet[ReferenceFile]:
    """Every list, the newest first."""
    may_view(actor)
    return ReferenceFile.objects.order_by("-pk")


def arrivals(*, actor: Actor, now: datetime) -> QuerySet[ListArrival]:
    """Files that are being read, or of which nothing was taken of late, the newest first."""
    may_view(actor)
    waiting = Q(state=ListArrival.State.WAITING)
    refused = Q(state=ListArrival.State.REFUSED, recorded_at__gte=now - TOLD_FOR)
    return ListArrival.objects.filter(waiting | refused).order_by("-pk")


def list_on(kind: str, day: date) -> ReferenceFile | None:
    """The list of a kind that holds on a day: of several the one that was confirmed last."""
    found = ReferenceFile.objects.filter(kind=kind, confirmed_at__isnull=False)
    ends = Q(end_date__isnull=True) | Q(end_date__gt=day)
    return found.filter(ends, effective_date__lte=day).order_by("effective_date", "pk").last()


def rows_of(file: ReferenceFile, text: str = "") -> QuerySet[ReferenceRow]:
    """The lines of a list, maybe those of a code."""
    rows = file.rows.order_by("line_no")
    if not text:
        return rows
    digits = text.replace("-", "")
    by_ndc = Q(ndc=digits) | Q(said__written=text) if digits.isdigit() else Q(pk=None)
    named = Q(hcpcs__iexact=text) | by_ndc | Q(said__description__icontains=text)
    return rows.filter(named)


@dataclass(frozen=True)
class Told:
    """What a list says of an item of ours, and what the one before it said."""

    item: ItemVersion
    code: str
    before: str
    after: str


def preview_of(file: ReferenceFile) -> list[Told]:
    """What a list that nobody confirmed yet would say of our items, with a few questions."""
    versions = ItemVersion.objects.current().select_related("item").exclude(ndc12="", hcpcs="")
    codes = {one: _code_in(file.kind, one) for one in versions}
    column = "hcpcs" if file.kind == Kind.LIMITS else "ndc"
    wanted = set(codes.values()) - {""}
    rows = _by(file, column, wanted)
    before = _by(list_on(file.kind, file.effective_date), column, wanted)
    return [
        Told(one, code, words_of_row(before.get(code)), words_of_row(rows.get(code)))
        for one, code in codes.items()
        if code in rows or code in before
    ]


def _code_in(kind: str, one: ItemVersion) -> str:
    """By which code a kind of list names an item; empty if it has none."""
    return {Kind.LIMITS: one.hcpcs, Kind.PRODUCTS: one.ndc12[:10]}.get(kind, one.ndc12)


def words_of_row(row) -> str:
    """What a line says, in a few words."""
    if row is None:
        return "not in it"
    amount = "" if row.amount is None else f"{row.amount.normalize():f} "
    return f"{amount}{row.hcpcs} {row.said['description']}".strip()[:200]


# Part B -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PartB:
    """What Part B pays for an item on a day, and the lines that say so."""

    paid: Paid
    hcpcs: str
    limit_row: ReferenceRow | None = None
    link_row: ReferenceRow | None = None


def part_b_of(versions: Iterable[ItemVersion], day: date) -> dict[int, PartB]:
    """What Part B pays for items on a day, with a few questions whatever their number."""
    versions = [one for one in versions if one.ndc12 or one.hcpcs]
    prefetch_related_objects(versions, "item__levels")
    start, _ = quarter_of(day)
    quarter = quarter_words(start)
    limits, crosswalk = list_on(Kind.LIMITS, day), list_on(Kind.CROSSWALK, day)
    ndcs = [one.ndc12 for one in versions if one.ndc12]
    links = _by(crosswalk, "ndc", ndcs)
    codes = {row.hcpcs for row in links.values()} | {one.hcpcs for one in versions}
    paid = _by(limits, "hcpcs", codes - {""})
    packages = _by(list_on(Kind.PACKAGES, day), "ndc", ndcs)
    found = {}
    for one in versions:
        link = links.get(one.ndc12)
        code = link.hcpcs if link else one.hcpcs
        limit = paid.get(code)
        levels = [PackLevel(level.name, level.eaches) for level in one.item.levels.all()]
        package = packages.get(one.ndc12)
        level = level_of_ndc(levels, package.said.get("eaches") if package else None)
        told = Paid(limit_of(limit), quarter, link.amount if link else None, level)
        why = _why_not(one, limits, told, code)
        found[one.item_id] = PartB(replace(told, why_not=why), code, limit, link)
    return found


def _by(file: ReferenceFile | None, column: str, codes) -> dict[str, ReferenceRow]:
    if file is None or not codes:
        return {}
    rows = ReferenceRow.objects.filter(file=file, **{f"{column}__in": list(codes)})
    return {getattr(row, column): row for row in rows.select_related("file").order_by("-line_no")}


def limit_of(row: ReferenceRow | None) -> Limit | None:
    """A line of limits as rules read it; None where no limit is published."""
    if row is None or row.amount is None:
        return None
    return Limit(row.hcpcs, row.amount, Decimal(row.said["coinsurance"]))


def _why_not(one: ItemVersion, limits: ReferenceFile | None, told: Paid, code: str) -> str:
    if limits is None:
        return NO_LIST.format(told.quarter)
    if told.limit is None and code:
        return NO_LIMIT.format(code, told.quarter)
    if not one.ndc12:
        return NO_CODE
    if told.units is None:
        return NO_LINK.format(told.quarter)
    return NO_LEVEL if told.level is None else ""


def quarters_of(hcpcs: str) -> QuerySet[ReferenceRow]:
    """A code's limit in every quarter that was read in, the newest first."""
    rows = ReferenceRow.objects.filter(
        hcpcs=hcpcs, file__kind=Kind.LIMITS, file__confirmed_at__isnull=False
    )
    return rows.select_related("file").order_by("-file__effective_date", "-file_id")


@dataclass(frozen=True)
class PriceAlert:
    """A price and what is paid for the pack that it is of."""

    price: Decimal
    level: PackLevel
    margin: Margin


def best_margin(line: PriceLine, told: PartB | None) -> PriceAlert | None:
    """The best price of a line against what is paid; None where that is not known."""
    if told is None or not line.tiers:
        return None
    level = PackLevel(line.level.name, line.level.eaches)
    price = min(Decimal(price) for _, price in line.tiers)
    margin = told.paid.margin(price, level)
    return PriceAlert(price, level, margin) if margin else None


def underwater_items(versions: Sequence[ItemVersion], day: date) -> dict[int, bool]:
    """Of items whether even their best price is not covered; what is not known is left out."""
    told = part_b_of(versions, day)
    lines = PriceLine.objects.on(day).filter(level__item__in=told).select_related("level")
    found: dict[int, bool] = {}
    for line in lines:
        alert = best_margin(line, told.get(line.level.item_id))
        if alert is not None:
            under = found.get(line.level.item_id, True)
            found[line.level.item_id] = under and alert.margin.is_under_water
    return found


# FDA --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Directory:
    """What FDA's directory says of an item, and where we say something else."""

    product: ReferenceRow | None = None
    package: ReferenceRow | None = None
    differs: tuple[str, ...] = ()


def directory_of(version: ItemVersion, day: date) -> Directory | None:
    """What FDA's directory says of an item; None where none was read in, or it has no NDC."""
    products, packages = list_on(Kind.PRODUCTS, day), list_on(Kind.PACKAGES, day)
    if not version.ndc12 or (products is None and packages is None):
        return None
    product = _by(products, "ndc", [version.ndc12[:10]]).get(version.ndc12[:10])
    package = _by(packages, "ndc", [version.ndc12]).get(version.ndc12)
    return Directory(product, package, tuple(_differs(version, products, packages, product,
                                                      package, day)))  # fmt: skip


def _differs(version, products, packages, product, package, day: date):
    if products is not None and product is None:
        yield "FDA's directory has no product of this code."
    if packages is not None and package is None:
        yield "FDA's directory has no package of this code."
    if product is not None and product.said["schedule"] != version.schedule.rstrip("N"):
        told, ours = product.said["schedule"] or "none", version.schedule or "none"
        yield f"FDA gives the DEA schedule as {told}, and it is {ours} here."
    if product is not None and product.said["is_rx"] and not version.is_rx:
        yield "FDA lists it as a prescription drug, and it is not one here."
    for row, what in ((product, "product"), (package, "package")):
        ends = row.said["ends"] if row is not None else ""
        if ends and date.fromisoformat(ends) < day:
            yield f"Marketing of the {what} ended on {ends}."
        if row is not None and row.said["excluded"]:
            yield f"FDA has taken the {what} out of its list for the time being."

"""The tables of the award room: lines, offices, what rules cost, and each practice alone."""

from django import forms

from credentialing.models import Practice
from ipaportal.core.money import dollars
from ipaportal.core.parts import Column, Empty, FactItem, Listing, list_rows, without_empty
from ipaportal.core.words import plural
from ipaportal.identity.web.access import PortalRequest
from ipaportal.identity.web.exports import exported, wants_file
from purchasing.models import Award
from purchasing.rules.award_reasons import RULE_WORDS, WITHOUT
from purchasing.rules.award_swaps import line_of

LINES = (
    Column("name", "Item"),
    Column("supplier", "From"),
    Column("packs", "Packs", "count"),
    Column("price", "Price $", "price"),
    Column("cents", "Comes to $", "money"),
    Column("why", "Why", wide=True),
    Column("asked", "What each supplier asks at this volume", wide=True),
)
OFFICES = (
    Column("practice", "Practice"),
    Column("item", "Item"),
    Column("packs", "Packs", "count"),
    Column("price", "Price $", "price"),
    Column("alone", "Alone $", "price"),
    Column("why_not", "Why not", wide=True),
)
RULES = (
    Column("rule", "Rule"),
    Column("cents", "Costs $", "money"),
    Column("words", "What that means", wide=True),
)
SHARES_HEADS = (
    ("goods", "Goods $"), ("freight", "Freight $"), ("pays", "Pays $"), ("alone", "Alone $"),
    ("saves", "Less than alone $"),
)  # fmt: skip
NOTHING = "The same packs cost as much without this rule."


class Propose(forms.Form):
    """What is asked for besides a low cost; empty by default."""

    without = forms.MultipleChoiceField(
        label="Leave out", required=False, widget=forms.CheckboxSelectMultiple
    )
    most_suppliers = forms.IntegerField(
        label="At most so many suppliers", required=False, min_value=1, max_value=50
    )
    why = forms.CharField(
        label="Why",
        max_length=300,
        required=False,
        help_text="Stands beside the award, with what it costs in dollars.",
    )

    def __init__(self, *args: object, suppliers: list[tuple[str, str]], **more: object) -> None:
        super().__init__(*args, **more)
        self.fields["without"].choices = suppliers

    def values(self) -> dict[str, object]:
        """What the action takes."""
        data = self.cleaned_data
        return {**data, "without": [int(pk) for pk in data["without"]]}


def facts_of(award: Award) -> list[FactItem]:
    """What an award comes to, beside the cheapest of each line and everybody alone."""
    told = award.verdict
    shares = [one for one in told.get("shares", []) if _alone(one) is not None]
    facts = [FactItem("Comes to $", award.total_cents, "money", note=_freight_words(told))]
    plain = told.get("per_line_cents")
    if plain is None:
        note = "no supplier would get its smallest order"
        facts.append(FactItem("Cheapest of each line", "gives no award", note=note))
    else:
        facts.append(
            FactItem(
                "Cheapest of each line $", plain, "money", note=_more(plain, award.total_cents)
            )
        )
    if shares:
        alone = sum(_alone(one) for one in shares)
        paid = sum(one["cents"] for one in shares)
        note = f"{_more(alone, paid)}; {plural(len(shares), 'practice')}"
        facts.append(FactItem("Each practice alone $", alone, "money", note=note))
    if told.get("swaps_saved_cents"):
        note = "beside the very items that were asked for: at least"
        facts.append(FactItem("Equivalents save $", told["swaps_saved_cents"], "money", note=note))
    return [
        *facts,
        FactItem("Proposed by", award.proposed_by_name, note=f"{award.proposed_at:%b %-d, %Y}"),
        FactItem("Approved by", award.decided_by_name or "nobody yet"),
        FactItem("Certificate", (told.get("sha256") or "none")[:16], note="SHA-256"),
    ]


def _freight_words(told: dict) -> str:
    parts = [f"${dollars(cents)} {name}" for name, cents in told.get("freight", [])]
    return f"with freight: {', '.join(parts)}" if parts else ""


def _more(other: int, ours: int) -> str:
    if other == ours:
        return "the same"
    return f"${dollars(abs(other - ours))} {'more' if other > ours else 'less'} than the award"


def proof_of(award: Award) -> tuple[str, str, str]:
    """Tone, title and words of what is proved."""
    told = award.verdict
    if told["proved"]:
        words = (
            "No award of these frozen offers costs less: shown by a certificate of "
            f"{plural(told['leaves'], 'part')}, which a checker of whole numbers alone worked out "
            "again."
        )
        return "good", "Proved", words
    if told.get("faults"):
        words = f"The certificate does not hold: {'; '.join(told['faults'])}."
        return "bad", "Not proved", words
    words = (
        f"An award of these offers may be cheaper by at most ${dollars(told['gap_cents'])}: that "
        "is shown by the certificate, which a checker worked out again. To the cent it is not."
    )
    return "warm", "Proved but for a gap", words


def said_of(award: Award) -> list[str]:
    """What was asked for, and who is out of it, in sentences."""
    told = award.verdict
    asked = told.get("asked", {})
    found = []
    if asked.get("without_names"):
        found.append(f"Left out by us: {', '.join(asked['without_names'])}.")
    if asked.get("most_suppliers"):
        found.append(f"At most {plural(asked['most_suppliers'], 'supplier')}.")
    if asked.get("why"):
        found.append(f"Because: {asked['why']}")
    for name in told.get("left_out", []):
        found.append(f"{name} would not get its smallest order, whatever comes from it.")
    found += [f"{name}: {why}" for name, why in sorted(told.get("may_not_sell", {}).items())]
    if told.get("per_line_missed"):
        names = ", ".join(told["per_line_missed"])
        found.append(f"The cheapest of each line would leave {names} below its smallest order.")
    return found


def lines_of(request: PortalRequest, award: Award | None) -> Listing:
    """One row an item."""
    rows = [
        {
            **line,
            "why": _line_why(line),
            "asked": "; ".join(f"{name} ${price}" for name, price in line["asked"]),
        }
        for line in (award.lines if award else [])
    ]
    empty = Empty("No award yet", "Propose one once the order is closed.")
    return list_rows(rows, LINES, request.GET, caption="Award", empty=empty,
                     **exported(request, "lines"))  # fmt: skip


def _line_why(line: dict) -> str:
    above = line.get("above_cents", 0)
    instead = line.get("instead_of", "")
    told = f"in place of {instead}, where any equivalent will do; " if instead else ""
    if not above:
        return f"{told}lowest price at this volume"
    name = line["asked"][0][0]
    return f"{told}${dollars(above)} above {name}, which the whole order makes up for"


def offices_of(request: PortalRequest, award: Award | None) -> Listing:
    """One row an office and item: what it gets, or why not."""
    told = award.offices if award else []
    names = _practices(row["practice"] for row in told)
    by_line = {line_of(line): line for line in (award.lines if award else [])}
    rows = [
        {
            "practice": names[row["practice"]],
            "item": by_line[line_of(row)]["name"] if line_of(row) in by_line else "not awarded",
            "packs": row["packs"],
            "price": by_line[line_of(row)]["price"] if row["packs"] else "",
            "alone": row["alone"],
            "why_not": row["why_not"],
        }
        for row in told
    ]
    heads = OFFICES if wants_file(request) else without_empty(OFFICES, rows, "why_not")
    return list_rows(rows, heads, request.GET, caption="What each gets",
                     **exported(request, "offices"))  # fmt: skip


def rules_of(request: PortalRequest, award: Award | None) -> Listing:
    """What each rule costs: the same packs without it."""
    rows = [_rule(award, one) for one in (award.verdict.get("rules", []) if award else [])]
    return list_rows(rows, RULES, {}, caption="What the rules cost",
                     **exported(request, "rules"))  # fmt: skip


def _rule(award: Award, one: dict) -> dict[str, object]:
    name = RULE_WORDS[one["rule"]]
    if one["rule"] == WITHOUT:
        name = f"{name}: {', '.join(award.verdict['asked']['without_names'])}"
    words = NOTHING
    if one["cents"]:
        words = (
            f"Without it the same packs would cost ${dollars(award.total_cents - one['cents'])}."
        )
    if one["most_cents"] > one["cents"]:
        words += (
            f" It may cost up to ${dollars(one['most_cents'])}: that is not proved to the cent."
        )
    return {"rule": name, "cents": one["cents"], "words": words}


def shares_of(request: PortalRequest, award: Award | None) -> Listing:
    """Each practice with the others beside its best alone, on the same offers."""
    told = award.verdict.get("shares", []) if award else []
    names = _practices(one["practice"] for one in told)
    rows = sorted((_share(names[one["practice"]], one) for one in told),
                  key=lambda row: str(row["practice"]))  # fmt: skip
    has_freight = any(one["freight_cents"] for one in told)
    heads = [one for one in SHARES_HEADS if has_freight or one[0] not in ("goods", "freight")]
    sums = {key: sum(row[key] for row in rows if isinstance(row[key], int)) for key, _ in heads}
    columns = (
        Column("practice", "Practice"),
        *(Column(key, head, "money", total=sums[key]) for key, head in heads),
        Column("stands", "Stands", "status"),
    )
    return list_rows(rows, columns, request.GET, caption="Each practice against alone",
                     **exported(request, "shares"))  # fmt: skip


def _share(name: str, one: dict) -> dict[str, object]:
    alone = _alone(one)
    return {
        "practice": name,
        "goods": one["goods_cents"],
        "freight": one["freight_cents"],
        "pays": one["cents"],
        "alone": "" if alone is None else alone,
        "saves": "" if alone is None else alone - one["cents"],
        "stands": _stands(one),
    }


def _alone(one: dict) -> int | None:
    """Alone, or where nobody delivers so little, as if they did."""
    return one.get("waived_cents") if one["alone_cents"] is None else one["alone_cents"]


def _stands(one: dict) -> str:
    if one["alone_cents"] is None:
        return "below every smallest order alone"
    if one["is_worse_off"] and not one["is_least"]:
        return "worse off"
    if one["is_least"]:
        return "alone: at least this"
    return "better off" if one["alone_cents"] > one["cents"] else "the same"


def fairness_of(award: Award) -> tuple[str, str]:
    """Tone and words of the promise that nobody is worse off than alone; each exception named."""
    shares = award.verdict.get("shares", [])
    names = _practices(one["practice"] for one in shares)
    worse = [one for one in shares if one["is_worse_off"] and not one["is_least"]]
    if worse:
        told = "; ".join(
            f"{names[one['practice']]} by ${dollars(one['cents'] - one['alone_cents'])}"
            for one in worse
        )
        return "warm", (
            f"{plural(len(worse), 'practice')} would be better off alone: {told}. No other award "
            "keeps everybody’s ceiling and every smallest order. Tell them before you approve."
        )
    open_ones = sum(one["is_least"] for one in shares)
    if open_ones:
        return "", (
            f"For {plural(open_ones, 'practice')} the best alone was not worked out to the end: "
            "what stands there is the least that it would cost."
        )
    return "good", "No practice is worse off than its best on the same offers alone."


def _practices(ids) -> dict[int, str]:
    return dict(Practice.objects.filter(pk__in=set(ids)).values_list("pk", "name"))

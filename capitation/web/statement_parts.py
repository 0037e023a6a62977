"""What the statement page is made of: facts, pictures and tables from the frozen content."""

from datetime import date

from django.urls import reverse

from capitation.queries.statements import MonthTold
from ipaportal.core.actors import Actor
from ipaportal.core.months import month_name
from ipaportal.core.parts import Column, Empty, Explain, FactItem, Listing
from ipaportal.core.pictures import (
    Branch,
    BridgeStep,
    MonthBar,
    Picture,
    bars12,
    bridge,
    money_tree,
)
from ipaportal.core.words import day_text, dollars_text, month_text, plural
from ipaportal.ledger.web.booked import page_of_entry

# Part of the plan's money → its name on pages.
PARTS = {
    "admin_fee": "Admin fee",
    "reinsurance": "Reinsurance",
    "hospital_pool": "Hospital pool",
    "specialist_pool": "Specialist pool",
    "pharmacy_pool": "Pharmacy pool",
}


# What became of a payment, in a payee's words.
STATES = {
    "prepared": "Not sent yet",
    "released": "On its way",
    "settled": "Settled",
    "returned": "Returned by the bank",
    "void": "Void",
}


def unbroken(month: str) -> str:
    """A month as 2026-10 that stays on one line of a narrow column."""
    return month.replace("-", "\N{NON-BREAKING HYPHEN}")


def unbroken_money(text: str) -> str:
    """A sentence whose amounts stay on one line: no break between minus and dollar sign."""
    return text.replace("−$", "−\N{WORD JOINER}$")


def explain_url(statement, part: str) -> str:
    """Where a figure of a statement is explained."""
    return reverse("capitation:statement_explain", args=[statement.pk, part])


def members_url(statement, **query: str) -> str:
    """The members of a statement, filtered."""
    address = reverse("capitation:statement_members", args=[statement.pk])
    asked = "&".join(f"{key}={value}" for key, value in query.items() if value)
    return f"{address}?{asked}" if asked else address


def line_url(line_id: str) -> str:
    """Where a line is explained."""
    return reverse("capitation:line_explain", args=[line_id])


def my_money_tree(statement) -> Picture:
    """Where the plan's money for the payee's members went."""
    parts = statement.content["parts"]
    mine = Branch(
        "Your capitation",
        parts["mine"],
        explain_url(statement, "mine"),
        parts=(
            Branch("To you now", statement.earned_cents, explain_url(statement, "earned"), "good"),
            Branch(
                "Withheld for you",
                statement.withhold_cents,
                explain_url(statement, "withheld"),
                "warm",
            ),
        ),
    )
    branches = [
        Branch(name, parts[part], explain_url(statement, part), "soft")
        for part, name in PARTS.items()
        if parts[part]
    ]
    others = parts["provider"] - parts["mine"]
    extra = [
        ("Other practices", others, "others"),
        ("Kept by the IPA", parts["retained"], "retained"),
        ("In suspense", parts["suspense"], "suspense"),
    ]
    branches += [
        Branch(name, cents, explain_url(statement, part), "soft")
        for name, cents, part in extra
        if cents
    ]
    root = Branch(
        "The plan paid",
        parts["received"],
        explain_url(statement, "received"),
        parts=(mine, *branches),
    )
    return money_tree(
        root,
        title="Where the plan's money for your members went",
        nothing="The plan paid nothing for your members in this statement.",
    )


def fee_sentence(statement) -> str:
    """The fee-transparency line."""
    parts = statement.content["parts"]
    pools = sum(parts[name] for name in PARTS if name.endswith("_pool"))
    others = parts["provider"] - parts["mine"]
    said = [
        f"{dollars_text(parts['admin_fee'])} admin fee",
        f"{dollars_text(parts['reinsurance'])} reinsurance",
        f"{dollars_text(pools)} pools",
        f"{dollars_text(statement.withhold_cents)} withheld for you",
        f"{dollars_text(statement.earned_cents)} to you",
    ]
    if others:
        # A member who moved here: what the practice before had is taken back from it.
        way = "to" if others > 0 else "taken back from"
        said.append(f"{dollars_text(abs(others))} {way} other practices")
    said += [f"{dollars_text(parts['retained'])} kept by the IPA"] if parts["retained"] else []
    said += [f"{dollars_text(parts['suspense'])} in suspense"] if parts["suspense"] else []
    received = dollars_text(parts["received"])
    return unbroken_money(f"Of {received} the plan paid for your members: {_listed(said)}.")


def change_sentence(statement) -> str:
    """What changed since last month, in one sentence; what to expect where there is none."""
    change = statement.content["change"]
    if change is not None:
        return unbroken_money(change["sentence"])
    if statement.sequence > 1:
        return "It adds what came after the statement published before for this month."
    return "Your first statement here; the next one says what changed."


def _listed(said: list[str]) -> str:
    return f"{', '.join(said[:-1])} and {said[-1]}"


def _paid_where(payment: dict[str, object]) -> str:
    """Where a payment went: a check has no account."""
    return f"bank account ending {payment['ending']}" if payment["ending"] else "mail, by check"


def headline(statement, states: dict[int, str]) -> dict[str, object]:
    """The big amount and what stands beside it: paid when and where, or owed and why not paid."""
    content = statement.content
    payments = [
        {
            "cents": payment["cents"],
            "where": _paid_where(payment),
            "when": date.fromisoformat(payment["date"]) if payment["date"] else None,
            "state": (state := states.get(payment["payment_id"], "released")),
            "word": STATES.get(state, ""),
        }
        for payment in content["payment_list"]
    ]
    if payments or statement.paid_cents:
        return {"label": "Paid to you", "cents": statement.paid_cents, "payments": payments}
    if statement.closing_cents > 0:
        return {"label": "Owed to you, not paid yet", "cents": statement.closing_cents}
    if statement.closing_cents < 0:
        return {"label": "Carried to next month", "cents": statement.closing_cents}
    return {"label": "Paid to you", "cents": 0}


def balance_facts(statement) -> list[FactItem]:
    """From the balance before to the balance after; the items add up."""
    facts = [
        FactItem("Balance before", statement.opening_cents, "dollars"),
        FactItem("Capitation", statement.provider_cents, "dollars", note="current and retro"),
        FactItem("Withheld", -statement.withhold_cents, "dollars", note="kept for you"),
        *_other_facts(statement.other_cents, statement.content["returned_cents"]),
        FactItem("Paid", -statement.paid_cents, "dollars"),
        FactItem("Balance after", statement.closing_cents, "dollars"),
    ]
    if statement.held_cents:
        facts.append(FactItem("of it held", statement.held_cents, "dollars"))
    return facts


def _other_facts(other: int, returned: int) -> list[FactItem]:
    facts = [
        FactItem("Purchases, other", other - returned, "dollars"),
        FactItem("Payment came back", returned, "dollars"),
    ]
    return [fact for fact in facts if fact.value]


def change_bridge(statement) -> Picture | None:
    """What changed since last month, cause by cause."""
    change = statement.content["change"]
    if change is None:
        return None
    before = month_name(date.fromisoformat(change["month_before"])).split()[0]
    steps = [
        BridgeStep(before, change["before_cents"]),
        *[BridgeStep(_short(c, before), c["cents"]) for c in _largest_first(change["causes"])],
        BridgeStep(month_name(statement.month).split()[0], change["now_cents"]),
    ]
    return bridge(steps, title=f"What changed since {before}")


def _short(cause: dict, before: str) -> str:
    """A cause in the few letters that the picture has room for."""
    once = {
        "retro_before": f"{before}'s retro gone",
        "other": "Purchases, other",
        "other_before": f"{before}'s other gone",
    }
    return once.get(cause["code"]) or _capital(cause["words"])


def _largest_first(causes: list[dict]) -> list[dict]:
    return sorted(causes, key=lambda cause: -abs(cause["cents"]))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def year_bars(months: list[MonthTold]) -> Picture:
    """Twelve months with retro stacked; each bar opens its statement."""
    return bars12(
        [
            MonthBar(
                told.month,
                told.current_cents,
                told.retro_cents,
                reverse("capitation:statement_detail", args=[told.statement_id])
                if told.statement_id
                else "",
            )
            for told in months
        ],
        title="Twelve months",
    )


def year_facts(statement) -> list[FactItem]:
    """The year so far, as of this statement."""
    year = statement.content["ytd"]
    return [
        FactItem("The plan paid", year["received"], "dollars"),
        FactItem("Your capitation", year["mine"], "dollars"),
        FactItem("Withheld", year["withheld"], "dollars"),
        *_other_facts(year["other"] + year["returned"], year["returned"]),
        FactItem("Paid", year["paid"], "dollars"),
        FactItem(
            "Withhold balance",
            statement.content["withhold_balance_cents"],
            "dollars",
            note="kept for you until released",
        ),
    ]


def reason_table(statement, section: str) -> Listing:
    """Current or retro lines by coverage month and reason."""
    content = statement.content
    several = len({row["contract"] for row in content["current"] + content["retro"]}) > 1
    rows = [
        {
            "month": unbroken(row["month"][:7]),
            "contract": row["contract"],
            "words": row["words"],
            "members": row["members"],
            "provider": row["provider_cents"],
            "withheld": row["withhold_cents"],
            "net": row["provider_cents"] - row["withhold_cents"],
            "url": members_url(statement, month=row["month"][:7], reason=row["reason"]),
        }
        for row in content[section]
    ]
    sums = {
        key: sum(row[key] for row in rows) for key in ("members", "provider", "withheld", "net")
    }
    columns = [
        Column("words", "Why", "link"),
        Column("members", "Members", "count", total=sums["members"]),
        Column("provider", "Capitation $", "money", total=sums["provider"]),
        Column("withheld", "Withheld $", "money", total=sums["withheld"]),
        Column("net", "To you $", "money", total=sums["net"]),
    ]
    if several:
        columns.insert(1, Column("contract", "Contract"))
    if section == "retro":
        columns.insert(1, Column("month", "Month"))
    empty = {
        "current": Empty("No line of this month itself", "This statement tells other movements."),
        "retro": Empty(
            "Nothing was corrected in earlier months",
            "When a plan adds or ends a member for a past month, the difference stands here.",
        ),
    }[section]
    caption = {"current": month_text(statement.month), "retro": "Earlier months, corrected"}
    return Listing(caption[section], columns, rows, len(rows), page_size=10_000, empty=empty)


def movement_table(statement, actor: Actor) -> Listing | None:
    """Purchases and other bookings; what one was for opens where whoever looks may see it."""
    rows = [
        {
            **row,
            "date": date.fromisoformat(row["date"]),
            "url": page_of_entry(actor, row.get("key", "")),
        }
        for row in statement.content["movements"]
    ]
    if not rows:
        return None
    columns = [
        Column("date", "Date", "day"),
        Column("description", "What", "link"),
        Column("cents", "Amount $", "money", total=sum(row["cents"] for row in rows)),
    ]
    return Listing("Purchases and other bookings", columns, rows, len(rows), page_size=10_000)


def zero_rows(statement) -> list[dict[str, object]]:
    """Why members are listed at $0, and how many."""
    return [
        {
            "words": _capital(row["words"]),
            "count": len(row["member_ids"]),
            "url": members_url(statement, show="zero", reason=row["reason"]),
        }
        for row in statement.content["zero"]
    ]


def explained_figure(statement, part: str) -> Explain | None:
    """A figure of the whole statement: what it is made of, and where the lines are."""
    makers = {
        "paid": _explain_paid,
        "mine": _explain_mine,
        "earned": _explain_earned,
        "withheld": _explain_withheld,
        "received": _explain_received,
    }
    if part in makers:
        return makers[part](statement)
    if part in (*PARTS, "others", "retained", "suspense"):
        return _explain_part(statement, part)
    return None


def _explain_paid(statement) -> Explain:
    content = statement.content
    parts = [
        Explain("Balance before", statement.opening_cents, why="Left by the statement before."),
        _explain_earned(statement),
    ]
    if statement.other_cents:
        moves = tuple(
            Explain(row["description"], row["cents"], why=f"Booked {row['date']}.")
            for row in content["movements"]
        )
        parts.append(Explain("Purchases and other bookings", statement.other_cents, parts=moves))
    parts.append(
        Explain("Balance after", -statement.closing_cents, why=content["closing_text"])
        if statement.closing_cents
        else Explain("Balance after", 0)
    )
    why = "Balance before, plus what this statement earned and booked, less the balance after."
    for payment in content["payment_list"]:
        when = day_text(date.fromisoformat(payment["date"])) if payment["date"] else "soon"
        why += f" {dollars_text(payment['cents'])} on {when} to the {_paid_where(payment)}"
        why += f", trace {payment['trace']}." if payment["ending"] else "."
    return Explain("Paid to you", statement.paid_cents, why=why, parts=tuple(parts))


def _explain_earned(statement) -> Explain:
    return Explain(
        "To you now",
        statement.earned_cents,
        why="Your capitation less what is withheld.",
        parts=(_explain_mine(statement), _explain_withheld(statement, nested=True)),
    )


def _explain_mine(statement) -> Explain:
    rows = tuple(
        Explain(
            f"{month_text(date.fromisoformat(row['month']))}: {row['words']}",
            row["provider_cents"],
            why=f"{plural(row['members'], 'member')}, {row['contract']}.",
            source="Every member of it",
            source_url=members_url(statement, month=row["month"][:7], reason=row["reason"]),
        )
        for section in ("current", "retro")
        for row in statement.content[section]
    )
    return Explain(
        "Your capitation",
        statement.provider_cents,
        why="What the runs of this statement came to, by month and reason.",
        parts=rows,
    )


def _explain_withheld(statement, *, nested: bool = False) -> Explain:
    return Explain(
        "Withheld for you",
        -statement.withhold_cents if nested else statement.withhold_cents,
        why="A percentage of your capitation that is kept until it is released to you. "
        f"Kept so far: {dollars_text(statement.content['withhold_balance_cents'])}.",
        parts=() if nested else _clauses(statement),
    )


def _explain_received(statement) -> Explain:
    parts = statement.content["parts"]
    names = {"mine": "Your capitation", **PARTS}
    said = [Explain(name, parts[part]) for part, name in names.items() if parts[part]]
    said += [
        Explain(name, cents)
        for name, cents in (
            ("Other practices of the same members", parts["provider"] - parts["mine"]),
            ("Kept by the IPA", parts["retained"]),
            ("In suspense", parts["suspense"]),
        )
        if cents
    ]
    return Explain(
        "The plan paid for your members",
        parts["received"],
        why="Every line of the plan's files that was matched to one of your members. "
        "Open a member to see the line itself.",
        source="Your members",
        source_url=members_url(statement),
        parts=tuple(said),
    )


def _explain_part(statement, part: str) -> Explain:
    parts = statement.content["parts"]
    cents = parts["provider"] - parts["mine"] if part == "others" else parts[part]
    names = {
        "others": "Other practices of the same members",
        "retained": "Kept by the IPA",
        "suspense": "In suspense",
    }
    why = {
        "others": "Members who were with another practice on some days of the month.",
        "retained": "What is left of the plan's money once all parts are taken.",
        "suspense": "Owed back to the plan: the member was not covered in that month.",
    }.get(part, "Taken from the plan's money for each of your members, as the contract says.")
    return Explain(
        PARTS.get(part) or names[part],
        cents,
        why=f"{why} Each member's part opens from the list.",
        source="Your members",
        source_url=members_url(statement),
        parts=_clauses(statement),
    )


def _clauses(statement) -> tuple[Explain, ...]:
    return tuple(
        Explain(
            terms["contract"],
            value=terms["citation"] or "terms in force",
            why=terms["sentence"],
            source=terms["payer"],
        )
        for terms in statement.content["terms"]
    )

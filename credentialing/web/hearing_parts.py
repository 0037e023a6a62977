"""Parts of the pages of adverse actions: what one would do, suspensions by their days, closings."""

from datetime import date

from django.urls import reverse
from django.utils import timezone

from credentialing.models import AdverseAction
from credentialing.queries.impact import Impact
from credentialing.queries.npdb import Summary, summaries, summary_of
from credentialing.queries.stakes import NOTHING, stakes_of
from credentialing.rules.npdb import SUMMARY_RULE, Word, reportable_from
from ipaportal.core.parts import FactItem
from ipaportal.core.words import plural


def impact_facts(impact: Impact) -> list[FactItem]:
    """What hangs on somebody: plans, members, networks, and money that is still to be paid out."""
    facts = [
        FactItem("Takes part with plans", len(impact.participations), "count"),
        FactItem("Listed in networks", len({row.network_id for row in impact.listings}), "count"),
        FactItem("Members assigned", impact.stake.members, "count"),
        FactItem("Paid for them, newest month", impact.stake.month_cents, "money"),
    ]
    for party, cents in impact.owed_cents.items():
        note = "a restriction holds nothing; a suspension or an end does"
        facts.append(FactItem(f"Next payout to {party}", cents, "money", note=note))
    return facts


def closing_facts(row: AdverseAction) -> list[FactItem]:
    """Of a restriction that closes the panel: members when it closed, and today."""
    if not row.closes_panel:
        return []
    facts = [FactItem("New members", "none are assigned while it is final")]
    if row.final_date is None:
        return facts
    began, today = max(row.final_date, row.effective_date), timezone.localdate()
    for label, day in (("Members when it closed", began), ("Members today", today)):
        count = stakes_of([row.practitioner_id], day).get(row.practitioner_id, NOTHING).members
        facts.append(FactItem(label, count, "count", note=MOVED if day == today else ""))
    return facts


MOVED = "more than when it closed: ask the plan to assign the new ones to somebody else"


def summary_facts(row: AdverseAction) -> list[FactItem]:
    """Of a summary suspension: how long it has lasted, and what the NPDB was told by when."""
    found = summary_of(row.suspension) if row.suspension is not None else None
    if found is None:
        return []
    today = timezone.localdate()
    word, due = found.counted.word(today), found.counted.due(today)
    facts = [
        FactItem("Suspended for", plural(found.counted.days(today), "day")),
        FactItem("With the NPDB, the suspension is", word.value, note=SUMMARY_RULE),
    ]
    if due is not None:
        label = "Reported from" if word is Word.COUNTING else f"{word.value.capitalize()} by"
        facts.append(FactItem(label, due, "day"))
    return facts


def counted_rows(today: date) -> list[dict[str, object]]:
    """Suspensions on the docket, each with its days and what is due."""
    return [_counted(one, today) for one in summaries(today)]


def _counted(one: Summary, today: date) -> dict[str, object]:
    word = one.counted.word(today)
    return {
        "who": one.suspension.practitioner,
        "from": one.suspension.effective_date,
        "days": one.counted.days(today),
        "first": reportable_from(one.counted.began),
        "word": word.value,
        "due": one.counted.due(today),
        "is_raised": one.counted.is_raised(today),
        "url": reverse("credentialing:suspension_report", args=[one.suspension.pk]),
    }

"""What the certificate of a screening says."""

from credentialing.models import ScreeningResult, ScreeningRun
from credentialing.rules.screening import CATEGORY_WORDS
from ipaportal.core.words import count_text, day_text
from ipaportal.identity.models import Party

MOST_NAMED = 300
UNCLEAR = ("stopped", "open", "not_screened", "stale")
OUTCOME_WORDS = dict(ScreeningResult.Outcome.choices)


def certificate_data(run: ScreeningRun) -> dict[str, object]:
    """The figures and names of a finished run, as its PDF takes them."""
    ipa = Party.objects.filter(kind=Party.Kind.IPA).first()
    unclear = run.results.filter(outcome__in=UNCLEAR)
    # Where a list is too old all are unclear for one reason, which stands above.
    named = unclear.exclude(outcome="stale").order_by("outcome", "label", "pk")
    clear = run.counts.get("clear", 0) + run.counts.get("cleared", 0)
    wanting = [one["name"] for one in run.lists if one["wanting"]]
    return {
        "ipa": ipa.name if ipa else "The IPA",
        "number": str(run.pk),
        "day": day_text(run.as_of),
        "sentence": _sentence(run, clear, wanting),
        "lists": [_list(one) for one in run.lists],
        "outcomes": [
            {"words": words.capitalize(), "count": count_text(run.counts.get(code, 0))}
            for code, words in OUTCOME_WORDS.items()
        ],
        "categories": [
            {"words": words, "count": count_text(run.counts.get(str(code), 0))}
            for code, words in CATEGORY_WORDS.items()
        ],
        "unclear": [
            {"who": row.label, "outcome": OUTCOME_WORDS[row.outcome], "why": row.words}
            for row in named[:MOST_NAMED]
        ],
        "more": max(0, named.count() - MOST_NAMED),
        "how": (
            "Every name on file (former names, halves of double names, short forms, middle names, "
            "given name and surname swapped) was compared with every row of every list above, and "
            "so were NPI, birth date, taxpayer and licence numbers. Names order the matches, "
            f"identifiers decide their category; nothing was cleared by a score ({run.algorithm})."
        ),
        "asked_by": run.requested_by_name,
        "asked_at": f"{run.requested_at:%Y-%m-%d %H:%M} UTC",
        "finished_at": f"{run.finished_at:%Y-%m-%d %H:%M} UTC",
    }


def _sentence(run: ScreeningRun, clear: int, wanting: list[str]) -> str:
    said = (
        f"Of {count_text(run.total)} people and organisations {count_text(clear)} are clear on "
        "every list below."
    )
    if wanting:
        names = ", ".join(wanting)
        said += (
            f" Nobody else can be: {names} is missing or too old, and an old list clears nobody."
        )
    return said


def _list(one: dict) -> dict[str, str]:
    words = {"fresh": "in time", "stale": "too old", "missing": "not loaded"}
    return {
        "name": one["name"],
        "day": one["source_date"] or "none",
        "rows": count_text(one["rows"]),
        "state": words[one["freshness"]],
        "sha256": one["sha256"][:16],
    }

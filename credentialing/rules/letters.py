"""Decision letters: the words of each outcome, from the facts of the decision alone."""

from collections.abc import Sequence
from datetime import date

from credentialing.rules.adverse import request_by
from credentialing.rules.decisions import DENIALS

HEARING_WORDS = (
    "You may ask for a hearing in writing within 30 days of this letter. You may bring a lawyer "
    "or another person, call and question witnesses, show evidence, and get the recommendation "
    "and the decision in writing with their reasons."
)
RIGHTS_WORDS = (
    "You may see what was gathered to decide on your application, except what the law protects, "
    "and correct what is wrong."
)
NPDB_WORDS = (
    "If this becomes final, it may have to be reported to the National Practitioner Data Bank "
    "and to the licensing board."
)
TITLES = {
    "approved": "You are approved for the network",
    "approved_conditions": "You are approved for the network, with conditions",
    "denied": "Your application was not approved",
}


def letter_of(
    *,
    outcome: str,
    to: str,
    sender: str,
    decision_date: date,
    issued: date,
    next_due: date | None = None,
    ends: date | None = None,
    reason_code: str = "",
    reasons: str = "",
    conditions: Sequence[tuple[str, date]] = (),
    is_reportable: bool = False,
) -> dict[str, object]:
    """What stands in a decision's letter, as the PDF's maker takes it."""
    paragraphs = [_opening(outcome, decision_date)]
    facts = [["Decided on", f"{decision_date:%B %-d, %Y}"]]
    if outcome == "denied":
        paragraphs.append(f"The reason: your application {_said(reason_code)}. {reasons}".strip())
        paragraphs.append(HEARING_WORDS)
        last = request_by(issued)
        facts.append(["A hearing may be asked for until", f"{last:%B %-d, %Y}"])
        if is_reportable:
            paragraphs.append(NPDB_WORDS)
    elif ends is not None:
        paragraphs.append(
            "This is provisional and possible once: it ends by itself after 60 days unless the "
            "committee decides on the whole file before."
        )
        facts.append(["Ends on", f"{ends:%B %-d, %Y}"])
    elif next_due is not None:
        paragraphs.append("We will write to you half a year before your file is due again.")
        facts.append(["Due again by", f"{next_due:%B %-d, %Y}"])
    facts += [[f"Condition, until {due:%B %-d, %Y}", words] for words, due in conditions]
    paragraphs.append(RIGHTS_WORDS)
    return {
        "from": sender,
        "to": to,
        "title": TITLES[outcome],
        "date": f"{issued:%B %-d, %Y}",
        "paragraphs": paragraphs,
        "facts": facts,
    }


def discrepancy_letter(
    *,
    to: str,
    sender: str,
    sent: date,
    due: date,
    what: str,
    source: str,
    application_says: str,
    source_says: str,
) -> dict[str, object]:
    """What stands in a letter that tells an applicant what a source says otherwise."""
    asked = f" ({source})" if source else ""
    return {
        "from": sender,
        "to": to,
        "title": "A source says otherwise than your application",
        "date": f"{sent:%B %-d, %Y}",
        "paragraphs": [
            "While we verified your application, a source said something else than you. Please "
            f"look at it, and answer until {due:%B %-d, %Y}: correct your application and sign it "
            "again, or say why the source is wrong. You find both under “My file” in the portal.",
            "If we hear nothing by then, your file is decided with what the source says.",
            RIGHTS_WORDS,
        ],
        "facts": [
            ["What it is about", what],
            ["Your application says", application_says],
            [f"The source says{asked}", source_says],
            ["Answer until", f"{due:%B %-d, %Y}"],
        ],
    }


def withdrawal_letter(
    *, to: str, sender: str, issued: date, asked: Sequence[date], is_again: bool
) -> dict[str, object]:
    """What stands in the letter that ends an application nobody answered any more."""
    ended = (
        "You take part as before, until the day by which you are due again; from then on you take "
        "part in no plan's network unless a new application was decided."
        if is_again
        else "Nothing was decided about you, and nothing is reported to anybody."
    )
    return {
        "from": sender,
        "to": to,
        "title": "Your application was withdrawn, because we had no answer",
        "date": f"{issued:%B %-d, %Y}",
        "paragraphs": [
            "Your application for our network waited for you. We asked you on the days below and "
            "had no answer, so we withdrew it.",
            f"{ended} What you had filled in and sent stays on file.",
            "You may apply again at any time: write or call us, and we send you a new invitation.",
            RIGHTS_WORDS,
        ],
        "facts": [[f"Asked, {no} of {len(asked)}", f"{day:%B %-d, %Y}"]
                  for no, day in enumerate(asked, 1)],
    }  # fmt: skip


def _opening(outcome: str, day: date) -> str:
    when = f"On {day:%B %-d, %Y}"
    return {
        "approved": f"{when} your credentials were approved.",
        "approved_conditions": f"{when} your credentials were approved with the conditions below. "
        "Tell us once each is met.",
        "denied": f"{when} the credentialing committee decided not to approve your application.",
    }[outcome]


def _said(code: str) -> str:
    words = DENIALS[code]
    return words if words.startswith("does") else f"was not approved because of {words}"

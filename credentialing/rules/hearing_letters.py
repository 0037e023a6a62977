"""Letters of adverse actions: the notice, the hearing's day, and the decision in writing."""

from collections.abc import Sequence
from datetime import date

from credentialing.rules.adverse import BASES, hearing_rule_on, request_by
from credentialing.rules.letters import NPDB_WORDS, RIGHTS_WORDS

TITLES = {
    "restriction": "Your participation is to be limited",
    "suspension": "Your participation is to be suspended",
    "termination": "Your participation is to be ended",
}
HEARING_RIGHTS = (
    "At the hearing you may be represented by a lawyer or another person, have a record made and "
    "get a copy of it, call, examine and cross-examine witnesses, present evidence, and hand in a "
    "written statement at its end. Afterwards you get the panel's recommendation and the decision "
    "in writing, each with its reasons."
)
STANDS_WORDS = (
    "Until this is final your participation goes on as it is. It becomes final if no hearing is "
    "asked for in time, if you waive it in writing, or by the decision after the hearing."
)


def until_words(last: date, days: int) -> str:
    """By when, and how, a hearing may be asked for."""
    return (
        f"You may ask for a hearing in writing within {days} days of this letter: until "
        f"{last:%B %-d, %Y}, in the portal under “My file” or by letter."
    )


def _letter(to: str, sender: str, day: date, title: str, paragraphs, facts) -> dict[str, object]:
    return {
        "from": sender,
        "to": to,
        "title": title,
        "date": f"{day:%B %-d, %Y}",
        "paragraphs": paragraphs,
        "facts": facts,
    }


def notice_letter(
    *,
    to: str,
    sender: str,
    issued: date,
    kind: str,
    basis: str,
    reasons: str,
    limits: str,
    effective: date,
    ends: date | None,
    danger: str,
    is_reportable: bool,
    closes_panel: bool = False,
) -> dict[str, object]:
    """What stands in the notice of a proposed action."""
    last = request_by(issued)
    facts = [
        ["It rests on", BASES[basis]],
        ["Proposed from", f"{effective:%B %-d, %Y}"],
        ["A hearing may be asked for until", f"{last:%B %-d, %Y}"],
    ]
    if ends is not None:
        facts.insert(2, ["First day no longer", f"{ends:%B %-d, %Y}"])
    if limits:
        facts.insert(0, ["Limited", limits])
    if closes_panel:
        facts.insert(1, ["New members", "none are assigned to you while it holds"])
    paragraphs = [f"We propose to do this for the following reasons: {reasons}"]
    if danger:
        paragraphs.append(
            f"You are suspended from {effective:%B %-d, %Y} already, because patients may be in "
            f"imminent danger: {danger}"
        )
    else:
        paragraphs.append(STANDS_WORDS)
    paragraphs += [until_words(last, hearing_rule_on(issued).request_days), HEARING_RIGHTS]
    if is_reportable:
        paragraphs.append(NPDB_WORDS)
    paragraphs.append(RIGHTS_WORDS)
    return _letter(to, sender, issued, TITLES[kind], paragraphs, facts)


def hearing_letter(
    *,
    to: str,
    sender: str,
    issued: date,
    hearing: date,
    place: str,
    witnesses: str,
    panel: Sequence[str],
) -> dict[str, object]:
    """What stands in the notice of a hearing: its day, place, panel and expected witnesses."""
    facts = [
        ["Day", f"{hearing:%B %-d, %Y}"],
        ["Place", place],
        ["Panel", "; ".join(panel) or "is named to you before the hearing"],
        ["Witnesses we expect to call", witnesses or "none"],
    ]
    paragraphs = [
        f"The hearing that you asked for is on {hearing:%B %-d, %Y}.",
        "Nobody on the panel competes with you, and more than half of it are your peers. Tell us "
        "before that day, with your reasons, if you object to somebody.",
        HEARING_RIGHTS,
        "If you do not come, without a good reason, the right to a hearing is lost.",
    ]
    return _letter(to, sender, issued, "Your hearing", paragraphs, facts)


def decision_letter(
    *,
    to: str,
    sender: str,
    issued: date,
    what: str,
    is_final: bool,
    recommendation: str,
    reasons: str,
    ends_from: date | None,
    is_reportable: bool,
) -> dict[str, object]:
    """What stands in the decision that ends an action."""
    facts = [["About", what], ["Decided", f"{issued:%B %-d, %Y}"]]
    if ends_from is not None:
        facts.append(["In effect from", f"{ends_from:%B %-d, %Y}"])
    paragraphs = ["This is final." if is_final else "This was reversed: nothing of it stands."]
    if recommendation:
        paragraphs.append(f"The panel recommended: {recommendation}")
    paragraphs.append(f"The decision and its reasons: {reasons}")
    if is_final and is_reportable:
        paragraphs.append(
            "It is reported to the National Practitioner Data Bank and to the licensing board "
            "within 30 days."
        )
    title = "The decision is final" if is_final else "The decision: reversed"
    return _letter(to, sender, issued, title, paragraphs, facts)

"""The program: seven elements, and what the portal asks itself about each every night."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from compliance.rules.audits import READING_DAYS
from compliance.rules.corrections import PLAN_DAYS, VALIDATION_DAYS

GUIDANCE = "OIG General Compliance Program Guidance, November 2023"

# Key → name and what it is about; the guidance is voluntary, 42 CFR 422.503(b)(4)(vi) is alike.
ELEMENTS = {
    "policies": ("Policies and procedures", "what is agreed is written down and can be cited"),
    "leadership": ("Leadership and oversight", "committees meet, and their minutes are signed"),
    "training": ("Training", "who decides has pledged, and knows the rules"),
    "communication": ("Lines of communication", "who asks is answered, who is decided on is told"),
    "incentives": ("Standards and incentives", "nobody is paid for doing less than is needed"),
    "auditing": ("Risk, auditing and monitoring", "who is paid may be paid; what comes in is read"),
    "responding": ("Responding and correcting", "what was found is closed, with a reason"),
}


@dataclass(frozen=True)
class Check:
    """One question: what is counted, why it is asked, what to do, and after how many days."""

    key: str
    element: str
    question: str
    remedy: str
    citation: str
    days: int = 0
    is_grave: bool = False
    # Asked of what whoever looks may see; what it found on other nights is kept for nobody.
    is_private: bool = False


SCREENING = "OIG Special Advisory Bulletin of 2013; monthly (own knowledge, unverified)"
OWN = "the IPA's own rule"
CHECKS = (
    Check("terms_uncited", "policies", "Terms in force that name no clause of the contract",
          "Record the terms anew with the clause they come from.", OWN),
    Check("policies_old", "policies", "Policies in force whose words nobody read for a year",
          "Read them, and draft the next version, be it of the same words.", GUIDANCE, days=366),
    Check("no_minutes", "leadership", "Meetings closed two weeks ago without signed minutes",
          "Write and sign the minutes.", OWN, days=14),
    Check("no_meeting", "leadership", "Committees that have not met for a quarter",
          "Plan a meeting.", f"{GUIDANCE}: committees meet quarterly", days=92),
    Check("no_pledge", "training", "Seats of a committee without a pledge of the last year",
          "Let the member sign the pledge again.", OWN, days=366),
    Check("attestations_late", "training", "People who owe an attestation past its last day",
          "Speak to them: they were reminded.", f"{GUIDANCE}: training is documented"),
    Check("disputes_waiting", "communication", "Questions of practices unanswered for a month",
          "Answer, and say why.", OWN, days=30),
    Check("letters_late", "communication", "Decisions whose letter is late",
          "Issue the letter.", "NCQA CR 2: the provider is told within 30 days", is_grave=True),
    Check("withheld_too_much", "incentives", "Practices of which a quarter is withheld, or more",
          "Look at the incentive plan, and at its stop-loss.", "42 CFR 422.208(d)", is_grave=True),
    Check("tiers_unknown", "incentives", "Tiers of pay of which nobody told how they are paid",
          "Ask the practice to attest, or record what the plan's contract says.",
          "42 CFR 422.208(a), (c)"),
    Check("care_waiting", "incentives", "Signs of care that nobody reviewed for two weeks",
          "Let the medical director review them: bonuses wait.", "42 CFR 422.208(c)(1)", days=14),
    Check("holds_old", "incentives", "Money held for a quarter without an end",
          "Release the hold, or say again why it stays.", OWN, days=92),
    Check("backups_over", "auditing", "Backups kept beyond their days",
          "Destroy them where they lie, and say so: they may hold what was deleted.", OWN),
    Check("not_screened", "auditing", "People who are paid and were not screened this month",
          "Load the lists and screen.", SCREENING, is_grave=True),
    Check("lists_old", "auditing", "Exclusion lists that are missing or too old",
          "Load the newest list.", SCREENING, is_grave=True),
    Check("matches_late", "auditing", "Matches with an exclusion list, undecided past their day",
          "Decide, with a second person where one is needed.", SCREENING, is_grave=True),
    Check("licences_over", "auditing", "Licences of those who take part that are over",
          "Verify the renewal, or suspend.", "42 CFR 422.204(b)", is_grave=True),
    Check("cycles_over", "auditing", "Providers whose three years are over",
          "Decide again, or end the participation.", "42 CFR 422.204(b)(2)(ii)", is_grave=True),
    Check("no_second_factor", "auditing", "Staff who have not set up a second factor",
          "Ask them to sign in once, or suspend them.", "45 CFR 164.312(d)"),
    Check("dormant", "auditing", "Staff who have not signed in for a quarter",
          "End the grants that they do not need.", "45 CFR 164.308(a)(3)(ii)(C)", days=92),
    Check("unsealed", "auditing", "Evidence of yesterday that is not sealed",
          "Look at the clock and the worker.", "45 CFR 164.312(c)(1)", days=1, is_grave=True),
    Check("runs_missed", "auditing", "Months that nobody opened in time",
          "Open the month.", OWN, is_grave=True),
    Check("files_waiting", "auditing", "Plans' files in quarantine for three days",
          "Decide on the file.", OWN, days=3),
    Check("rows_waiting", "auditing", "Rows of plans' files that nobody settled for a month",
          "Settle them in the work-lists.", OWN, days=30),
    Check("bank_waiting", "auditing", "Bank details that wait for a second person for a week",
          "Approve or reject them.", OWN, days=7),
    Check("no_bank", "auditing", "Practices that are owed money and have no bank details",
          "Ask the practice for them.", OWN),
    Check("statements_late", "auditing", "Months paid and not told by the 15th of the next",
          "Publish the statements.", "28 CCR 1300.75.4.1 by analogy", days=15),
    Check("batches_waiting", "auditing", "Payments that wait for release for three days",
          "Release or cancel them.", OWN, days=3),
    Check("documents_waiting", "auditing", "Documents that nobody looked at for two weeks",
          "Accept or reject them.", OWN, days=14),
    Check("paid_excluded", "responding", "Payees with money for months after an exclusion",
          "Calculate and post the month: the run takes it back. Decide whether the plan is told.",
          "42 CFR 1001.1901(b) (own knowledge, unverified)", is_grave=True),
    Check("holds_unanswered", "responding",
          "People told of a legal hold who said nothing for two weeks",
          "Speak to them, and let them say that they keep to it.", OWN, days=14),
    Check("incidents_open", "responding", "Incidents that nobody closed",
          "Find the cause, and close it with what was done.", GUIDANCE, is_grave=True),
    Check("accounts_late", "responding", "Members who asked what left about them, past the day",
          "Give the account, and record that you did.", "45 CFR 164.528(c)(1)", is_grave=True),
    Check("looks_unjudged", "auditing", "Unusual looks at members nobody judged for a week",
          "Ask the person, and write down what you found.",
          "45 CFR 164.308(a)(1)(ii)(D)", days=7),
    Check("universes_late", "auditing", "Audits whose universe is past its day and was not taken",
          "Take the universe, or agree another day with whoever audits.", OWN, is_grave=True),
    Check("duties_unproven", "auditing", "Controls of obligations that nothing proves today",
          "Record evidence, and have somebody else judge it.", GUIDANCE),
    Check("reports_late", "auditing", "Reports that we owe a plan and did not send",
          "Send it, and record the file.", "the delegation agreement", is_grave=True),
    Check("reports_missing", "auditing", "Reports that others owe us: missing, or with faults",
          "Ask for it, and record the file.", "42 CFR 422.504(i)"),
    Check("findings_unread", "responding", "Drafts of findings nobody issued for a week",
          "Let another person read it: issued, or returned and written anew.", OWN,
          days=READING_DAYS),
    Check("findings_unplanned", "responding", "Findings that have no plan ten days later",
          "Say why it happened, and plan the correction.", OWN, days=PLAN_DAYS),
    Check("corrections_late", "responding", "Corrective actions or milestones past their day",
          "Reach them, or have the day moved with a reason.",
          "42 CFR 422.503(b)(4)(vi)(G)", is_grave=True),
    Check("corrections_unjudged", "responding", "Corrective actions nobody validated for two weeks",
          "Read the evidence: validate it, or return it.", OWN, days=VALIDATION_DAYS),
    Check("corrections_left", "responding",
          "Corrective actions whose owner left, or may not work on them any more",
          "Hand each over to somebody who takes it; its days go on.", OWN, is_grave=True),
    Check("requests_late", "responding",
          "What plans' auditors asked for, unanswered past its day",
          "Give it, or say why it is not given.", OWN, is_grave=True),
    Check("cases_unanswered", "communication",
          "Reports without a name that nobody acknowledged in time",
          "Read the report, and write into its mailbox.", OWN, is_grave=True, is_private=True),
    Check("cases_ownerless", "responding", "Cases that nobody owns after three days",
          "Triage the case, and name who owns it.", OWN, days=3, is_private=True),
    Check("cases_late", "responding", "Cases past a day by which they are looked into or closed",
          "Begin the inquiry, or close the case with its outcome.",
          "42 CFR 422.503(b)(4)(vi)(G)", is_grave=True, is_private=True),
    Check("breaches_near", "responding",
          "Breaches of which somebody has to be told within two weeks, or should have been",
          "Decide, print the letters, and record who was told.",
          "45 CFR 164.404 to 164.410", days=14, is_grave=True, is_private=True),
    Check("returns_waiting", "responding", "Lines of the bank's returns undecided for two days",
          "Decide on them: a return has days, not weeks.", "Nacha rules", days=2),
    Check("conditions_late", "responding", "Conditions of a committee past their day",
          "Record how it was met, or bring it back to the committee.", OWN),
)  # fmt: skip
BY_KEY = {check.key: check for check in CHECKS}


@dataclass(frozen=True)
class Found:
    """What a question found: how many, and since when the oldest."""

    count: int
    oldest: date | None = None


@dataclass(frozen=True)
class Tile:
    """One element with its questions: how many were asked, and how many found something."""

    key: str
    name: str
    about: str
    asked: int
    found: int
    is_grave: bool

    @property
    def tone(self) -> str:
        """good where nothing was found, bad where something grave was, else warn."""
        if not self.found:
            return "good"
        return "bad" if self.is_grave else "warn"


def tiles(found: Mapping[str, Found]) -> list[Tile]:
    """The seven elements, by what the questions of each found."""
    drawn = []
    for key, (name, about) in ELEMENTS.items():
        checks = [check for check in CHECKS if check.element == key]
        open_ = [check for check in checks if found[check.key].count]
        grave = any(check.is_grave for check in open_)
        drawn.append(Tile(key, name, about, len(checks), len(open_), grave))
    return drawn

"""What is disclosed of incentive plans: to a member who asks, 42 CFR 422.210(b), and to a plan."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

CITATION = "42 CFR 422.210"
# What stood in (a) until 2005 and plans still ask for in their surveys.
SURVEY = "42 CFR 422.210(a) as of 2002; plans' own surveys ask the same (unverified)"


@dataclass(frozen=True)
class Line:
    """One arrangement of one tier, as somebody outside is told of it."""

    tier: str
    payer: str
    paid: str
    basis: str  # figures, no_referrals, nobody, or empty where nobody told
    kinds: tuple[str, ...] = ()  # of capitation, withhold, bonus, other
    withhold_pct: str = ""
    bonus_pct: str = ""
    panel: int = 0
    pooling: str = ""
    answer: str = ""
    stop_loss: tuple[str, ...] = ()

    @property
    def affects_referrals(self) -> str:
        """Whether the pay may affect the use of referrals: yes, no, or not known."""
        if not self.basis:
            return "not known"
        if self.basis != "figures":
            return "no"
        return "yes" if {"withhold", "bonus", "other"} & set(self.kinds) else "no"


def told_to_member(lines: Iterable[Line]) -> list[str]:
    """
    What a member is told who asks, in three sentences a tier; 422.210(b)(1) to (3).

    No amount is in it: a member asks whether, of which kind, and whether stop-loss is there.
    """
    return [_sentence(line) for line in lines]


def _sentence(line: Line) -> str:
    whom = f"How {line.payer} pays {line.paid}"
    if not line.basis:
        return f"{whom} is not known to the IPA; it has asked."
    if line.basis == "nobody":
        return f"{line.payer} is one physician, who owns it: nobody else is paid there."
    if line.affects_referrals == "no":
        kinds = f" ({_and(line.kinds)})" if line.kinds else ""
        return f"{whom}{kinds} does not depend on the use of referral services."
    said = f"{whom} may depend on the use of referral services, by {_and(line.kinds)}."
    covers = "is" if line.stop_loss else "is no"
    return f"{said} There {covers} stop-loss protection on file for it."


def _and(words: Iterable[str]) -> str:
    *most, last = [WORDS.get(word, word) for word in words] or ["other pay"]
    return f"{', '.join(most)} and {last}" if most else last


WORDS = {
    "capitation": "capitation",
    "withhold": "a part that is withheld",
    "bonus": "a bonus that rests on referrals",
    "other": "a share in losses",
}


def as_rows(lines: Iterable[Line]) -> list[dict[str, object]]:
    """Lines as they are kept once they were given."""
    return [asdict(line) | {"affects": line.affects_referrals} for line in lines]

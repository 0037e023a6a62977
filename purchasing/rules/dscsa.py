"""
The Drug Supply Chain Security Act as far as it meets a practice at its door.

Citations are of 21 U.S.C. 360eee and 360eee-1; what is marked is own knowledge, unverified.
"""

from datetime import date, timedelta

# Six years, 21 U.S.C. 360eee-1(d)(1)(A)(iii).
KEPT_YEARS = 6
KEPT_CITATION = "21 U.S.C. 360eee-1(d)(1)(A)(iii)"
# A request of the Secretary is answered in two business days, 360eee-1(d)(1)(D): 48 hours where
# it concerns a recall or a suspect product (own knowledge, unverified).
ANSWER_WITHIN = timedelta(hours=48)
ANSWER_CITATION = "21 U.S.C. 360eee-1(d)(1)(D) (own knowledge, unverified)"
# Small dispensers (25 full-time pharmacists and technicians at most) were let off until then.
SMALL_UNTIL = date(2026, 11, 27)

# "Product" is a prescription drug in finished form for people (360eee(13)); supplies are none.
PRODUCT_KINDS = frozenset({"drug", "vaccine", "biologic"})


def is_product(kind: str, *, is_rx: bool) -> bool:
    """Whether the act is about an item."""
    return is_rx and kind in PRODUCT_KINDS


def papers_are_due(kind: str, *, is_rx: bool, is_pharmacy: bool) -> bool:
    """
    Whether a place may not take an item in without its transaction information and statement.

    Practitioners who administer or dispense in the usual course of practice are let off
    (d)(1) and (d)(4); a pharmacy in the office is not (360eee-1(d)(5)).
    """
    return is_pharmacy and is_product(kind, is_rx=is_rx)


def kept_until(received: date) -> date:
    """The first day on which papers of a receipt need not be kept."""
    try:
        return received.replace(year=received.year + KEPT_YEARS)
    except ValueError:
        return date(received.year + KEPT_YEARS, 3, 1)


def covers(paper_lot: str, lot: str) -> bool:
    """Whether a paper is about a lot: one without a lot is about all that came of the line."""
    return not paper_lot or paper_lot.upper() == lot.upper()

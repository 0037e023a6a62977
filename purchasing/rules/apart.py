"""
Stock of public programmes and of 340B accounts: whose it is decides what may be done with it.

It is kept apart from what a practice buys: counted by itself, and never charged (VFC and section
317: 42 U.S.C. 1396s and 247b; 340B: 42 U.S.C. 256b, no diversion; own knowledge, unverified).
"""

from collections.abc import Mapping

OWN_340B, VFC, PUBLIC_317 = "340b", "vfc", "317"
OWNERSHIPS: Mapping[str, str] = {
    VFC: "VFC (public vaccines for children)",
    PUBLIC_317: "Section 317 (public vaccines)",
    OWN_340B: "340B account",
}
PUBLIC = frozenset({VFC, PUBLIC_317})


def fault_of(ownership: str, kind: str, *, is_rx: bool) -> str:
    """Why an item cannot be stock of a programme; empty if it can."""
    if ownership in PUBLIC and kind != "vaccine":
        return "A public vaccine programme gives vaccines only."
    if ownership == OWN_340B and kind == "vaccine":
        return "Vaccines are no covered outpatient drugs: no 340B account buys them."
    if ownership == OWN_340B and not (is_rx and kind in ("drug", "biologic")):
        return "A 340B account buys covered outpatient drugs only."
    return ""


def flags_of(kind: str, *, is_rx: bool, is_gpo_prohibited: bool) -> list[str]:
    """What has to be known of a line that was bought together, in words."""
    found = ["own use only, not for resale"]
    if kind == "vaccine":
        found.append("bought vaccine: keep it apart from VFC stock")
    if is_gpo_prohibited and (kind == "vaccine" or not is_rx):
        found.append("outside 340B's ban on group purchasing")
    return found

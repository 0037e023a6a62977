"""
Who may buy, be sent and take in what: asked when committing, when ordering and at receipt.

What is known of a place and an item on a day is passed in; the answer is a list of refusals with
the reason and the next step. Nothing here decides by itself that something is fine: where a fact
is missing, that is the refusal.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from credentialing.rules.identifiers import is_dea
from ipaportal.core.spans import Span, contains


class Stage(StrEnum):
    """When the question is asked."""

    COMMIT = "commit"
    ORDER = "order"
    RECEIPT = "receipt"


# A licence must still hold this long after goods are expected: deliveries are late.
MARGIN = timedelta(days=7)
SCHEDULES = ("2", "2N", "3", "3N", "4", "5")
PRICE_ONLY_SCHEDULES = frozenset({"2", "2N"})
DRUG_KINDS = frozenset({"drug", "vaccine", "biologic"})
# 340B's ban on group purchasing is of covered outpatient drugs, which vaccines are not.
COVERED_OUTPATIENT_KINDS = frozenset({"drug", "biologic"})

# Storage classes in °C. Ranges from CDC's Vaccine Storage and Handling Toolkit and USP (own
# knowledge, unverified).
ROOM, FRIDGE, FREEZER, ULTRA_COLD = "room", "refrigerated", "frozen", "ultra_cold"
STORAGE_CELSIUS = {ROOM: (20, 25), FRIDGE: (2, 8), FREEZER: (-50, -15), ULTRA_COLD: (-90, -60)}

# Codes of refusals whose letters are said otherwise on a page.
_GATE_NAMES = {"gpo_prohibited": "340B", "price_only": "schedule II", "no_flex": "more for a case"}


def gate_name(code: str) -> str:
    """What a refusal's code is called on a page."""
    return _GATE_NAMES.get(code, code.replace("_", " ").replace("dea", "DEA"))


@dataclass(frozen=True, slots=True)
class Licence:
    """A registration of a place as credentialing knows it; `address_key` is where it is for."""

    number: str
    span: Span
    address_key: str = ""
    schedules: frozenset[str] = frozenset()
    state: str = ""
    is_verified: bool = True


@dataclass(frozen=True, slots=True)
class Place:
    """A practice's site on a day, as far as buying goes."""

    name: str
    address_key: str
    state: str
    agreement: Span | None = None
    """The signed agreement by which the practice lets the IPA buy for it."""
    own_use: Span | None = None
    """Its signed word that it buys for its own use and does not sell on."""
    licences: tuple[Licence, ...] = ()
    dea: tuple[Licence, ...] = ()
    state_controlled: tuple[Licence, ...] = ()
    needs_state_controlled: bool = False
    """Whether its state asks for a registration of its own for controlled substances."""
    is_gpo_prohibited: bool = False
    storage: frozenset[str] = frozenset({ROOM})
    is_practice: bool = True
    """Whether it is a practice's own site; the IPA's own is not, and takes in no drugs."""


@dataclass(frozen=True, slots=True)
class Goods:
    """An item as far as buying goes."""

    name: str
    kind: str
    is_rx: bool = False
    schedule: str = ""
    storage: str = ROOM
    is_recalled: bool = False
    is_program_stock: bool = False
    """Vaccines of a public programme (VFC, section 317): never bought here, never charged."""
    refused_because: str = ""

    @property
    def is_drug(self) -> bool:
        """Whether it is a drug of any kind."""
        return self.kind in DRUG_KINDS


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not, what to do next, and where the rule is from."""

    code: str
    reason: str
    next_step: str
    citation: str = ""

    def words(self) -> str:
        """Reason and next step, as a person reads them."""
        return f"{self.reason} {self.next_step}"


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for at a place, when, and by when it is expected."""

    goods: Goods
    place: Place
    stage: Stage
    today: date
    expected_by: date | None = None
    flex: int = 0

    @property
    def needed_on(self) -> date:
        """The last day on which a registration must hold."""
        if self.stage == Stage.RECEIPT or self.expected_by is None:
            return self.today
        return self.expected_by + MARGIN


def refusals_of(request: Request) -> list[Refusal]:
    """All reasons why a place may not commit to, be sent, or take in an item."""
    found = [
        *_item_refusals(request),
        *_agreement_refusals(request),
        *_drug_refusals(request),
        *_controlled_refusals(request),
        *_storage_refusals(request),
    ]
    return [_at_receipt(one, request) for one in found]


def _at_receipt(one: Refusal, request: Request) -> Refusal:
    """What has arrived is not refused but kept apart until somebody decides."""
    if request.stage != Stage.RECEIPT:
        return one
    step = f"Do not use it: keep it apart and tell the IPA. {one.next_step}"
    return Refusal(one.code, one.reason, step, one.citation)


def _item_refusals(request: Request) -> Iterable[Refusal]:
    goods = request.goods
    if goods.refused_because:
        yield Refusal(
            "item_refused",
            f"{goods.name} is not bought in group orders: {goods.refused_because}.",
            "Buy it from the supplier yourself.",
        )
    if goods.is_recalled:
        yield Refusal(
            "recalled",
            f"{goods.name} is recalled.",
            "Choose a substitute, or wait for the recall's end.",
        )
    if goods.is_program_stock:
        yield Refusal(
            "program_stock",
            f"{goods.name} is stock of a public vaccine programme.",
            "Order it from the programme; it is kept apart and never charged.",
            "42 U.S.C. 1396s (own knowledge, unverified)",
        )


def _agreement_refusals(request: Request) -> Iterable[Refusal]:
    place = request.place
    if request.stage == Stage.RECEIPT or not place.is_practice:
        return
    if not _holds(place.agreement, request.today):
        yield Refusal(
            "no_agreement",
            f"{place.name} has no signed purchasing agreement that is in force.",
            "Sign it under Agreements; the IPA buys only for who has asked it to.",
            "42 CFR 1001.952(j)",
        )
    if not _holds(place.own_use, request.today):
        yield Refusal(
            "no_own_use",
            f"{place.name} has not confirmed that it buys for its own use only.",
            "Confirm it under Agreements.",
        )


def _drug_refusals(request: Request) -> Iterable[Refusal]:
    goods, place = request.goods, request.place
    if goods.is_rx and not place.is_practice:
        yield Refusal(
            "not_a_practice",
            f"{place.name} belongs to no practice, and {goods.name} is a prescription drug.",
            "Name a practice's licensed site: the IPA is agent and never owner of drugs.",
            "21 U.S.C. 353(e)(4)",
        )
    elif goods.is_rx:
        yield from _licence_refusals(
            request,
            [one for one in place.licences if one.state == place.state],
            "licence",
            f"licence of {place.state} to buy prescription drugs",
            "Have the licence renewed and verified in credentialing.",
            "21 U.S.C. 360eee-1(d)",
        )
    if place.is_gpo_prohibited and goods.kind in COVERED_OUTPATIENT_KINDS and goods.is_rx:
        yield Refusal(
            "gpo_prohibited",
            f"{place.name} may not buy covered outpatient drugs through a group (340B), "
            "in a shortage neither.",
            "Buy it through its 340B or its own account. Vaccines and supplies are not concerned.",
            "42 U.S.C. 256b(a)(4)(L)(iii)",
        )


def _controlled_refusals(request: Request) -> Iterable[Refusal]:
    goods, place = request.goods, request.place
    if not goods.schedule:
        return
    assert goods.schedule in SCHEDULES, goods.schedule
    if goods.schedule in PRICE_ONLY_SCHEDULES and request.stage != Stage.RECEIPT:
        yield Refusal(
            "price_only",
            f"{goods.name} is a schedule II drug: the group agrees its price and orders none.",
            "Order it yourself by DEA Form 222 or CSOS at the agreed price, and note the number.",
            "21 CFR 1305.04",
        )
    if request.flex:
        yield Refusal(
            "no_flex",
            f"{goods.name} is a controlled drug: none is ordered to fill a case.",
            "Ask for the quantity that is needed and no more.",
        )
    fitting = [one for one in place.dea if is_dea(one.number)]
    if place.dea and not fitting:
        yield Refusal(
            "dea_number",
            f"The DEA number of {place.name} does not check: a digit is wrong.",
            "Correct it in credentialing.",
            "own knowledge, unverified",
        )
        return
    here = [one for one in fitting if one.address_key == place.address_key]
    if fitting and not here:
        yield Refusal(
            "dea_address",
            f"The DEA registration of {place.name} is for another address.",
            "Have it sent to the registered address, or register this one.",
            "21 CFR 1301.12",
        )
        return
    scheduled = [one for one in here if goods.schedule in one.schedules]
    if here and not scheduled:
        yield Refusal(
            "dea_schedule",
            f"The DEA registration of {place.name} does not include schedule {goods.schedule}.",
            "Have the schedule added to the registration, and verified in credentialing.",
            "21 CFR 1301.13",
        )
        return
    yield from _licence_refusals(
        request, scheduled, "dea", "DEA registration at this address",
        "Have it renewed and verified in credentialing.", "21 CFR 1301.13",
    )  # fmt: skip
    if place.needs_state_controlled:
        yield from _licence_refusals(
            request,
            [one for one in place.state_controlled if one.state == place.state],
            "state_controlled",
            f"controlled substance registration of {place.state}",
            "Have it renewed and verified in credentialing.",
            f"law of {place.state} (own knowledge, unverified)",
        )


def _licence_refusals(
    request: Request, held: Sequence[Licence], code: str, what: str, step: str, citation: str
) -> Iterable[Refusal]:
    """Why none of some registrations does; the nearest to doing so is named."""
    name, needed = request.place.name, request.needed_on
    in_force = [one for one in held if contains(one.span, request.today)]
    lasting = [one for one in in_force if contains(one.span, needed)]
    if any(one.is_verified for one in lasting):
        return
    if lasting:
        yield Refusal(
            f"{code}_unverified", f"The {what} of {name} is not verified.", step, citation
        )
    elif in_force:
        ends = max(one.span.end for one in in_force if one.span.end is not None)
        yield Refusal(
            f"{code}_ends",
            f"The {what} of {name} ends on {ends:%b %-d, %Y}; it is needed until "
            f"{needed:%b %-d, %Y}.",
            step,
            citation,
        )
    elif held:
        yield Refusal(f"{code}_expired", f"The {what} of {name} is not in force.", step, citation)
    else:
        yield Refusal(f"no_{code}", f"{name} has no {what} on file.", step, citation)


def _storage_refusals(request: Request) -> Iterable[Refusal]:
    goods, place = request.goods, request.place
    assert goods.storage in STORAGE_CELSIUS, goods.storage
    if goods.storage not in place.storage:
        low, high = STORAGE_CELSIUS[goods.storage]
        yield Refusal(
            "storage",
            f"{goods.name} is kept at {_degrees(low)} to {_degrees(high)} °C, and {place.name} "
            "has no such storage on file.",
            "Add the unit under Sites, or have it sent to a site that has one.",
        )


def _degrees(number: int) -> str:
    return str(number).replace("-", "−")


def _holds(span: Span | None, day: date) -> bool:
    return span is not None and contains(span, day)


@dataclass(frozen=True, slots=True)
class Seller:
    """A supplier on a day, as far as buying from it goes."""

    name: str
    is_excluded: bool = False
    licences: tuple[Licence, ...] = ()
    dea: tuple[Licence, ...] = ()
    trading_partner: Span | None = None
    """Since when there is evidence that it is an authorised trading partner (DSCSA)."""
    states: frozenset[str] = field(default_factory=frozenset)


def seller_refusals(seller: Seller, goods: Goods, ship_to_state: str, day: date) -> list[Refusal]:
    """All reasons why a supplier may not be ordered from."""
    found = []
    if seller.is_excluded:
        found.append(
            Refusal(
                "excluded",
                f"{seller.name} is on an exclusion list.",
                "Nothing may be bought from it. Compliance decides whether the match is right.",
                "42 U.S.C. 1320a-7b(f)",
            )
        )
    if goods.is_drug and goods.is_rx:
        licensed = [
            one
            for one in seller.licences
            if one.state == ship_to_state and one.is_verified and contains(one.span, day)
        ]
        if not licensed:
            found.append(
                Refusal(
                    "seller_licence",
                    f"{seller.name} has no verified licence to sell drugs into {ship_to_state}.",
                    "Ask the supplier for the licence and add it, or award to another.",
                    "21 U.S.C. 353(e)(1)",
                )
            )
        if not _holds(seller.trading_partner, day):
            found.append(
                Refusal(
                    "trading_partner",
                    f"There is no evidence that {seller.name} is an authorised trading partner.",
                    "Look it up with FDA and keep the evidence.",
                    "21 U.S.C. 360eee-1(d)(3)",
                )
            )
    if goods.schedule and not any(
        is_dea(one.number) and goods.schedule in one.schedules and contains(one.span, day)
        for one in seller.dea
    ):
        found.append(
            Refusal(
                "seller_dea",
                f"{seller.name} has no DEA registration for schedule {goods.schedule}.",
                "Ask the supplier for it, or award to another.",
                "21 CFR 1301.11",
            )
        )
    return found


UNUSUAL_TIMES = 3


def unusual_words(quantity: int, past_months: Sequence[int], times: int = UNUSUAL_TIMES) -> str:
    """
    Why a controlled drug's order is held for compliance; empty if it is a usual one.

    More than three times the place's own median month of the last twelve. Months without any
    count; a place with fewer than three months has no usual yet, and its first orders are held.
    """
    months = sorted(past_months[-12:])
    if len(months) < 3:
        return "There are too few months to know what is usual here: compliance looks at it first."
    middle = len(months) // 2
    double = months[middle] * 2 if len(months) % 2 else months[middle - 1] + months[middle]
    if quantity * 2 <= double * times:
        return ""
    return (
        f"{quantity} is more than {times} times the usual month here "
        f"({double // 2}{'½' if double % 2 else ''}): compliance looks at it first."
    )

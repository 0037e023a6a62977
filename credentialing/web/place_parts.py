"""Owners, visits, numbers and listings as tables: on the network's pages and on their own."""

from collections.abc import Iterable

from credentialing.models import Identifier
from credentialing.queries.places import Behind, Known
from ipaportal.core.parts import Column, Empty, Listing, list_rows

ASSOCIATES = (
    Column("name", "Name"),
    Column("role", "Role"),
    Column("share", "Owns", "percent"),
    Column("since", "Since", "day"),
    Column("until", "First day no longer", "day"),
)
VISITS = (
    Column("place", "Office"),
    Column("kind", "What"),
    Column("day", "On", "day"),
    Column("by", "Who looked", minor=True),
    Column("result", "Result", "status"),
    Column("score", "Score", "percent"),
)
NUMBERS = (Column("system", "Number of"), Column("of", "State or plan"), Column("value", "Number"))
LISTINGS = (
    Column("network", "Network"),
    Column("plan", "Plan", minor=True),
    Column("place", "Office"),
    Column("specialty", "Specialty"),
    Column("care", "As"),
    Column("panel", "Panel"),
    Column("since", "From", "day"),
    Column("until", "First day no longer", "day"),
)


def behind_tables(found: Behind) -> dict[str, Listing]:
    """Who stands behind a practice, and who looked at its offices."""
    people = [
        {
            "name": str(one),
            "role": one.get_role_display(),
            "share": one.ownership_pct,
            "since": one.effective_date,
            "until": one.end_date,
        }
        for one in found.associates
    ]
    visits = [
        {
            "place": str(one.location),
            "kind": one.get_kind_display(),
            "day": one.checked_date,
            "by": one.checked_by,
            "result": one.get_result_display(),
            "score": one.score_pct,
        }
        for one in found.visits
    ]
    nobody = Empty(
        "Nobody is named",
        "Owners of five per cent and more, managers and the board are screened every month.",
    )
    return {
        "associates": _table(people, ASSOCIATES, "Owners, managers, board", nobody),
        "visits": _table(visits, VISITS, "Visits", Empty("Nobody looked at an office yet")),
    }


def known_tables(found: Known) -> dict[str, Listing]:
    """By which numbers others know a practitioner, and where networks list them."""
    listings = [
        {
            "network": one.network.name,
            "plan": one.network.payer_party.name,
            "place": f"{one.role.location.practice}, {one.role.location}",
            "specialty": one.role.specialty,
            "care": one.role.get_care_display(),
            "panel": one.role.get_panel_display(),
            "since": one.effective_date,
            "until": one.end_date,
        }
        for one in found.listings
    ]
    nowhere = Empty("Listed nowhere", "A listing says where and as what a network names them.")
    return {
        "numbers": numbers_table(found.numbers),
        "listings": _table(listings, LISTINGS, "Network listings", nowhere),
    }


def numbers_table(found: Iterable[Identifier]) -> Listing:
    """By which numbers others know a practitioner or a facility."""
    numbers = [
        {
            "system": one.get_system_display(),
            "of": one.payer_party.name if one.payer_party else one.state,
            "value": one.value,
        }
        for one in found
    ]
    none = Empty("No further number", "Medicaid, CAQH, Medicare (PTAN) and plans' own numbers.")
    return _table(numbers, NUMBERS, "Numbers others know them by", none)


def _table(rows: Iterable[dict], columns, caption: str, empty: Empty) -> Listing:
    return list_rows(list(rows), columns, {}, caption=caption, empty=empty, page_size=500)

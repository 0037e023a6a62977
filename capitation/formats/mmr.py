"""
The Monthly Membership Report detail (fixed width): the premium CMS pays the plan, by member.

The layout is data (`layouts/mmr_495.csv`), because CMS changes it by call letter.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class MmrRow:
    """One line of the report; `adj_start` and `adj_end` are first days and last days as given."""

    line_no: int
    contract: str
    run_date: date | None
    payment_month: date | None
    mbi: str
    surname: str
    first_initial: str
    sex: str
    birth_date: date | None
    state_county: str
    ra_factor_a: Decimal | None
    ra_factor_b: Decimal | None
    arc: str
    adj_start: date | None
    adj_end: date | None
    pbp: str
    total_payment: Decimal
    out_of_area: bool = False
    hospice: bool = False
    esrd: bool = False
    medicaid: bool = False
    dual_status: str = ""
    part_a_months: int | None = None
    part_b_months: int | None = None
    ra_type: str = ""
    cleanup_id: str = ""
    raw: str = ""

    @property
    def is_adjustment(self) -> bool:
        """Say whether the row changes an earlier month instead of paying this one."""
        return self.arc not in ("", "00")

"""What institutional claims say beside their lines, to be kept with them."""

from collections.abc import Iterator, Sequence

from compliance.formats.claims_837 import Claim as Sent
from compliance.models import Claim, ClaimStay

MOST_LETTERS = 60


def stays_of(rows: Sequence[Claim], batch: Sequence[Sent]) -> Iterator[ClaimStay]:
    """The stays of the institutional claims among those of a batch."""
    for row, sent in zip(rows, batch, strict=True):
        if (stay := sent.stay) is None:
            continue
        yield ClaimStay(
            claim=row, statement_from=stay.statement_from, statement_to=stay.statement_to,
            admitted=stay.admitted[:12], discharged=stay.discharged[:12],
            admission_kind=stay.admission_kind[:1], admission_source=stay.admission_source[:1],
            patient_status=stay.patient_status[:2], attending_npi=stay.attending_npi[:10],
            operating_npi=stay.operating_npi[:10],
            codes=[[part[:MOST_LETTERS] for part in code[:9]] for code in stay.codes],
        )  # fmt: skip

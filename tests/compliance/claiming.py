"""Claims of the small world, taken in."""

from datetime import UTC, datetime

from compliance.actions.claims import read_claims, receive_claims
from compliance.formats.claims_837 import Claim as Sent
from compliance.models import Claim, ClaimFile
from tests.capitation.worlds import QUINN, SmallWorld
from tests.compliance.claimfiles import a_claim, a_line, claim_file
from tests.factories import CLOCK

NOV_2 = datetime(2026, 11, 2, 15, tzinfo=UTC)


def of_bell(world: SmallWorld, ref: str = "B1", *lines, **changes) -> Sent:
    """Bell Clinic's claim for Ray, who is Dr. Alvarez's: Dr. Bell saw him as a specialist."""
    npi = world.pcps["Bell"].npi
    given = {"billing_tin": world.bell.tin, "billing_npi": npi, "rendering_npi": npi}
    return a_claim(ref, *lines, **given | {"subscriber_ref": "M-RAY"} | changes)


def of_alvarez(world: SmallWorld, ref: str = "V1", *lines, **changes) -> Sent:
    """Dr. Alvarez's claim for Ann, who is Bell Clinic's."""
    npi = world.pcps["Alvarez"].npi
    given = {"billing_tin": world.alvarez.tin, "billing_npi": npi, "rendering_npi": npi}
    return a_claim(ref, *lines, **given | {"subscriber_ref": "M-ANN"} | changes)


def take_in(
    world: SmallWorld, *sent: Sent, number: int = 7, now: datetime = NOV_2, data: bytes = b""
) -> ClaimFile:
    """A file of claims, received and read."""
    file = receive_claims(
        actor=QUINN, payer_id=world.contract.payer_id, file_name=f"claims-{number}.837",
        data=data or claim_file(*sent, number=number).encode(), now=now,
    )  # fmt: skip
    read_claims(actor=CLOCK, file_id=file.pk, now=now)
    file.refresh_from_db()
    return file


def states(file: ClaimFile) -> dict[str, tuple[str, str]]:
    """State and reason of each claim of a file, by its sender's number."""
    return {c.ref: (c.state, c.reason) for c in Claim.objects.filter(file=file).order_by("pk")}


def make_claimed(world: SmallWorld, name: str, now: datetime) -> dict[int, dict[str, int]]:
    """What addresses may name, by practice: a claim of each that waits, in one file."""
    sent = [
        of_bell(world, "B1", a_line(), rendering_npi="", billing_npi="1245319599"),
        of_alvarez(world, "V1", a_line(), rendering_npi="", billing_npi="1987654328"),
    ]
    for one in sent:
        one.billing_name = "".join(c for c in name if c.isalnum() or c in " '<>")[:60]
    file = take_in(world, *sent, now=now)
    found = dict(Claim.objects.filter(file=file).values_list("party_id", "pk"))
    return {
        practice.pk: {"claim_id": found[practice.party_id], "claim_file_id": file.pk}
        for practice in (world.bell, world.alvarez)
    }

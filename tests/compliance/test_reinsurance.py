"""Members' years under reinsurance, pools that claims draw on, and what the reinsurer was told."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from compliance.actions.reinsurance import (
    DaysWrong,
    NothingToTell,
    record_reinsurance,
    tell_reinsurer,
)
from compliance.models import ReinsuranceContract
from compliance.queries.pools import pool_months
from compliance.queries.reinsurance import accumulators
from ipaportal.core.roles import Role
from tests.capitation.worlds import QUINN
from tests.compliance.claimfiles import a_line
from tests.compliance.claiming import NOV_2, make_priced_world, of_bell, take_in
from tests.compliance.test_ibnr import pay
from tests.kept import kept
from tests.people import actor_of, client_of, make_user
from tests.stories.attacks import signed_in_afresh, text_of

pytestmark = pytest.mark.django_db
GIVEN = {
    "reinsurer_name": "Harbor Re", "number": "HR-26", "effective_date": date(2026, 1, 1),
    "end_date": date(2027, 1, 1), "paid_until": date(2027, 4, 1), "pct": Decimal(80),
    "notice_pct": Decimal(50), "limit_cents": None, "citation": "Article 4",
}  # fmt: skip


def cover(world, cents: int, **changes) -> ReinsuranceContract:
    given = GIVEN | {"attachment_cents": cents} | changes
    return record_reinsurance(actor=QUINN, payer_id=world.contract.payer_id, now=NOV_2, **given)


@kept
def world():
    """Two claims of Ray that were paid (110.00 and 165.00), and a third that is not."""
    made = make_priced_world()
    file = take_in(made, of_bell(made, "1"), of_bell(made, "2", a_line("99214", 200_00)))
    pay(made, NOV_2 + timedelta(days=3))
    take_in(made, of_bell(made, "3", a_line("J1100", 50_00)), number=8)
    made.first = file
    return made


def test_adds_up_what_was_paid_within_the_year(world):
    (one,) = accumulators(cover(world, 200_00))
    assert (one.member_id, one.counted_cents, one.claims) == (world.members["Ray"].pk, 275_00, 2)
    assert (one.recovery_cents, one.state) == (60_00, "to be filed")
    (near,) = accumulators(cover(world, 400_00))
    assert (near.recovery_cents, near.state) == (0, "to be told of")
    (far,) = accumulators(cover(world, 600_00))
    assert (far.state, far.is_waiting) == ("below the notice", False)
    assert accumulators(cover(world, 1_00, end_date=date(2026, 10, 1))) == []
    # Entered anew: one contract stands, and the former are kept.
    assert ReinsuranceContract.objects.filter(superseded_at=None).count() == 1
    with pytest.raises(DaysWrong, match="Nothing was recorded"):
        cover(world, 1_00, paid_until=date(2026, 6, 1))


def test_a_claim_taken_back_does_not_count(world):
    number = world.first.rows.get(ref="2").number
    take_in(world, of_bell(world, "2", frequency="8", original_ref=number), number=9)
    (one,) = accumulators(cover(world, 100_00))
    assert one.counted_cents == 275_00  # it is to be taken back with the next payment
    later = of_bell(world, "4", a_line("99214", 300_00))
    take_in(world, later, number=10)
    pay(world, NOV_2 + timedelta(days=4))
    (one,) = accumulators(cover(world, 100_00))
    # 110.00 + 165.00 of the fourth + 3.30 of the third.
    assert (one.counted_cents, one.claims) == (278_30, 3)


def test_says_what_the_reinsurer_was_told_once_of_a_sum(world):
    quinn = actor_of(make_user("quinn@ipa.example", Role.FINANCE))
    given = {"actor": quinn, "member_id": world.members["Ray"].pk, "now": NOV_2}
    far = cover(world, 600_00)
    with pytest.raises(NothingToTell, match="have come so far"):
        tell_reinsurer(contract_id=far.pk, kind="notice", words="by mail", **given)
    near = cover(world, 400_00)
    with pytest.raises(NothingToTell, match="asked for by a claim"):
        tell_reinsurer(contract_id=near.pk, kind="filed", words="form", **given)
    made = tell_reinsurer(contract_id=near.pk, kind="notice", words="by mail", **given)
    assert (made.counted_cents, made.recovery_cents) == (275_00, 0)
    assert accumulators(near)[0].state == "told that it comes near"
    with pytest.raises(NothingToTell, match="same sum"):
        tell_reinsurer(contract_id=near.pk, kind="notice", words="again", **given)
    # Entered anew with a lower point: what was told stays, and now it has to be filed.
    assert accumulators(cover(world, 200_00))[0].state == "to be filed"


def test_claims_draw_on_the_pools_to_the_cent(world):
    pools = [one for one in pool_months() if one.claims]
    assert [(one.pool, one.claims, one.balance) for one in pools] == [
        ("Specialist pool", -275_00, -275_00)
    ]


def test_pages_open_down_to_the_claims(world):
    one, ray = cover(world, 200_00), world.members["Ray"].pk
    client = signed_in_afresh(make_user("quinn@ipa.example", Role.FINANCE))
    page = text_of(client.get(reverse("compliance:reinsurance_list")))
    assert ("HR-26" in page, "60.00" in page) == (True, True)
    year = reverse("compliance:reinsurance_member", args=[one.pk, ray])
    assert year in text_of(client.get(reverse("compliance:reinsurance_detail", args=[one.pk])))
    assert "165.00" in text_of(client.get(year))
    tell = reverse("compliance:reinsurance_tell", args=[one.pk, ray])
    assert client.post(tell, {"kind": "answered", "words": "form 7"}).url == year
    assert "form 7" in text_of(client.get(year))
    nobody = reverse("compliance:reinsurance_member", args=[one.pk, 10**9])
    assert client.get(nobody).status_code == 404
    new = reverse("compliance:reinsurance_new")
    assert client.post(new, {"number": "x"}).status_code == 422
    assert client_of(make_user("x@ipa.example", Role.PURCHASING)).get(year).status_code == 403

"""The same remittance taken in twice at the same moment is posted once."""

import pytest

from compliance.actions.remits import read_remits, receive_remits
from compliance.models import Remit, RemitClaim, RemitFile
from tests.at_once import at_once
from tests.capitation.worlds import QUINN
from tests.compliance.claiming import NOV_2, make_priced_world
from tests.compliance.remitting import a_paid, an_835
from tests.factories import CLOCK


@pytest.mark.django_db(transaction=True)
def test_one_file_and_one_payment_are_posted_once():
    world = make_priced_world()
    data, payer = an_835(world, a_paid("A1")), world.contract.payer_id
    other = an_835(world, a_paid("A1"), number=2)  # the same payment in another file

    def bring(data: bytes) -> RemitFile | None:
        file = receive_remits(actor=QUINN, payer_id=payer, file_name="a.835", data=data, now=NOV_2)
        return read_remits(actor=CLOCK, file_id=file.pk, now=NOV_2)

    answers = at_once(lambda: bring(data), lambda: bring(data), lambda: bring(other))
    kinds = sorted(type(one).__name__ for one in answers)
    assert kinds == ["RemitFile", "RemitFile", "SameRemitAgain"]
    assert sorted(Remit.objects.values_list("state", flat=True)) == ["posted", "twice"]
    assert RemitClaim.objects.count() == 1

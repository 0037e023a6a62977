"""Records on two days: terms corrected, a credential renewed, a role that came."""

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from capitation.models import Contract, Payer, RateCell, RateTable, Terms
from compliance.queries.as_of import versions
from credentialing.models import Credential
from ipaportal.audit.models import AccessEvent
from ipaportal.core.roles import Role
from ipaportal.identity.models import Grant
from tests.factories import batch, make_ipa, make_practitioner
from tests.people import actor_of, client_of, make_party, make_user

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
NOW = timezone.now()
LONG_AGO = NOW - timedelta(days=90)


@pytest.fixture
def osei():
    return make_user("osei@ipa.example", Role.COMPLIANCE_OFFICER, name="Kofi Osei")


def test_a_contract_shows_its_terms_and_rates_before_and_after(osei):
    make_ipa()
    payer = Payer.objects.create(party=make_party("payer", "Sun Health"))
    contract = Contract.objects.create(payer=payer, name="Sun", start_month=date(2026, 1, 1))
    tables = [RateTable.objects.create(contract=contract, name=f"rates {n}") for n in (1, 2)]
    for table, rate in zip(tables, (100, 110), strict=True):
        RateCell.objects.create(
            rate_table=table, plan_code="P1", sex="F", age_from=65, age_to=69, rate_pmpm=rate
        )
    old = Terms.objects.create(
        contract=contract, effective_date=date(2026, 1, 1), fact_no=batch(contract),
        recorded_at=LONG_AGO, rate_model="age_sex", rate_table=tables[0], admin_fee_value=8,
    )  # fmt: skip
    no = batch(contract)
    Terms.objects.filter(pk=old.pk).update(superseded_no=no, superseded_at=NOW)
    Terms.objects.create(
        contract=contract, effective_date=date(2026, 1, 1), fact_no=no, recorded_at=NOW,
        rate_model="age_sex", rate_table=tables[1], admin_fee_value=10,
    )  # fmt: skip
    url = reverse("compliance:contract_as_of", args=[contract.pk])
    client = client_of(osei)
    page = client.get(url).content.decode()
    assert "<del>8</del>" in page
    assert "<ins>10</ins>" in page
    assert "<del>100.0000</del>" in page
    assert "by clock, test" in page
    days = {"before": f"{TODAY - timedelta(days=3)}", "after": f"{TODAY - timedelta(days=2)}"}
    assert "Nothing changed between these days" in client.get(url, days).content.decode()
    csv = b"".join(client.get(url, {"export": "csv"}).streaming_content).decode()
    assert "Terms,2026-01-01,changed" in csv
    assert client.get(url, {"before": "2026-02-01", "after": "2026-01-01"}).status_code == 422
    record = client.get(reverse("capitation:contract_detail", args=[contract.pk]))
    assert f'href="{url}"' in record.content.decode()


def test_a_practitioner_shows_a_renewed_credential_and_a_changed_name(osei):
    who = make_practitioner()
    told = {"practitioner": who, "kind": "licence", "state": "CA", "number": "A1"}
    Credential.objects.create(
        **told, recorded_at=LONG_AGO, superseded_at=NOW, expires_date=date(2026, 12, 31),
        recorded_by_name="T. Novak",
    )  # fmt: skip
    Credential.objects.create(
        **told, recorded_at=NOW, expires_date=date(2028, 12, 31), recorded_by_name="T. Novak"
    )
    page = client_of(osei).get(reverse("compliance:practitioner_as_of", args=[who.pk]))
    text = page.content.decode()
    assert "<del>2026-12-31</del>" in text
    assert "<ins>2028-12-31</ins>" in text
    assert "by T. Novak" in text
    # The practitioner is made now: none a month ago.
    before = timezone.make_aware(datetime(2020, 1, 1))
    args = {"actor": actor_of(osei), "kind": "practitioner", "pk": who.pk, "day": TODAY}
    assert versions(**args, moment=before)[1] == []
    assert {one.part for one in versions(**args, moment=NOW + timedelta(days=1))[1]} >= {
        "Practitioner", "Credentials"
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM credentialing_practitionerevent")
        assert cursor.fetchone()[0] >= 1


def test_a_person_shows_roles_that_came_and_nothing_of_a_password(osei):
    quinn = make_user("quinn@ipa.example", Role.FINANCE)
    Grant.objects.filter(user=quinn).update(end_date=TODAY)
    page = client_of(osei).get(reverse("compliance:person_as_of", args=[quinn.pk])).content.decode()
    assert "<ins>Finance</ins>" in page
    assert f"<ins>{TODAY}</ins>" in page
    assert "Password" not in page


def test_a_member_on_two_days_is_a_look_and_a_record_that_is_none_is_not_found(osei):
    client = client_of(osei)
    assert client.get(reverse("compliance:member_as_of", args=[999])).status_code == 404
    assert AccessEvent.objects.latest("pk").kind == "refused"
    buyer = client_of(make_user("farrow@ipa.example", Role.PURCHASING))
    assert buyer.get(reverse("compliance:contract_as_of", args=[1])).status_code == 403

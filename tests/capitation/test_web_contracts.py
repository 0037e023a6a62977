"""Contracts, walked as finance sets them up: plan, contract, rates, terms, and what is refused."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from capitation.models import Contract, Payer, RateTable, Terms
from ipaportal.audit.models import DomainEvent
from ipaportal.core.roles import Role
from tests.people import client_of, make_user

pytestmark = pytest.mark.django_db
RATES = b"plan_code,sex,age_from,age_to,rate_pmpm\nA,F,0,64,61.20\nA,F,65,130,84.7525\n"


@pytest.fixture
def quinn():
    return client_of(make_user("quinn@ipa.example", Role.FINANCE))


def page(client, name, *args, **query):
    answer = client.get(reverse(f"capitation:{name}", args=args), query)
    assert answer.status_code == 200, answer.content[:2000]
    return " ".join(answer.content.decode().split())


def send(client, view, /, *args, **data):
    return client.post(reverse(f"capitation:{view}", args=args), data)


@pytest.fixture
def contract(quinn):
    send(quinn, "payer_new", name="Sunrise Health", code="sun", contact_email="edi@sun.example")
    send(
        quinn,
        "contract_new",
        payer=Payer.objects.get().pk,
        name="Sunrise Advantage",
        start_month="2026-01",
        remittance_source="820",
        run_day=5,
    )
    return Contract.objects.get()


def terms(quinn, contract, **changes):
    """Send the form as the page shows it, with changes."""
    answer = quinn.get(reverse("capitation:terms_new", args=[contract.pk]))
    form = answer.context["form"]
    data = {name: form[name].value() for name in form.fields}
    data = {name: value for name, value in data.items() if value not in (None, "", [], False)}
    data["start_month"] = f"{form['start_month'].value():%Y-%m}"
    return send(quinn, "terms_new", contract.pk, **{**data, **changes})


def test_leads_from_plan_to_contract_to_terms(quinn, contract):
    assert contract.payer.party.code == "SUN"
    assert "This contract pays nothing yet" in page(quinn, "contract_detail", contract.pk)
    answer = terms(quinn, contract, plan_share_pct="85", rate_pct="60", admin_fee_method="pct",
                   admin_fee_value="8")  # fmt: skip
    assert answer.status_code == 302, answer.context["form"].errors
    shown = page(quinn, "contract_detail", contract.pk)
    assert "The plan pays 85 % of the CMS premium" in shown
    assert "8 % of what the plan paid" in shown
    assert "One dollar from the plan" in shown
    assert "Sunrise Advantage" in page(quinn, "contract_list", q="sunrise")
    assert "No contract yet" in page(quinn, "contract_list", q="moon")
    assert DomainEvent.objects.filter(action="capitation.terms.set").count() == 1


def test_refuses_a_code_or_name_twice(quinn, contract):
    again = send(quinn, "payer_new", name="Other", code="SUN")
    assert again.status_code == 422
    assert "already a payer with the code SUN" in again.content.decode()
    assert Payer.objects.count() == 1
    again = send(quinn, "contract_new", payer=contract.payer_id, name=contract.name,
                 start_month="2026-02", remittance_source="820", run_day=5)  # fmt: skip
    assert again.status_code == 422
    assert Contract.objects.count() == 1


def test_names_every_refused_line_of_rates(quinn, contract):
    bad = RATES + b"A,X,0,1,1\nA,F,60,70,1\nA,M,5,4,1\nA,M,0,130,1.23456\n"
    answer = send(quinn, "rate_table_new", contract.pk, name="2026",
                  file=SimpleUploadedFile("r.csv", bad))  # fmt: skip
    assert answer.status_code == 422
    shown = answer.content.decode()
    for words in ("sex &#x27;X&#x27; is not F or M", "overlap those of line", "age_to 4 is before",
                  "more than four decimals"):  # fmt: skip
        assert words in shown
    assert not RateTable.objects.exists()
    answer = send(quinn, "rate_table_new", contract.pk, name="2026",
                  file=SimpleUploadedFile("r.csv", RATES))  # fmt: skip
    assert answer.status_code == 302
    table = RateTable.objects.get()
    assert [c.rate_pmpm for c in table.cells.all()] == [Decimal("61.2"), Decimal("84.7525")]
    answer = terms(quinn, contract, rate_model="age_sex", rate_table=table.pk)
    assert answer.status_code == 302, answer.context["form"].errors
    assert "84.7525" in page(quinn, "contract_detail", contract.pk)


def test_cuts_what_stood_and_keeps_it_as_it_was_known(quinn, contract):
    terms(quinn, contract, rate_pct="60")
    terms(quinn, contract, rate_pct="65", start_month="2026-07")
    terms(quinn, contract, rate_pct="70", start_month="2026-03", end_month="2026-09")
    spans = Terms.objects.current().order_by("effective_date")
    assert [(t.effective_date, t.end_date, t.rate_pct) for t in spans] == [
        (date(2026, 1, 1), date(2026, 3, 1), 60),
        (date(2026, 3, 1), date(2026, 9, 1), 70),
        (date(2026, 9, 1), None, 65),
    ]
    first = Terms.objects.order_by("pk").first()
    assert (first.rate_pct, first.end_date, first.superseded_no is None) == (60, None, False)
    history = page(quinn, "contract_detail", contract.pk)
    assert history.count("Terms of Sunrise Advantage from 2026") == 3
    then = page(quinn, "contract_detail", contract.pk, as_of="2000-01-01")
    assert "no terms in force" in then


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"admin_fee_method": "pct", "admin_fee_value": "50", "rate_pct": "60"}, "above 100 %"),
        ({"start_month": "2025-12"}, "The contract starts with January 2026"),
        ({"end_month": "2026-01"}, "must come after the month they begin"),
        ({"rate_model": "age_sex"}, "no rate table is named"),
        ({"assignment_day": "32"}, "from 1 to 31"),
    ],
)
def test_refuses_terms_in_words(quinn, contract, changes, words):
    answer = terms(quinn, contract, **changes)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Terms.objects.exists()


def test_previews_without_storing(quinn, contract):
    terms(quinn, contract, rate_pct="60")
    form = quinn.get(reverse("capitation:terms_new", args=[contract.pk])).context["form"]
    data = {n: form[n].value() for n in form.fields if form[n].value() not in (None, "", [], False)}
    data |= {"start_month": "2026-07", "rate_pct": "55"}
    shown = send(quinn, "terms_preview", contract.pk, **data).content.decode()
    assert "earns 55 % of what the plan paid" in shown
    assert "Percent of received" in shown or "Rate pct" in shown
    broken = send(quinn, "terms_preview", contract.pk, **{**data, "withhold_pct": "x"})
    assert "Withheld, %" in broken.content.decode()
    assert Terms.objects.count() == 1


def test_shows_contracts_to_readers_and_lets_only_some_edit(contract):
    osei = client_of(make_user("osei@ipa.example", Role.COMPLIANCE_OFFICER))
    assert "Change the terms" not in page(osei, "contract_detail", contract.pk)
    assert send(osei, "terms_new", contract.pk).status_code == 403
    assert osei.get(reverse("capitation:contract_detail", args=[999])).status_code == 404

"""Plan files: taken once, applied whole or not at all, in the books to the cent."""

import gzip
import io
import re
import zipfile
from datetime import date

import pytest

from capitation.actions.files import (
    ContractUnclear,
    DepositRefused,
    DuplicateFile,
    book_deposit,
    process_file,
    receive_file,
    reject_file,
    save_roster_mapping,
)
from capitation.models import (
    Contract,
    CoverageSpan,
    Member,
    PcpAssignment,
    PlanFile,
    Premium,
    Receipt,
    RemittanceLine,
    UnmatchedRow,
)
from capitation.rules.lifecycle import NotAllowed
from ipaportal.audit.models import DomainEvent, FactBatch
from ipaportal.core.actors import Actor
from ipaportal.core.files import read_stored
from ipaportal.core.refusals import NotPermitted
from ipaportal.ledger.models import Entry
from ipaportal.ledger.queries.balances import balance
from tests.factories import batch, make_contract, make_ipa, make_member
from tests.planfiles import CLOCK, NOW, QUINN, a_member, an_820, an_834, take

pytestmark = pytest.mark.django_db
JAN, FEB = date(2026, 1, 1), date(2026, 2, 1)


@pytest.fixture
def contract():
    return make_contract()


def nothing_applied(file: PlanFile) -> bool:
    """Nothing of the file is in any table, and it took no fact number."""
    tables = (RemittanceLine, Premium, CoverageSpan, PcpAssignment)
    rows = [model.objects.filter(file=file).exists() for model in tables]
    return not any(
        [
            *rows,
            Member.objects.exists(),
            Receipt.objects.exists(),
            Entry.objects.exists(),
            FactBatch.objects.filter(description__startswith="file").exists(),
        ]
    )


def test_keeps_the_bytes_and_wakes_a_worker(contract):
    data = an_820([("M1", JAN, "10.00")])
    file = receive_file(actor=QUINN, payer_id=contract.payer_id, name="jan.txt", data=data, now=NOW)
    assert (file.status, file.size, file.received_by_id) == ("received", len(data), 11)
    assert read_stored(file.sha256) == data
    assert DomainEvent.objects.filter(action="capitation.file.received").count() == 1


def test_takes_the_same_bytes_once(contract):
    data = an_820([("M1", JAN, "10.00")])
    take(contract, data)
    with pytest.raises(DuplicateFile) as refusal:
        take(contract, data, "again.txt")
    assert refusal.value.file.name == "file.txt"
    assert PlanFile.objects.count() == RemittanceLine.objects.count() == 1


def test_asks_for_the_contract_where_there_are_two(contract):
    Contract.objects.create(payer=contract.payer, name="Second", start_month=JAN)
    with pytest.raises(ContractUnclear):
        receive_file(actor=QUINN, payer_id=contract.payer_id, name="x", data=b"x", now=NOW)
    assert PlanFile.objects.count() == 0


def test_refuses_who_may_not_receive(contract):
    provider = Actor(5, "Dr. Alvarez", frozenset({("provider", 1)}))
    with pytest.raises(NotPermitted):
        receive_file(actor=provider, payer_id=contract.payer_id, name="x", data=b"x", now=NOW)
    assert PlanFile.objects.count() == 0


def test_applies_a_remittance_and_books_it(contract):
    member = make_member(contract, "M1", batch(contract))
    file = take(contract, an_820([("M1", JAN, "10.50"), ("M1", FEB, "-3.25"), ("M2", JAN, "7")]))
    assert (file.status, file.problems) == ("applied", [])
    assert file.counts["unknown_members"] == file.counts["lines_waiting"] == 1
    found = Receipt.objects.order_by("pk").values_list(
        "member_id", "coverage_month", "amount_cents"
    )
    assert list(found) == [(member.pk, JAN, 1050), (member.pk, FEB, -325)]
    line = RemittanceLine.objects.order_by("line_no").first()
    assert line.raw.splitlines()[-4:] == [
        "RMR*IK*BATCH**10.5", "REF*18*957", "REF*ZZ*1H;2", "DTM*582****RD8*20260101-20260131",
    ]  # fmt: skip
    assert balance(contract.payer.party_id, "plan_clearing") == -1425
    assert balance(make_ipa(), "cash_in_transit") == 1425


def test_books_a_notice_as_a_claim_on_the_plan(contract):
    take(contract, an_820([("M1", JAN, "10")], method="NON"))
    assert balance(contract.payer.party_id, "plan_receivable") == 1000
    assert balance(make_ipa(), "cash_in_transit") == 0


def test_names_whoever_brought_the_file_as_its_maker(contract):
    file = take(contract, an_820([("M1", JAN, "10")]))
    assert FactBatch.objects.get(pk=file.fact_no).actor_id == QUINN.user_id


def test_processes_a_file_once(contract):
    file = take(contract, an_820([("M1", JAN, "10")]))
    with pytest.raises(NotAllowed):
        process_file(actor=CLOCK, file_id=file.pk, now=NOW)
    assert RemittanceLine.objects.count() == 1


def test_takes_no_payment_twice_although_the_bytes_differ(contract):
    take(contract, an_820([("M1", JAN, "10")]))
    again = take(contract, an_820([("M1", JAN, "10"), ("M2", JAN, "0")]))
    assert (again.status, again.problems[0]["code"]) == ("rejected", "paid_before")
    assert RemittanceLine.objects.count() == 1
    assert balance(contract.payer.party_id, "plan_clearing") == -1000


def test_takes_money_from_the_contract_s_one_source_only():
    contract = make_contract()
    contract.remittance_source = "mmr"
    contract.save()
    make_member(contract, "M1", batch(contract))
    file = take(contract, an_820([("M1", JAN, "10")]))
    assert file.status == "applied"
    assert (RemittanceLine.objects.count(), Receipt.objects.count()) == (1, 0)
    assert not Entry.objects.exists()


def test_quarantines_a_file_whose_total_disagrees(contract):
    data = an_820([("M1", JAN, "10")]).replace(b"BPR*I*10*", b"BPR*I*10.01*")
    file = take(contract, data)
    assert (file.status, file.problems[0]["code"]) == ("quarantined", "total_unbalanced")
    assert nothing_applied(file)
    file = reject_file(actor=QUINN, file_id=file.pk, reason="asked for a new one", now=NOW)
    assert (file.status, len(file.problems)) == ("rejected", 2)


GOOD = an_820([("M1", JAN, "10")])


def zipped() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.txt", b"0" * (20 << 20))
    return packed.getvalue()


FAULTS = {
    "ISA13 is not IEA02": GOOD.replace(b"IEA*1*000000007", b"IEA*1*000000008"),
    "GS06 is not GE02": GOOD.replace(b"GE*1*7", b"GE*1*8"),
    "ST02 is not SE02": re.sub(rb"(SE\*[0-9]+\*)[0-9]+", rb"\g<1>0009", GOOD),
    "SE01 is wrong": GOOD.replace(b"SE*", b"SE*9"),
    "GE01 is wrong": GOOD.replace(b"GE*1*7", b"GE*2*7"),
    "IEA01 is wrong": GOOD.replace(b"IEA*1*", b"IEA*2*"),
    "a test": GOOD.replace(b"*0*P*:", b"*0*T*:"),
    "IEA is missing": GOOD[: GOOD.index(b"IEA*")],
    "cut in a transaction": GOOD[: GOOD.index(b"RMR*") + 9],
    "interchange twice": GOOD + GOOD,
    "an amount is no number": GOOD.replace(b"RMR*IK*BATCH**10", b"RMR*IK*BATCH**1O"),
    "empty": b"",
    "binary": bytes(range(256)) * 40,
    "zip": zipped(),
    "prose": b"Dear Quinn, the file follows tomorrow.\nRegards\n",
    "gzip bomb": gzip.compress(b"\0" * (300 << 20), 1),
    "gzip cut off": gzip.compress(GOOD)[:-30],
    "an 835": GOOD.replace(b"ST*820", b"ST*835").replace(b"GS*RA", b"GS*HP"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_refuses_what_is_not_safe_to_use(contract, fault):
    file = take(contract, FAULTS[fault])
    assert file.status == "rejected"
    assert file.problems[0]["message"]
    assert nothing_applied(file)
    assert read_stored(file.sha256) == FAULTS[fault]


def test_reads_a_packed_file(contract):
    file = take(contract, gzip.compress(GOOD))
    assert (file.status, file.counts["lines"]) == ("applied", 1)


def test_books_a_deposit_once(contract):
    file = take(contract, GOOD)
    for _ in range(2):
        book_deposit(actor=QUINN, file_id=file.pk, day=date(2026, 3, 6), amount_cents=600, now=NOW)
    assert balance(make_ipa(), "cash") == 600
    assert balance(make_ipa(), "cash_in_transit") == 400
    with pytest.raises(DepositRefused):
        book_deposit(actor=QUINN, file_id=file.pk, day=date(2026, 3, 7), amount_cents=500, now=NOW)
    assert balance(make_ipa(), "cash") == 600


def test_lets_only_finance_book_a_deposit(contract):
    file = take(contract, GOOD)
    network = Actor(9, "Nadia", frozenset({("network_admin", 1)}))
    with pytest.raises(NotPermitted):
        book_deposit(actor=network, file_id=file.pk, day=JAN, amount_cents=600, now=NOW)
    assert balance(make_ipa(), "cash") == 0


def test_reads_a_roster_by_its_saved_columns(contract):
    save_roster_mapping(
        actor=QUINN,
        payer_id=contract.payer_id,
        columns={"member_id": "Nummer", "effective_date": "Ab"},
        date_format="%d.%m.%Y",
        now=NOW,
    )
    file = take(contract, b"Nummer,Ab\nM1,01.02.2026\nM2,2026-02-01\n")
    assert file.status == "applied"
    assert [str(span) for span in CoverageSpan.objects.all()] == [
        f"member {Member.objects.get().pk} covered from 2026-02-01"
    ]
    refused = UnmatchedRow.objects.get(kind="row")
    assert refused.line_no == 3
    assert "2026-02-01" in refused.reason


def test_refuses_a_roster_without_member_numbers(contract):
    file = take(contract, b"colour,shape\nred,round\nblue,square\n")
    assert file.status == "rejected"
    assert file.problems[0]["code"] == "no_member_id"


def test_takes_a_roster_s_money_whole_or_not_at_all():
    contract = make_contract()
    contract.remittance_source = "roster"
    contract.save()
    head = b"member_id,effective_date,coverage_month,capitation_amount\n"
    bad = take(contract, head + b"M1,2026-01-01,2026-01,12.50\nM2,2026-01-01,2026-01,abc\n")
    assert (bad.status, bad.problems[0]["where"]) == ("rejected", "line 3, capitation_amount")
    assert nothing_applied(bad)
    good = take(contract, head + b"M1,2026-01-01,2026-01,12.50\nM2,2026-01-01,2026-01,1\n")
    assert good.status == "applied"
    assert sorted(Receipt.objects.values_list("amount_cents", flat=True)) == [100, 1250]
    assert balance(contract.payer.party_id, "plan_clearing") == -1350
    again = take(contract, head + b"M1,2026-01-01,2026-01,12.50\nM2,2026-01-01,2026-01,2\n")
    assert (again.status, again.problems[0]["code"]) == ("rejected", "paid_before")
    assert balance(contract.payer.party_id, "plan_clearing") == -1350


class Killed(BaseException):
    """Stands for a worker that dies: nothing may catch it."""


@pytest.mark.parametrize("step", ["match_file", "book_file"])
def test_leaves_a_file_received_whose_worker_died(contract, monkeypatch, step):
    def die(*_args, **_more):
        raise Killed

    file = receive_file(actor=QUINN, payer_id=contract.payer_id, name="a", data=GOOD, now=NOW)
    monkeypatch.setattr(f"capitation.actions.remittances.{step}", die)
    with pytest.raises(Killed):
        process_file(actor=CLOCK, file_id=file.pk, now=NOW)
    file.refresh_from_db()
    assert file.status == "received"
    assert nothing_applied(file)
    monkeypatch.undo()
    assert process_file(actor=CLOCK, file_id=file.pk, now=NOW).counts["lines"] == 1


def test_applies_twenty_thousand_members_in_seconds(contract):
    members = (
        a_member(f"M{n:06}", last_name=f"Name{n}", mbi="", birth_date=date(1950, 1, 1 + n % 28))
        for n in range(20_000)
    )
    file = take(contract, an_834(members))
    assert file.counts["new_members"] == CoverageSpan.objects.count() == 20_000

"""The portal as a simulation uses it: its own actions, done through whatever goes wrong."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from random import Random

from capitation.actions.banking import approve_bank_account, propose_bank_account
from capitation.actions.contracts import add_contract, add_payer, add_rate_table, set_terms
from capitation.actions.files import (
    DepositRefused,
    book_deposit,
    receive_file,
    reject_file,
)
from capitation.models import Contract, PlanFile, RateTable, Terms
from capitation.rules.aba import check_digit
from credentialing.actions.imports import import_network
from credentialing.formats.network_csv import COLUMNS
from credentialing.models import Practice, Practitioner
from credentialing.rules.npi import with_check_digit
from ipaportal.core.actors import Actor
from ipaportal.home.simulator.faults import Faults
from ipaportal.identity.models import Party
from ipaportal.ledger.models import Entry

QUINN = Actor(9001, "Quinn", frozenset({("finance", 1), ("network_admin", 1)}))
REYES = Actor(9002, "Reyes", frozenset({("finance_approver", 1)}))
SATO = Actor(9003, "Sato", frozenset({("finance_approver", 1)}))
AMES = Actor(9004, "Ames", frozenset({("finance", 1), ("finance_approver", 1)}))
OSEI = Actor(9005, "Osei", frozenset({("compliance_officer", 1)}))
PRODUCTS = "AB"
AGES = ((0, 17), (18, 64), (65, 69), (70, 79), (80, 120))


@dataclass
class House:
    """Who and what is there: the IPA's parties, practices by TIN, doctors by NPI, contracts."""

    ipa: int
    unassigned: int
    # TIN → party, NPI → practitioner.
    practices: dict[str, int] = field(default_factory=dict)
    doctors: dict[str, int] = field(default_factory=dict)
    contracts: dict[str, Contract] = field(default_factory=dict)


def found(
    chance: Random, plans: Iterable[tuple[str, str]], pcps: int, first: date, now: datetime
) -> House:
    """An IPA with payers (code, source of money), a network and bank accounts; no terms yet."""
    ipa = Party.objects.create(kind=Party.Kind.IPA, name="Simulated IPA")
    nobody = Party.objects.create(kind=Party.Kind.UNASSIGNED, name="Members without a PCP")
    house = House(ipa.pk, nobody.pk)
    for code, source in plans:
        payer = add_payer(actor=QUINN, code=code, name=f"{code} Health", now=now)
        house.contracts[code] = add_contract(
            actor=QUINN, payer_id=payer.pk, name=f"{code} HMO", start_month=first,
            remittance_source=source, run_day=25, now=now,
        )  # fmt: skip
    count = max(3, pcps // 3)
    rows = [
        (_npi(n), f"{990_000_001 + chance.randrange(count):09}", date(first.year - 3, 1, 1))
        for n in range(pcps)
    ]
    result = import_network(actor=QUINN, data=network_csv(rows, house.contracts), now=now)
    assert not result.refused, result.refused
    house.doctors = dict(Practitioner.objects.order_by("npi").values_list("npi", "pk"))
    tins = Practice.objects.order_by("tin")
    house.practices = dict(tins.values_list("tin", "party_id"))
    _open_accounts(house, now)
    return house


def _npi(number: int) -> str:
    return with_check_digit(f"299{number + 1:06}")


def network_csv(rows: Iterable[tuple[str, str, date]], codes: Iterable[str]) -> bytes:
    """Doctors (NPI), their practice (TIN) and since when, for every payer."""
    codes = list(codes)
    lines = [
        f"Practice {tin},{tin},{npi},Doctor{npi[3:9]},Ana,Family Medicine,1 Elm,Port Larkin,CA,"
        f"92901,555-0100,{code},{since},"
        for npi, tin, since in rows
        for code in codes
    ]
    return "\n".join([",".join(COLUMNS), *lines]).encode()


def _open_accounts(house: House, now: datetime) -> None:
    origin = {"purpose": "origin", "bank_name": "First Example", "company_id": "1990000000"}
    for number, party in enumerate([house.ipa, *sorted(house.practices.values())]):
        routing = f"99{number % 7:06}"
        proposed = propose_bank_account(
            actor=QUINN, party_id=party, holder_name=f"Party {party}",
            routing_number=f"{routing}{check_digit(routing)}", account_number=f"44{number:08}",
            now=now, **({} if number else origin),
        )  # fmt: skip
        approve_bank_account(actor=REYES, bank_account_id=proposed.pk, now=now)


def random_terms(chance: Random) -> dict[str, object]:
    """Terms of any kind, that can be used."""

    def step(name: str, bases: tuple[str, ...]) -> dict[str, object]:
        method = chance.choice(["none", "pct", "pmpm", "pct"])
        top = 1200 if method == "pct" else 3000
        return {
            f"{name}_method": method,
            f"{name}_value": Decimal(chance.randint(1, top)).scaleb(-2),
            f"{name}_base": chance.choice(bases),
        }

    every = ("received", "premium", "remaining", "admin_fee")
    return {
        "plan_share_pct": Decimal(chance.choice(["80", "82.5"])),
        "sequestration_pct": Decimal(chance.choice(["0", "2"])),
        "sequestration_borne_by": chance.choice(["plan", "ipa"]),
        **step("admin_fee", ("received", "premium")),
        **step("reinsurance", every),
        **step("hospital_pool", every),
        **step("specialist_pool", every),
        **step("pharmacy_pool", every),
        "rate_model": chance.choice(["percent", "flat", "age_sex", "age_sex"]),
        "rate_pct": Decimal(chance.randint(1000, 3500)).scaleb(-2),
        "flat_pmpm": Decimal(chance.randint(100, 90000)).scaleb(-2),
        "risk_adjusted": chance.random() < 0.5,
        "withhold_pct": Decimal(chance.choice(["0", "10", "7.5"])),
        "assignment_rule": chance.choice(["first_day", "as_of_day", "fifteen_thirty", "daily"]),
        "assignment_day": chance.choice([1, 14, 15, 16, 31]),
        "pay_basis": chance.choice(["received", "eligible"]),
        "unpaid_statuses": chance.choice([[], ["hospice"]]),
        "lookback_months": chance.choice([4, 6, 12, 60]),
        "missing_rate": chance.choice(["default", "hold", "zero"]),
        "missing_rate_default": Decimal("55.55"),
        "missing_risk": chance.choice(["default", "hold", "zero"]),
        "missing_risk_default": Decimal(1),
        "odd_cent_owner": chance.choice(["largest_remainder", "most_days"]),
    }


Cells = dict[tuple[str, str], list[tuple[int, int, Decimal]]]


def random_cells(chance: Random, code: str) -> Cells:
    """Rates by product, sex and age, with holes."""
    return {
        (f"{code}-{product}", sex): [
            (low, high, Decimal(chance.randint(100_000, 9_000_000)).scaleb(-4))
            for low, high in AGES
            if chance.random() < 0.93
        ]
        for product in PRODUCTS
        for sex in "FM"
    }


def record_terms(
    faults: Faults, contract: Contract, first: date, values: dict, cells: Cells, now: datetime
) -> None:
    """A rate table, and terms from a month on."""
    name = f"rates {RateTable.objects.filter(contract=contract).count() + 1}"
    lines = [
        f"{product},{sex},{low},{high},{rate}"
        for (product, sex), rows in cells.items()
        for low, high, rate in rows
    ]
    data = "\n".join(["plan_code,sex,age_from,age_to,rate_pmpm", *lines]).encode()
    table = faults.attempt(
        "add_rate_table",
        lambda: add_rate_table(actor=QUINN, contract_id=contract.pk, name=name, data=data, now=now),
        lambda: RateTable.objects.filter(contract=contract, name=name).first(),
    )
    faults.attempt(
        "set_terms",
        lambda: set_terms(
            actor=QUINN, contract_id=contract.pk, start_month=first, now=now,
            values={**values, "rate_table": table},
        ),
        lambda: Terms.objects.current().filter(contract=contract, rate_table=table).first(),
    )  # fmt: skip


# ---- files --------------------------------------------------------------------------------------


def upload(
    faults: Faults, contract: Contract, name: str, data: bytes, now: datetime, actor: Actor = QUINN
) -> int:
    """Bring a file; the same bytes twice are one file."""
    digest = sha256(data).hexdigest()
    rows = PlanFile.objects.filter(payer_id=contract.payer_id, sha256=digest)
    file = faults.attempt(
        "receive_file",
        lambda: receive_file(
            actor=actor, payer_id=contract.payer_id, contract_id=contract.pk, name=name,
            data=data, now=now,
        ),
        rows.first,
    )  # fmt: skip
    return file.pk


def processed(faults: Faults, file_id: int, now: datetime) -> PlanFile:
    """The file once the workers, or at last the clock, have taken it on."""
    rows = PlanFile.objects.filter(pk=file_id)
    faults.until(rows.exclude(status=PlanFile.Status.RECEIVED).exists, now)
    return rows.get()


def put_aside(faults: Faults, file: PlanFile, now: datetime) -> None:
    """A quarantined file is rejected for good."""
    rows = PlanFile.objects.filter(pk=file.pk, status=PlanFile.Status.REJECTED)
    faults.attempt(
        "reject_file",
        lambda: reject_file(actor=QUINN, file_id=file.pk, reason="asked for another", now=now),
        rows.first,
    )


def deposit(faults: Faults, file_id: int, cents: int, now: datetime) -> None:
    """The bank shows a file's money; told twice, it is booked once."""
    key = f"deposit:{file_id}:{now:%Y%m%d}:{cents}"
    faults.attempt(
        "book_deposit",
        lambda: book_deposit(
            actor=QUINN, file_id=file_id, day=now.date(), amount_cents=cents, now=now
        ),
        Entry.objects.filter(key=key).first,
    )
    faults.refused(
        "a deposit of more than was paid",
        lambda: book_deposit(
            actor=QUINN, file_id=file_id, day=now.date(), amount_cents=cents + 1, now=now
        ),
        DepositRefused,
    )


def exact(cells: Cells) -> dict[tuple[str, str], list[tuple[int, int, Fraction]]]:
    """Rates as the model takes them."""
    return {
        key: [(low, high, Fraction(str(rate))) for low, high, rate in rows]
        for key, rows in cells.items()
    }

"""Claims of a bench, their payments, and the plan, network and prices that both are about."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from capitation.models import Contract, CoverageSpan, Member, Payer, PcpAssignment
from compliance.actions.fees import load_schedule, set_terms
from compliance.formats import claims_written, remittance_written
from compliance.formats.claims_837 import Claim, ServiceLine
from compliance.formats.remittance_835 import Adjustment
from compliance.formats.remittance_written import Paid, PaidClaim, Remittance
from compliance.models import Authorization, AuthorizationRule, Division, DivisionRange
from credentialing.models import Participation, Practice, Practitioner
from credentialing.rules.npi import with_check_digit
from ipaportal.core.actors import Actor
from ipaportal.core.x12_writing import Interchange
from ipaportal.identity.models import Party

PRACTICES, PER_PAYMENT = 50, 1_000
DAYS = 61  # of service, of the claims of one file
DAY, NOW = date(2026, 10, 12), datetime(2026, 11, 2, 12, tzinfo=UTC)
CLOCK = Actor.system("bench")
PRICES = {"99213": 100_00, "99214": 150_00}
LINES = len(PRICES)
COPAYMENT = 5_00


def _npi(number: int) -> str:
    return with_check_digit(f"29{number:07}")


def _tin(practice: int) -> str:
    return f"{900_000_000 + practice}"


def _served(number: int) -> date:
    return DAY - timedelta(days=number % DAYS)


def _charge(number: int) -> int:
    return 120_00 + number


def claims_of(count: int) -> bytes:
    """An 837 of some claims of two services, of fifty practices, on the days of two months."""
    every = []
    for n in range(count):
        lines = [
            ServiceLine(0, "1", code, charge_cents=_charge(n), unit_kind="UN", place="11",
                        served_from=_served(n), served_to=_served(n))
            for code in PRICES
        ]  # fmt: skip
        practice = n % PRACTICES
        every.append(Claim(
            0, f"C{n}", LINES * _charge(n), "11", "1", "professional", "0001", _npi(practice),
            _tin(practice), f"Practice {practice}", f"M{n}", "DOE", "ANN", None, "PLAN",
            rendering_npi=_npi(practice), diagnoses=("I10",), lines=lines,
        ))  # fmt: skip
    head = Interchange("CLEARING", "IPA", NOW, 1, "HC", claims_written.VERSION)
    return claims_written.write(
        head, every, submitter=("Clearing", "CLEARING"), receiver=("IPA", "IPA")
    )


def payments_of(count: int) -> bytes:
    """An 835 that pays these claims as the terms say, to each practice its own."""
    remittances = []
    for practice in range(PRACTICES):
        mine = [_paid(n) for n in range(practice, count, PRACTICES)]
        remittances += [
            Remittance(f"T{practice}-{at}", DAY, "Bench Plan", "123456789", f"Practice {practice}",
                       _npi(practice), _tin(practice), tuple(mine[at : at + PER_PAYMENT]))
            for at in range(0, len(mine), PER_PAYMENT)
        ]  # fmt: skip
    head = Interchange("PLAN", "IPA", NOW, 2, "HP", remittance_written.VERSION)
    return remittance_written.write(head, remittances)


def _paid(n: int) -> PaidClaim:
    services = []
    for line, (code, price) in enumerate(PRICES.items(), 1):
        beyond = _charge(n) - min(price, _charge(n))
        taken = [Adjustment("CO", "45", beyond)] if beyond else []
        taken.append(Adjustment("PR", "3", COPAYMENT))
        services.append(Paid(code, (), _charge(n), "1", _served(n), f"L{line}", tuple(taken)))
    return PaidClaim(
        f"C{n}", "1", f"P-{n}", f"M{n}", "DOE", "ANN", _npi(n % PRACTICES), DAY, tuple(services)
    )


def make_world(count: int) -> Payer:
    """A plan whose members see doctors of fifty practices, with prices, terms and a rule."""
    Party.objects.create(kind=Party.Kind.IPA, name="Bench IPA")
    party = Party.objects.create(kind=Party.Kind.PAYER, name="Bench Plan", code="BENCH")
    payer = Payer.objects.create(party=party)
    contract = Contract.objects.create(payer=payer, name="Bench", start_month=date(2026, 1, 1))
    fact = {"effective_date": date(2026, 1, 1), "fact_no": 1, "recorded_at": NOW}
    for n in range(PRACTICES):
        own = Party.objects.create(kind=Party.Kind.PRACTICE, name=f"Practice {n}")
        practice = Practice.objects.create(party=own, tin=_tin(n), name=own.name, npi=_npi(n))
        who = Practitioner.objects.create(npi=_npi(n), first_name="A", last_name=f"Doctor {n}")
        Participation.objects.create(practitioner=who, practice=practice, payer_party=party, **fact)
    pcp = Practitioner.objects.create(npi=_npi(PRACTICES), first_name="A", last_name="Pcp")
    members = Member.objects.bulk_create(
        Member(payer=payer, plan_member_id=f"M{n}", uuid=_uuid(n)) for n in range(count)
    )
    CoverageSpan.objects.bulk_create(
        CoverageSpan(member=one, contract=contract, **fact) for one in members
    )
    PcpAssignment.objects.bulk_create(
        PcpAssignment(member=one, practitioner=pcp, **fact) for one in members
    )
    _make_terms(payer)
    _make_rules(payer, members)
    return payer


def _make_terms(payer: Payer) -> None:
    prices = "".join(f"{code},{cents // 100}\n" for code, cents in PRICES.items())
    load_schedule(
        actor=CLOCK, name="List", effective_date=date(2026, 1, 1), source="bench",
        file_name="list.csv", data=f"Code,Price\n{prices}".encode(), place=None, factor=None,
        now=NOW,
    )  # fmt: skip
    set_terms(
        actor=CLOCK, payer_id=payer.pk, party_id=None, schedule_name="List", pct=Decimal(100),
        effective_date=date(2026, 1, 1), regime="contract", days=30, yearly_pct=Decimal(8),
        citation="bench", now=NOW,
    )  # fmt: skip


def _make_rules(payer: Payer, members: list[Member]) -> None:
    """Office visits are the IPA's to pay; one of the two services needs an authorization."""
    said = {"recorded_at": NOW, "recorded_by_name": CLOCK.name}
    division = Division.objects.create(
        payer=payer, effective_date=date(2026, 1, 1), citation="bench", file_name="bench.csv",
        sha256="0" * 64, ranges=1, **said,
    )  # fmt: skip
    DivisionRange.objects.create(
        division=division, category="Office visits", risk="ipa", kind="procedure", first="99202",
        last="99215",
    )  # fmt: skip
    AuthorizationRule.objects.create(
        payer=payer, procedure="99214", effective_date=date(2026, 1, 1), citation="bench", **said
    )
    Authorization.objects.bulk_create(
        Authorization(
            payer=payer, number=f"A{n}", member=one, procedure="99214", units=1,
            effective_date=date(2026, 1, 1), end_date=date(2027, 1, 1), **said,
        )
        for n, one in enumerate(members)
    )  # fmt: skip


def _uuid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"

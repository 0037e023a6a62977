"""Payers, their contracts, rate tables and dated terms."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.db.models import Q

from capitation.formats.rates_csv import RefusedRate, read_rates
from capitation.models import Contract, Payer, RateCell, RateTable, Terms
from capitation.queries.facts import rule_terms
from capitation.rules import terms as terms_rule
from ipaportal.audit.actions import action, record
from ipaportal.audit.batches import contract_scope, open_batch
from ipaportal.core.actors import Actor
from ipaportal.core.locks import lock
from ipaportal.core.refusals import Refused
from ipaportal.identity.models import Party

NOT_VALUES = {
    *("id", "contract", "effective_date", "end_date", "fact_no"),
    *("superseded_no", "recorded_at", "superseded_at"),
}
VALUES = tuple(field.name for field in Terms._meta.fields if field.name not in NOT_VALUES)


class AlreadyThere(Refused):
    """A payer, contract or rate table of that name is known."""

    def __init__(self, what: str) -> None:
        super().__init__(f"There is already {what}. Nothing was added. Choose another name.")


class RatesRefused(Refused):
    """A rate table has lines that cannot be used."""

    def __init__(self, lines: Sequence[RefusedRate]) -> None:
        count = len(lines)
        super().__init__(
            f"{count} line{'' if count == 1 else 's'} cannot be used, so no rate was added. "
            "Correct the file and send it again."
        )
        self.lines = list(lines)


class TermsRefused(Refused):
    """Terms cannot be used as they are."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(f"{' '.join(problems)} Nothing was changed.")
        self.problems = list(problems)


@action("capitation.edit_contracts")
def add_payer(
    *,
    actor: Actor,
    code: str,
    name: str,
    contact_name: str = "",
    contact_email: str = "",
    now: datetime,
) -> Payer:
    """
    Add a plan, with the code that files and commands call it by.

    :raises AlreadyThere: if the code is taken
    """
    code = code.strip().upper()
    lock(f"payer:{code}")
    if Party.objects.filter(code=code).exists():
        raise AlreadyThere(f"a payer with the code {code}")
    party = Party.objects.create(kind=Party.Kind.PAYER, name=name.strip(), code=code)
    payer = Payer.objects.create(
        party=party, contact_name=contact_name.strip(), contact_email=contact_email.strip()
    )
    record(actor=actor, action="capitation.payer.added", subject=payer, code=code, name=party.name)
    return payer


@action("capitation.edit_contracts")
def add_contract(
    *,
    actor: Actor,
    payer_id: int,
    name: str,
    start_month: date,
    remittance_source: str,
    run_day: int,
    now: datetime,
) -> Contract:
    """
    Add a contract with a payer; it pays nothing until it has terms.

    :raises AlreadyThere: if the payer has one of that name
    """
    payer = Payer.objects.select_for_update(of=["self"]).select_related("party").get(pk=payer_id)
    if payer.contracts.filter(name=name.strip()).exists():
        raise AlreadyThere(f"a contract {name.strip()} with {payer}")
    contract = Contract.objects.create(
        payer=payer,
        name=name.strip(),
        start_month=start_month,
        remittance_source=remittance_source,
        run_day=run_day,
    )
    record(
        actor=actor,
        action="capitation.contract.added",
        subject=contract,
        payer=payer.party.code,
        start_month=f"{start_month:%Y-%m}",
    )
    return contract


@action("capitation.edit_contracts")
def add_rate_table(
    *, actor: Actor, contract_id: int, name: str, data: bytes, now: datetime
) -> RateTable:
    """
    Add a rate table from a CSV, whole or not at all; terms then refer to it.

    :raises RatesRefused: naming every line that cannot be used
    :raises AlreadyThere: if the contract has a table of that name
    """
    contract = Contract.objects.select_for_update().get(pk=contract_id)
    rows, refused = read_rates(data)
    if refused:
        raise RatesRefused(refused)
    if contract.rate_tables.filter(name=name.strip()).exists():
        raise AlreadyThere(f"a rate table {name.strip()} of {contract}")
    table = RateTable.objects.create(contract=contract, name=name.strip())
    RateCell.objects.bulk_create(
        RateCell(
            rate_table=table,
            plan_code=row.plan_code,
            sex=row.sex,
            age_from=row.age_from,
            age_to=row.age_to,
            county_code=row.county_code,
            rate_pmpm=row.rate_pmpm,
        )
        for row in rows
    )
    record(
        actor=actor,
        action="capitation.rate_table.added",
        subject=table,
        contract=str(contract),
        cells=len(rows),
    )
    return table


@action("capitation.edit_contracts")
def set_terms(
    *,
    actor: Actor,
    contract_id: int,
    start_month: date,
    values: Mapping[str, object],
    now: datetime,
    end_month: date | None = None,
) -> Terms:
    """
    Record terms from a month on (up to another): what was known for those months is superseded.

    :raises TermsRefused: saying what is wrong with them
    """
    contract = Contract.objects.select_related("payer").get(pk=contract_id)
    terms = draft_terms(contract, start_month, values, end_month)
    problems = wrong_terms(terms)
    if problems:
        raise TermsRefused(problems)
    batch = open_batch(
        actor=actor,
        scopes=[contract_scope(contract.pk)],
        description=f"terms of {contract} from {start_month:%Y-%m}",
        now=now,
    )
    _make_room(terms, batch.pk, now)
    terms.fact_no, terms.recorded_at = batch.pk, now
    terms.save(force_insert=True)
    record(
        actor=actor,
        action="capitation.terms.set",
        subject=terms,
        contract=str(contract),
        start_month=f"{start_month:%Y-%m}",
        says=terms_rule.sentence(rule_terms(terms)),
    )
    return terms


def draft_terms(
    contract: Contract,
    start_month: date,
    values: Mapping[str, object],
    end_month: date | None = None,
) -> Terms:
    """Terms as they would be recorded, not stored."""
    known = {name: value for name, value in values.items() if name in VALUES}
    return Terms(
        contract=contract, effective_date=start_month, end_date=end_month, fact_no=0, **known
    )


def wrong_terms(terms: Terms) -> list[str]:
    """List what is wrong with terms, in sentences."""
    problems = terms_rule.validate(rule_terms(terms))
    if terms.effective_date < terms.contract.start_month:
        problems.append(f"The contract starts with {terms.contract.start_month:%B %Y}.")
    if terms.end_date is not None and terms.end_date <= terms.effective_date:
        problems.append("The month the terms end must come after the month they begin.")
    if terms.rate_model == "age_sex" and terms.rate_table_id is None:
        problems.append("An age and sex table is chosen, but no rate table is named.")
    if terms.rate_table_id is not None and terms.rate_table.contract_id != terms.contract_id:
        problems.append("The rate table belongs to another contract.")
    return problems


def _make_room(new: Terms, fact_no: int, now: datetime) -> None:
    """Supersede what touches the new span; what sticks out before or after it stays in force."""
    touching = Terms.objects.filter(contract=new.contract).current()
    touching = touching.filter(Q(end_date=None) | Q(end_date__gt=new.effective_date))
    if new.end_date is not None:
        touching = touching.filter(effective_date__lt=new.end_date)
    for old in touching.order_by("effective_date"):
        Terms.objects.filter(pk=old.pk).update(superseded_no=fact_no, superseded_at=now)
        rests = []
        if old.effective_date < new.effective_date:
            rests.append((old.effective_date, new.effective_date))
        if new.end_date is not None and (old.end_date is None or old.end_date > new.end_date):
            rests.append((new.end_date, old.end_date))
        for start, end in rests:
            rest = Terms.objects.get(pk=old.pk)
            rest.pk, rest.effective_date, rest.end_date = None, start, end
            rest.fact_no, rest.recorded_at = fact_no, now
            rest.superseded_no, rest.superseded_at = None, None
            rest.save(force_insert=True)

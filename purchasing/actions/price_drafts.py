"""Taking a supplier's own list: its columns are named once, looked at, and taken whole or not."""

from datetime import date, datetime

from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.files import read_stored, store
from ipaportal.core.locks import lock
from ipaportal.core.refusals import Refused
from purchasing.actions.suppliers import (
    OutsideContract,
    PricesRefused,
    SameListAgain,
    apply_prices,
)
from purchasing.formats import catalogue_832
from purchasing.formats.price_lists import FIELDS, guess_mapping, headers_of, read
from purchasing.models import ListMapping, PriceDraft, PriceList, SupplyContract
from purchasing.queries.price_drafts import DraftRead, read_draft


class NoList(Refused):
    def __init__(self, why: str) -> None:
        super().__init__(f"{why} Nothing was taken. Send the list as CSV or as a spreadsheet.")


class NotOpenNow(Refused):
    def __init__(self, draft: PriceDraft) -> None:
        super().__init__(
            f"This list is {draft.get_state_display()} already. Nothing was changed. Send it again "
            "if it has to be looked at anew."
        )


class ListChanged(Refused):
    def __init__(self) -> None:
        super().__init__(
            "The catalogue, a price or the columns changed since you looked. Nothing was taken. "
            "Look at what the list would change now."
        )


class NothingOffered(Refused):
    def __init__(self) -> None:
        super().__init__(
            "No line of it is about an item of the catalogue. Nothing was taken. Name the column "
            "with the NDC or our number, or add the items first."
        )


class NoSuchColumn(Refused):
    def __init__(self, name: str) -> None:
        super().__init__(
            f"The list has no column “{name[:40]}”, or it is named for two things. Nothing was "
            "changed. Choose each column once."
        )


class NothingMapped(Refused):
    def __init__(self) -> None:
        super().__init__(
            "No column was chosen. Nothing was changed. Choose at least the column with the NDC or "
            "our number, the one with the pack, and the one with the price."
        )


@action("purchasing.edit_catalogue")
def start_draft(
    *, actor: Actor, contract_id: int, effective_date: date, file_name: str, data: bytes,
    now: datetime,
) -> PriceDraft:  # fmt: skip
    """
    Keep a supplier's list to be looked at; its columns as they were named last, or a guess.

    :raises OutsideContract: if the contract does not hold on that day
    :raises NoList: if it cannot be read
    """
    contract = SupplyContract.objects.get(pk=contract_id)
    end = contract.end_date
    if effective_date < contract.effective_date or (end and effective_date >= end):
        raise OutsideContract(contract)
    headers, columns = ([], {}) if catalogue_832.is_x12(data) else _columns(contract, data)
    made = PriceDraft.objects.create(
        contract=contract, effective_date=effective_date, file_name=file_name[:200],
        sha256=store(data).sha256, headers=headers, columns=columns, recorded_by_name=actor.name,
        recorded_at=now,
    )  # fmt: skip
    record(actor=actor, action="purchasing.draft.started", subject=made, sha256=made.sha256)
    return made


def _columns(contract: SupplyContract, data: bytes) -> tuple[list[str], dict[str, str]]:
    """The columns of a list, and what they are: as they were named last, or a guess."""
    saved = ListMapping.objects.filter(supplier=contract.supplier_id, superseded_at=None).first()
    columns = saved.columns if saved else {}
    headers, why = headers_of(data, columns.values())
    if why:
        raise NoList(why)
    fits = columns and set(columns.values()) <= set(headers)
    return list(headers), columns if fits else guess_mapping(headers)


@action("purchasing.edit_catalogue")
def map_draft(*, actor: Actor, draft_id: int, columns: dict[str, str], now: datetime) -> PriceDraft:
    """
    Say which column is what; kept for the supplier's next list.

    :raises NotOpenNow: if it was taken or dropped
    :raises NothingMapped: if no column is said to be anything
    :raises NoSuchColumn: if one is not there, or chosen twice
    """
    draft = _open(draft_id)
    chosen = {name: column for name, column in columns.items() if column and name in FIELDS}
    if not chosen:
        raise NothingMapped
    for column in chosen.values():
        if column not in draft.headers or list(chosen.values()).count(column) > 1:
            raise NoSuchColumn(column)
    draft.columns = chosen
    draft.save(update_fields=["columns"])
    supplier = draft.contract.supplier_id
    lock("list mapping", supplier)
    ListMapping.objects.filter(supplier=supplier, superseded_at=None).update(superseded_at=now)
    ListMapping.objects.create(
        supplier_id=supplier, columns=chosen, recorded_by_name=actor.name, recorded_at=now
    )
    record(actor=actor, action="purchasing.draft.mapped", subject=draft, columns=chosen)
    return draft


def _open(draft_id: int) -> PriceDraft:
    draft = PriceDraft.objects.select_for_update(of=("self",)).select_related("contract")
    found = draft.get(pk=draft_id)
    if found.state != PriceDraft.State.OPEN:
        raise NotOpenNow(found)
    return found


def look_at(draft: PriceDraft) -> DraftRead:
    """What a list would change as it is mapped now."""
    data = read_stored(draft.sha256)
    found = catalogue_832.read(data) if catalogue_832.is_x12(data) else read(data, draft.columns)
    return read_draft(draft, found.lines, found.problems)


@action("purchasing.edit_catalogue")
def take_draft(*, actor: Actor, draft_id: int, seen_digest: str, now: datetime) -> PriceList:
    """
    Take a list as it was seen, whole or not at all; earlier prices end the day before.

    :raises NotOpenNow: if it was taken or dropped
    :raises PricesRefused: naming every line that cannot be used
    :raises ListChanged: if it would change something else than was seen
    :raises NothingOffered: if it is about nothing of ours
    :raises SameListAgain: if this list was taken for this day
    """
    draft = _open(draft_id)
    lock("supply contract", draft.contract_id)
    found = look_at(draft)
    if found.problems:
        raise PricesRefused(found.problems)
    if found.digest != seen_digest:
        raise ListChanged
    if not found.offered:
        raise NothingOffered
    same = PriceList.objects.filter(
        contract=draft.contract, effective_date=draft.effective_date, sha256=draft.sha256
    )
    if same.exists():
        raise SameListAgain
    made = PriceList.objects.create(
        contract=draft.contract, effective_date=draft.effective_date, file_name=draft.file_name,
        sha256=draft.sha256, lines=sum(len(one.ladder.tiers) for one in found.offered),
        recorded_by_id=actor.user_id, recorded_by_name=actor.name, recorded_at=now,
    )  # fmt: skip
    apply_prices(made, {one.level: one.ladder for one in found.offered}, now)
    draft.state = PriceDraft.State.TAKEN
    draft.save(update_fields=["state"])
    record(actor=actor, action="purchasing.prices.taken", subject=made, lines=made.lines)
    return made


@action("purchasing.edit_catalogue")
def drop_draft(*, actor: Actor, draft_id: int) -> PriceDraft:
    """
    Put a list away that is not to be taken; its bytes stay.

    :raises NotOpenNow: if it was taken or dropped
    """
    draft = _open(draft_id)
    draft.state = PriceDraft.State.DROPPED
    draft.save(update_fields=["state"])
    record(actor=actor, action="purchasing.draft.dropped", subject=draft)
    return draft

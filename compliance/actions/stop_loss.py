"""What stop-loss is asked for, and what each tier has: loaded and recorded, never overwritten."""

from datetime import date, datetime

from compliance.formats.stop_loss_tables import Problem, read_table
from compliance.models import StopLossCover, StopLossRow
from compliance.rules.incentive_plans import NEW_TABLES_FROM
from compliance.rules.incentive_tiers import Tier
from credentialing.actions.documents import checked_kind
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.files import store
from ipaportal.core.refusals import Refused
from ipaportal.identity.models import Party


class TableRefused(Refused):
    """Lines of a table cannot be read."""

    def __init__(self, problems: list[Problem]) -> None:
        said = "; ".join(f"line {one.line} {one.words}" for one in problems[:5])
        more = f"; and {len(problems) - 5} more" if len(problems) > 5 else ""
        super().__init__(f"{said}{more}. Nothing was loaded. Mend the lines and send them again.")


class TooOld(Refused):
    """A table of before 2019, which the portal has."""

    def __init__(self, day: date) -> None:
        super().__init__(
            f"Tables of {day} are those of 1996, which the portal has. Nothing was loaded. "
            f"Give the day from which CMS's table applies, {NEW_TABLES_FROM} at the earliest."
        )


class NoDays(Refused):
    """A cover ends before it begins."""

    def __init__(self) -> None:
        super().__init__(
            "The cover ends before it begins. Nothing was recorded. Look at both days."
        )


@action("compliance.load_stop_loss")
def load_table(
    *, actor: Actor, from_date: date, text: str, citation: str, now: datetime
) -> list[StopLossRow]:
    """
    Take a table of deductibles as the one from a day on; one loaded before for that day ends.

    :raises TooOld: for a day before 2019
    :raises TableRefused: if a line cannot be read; nothing of it is kept
    """
    if from_date < NEW_TABLES_FROM:
        raise TooOld(from_date)
    listed, problems = read_table(text)
    if problems:
        raise TableRefused(problems)
    StopLossRow.objects.filter(from_date=from_date, superseded_at=None).update(superseded_at=now)
    rows = StopLossRow.objects.bulk_create(
        StopLossRow(
            kind=one.kind,
            from_date=from_date,
            panel_from=one.panel_from,
            deductible_cents=one.cents,
            citation=citation,
            loaded_at=now,
            loaded_by_id=actor.user_id,
            loaded_by_name=actor.name,
        )
        for one in listed
    )
    record(
        actor=actor,
        action="compliance.stop_loss.loaded",
        subject=rows[0],
        from_date=f"{from_date}",
        rows=len(rows),
        citation=citation,
    )
    return rows


@action("compliance.record_cover")
def record_cover(
    *,
    actor: Actor,
    tier: str,
    party_id: int,
    kind: str,
    deductible_cents: int,
    covered_pct: int,
    carrier: str,
    policy_number: str,
    effective_date: date,
    end_date: date,
    file: tuple[str, bytes] | None,
    now: datetime,
) -> StopLossCover:
    """
    Record the stop-loss policy of a tier; one of the same number that was recorded before ends.

    :raises NoDays: if it ends before it begins
    :raises WrongFile: if its declarations page is none that is kept
    """
    if end_date <= effective_date:
        raise NoDays
    of = Party.Kind.PAYER if tier == Tier.PLAN else Party.Kind.PRACTICE
    party = Party.objects.get(pk=party_id, kind=of)
    name, data = file or ("", b"")
    if data:
        checked_kind(data)
    old = StopLossCover.objects.filter(
        tier=tier, party=party, policy_number=policy_number, kind=kind
    )
    old.filter(superseded_at=None).update(superseded_at=now)
    cover = StopLossCover.objects.create(
        tier=tier,
        party=party,
        kind=kind,
        deductible_cents=deductible_cents,
        covered_pct=covered_pct,
        file_name=name[-200:],
        file_sha256=store(data).sha256 if data else "",
        carrier=carrier,
        policy_number=policy_number,
        effective_date=effective_date,
        end_date=end_date,
        recorded_at=now,
        recorded_by_id=actor.user_id,
        recorded_by_name=actor.name,
    )
    record(
        actor=actor,
        action="compliance.stop_loss.recorded",
        subject=cover,
        tier=tier,
        party=party.pk,
        deductible_cents=deductible_cents,
        end_date=f"{end_date}",
    )
    return cover

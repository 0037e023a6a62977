"""What is told of tiers of pay that the portal does not run, and why panels count as one."""

from collections.abc import Mapping
from datetime import date, datetime

from compliance.actions.audits import by
from compliance.models import IncentiveArrangement, PooledPanel, Pooling, PoolingAnswer
from compliance.rules.incentive_plans import POOLING
from compliance.rules.incentive_tiers import BELOW, Basis, Tier
from credentialing.actions.documents import checked_kind
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.files import store
from ipaportal.core.locks import lock
from ipaportal.core.refusals import Refused
from ipaportal.identity.models import Party

FIGURES = (
    *("panel", "potential_cents", "withhold_cents", "bonus_cents", "other_liability_cents"),
    *("max_cents", "min_cents", "range_is_explained"),
)


class FiguresMissing(Refused):
    """Pay that rests on referrals, of which the figures do not say enough."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} Nothing was recorded. Mend the figures.")


class DaysWrong(Refused):
    """An arrangement that ends before it begins, or lasts for years."""

    def __init__(self) -> None:
        super().__init__(
            "An arrangement is told for some days, at most for a year and a half. Nothing was "
            "recorded. Look at both days."
        )


class NotYours(Refused):
    """A practice tells of a tier that is not below it, or of another practice."""

    def __init__(self) -> None:
        super().__init__(
            "A practice tells how its own physicians and groups are paid. Nothing was recorded."
        )


class LookedAt(Refused):
    """What was attested has been taken or sent back."""

    def __init__(self, row: IncentiveArrangement) -> None:
        super().__init__(
            f"{row.reviewed_by_name or 'Somebody'} has looked at this. Nothing was changed. Open "
            "the page again."
        )


class OwnWord(Refused):
    """Whoever attested looks at it themselves."""

    def __init__(self) -> None:
        super().__init__(
            "You attested this yourself, so somebody else looks at it. Nothing was changed."
        )


class PoolingUnfounded(Refused):
    """Conditions without an answer, or a yes that rests on nothing."""

    def __init__(self, words: str) -> None:
        super().__init__(f"{words} Nothing was recorded. Answer each condition, and what it is by.")


@action("compliance.record_incentives")
def record_arrangement(
    *, actor: Actor, tier: str, party_id: int, paid_whom: str, basis: str, effective_date: date,
    end_date: date, evidence: str, figures: Mapping[str, object], file: tuple[str, bytes] | None,
    now: datetime,
) -> IncentiveArrangement:  # fmt: skip
    """
    Tell how a tier is paid, as a contract or somebody's paper says; what was told before ends.

    :raises DaysWrong: if its days are none, or too many
    :raises FiguresMissing: if pay rests on referrals and the figures do not say how much
    :raises WrongFile: if the paper is none that is kept
    """
    kind = Party.Kind.PAYER if tier == Tier.PLAN else Party.Kind.PRACTICE
    party = Party.objects.get(pk=party_id, kind=kind)
    made = _made(
        actor, now, tier=tier, party=party, paid_whom=paid_whom, basis=basis, evidence=evidence,
        effective_date=effective_date, end_date=end_date, figures=figures, file=file,
    )  # fmt: skip
    record(actor=actor, action="compliance.incentive.recorded", subject=made, tier=tier,
           party=party.pk, basis=basis, evidence=evidence)  # fmt: skip
    return made


@action("compliance.attest_incentives")
def attest_arrangement(
    *, actor: Actor, tier: str, party_id: int, paid_whom: str, basis: str, effective_date: date,
    end_date: date, evidence: str, figures: Mapping[str, object], file: tuple[str, bytes],
    now: datetime,
) -> IncentiveArrangement:  # fmt: skip
    """
    Attest for a practice how those below it are paid; it counts once the IPA took it as it is.

    :raises NotYours: if the tier is not below the practice, or the practice not the actor's
    :raises DaysWrong: if its days are none, or too many
    :raises FiguresMissing: if pay rests on referrals and the figures do not say how much
    :raises WrongFile: if the paper is none that is kept
    """
    own = actor.reach("compliance.attest_incentives")
    if tier not in BELOW or (own is not None and party_id not in own):
        raise NotYours
    party = Party.objects.get(pk=party_id, kind=Party.Kind.PRACTICE)
    made = _made(
        actor, now, tier=tier, party=party, paid_whom=paid_whom, basis=basis, evidence=evidence,
        effective_date=effective_date, end_date=end_date, figures=figures, file=file,
        is_attested=True, review=IncentiveArrangement.Review.WAITING,
    )  # fmt: skip
    record(actor=actor, action="compliance.incentive.attested", subject=made, tier=tier,
           party=party.pk, basis=basis, file=made.file_sha256)  # fmt: skip
    return made


@action("compliance.record_incentives")
def review_arrangement(
    *, actor: Actor, arrangement_id: int, review: str, words: str, now: datetime
) -> IncentiveArrangement:
    """
    Take what a practice attested as it is, or send it back with what is missing.

    :raises LookedAt: if somebody did
    :raises OwnWord: if the actor attested it
    """
    row = IncentiveArrangement.objects.select_for_update().get(pk=arrangement_id)
    if row.review != IncentiveArrangement.Review.WAITING or row.superseded_at is not None:
        raise LookedAt(row)
    if actor.user_id == row.recorded_by_id:
        raise OwnWord
    if review == IncentiveArrangement.Review.TAKEN:
        _end_before(row.tier, row.party_id, row.paid_whom, now)
    row.review, row.review_words = review, words
    row.reviewed_at, row.reviewed_by_id, row.reviewed_by_name = now, actor.user_id, actor.name
    row.save(update_fields=["review", "review_words", "reviewed_at", "reviewed_by_id",
                            "reviewed_by_name"])  # fmt: skip
    record(actor=actor, action=f"compliance.incentive.{review}", subject=row, words=words)
    return row


@action("compliance.record_incentives")
def record_pooling(
    *, actor: Actor, tier: str, party_id: int, answers: Mapping[str, tuple[bool, str]],
    panels: Mapping[str, int], now: datetime,
) -> Pooling:  # fmt: skip
    """
    Answer each condition of pooling for a tier and party, and name the panels; 422.208(g).

    :raises PoolingUnfounded: if a condition has no answer, a yes rests on nothing, or there is
        nobody to pool with
    """
    if set(answers) != set(POOLING):
        raise PoolingUnfounded("A condition has no answer.")
    if any(holds and not rests_on for holds, rests_on in answers.values()):
        raise PoolingUnfounded("A condition is said to hold, and rests on nothing.")
    if not panels or min(panels.values()) < 1:
        raise PoolingUnfounded("No patients of another plan or program are named.")
    lock("pooling", party_id)
    old = Pooling.objects.filter(tier=tier, party_id=party_id, superseded_at=None)
    old.update(superseded_at=now)
    made = Pooling.objects.create(tier=tier, party_id=party_id, **by(actor, now))
    PoolingAnswer.objects.bulk_create(
        PoolingAnswer(pooling=made, condition=key, holds=holds, rests_on=rests_on)
        for key, (holds, rests_on) in answers.items()
    )
    PooledPanel.objects.bulk_create(
        PooledPanel(pooling=made, name=name, patients=count) for name, count in panels.items()
    )
    record(actor=actor, action="compliance.pooling.recorded", subject=made, tier=tier,
           party=party_id, holds=sorted(key for key, one in answers.items() if one[0]))  # fmt: skip
    return made


def _made(
    actor: Actor, now: datetime, *, figures: Mapping[str, object], file: tuple[str, bytes] | None,
    **said: object,
) -> IncentiveArrangement:  # fmt: skip
    days = (said["end_date"] - said["effective_date"]).days
    if not 0 < days <= 549:
        raise DaysWrong
    told = {key: figures[key] for key in FIGURES if figures.get(key) is not None}
    if said["basis"] == Basis.FIGURES:
        _check(told)
    else:
        told = {}
    name = sha256 = ""
    if file is not None:
        name, data = file
        checked_kind(data)
        sha256 = store(data).sha256
    if said.get("review", IncentiveArrangement.Review.TAKEN) == IncentiveArrangement.Review.TAKEN:
        _end_before(said["tier"], said["party"].pk, said["paid_whom"], now)
    return IncentiveArrangement.objects.create(
        file_name=name[-200:], file_sha256=sha256, **told, **said, **by(actor, now)
    )


def _check(told: Mapping[str, object]) -> None:
    potential, most = told.get("potential_cents", 0), told.get("max_cents")
    if not potential and not most:
        raise FiguresMissing("Neither the most that can be paid nor a range of it is told.")
    if not told.get("panel"):
        raise FiguresMissing("How many patients it is about is not told.")
    if told.get("bonus_cents", 0) > potential:
        raise FiguresMissing("The bonus is a part of the most that can be paid, and more than it.")
    if (most is None) != (told.get("min_cents") is None) or (most or 0) < told.get("min_cents", 0):
        raise FiguresMissing("A range has a least and a most, and the least is not above it.")


def _end_before(tier: str, party_id: int, paid_whom: str, now: datetime) -> None:
    """End what was told of the same pay; of a practice that is one physician all that was told."""
    lock("arrangement", party_id)
    IncentiveArrangement.objects.filter(
        tier=tier, party=party_id, paid_whom=paid_whom, superseded_at=None,
        review=IncentiveArrangement.Review.TAKEN,
    ).update(superseded_at=now)  # fmt: skip

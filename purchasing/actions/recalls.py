"""Recalls: read from FDA's file, matched with what came, told to practices, answered by them."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q
from django.utils import timezone

from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.locks import lock
from ipaportal.core.refusals import NotPermitted, Refused
from ipaportal.core.x12_envelope import Problem
from purchasing.formats.enforcement import EnforcementReport, read_enforcement
from purchasing.models import ApartReceipt, Recall, RecallNotice, Receipt
from purchasing.queries.recalls import (
    LIVE,
    apart_as_holding,
    codes_of,
    holding_of,
    my_notices,
    recall_as_rule,
)
from purchasing.rules.lifecycle import RECALL_MATCH, after
from purchasing.rules.recalls import Match, Rung, answer_by, match


class NoRecalls(Refused):
    """Nothing in the file can be used."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        first = problems[0].message if problems else "It holds no record."
        super().__init__(
            f"No recall of this file can be used. {first} Nothing was recorded. Ask openFDA for "
            "drug or device enforcement reports as JSON."
        )


class AmountMissing(Refused):
    def __init__(self) -> None:
        super().__init__(
            "Say how many packs are kept apart. Nothing was recorded. Count them, and keep them "
            "away from what is used."
        )


class MoreThanCame(Refused):
    def __init__(self, packs: int) -> None:
        super().__init__(
            f"{packs} packs came with this receipt, so no more can be on hand of it. Nothing was "
            "recorded."
        )


@dataclass(frozen=True)
class Taken:
    """What a file came to."""

    new: int
    known: int
    told: int
    suggested: int
    problems: tuple[Problem, ...]


@action("purchasing.take_recalls")
def take_recalls(*, actor: Actor, data: bytes, now: datetime) -> Taken:
    """
    Take FDA's enforcement reports; exact matches are told at once, all others to a person.

    :raises NoRecalls: if none of them can be used
    """
    lock("recalls")
    read = read_enforcement(data)
    if not read.reports:
        raise NoRecalls(read.problems)
    sha256 = hashlib.sha256(data).hexdigest()
    there = {one.number: one for one in Recall.objects.all()}
    new = known = told = suggested = 0
    for report in read.reports:
        before = there.get(report.recall.number)
        if before is not None:
            known += 1
            before.status, before.classification = report.status, report.recall.classification
            before.save(update_fields=["status", "classification"])
            continue
        recall = _kept(report, sha256, actor, now)
        new += 1
        found = _match(recall, now)
        told += sum(one.status == RecallNotice.Status.NOTIFIED for one in found)
        suggested += sum(one.status == RecallNotice.Status.SUGGESTED for one in found)
    record(
        actor=actor, action="purchasing.recalls.taken", sha256=sha256, new=new, known=known,
        told=told, suggested=suggested, problems=len(read.problems),
    )  # fmt: skip
    return Taken(new, known, told, suggested, read.problems)


def _kept(report: EnforcementReport, sha256: str, actor: Actor, now: datetime) -> Recall:
    rule = report.recall
    return Recall.objects.create(
        number=rule.number,
        classification=rule.classification[:30],
        status=report.status,
        firm=report.firm[:300],
        description=rule.description,
        reason=report.reason,
        code_info=report.code_info,
        ndcs=[ndc.hyphenated for ndc in rule.ndcs],
        lots=[lot.number for lot in rule.lots],
        is_all_lots=rule.is_all_lots,
        initiated_date=report.initiated_on,
        content={
            "labeler": rule.labeler,
            "products": list(rule.product_keys),
            "unread": list(rule.unread),
            "gtins": list(rule.gtins),
            "serials": list(rule.serials),
        },
        file_sha256=sha256,
        recorded_by_id=actor.user_id,
        recorded_by_name=actor.name,
        recorded_at=now,
    )


def _match(recall: Recall, now: datetime) -> list[RecallNotice]:
    """Compare a recall with what came since it was last compared."""
    rows = Receipt.objects.filter(pk__gt=recall.matched_receipt).order_by("pk")
    rows = rows.select_related("line__practice", "line__order_item__version")
    kept = ApartReceipt.objects.filter(pk__gt=recall.matched_apart).order_by("pk")
    rule = recall_as_rule(recall)
    bought = list(rows.prefetch_related("serials"))
    apart = list(kept.select_related("practice", "version"))
    codes = codes_of(
        [*(one.line.order_item.version.item_id for one in bought),
         *(one.version.item_id for one in apart)]
    )  # fmt: skip
    notices = [
        _notice(recall, found, now, receipt=one, practice=one.line.practice)
        for one in bought
        if (found := match(rule, holding_of(one, codes)))
    ] + [
        _notice(recall, found, now, apart=one, practice=one.practice)
        for one in apart
        if (found := match(rule, apart_as_holding(one, codes)))
    ]
    RecallNotice.objects.bulk_create(notices)
    Recall.objects.filter(pk=recall.pk).update(
        matched_receipt=bought[-1].pk if bought else recall.matched_receipt,
        matched_apart=apart[-1].pk if apart else recall.matched_apart,
    )
    return notices


def _notice(recall: Recall, found: Match, now: datetime, **of: object) -> RecallNotice:
    """Told at once where it is the very lot, else for a person to look at."""
    is_exact = found.rung == Rung.NDC_AND_LOT
    day = answer_by(recall.classification, timezone.localdate(now))
    return RecallNotice(
        recall=recall,
        rung=int(found.rung),
        unknown=list(found.unknown),
        status="notified" if is_exact else "suggested",
        notified_at=now if is_exact else None,
        answer_by=day if is_exact else None,
        **of,
    )


def step_recalls(now: datetime) -> int:
    """Compare what came since with the recalls that go on; how many recalls that were."""
    newest = Receipt.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    apart = ApartReceipt.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    waiting = Recall.objects.filter(
        Q(matched_receipt__lt=newest) | Q(matched_apart__lt=apart), status__in=LIVE
    )
    ids = list(waiting.values_list("pk", flat=True))
    for pk in ids:
        match_recall(actor=Actor.system("clock"), recall_id=pk, now=now)
    return len(ids)


@action("purchasing.advance_order")
def match_recall(*, actor: Actor, recall_id: int, now: datetime) -> int:
    """Compare one recall with what came since; how many notices that gave."""
    recall = Recall.objects.select_for_update().get(pk=recall_id)
    notices = _match(recall, now)
    record(actor=actor, action="purchasing.recall.matched", subject=recall, found=len(notices))
    return len(notices)


@action("purchasing.take_recalls")
def decide_notice(
    *, actor: Actor, notice_id: int, is_confirmed: bool, text: str, now: datetime, today: date
) -> RecallNotice:
    """
    Tell a practice of what fits a recall without being sure, or say why it is not concerned.

    :raises NotAllowed: if it was told or decided before
    """
    notice = RecallNotice.objects.select_for_update().get(pk=notice_id)
    if is_confirmed:
        notice.status = after(after(notice.status, "confirm", RECALL_MATCH), "notify", RECALL_MATCH)
        notice.notified_at = now
        notice.answer_by = answer_by(notice.recall.classification, today)
    else:
        notice.status = after(notice.status, "dismiss", RECALL_MATCH)
    notice.decided_by_name, notice.decision_text = actor.name, text
    notice.save()
    record(actor=actor, action=f"purchasing.notice.{notice.status}", subject=notice, text=text)
    return notice


@action("purchasing.answer_recall")
def answer_notice(
    *,
    actor: Actor,
    notice_id: int,
    outcome: str,
    on_hand: int | None,
    note: str,
    now: datetime,
) -> RecallNotice:
    """
    Answer a recall: read it, or say what is on hand and what became of it.

    :raises NotPermitted: if it is not theirs
    :raises AmountMissing: if packs are kept apart, and nobody says how many
    :raises MoreThanCame: if more are on hand than came
    """
    if not my_notices(actor=actor).filter(pk=notice_id).exists():
        raise NotPermitted(actor.name, "purchasing.answer_recall")
    notice = RecallNotice.objects.select_for_update(of=("self",)).get(pk=notice_id)
    if outcome == RecallNotice.Outcome.QUARANTINED and not on_hand:
        raise AmountMissing
    packs = notice.packs_came
    if on_hand and on_hand > packs:
        raise MoreThanCame(packs)
    event = ("correct" if notice.status == "reported" else "report") if outcome else "acknowledge"
    notice.status = after(notice.status, event, RECALL_MATCH)
    if notice.acknowledged_at is None:
        notice.acknowledged_by_name, notice.acknowledged_at = actor.name, now
    if outcome:
        notice.outcome, notice.on_hand, notice.note = outcome, on_hand or 0, note
        notice.reported_at = now
    notice.save()
    record(actor=actor, action=f"purchasing.notice.{notice.status}", subject=notice)
    return notice

"""Obligations on a day: which are in force, how each control stands, and what nothing proves."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache

from django.db.models import DateTimeField, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from compliance.models import (
    CheckResult,
    Control,
    ControlAnswer,
    Evidence,
    Obligation,
    ObligationLibrary,
)
from compliance.rules.obligations import LIBRARY, NIGHTS, Standing, by_answer, by_question, together
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted

VIEW = "compliance.view_obligations"
ASKED = "q:"


@dataclass(frozen=True)
class Duty:
    """One obligation with the standing of each of its controls."""

    obligation: Obligation
    controls: tuple[tuple[Control, Standing], ...]
    standing: Standing


@dataclass(frozen=True)
class Shipped:
    """The library that came with this version of the portal."""

    version: str
    text: str
    sha256: str


@cache
def shipped_library() -> Shipped:
    """The portal's own library; read once."""
    text = LIBRARY.read_text(encoding="utf-8")
    version = re.search(r"^version: *(.+)$", text, re.MULTILINE)
    return Shipped(version[1], text, hashlib.sha256(text.encode()).hexdigest())


def waits_to_load(newest: ObligationLibrary | None) -> str:
    """Why the portal's own library is not the one that holds: empty, `night` or `own`."""
    if newest is not None and newest.content_sha256 == shipped_library().sha256:
        return ""
    return "night" if newest is None or newest.is_shipped else "own"


def in_force(day: date, at: datetime) -> Q:
    """Rows whose days hold the day, as the library stood at a moment."""
    known = Q(superseded_at=None) | Q(superseded_at__gt=at)
    holds = Q(end_date=None) | Q(end_date__gt=day)
    return known & holds & Q(effective_date__lte=day)


def end_of(day: date) -> datetime:
    """The last moment of a day here."""
    midnight = datetime.combine(day + timedelta(days=1), time.min)
    return timezone.make_aware(midnight)


def duties(*, actor: Actor, day: date, obligation_id: int | None = None) -> list[Duty]:
    """
    Obligations in force on a day, judged by what was known then; six queries.

    The library counts as it stands, so that what was loaded since is seen on days before it too;
    what was superseded since counts as it did then.
    """
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
    at = end_of(day)
    rows = Obligation.objects.prefetch_related("links__control")
    if obligation_id is not None:
        rows = rows.filter(pk=obligation_id)
    else:
        rows = rows.filter(in_force(day, at))
    rows = list(rows.order_by("family", "code", "pk"))
    if obligation_id is None:
        # Of wordings that were in force one after the other that day, the newest.
        rows = list({(one.code, one.effective_date): one for one in rows}.values())
    wanted = {link.control_id: link.control for one in rows for link in one.links.all()}
    standings = standings_of(wanted.values(), day)
    found = []
    for one in rows:
        controls = tuple(
            (link.control, standings[link.control_id])
            for link in sorted(one.links.all(), key=lambda link: link.pk)
        )
        found.append(Duty(one, controls, together(standing for _, standing in controls)))
    return found


def standings_of(controls: Iterable[Control], day: date) -> dict[int, Standing]:
    """How controls stand on a day by what was known at its end; three queries."""
    controls, at = list(controls), end_of(day)
    since = day - timedelta(days=NIGHTS)
    nights = {
        row.key: row for row in CheckResult.objects.filter(day__gte=since, day__lte=day)
        .order_by("day")
    }  # fmt: skip
    answers: dict[int, ControlAnswer] = {}
    ids = [one.pk for one in controls]
    for answer in ControlAnswer.objects.filter(control__in=ids, answered_at__lt=at).order_by("pk"):
        answers[answer.control_id] = answer
    newest = {
        row.control_id: row
        for row in Evidence.objects.filter(control__in=ids, recorded_at__lt=at).order_by("number")
    }
    return {one.pk: _standing(one, day, nights, answers, newest) for one in controls}


def _standing(control: Control, day: date, nights: dict, answers: dict, newest: dict) -> Standing:
    if control.how == "question":
        night = nights.get(control.key.removeprefix(ASKED))
        return by_question(day, night and night.day, night.count if night else 0)
    answer, evidence = answers.get(control.pk), newest.get(control.pk)
    is_new = evidence is not None and (answer is None or answer.evidence_id != evidence.pk)
    told = answer and (timezone.localdate(answer.answered_at), answer.result, answer.text)
    lasts = answer.lasts_days if answer else control.every_days
    return by_answer(day, lasts, told, is_new)


def unproven(day: date) -> int:
    """
    How many controls of obligations in force nothing proves on a day; one query.

    Those that the portal asks about are its other questions; these wait for people.
    """
    newest = ControlAnswer.objects.filter(control=OuterRef("pk")).order_by("-pk")
    now = timezone.now()
    starts = timezone.make_aware(datetime.combine(day, time.min))
    linked = Obligation.objects.filter(in_force(day, now)).values("links__control")
    return (
        Control.objects.filter(pk__in=linked)
        .exclude(how="question")
        .annotate(
            result=Subquery(newest.values("result")[:1]),
            at=Subquery(newest.values("answered_at")[:1]),
            starts=Value(starts, DateTimeField()),
            lasts=Coalesce(Subquery(newest.values("lasts_days")[:1]), F("every_days")),
        )
        .filter(
            Q(result=None)
            | ~Q(result__in=("compliant", "not_applicable"))
            | Q(at__lt=F("starts") - F("lasts") * timedelta(days=1))
        )
        .count()
    )

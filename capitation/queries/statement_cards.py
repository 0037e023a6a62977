"""What statements bring to the front page: read it, publish it, answer it."""

from datetime import date, timedelta

from django.urls import reverse
from django.utils import timezone

from capitation.models import Dispute
from capitation.queries.disputes import dispute_list
from capitation.queries.publishing import months_to_publish
from capitation.queries.statements import VIEW, statement_list
from ipaportal.core.actors import Actor
from ipaportal.core.cards import Cards, Number, Task
from ipaportal.core.words import dollars_text, month_text

# A new statement stands among the things to do for as long as it is news.
NEWS_DAYS = 14
ANSWER_DAYS = 10


def statement_cards(actor: Actor, today: date) -> Cards:
    """A practice's newest statement and answers; for staff, months to publish and questions."""
    if not actor.may(VIEW):
        return Cards()
    if actor.reach(VIEW) is None:
        return Cards(tasks=(*_to_publish(actor, today), *_to_answer(actor, today)))
    return _for_practice(actor, today)


def _to_publish(actor: Actor, today: date) -> list[Task]:
    if not actor.may("capitation.publish_statements"):
        return []
    url = reverse("capitation:statement_publish")
    return [
        Task("Publish", f"statements of {month_text(month)}", today, url)
        for month in sorted(months_to_publish())[:1]
    ]


def _to_answer(actor: Actor, today: date) -> list[Task]:
    if not actor.may("capitation.answer_dispute"):
        return []
    waiting = dispute_list(actor=actor, status=Dispute.Status.OPEN).order_by("opened_at", "pk")
    days = timedelta(days=ANSWER_DAYS)
    return [
        Task(
            "Answer",
            f"{dispute.statement.payee} about {month_text(dispute.coverage_month)}",
            timezone.localdate(dispute.opened_at) + days,
            reverse("capitation:dispute_detail", args=[dispute.pk]),
            "bad" if timezone.localdate(dispute.opened_at) + days < today else "",
        )
        for dispute in waiting[:5]
    ]


def _for_practice(actor: Actor, today: date) -> Cards:
    latest = statement_list(actor=actor).first()
    if latest is None:
        return Cards()
    url = reverse("capitation:statement_detail", args=[latest.pk])
    tasks = []
    if timezone.localdate(latest.published_at) + timedelta(days=NEWS_DAYS) >= today:
        tasks.append(Task("Read", f"your {month_text(latest.month)} statement", None, url))
    answered = dispute_list(actor=actor).exclude(status=Dispute.Status.OPEN)
    answered = answered.filter(answered_at__date__gte=today - timedelta(days=NEWS_DAYS))
    tasks += [
        Task(
            "Read",
            f"the answer about {month_text(dispute.coverage_month)}",
            None,
            reverse("capitation:dispute_detail", args=[dispute.pk]),
        )
        for dispute in answered[:3]
    ]
    return Cards(tuple(tasks), _numbers(latest, url))


def _numbers(latest, url: str) -> tuple[Number, ...]:
    name = month_text(latest.month)
    told = latest.content
    numbers = [
        Number(f"Paid, {name}", dollars_text(latest.paid_cents), url),
        Number("Members paid", f"{told['members_paid']:,}", url),
        Number("Withheld for you", dollars_text(told["withhold_balance_cents"]), url),
    ]
    if latest.held_cents:
        numbers.insert(1, Number("Held", dollars_text(latest.held_cents), url))
    return tuple(numbers)

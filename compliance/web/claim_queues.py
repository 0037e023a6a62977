"""Work queues of claims: what waits for whom, since when, until when, and for how many dollars."""

import hashlib
from dataclasses import replace
from datetime import date

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from compliance.actions.claim_owners import WORK, assign_items
from compliance.queries.claim_queues import open_items, workers
from compliance.queries.claims import VIEW
from compliance.rules.claim_queues import (
    AGES,
    CLOCKS,
    DOLLARS,
    MINE,
    NOBODY,
    QUEUES,
    Item,
    Wanted,
    queue_remedy,
    queue_words,
    totals,
)
from ipaportal.audit.access import declare_members, shows_members
from ipaportal.core.parts import Column, Empty, FactItem, Listing, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.core.words import plural, sentence
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file

TITLE = "Work queues"
FIELDS = ("queue", "owner", "clock", "age", "dollars")
TOTALS = (
    Column("words", "What waits", "link", wide=True),
    Column("count", "Claims", "count", url="url", opens_page=True),
    Column("free", "Nobody's", "count", url="free_url", opens_page=True),
    Column("late", "Past the last day", "count", url="late_url", opens_page=True),
    Column("oldest", "Oldest, days", "count"),
    Column("cents", "Dollars", "money", url="url", opens_page=True),
    Column("remedy", "What to do", wide=True),
)
ITEMS = (
    Column("number", "Claim", "link", sort="number"),
    Column("queue", "Queue", sort="queue", wide=True),
    Column("practice", "Practice", sort="practice"),
    Column("owner", "Looked after by", sort="owner"),
    Column("age", "Days here", "count", sort="age"),
    Column("last_day", "Last day by law", "day", sort="last_day"),
    Column("left", "Days left", "text", sort="left_sort"),
    Column("look_by", "Look by", "day", sort="look_by", minor=True),
    Column("cents", "Dollars", "money", sort="cents"),
)


class Filter(forms.Form):
    """What of the queues is shown."""

    queue = forms.ChoiceField(required=False, label="Queue")
    owner = forms.ChoiceField(required=False, label="Looked after by")
    clock = forms.ChoiceField(required=False, label="Clock", choices=[("", "any"), *CLOCKS.items()])
    age = forms.ChoiceField(required=False, label="Here for", choices=[("", "any"), *AGES.items()])
    dollars = forms.ChoiceField(
        required=False, label="Dollars", choices=[("", "any"), *DOLLARS.items()]
    )

    def __init__(self, *args: object, items: list[Item], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        here = {one.queue for one in items}
        self.fields["queue"].choices = [
            ("", "any"), *((key, queue_words(key)) for key in QUEUES if key in here)
        ]  # fmt: skip
        owners = {f"{one.owner_id}": one.owner for one in items if one.owner_id}
        self.fields["owner"].choices = [
            ("", "anybody"), (MINE, "me"), (NOBODY, "nobody"),
            *sorted(owners.items(), key=lambda one: one[1]),
        ]  # fmt: skip


class Assign(forms.Form):
    """Who looks after it from here on."""

    to = forms.ChoiceField(label="Who looks after it")
    words = forms.CharField(
        max_length=400, required=False, label="Note", widget=forms.Textarea(attrs={"rows": 2}),
        help_text="It stands among the steps of each claim; practices read those of their own.",
    )  # fmt: skip

    def __init__(self, *args: object, people: list[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = [*people, (NOBODY, "nobody: anybody may take it")]


def _wanted(request: PortalRequest) -> Wanted:
    """What the address asks for; what it asks for in vain is not asked."""
    known = {"queue": QUEUES, "clock": CLOCKS, "age": AGES, "dollars": DOLLARS}
    asked = {
        name: request.GET.get(name, "")
        for name, values in known.items()
        if request.GET.get(name, "") in values
    }
    owner = request.GET.get("owner", "")
    if owner in (MINE, NOBODY) or (owner.isdecimal() and len(owner) < 19):
        asked["owner"] = owner
    return Wanted(**asked)


def _address(**asked: str) -> str:
    query = urlencode({name: value for name, value in asked.items() if value})
    here = reverse("compliance:claim_queues")
    return f"{here}?{query}" if query else here


def _row(one: Item, today: date) -> dict[str, object]:
    left = one.left(today)
    detail = "compliance:claim_detail" if one.kind == "claim" else "compliance:remit_claim_settle"
    said = {"stands": "stands", "none": ""}.get(one.clock(today), f"{left}")
    return {
        "number": one.number or "none",
        "queue": queue_words(one.queue),
        "practice": one.practice,
        "owner": one.owner,
        "age": one.age(today),
        "last_day": one.last_day,
        "left": f"{-left} late" if left is not None and left < 0 else said,
        "left_sort": left,
        "look_by": one.look_by,
        "cents": one.cents,
        "member_id": one.member_id,
        "url": reverse(detail, args=[one.pk]),
    }


def totals_listing(items: list[Item]) -> Listing:
    """What waits by queue, each figure with what it counts."""
    today = timezone.localdate()
    rows = [
        {
            "words": sentence(queue_words(one.queue)),
            **{name: getattr(one, name) for name in ("count", "free", "late", "oldest", "cents")},
            "remedy": queue_remedy(one.queue),
            "url": _address(queue=one.queue),
            "free_url": _address(queue=one.queue, owner=NOBODY),
            "late_url": _address(queue=one.queue, clock="late"),
        }
        for one in totals(items, today)
    ]
    sums = {"count": len(items), "cents": sum(one.cents for one in items)}
    columns = [replace(one, total=sums.get(one.key)) for one in TOTALS] if items else TOTALS
    return list_rows(
        rows, columns, {}, caption="What waits", page_size=100,
        empty=Empty("Nothing waits", "Every claim that came in has been decided and told."),
    )  # fmt: skip


def _empty(items: list[Item]) -> Empty:
    if items:
        return Empty(
            "Nothing like that waits", "Take a filter away, or look at another queue.",
            "Show all that waits", _address(),
        )  # fmt: skip
    return Empty(
        "Nothing waits",
        "A claim comes here when it is sent back, when it waits for a price, an authorization or "
        "an answer, when it is denied, and when a plan paid less than it should. It leaves when "
        "somebody decides on it.",
        "Claim files", reverse("compliance:claim_file_list"),
    )  # fmt: skip


@requires(VIEW)
@shows_members()
def claim_queues(request: PortalRequest) -> HttpResponse:
    """What waits of claims, by queue and one by one."""
    today, wanted = timezone.localdate(), _wanted(request)
    items = open_items(request.actor, today)
    found = wanted.of(items, today=today, me=request.actor.user_id)
    rows = [_row(one, today) for one in found]
    if wants_file(request):
        declare_members(request, [one["member_id"] for one in rows if one["member_id"]])
        return as_file(request, ITEMS, rows, "claim-queues")
    listing = list_rows(
        rows, ITEMS, request.GET, caption="What waits", default_sort="left", empty=_empty(items),
        **export_urls(request),
    )  # fmt: skip
    declare_members(request, [one["member_id"] for one in listing.rows if one["member_id"]])
    asked = {name: getattr(wanted, name) for name in FIELDS}
    context = {
        "listing": listing,
        "totals": totals_listing(items),
        "form": Filter(initial=asked, items=items),
        "sum": sum(one.cents for one in found),
        "count": plural(len(found), "claim"),
        "assign_url": _assign_address(asked) if found and request.actor.may(WORK) else "",
        "crumbs": [("Claims", reverse("compliance:claim_list")), (TITLE, "")],
    }
    return render(request, "compliance/claim_queues.html", context)


def _assign_address(asked: dict[str, str]) -> str:
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"{reverse('compliance:claim_assign')}?{query}"


def _chosen(request: PortalRequest, today: date) -> list[Item]:
    """What an address names: one claim, or all that a filter finds."""
    items = open_items(request.actor, today)
    one = request.GET.get("claim", "")
    if one:
        return [item for item in items if item.kind == "claim" and f"{item.pk}" == one]
    return _wanted(request).of(items, today=today, me=request.actor.user_id)


def _digest(items: list[Item]) -> str:
    told = ",".join(f"{one.kind}{one.pk}:{one.owner_id}" for one in items)
    return hashlib.sha256(told.encode()).hexdigest()


@requires(WORK)
@shows_members()
def claim_assign(request: PortalRequest) -> HttpResponse:
    """Hand over what a filter finds, or one claim, to somebody."""
    today = timezone.localdate()
    items = _chosen(request, today)
    if not items and request.GET.get("claim"):
        raise Http404
    declare_members(request, [one.member_id for one in items if one.member_id])
    people = [(f"{one.pk}", one.name) for one in workers(WORK, today)]
    form, seen = Assign(request.POST or None, people=people), _digest(items)
    if request.method == "POST" and form.is_valid():
        if request.POST.get("seen_digest") != seen:
            form.add_error(None, "Something of this changed since you looked. Nothing was handed "
                                 "over. This is what there is now.")  # fmt: skip
        elif done := _assign(request, form, items):
            messages.success(request, done)
            return redirect("compliance:claim_queues")
    context = {
        "form": form, "seen": seen, "listing": _chosen_listing(items, today),
        "facts": [FactItem("To be handed over", len(items), "count"),
                  FactItem("Dollars", sum(one.cents for one in items), "money")],
        "verb": f"Hand over {plural(len(items), 'claim')}",
        "crumbs": [("Claims", reverse("compliance:claim_list")),
                   (TITLE, reverse("compliance:claim_queues")), ("Hand over", "")],
    }  # fmt: skip
    status = 422 if form.errors else 200
    return render(request, "compliance/claim_assign.html", context, status=status)


def _assign(request: PortalRequest, form: Assign, items: list[Item]) -> str:
    """Do it; what it says when it was done."""
    to = form.cleaned_data["to"]
    try:
        count = assign_items(
            actor=request.actor, words=form.cleaned_data["words"], now=timezone.now(),
            claims=[one.pk for one in items if one.kind == "claim"],
            remits=[one.pk for one in items if one.kind == "remit"],
            to_id=None if to == NOBODY else int(to),
        )  # fmt: skip
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return ""
    return f"Handed over: {plural(count, 'claim')}."


def _chosen_listing(items: list[Item], today: date) -> Listing:
    columns = [one for one in ITEMS if one.key not in ("look_by", "last_day")]
    rows = [_row(one, today) for one in items]
    return list_rows(rows, columns, {}, caption="To be handed over", page_size=500)

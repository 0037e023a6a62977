"""Recalls on pages: FDA's file, what it means for whom, what practices answer."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from ipaportal.core.parts import Chip, Column, Empty, FactItem, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.core.words import plural
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, exported, one_as_file, wants_file
from ipaportal.identity.web.uploads import LIST, takes_file
from purchasing.actions import recalls as acts
from purchasing.models import Recall, RecallNotice
from purchasing.queries import recalls as asked
from purchasing.rules.recalls import RUNG_WORDS, Rung
from purchasing.web.catalogue import shown
from purchasing.web.shop import crumbs as shop_crumbs
from purchasing.web.shop import shop_tabs

VIEW, TAKE = "purchasing.view_orders", "purchasing.take_recalls"
SHOP, ANSWER = "purchasing.view_shop", "purchasing.answer_recall"
RECALLS = (
    Column("number", "Recall", "link", sort="number"),
    Column("class", "Class", sort="classification"),
    Column("status", "Stands", "status", sort="status"),
    Column("what", "What", wide=True),
    Column("told", "Told", "count", sort="told"),
    Column("answered", "Answered", "count", sort="answered"),
    Column("waiting", "To be looked at", "count", sort="waiting"),
)
NOTICES = (
    Column("practice", "Practice", "link"),
    Column("item", "Item"),
    Column("lot", "Lot"),
    Column("packs", "Packs came", "count"),
    Column("status", "Stands", "status"),
    Column("due", "Answer by", "day"),
    Column("sure", "How sure", wide=True),
    Column("answer", "Answer", wide=True),
)
MINE = (
    Column("item", "What we received", "link"),
    Column("lot", "Lot"),
    Column("class", "Class"),
    Column("due", "Answer by", "day"),
    Column("status", "Stands", "status"),
)


class RecallFile(forms.Form):
    """openFDA's enforcement reports."""

    file = forms.FileField(
        label="Enforcement reports", help_text="JSON, as openFDA gives drug or device enforcement."
    )


class DecideNotice(forms.Form):
    """Whether a practice is concerned."""

    verdict = forms.ChoiceField(
        label="This practice",
        choices=[("tell", "is told"), ("dismiss", "is not concerned")],
        widget=forms.RadioSelect,
    )
    text = forms.CharField(label="Why", max_length=300)


class AnswerForm(forms.Form):
    """What a practice has on hand, and what became of it."""

    outcome = forms.ChoiceField(
        label="What we found",
        choices=[("", "We have read it, and are still counting"), *RecallNotice.Outcome.choices],
        required=False,
        help_text="While you count, the notice stays open until the day it is to be answered by.",
    )
    on_hand = forms.IntegerField(
        label="Packs on hand, kept apart",
        min_value=0,
        max_value=1_000_000,
        required=False,
        help_text="Empty where none are left.",
    )
    note = forms.CharField(label="Note, without patients' names", max_length=300, required=False)
    seen = forms.BooleanField(label="We have read what is recalled")
    outcome.is_needed = True


def crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    """The way to a page of recalls."""
    return [("Recalls", reverse("purchasing:recall_list")), *more]


@requires(VIEW)
def recall_list(request: PortalRequest) -> HttpResponse:
    """Every recall, those that concern somebody here first if asked."""
    get = request.GET
    found = asked.recalls(
        actor=request.actor, text=get.get("q", "").strip(), show=get.get("show", "")
    )
    if wants_file(request):
        return as_file(request, RECALLS, map(_recall, found), "recalls")
    may_take = request.actor.may(TAKE)
    listing = list_rows(
        found,
        RECALLS,
        get,
        caption="Recalls",
        chips=[Chip("show", "", "All"), Chip("show", "ours", "Of what came here")],
        empty=Empty("No recall", "Read FDA's enforcement reports in.",
                    "Read a file in" if may_take else "", reverse("purchasing:recall_import")),
        **export_urls(request),
    )  # fmt: skip
    context = {"listing": shown(listing, list(map(_recall, listing.rows))), "may_take": may_take}
    return render(request, "purchasing/staff/recall_list.html", context)


def _recall(one: Recall) -> dict[str, object]:
    return {
        "number": one.number,
        "class": one.classification or "not classified yet",
        "status": one.status.lower(),
        "what": one.description[:200],
        "told": one.told,
        "answered": one.answered,
        "waiting": one.waiting,
        "url": reverse("purchasing:recall_detail", args=[one.pk]),
    }


@requires(TAKE)
@takes_file(LIST)
def recall_import(request: PortalRequest) -> HttpResponse:
    """Read FDA's enforcement reports; every refused record is named."""
    form, taken = RecallFile(request.POST or None, request.FILES or None), None
    if request.method == "POST" and form.is_valid():
        try:
            taken = acts.take_recalls(
                actor=request.actor, data=form.cleaned_data["file"].read(), now=timezone.now()
            )
        except Refused as refusal:
            form.add_error("file", str(refusal))
    ours = reverse("purchasing:recall_list") + "?show=ours"
    facts = [
        FactItem("New recalls", taken.new, "count"),
        FactItem("Known before", taken.known, "count"),
        FactItem("Told at once", taken.told, "count", url=ours),
        FactItem("To be looked at", taken.suggested, "count", url=ours),
    ] if taken else []  # fmt: skip
    rows = [{"where": one.where, "words": one.message} for one in (taken.problems if taken else ())]
    columns = [Column("where", "Where"), Column("words", "What is wrong", wide=True)]
    context = {
        "form": form,
        "facts": facts,
        "problems": list_rows(rows, columns, {}, caption="Refused records", page_size=1000),
        "crumbs": crumbs(("Read a file in", "")),
    }
    status = 422 if form.errors else 200
    return render(request, "purchasing/staff/recall_import.html", context, status=status)


@requires(VIEW)
def recall_detail(request: PortalRequest, recall_id: int) -> HttpResponse:
    """One recall: its text, whom it concerns and how surely, what they answered."""
    recall = Recall.objects.filter(pk=recall_id).first()
    if recall is None:
        raise Http404
    found = recall.notices.select_related(*asked.NOTICE_OF)
    empty = Empty("Nothing that came here fits", "Later deliveries are compared by themselves.")
    notices = list_rows([_notice(one) for one in found], NOTICES, request.GET, caption="Notices",
                        empty=empty, **exported(request, "notices"))  # fmt: skip
    if (file := one_as_file(request, {"notices": notices})) is not None:
        return file
    told = [one for one in found if one.status in asked.TOLD]
    answered = sum(one.status == "reported" for one in told)
    came, accounted = asked.packs_of(recall)
    lots = (
        "all lots" if recall.is_all_lots else ", ".join(recall.lots) or "not understood: see text"
    )
    context = {
        "recall": recall,
        "facts": [
            FactItem("Class", recall.classification or "not classified yet"),
            FactItem("Firm", recall.firm),
            *_code_facts(recall),
            FactItem("Lots", lots),
            FactItem("Answered", f"{answered} of {plural(len(told), 'notice')}"),
            FactItem("Packs accounted for", f"{accounted:,} of {came:,}"),
        ],
        "notices": notices,
        "crumbs": crumbs((recall.number, "")),
    }
    return render(request, "purchasing/staff/recall_detail.html", context)


def _notice(one: RecallNotice) -> dict[str, object]:
    unknown = f"; unknown: {', '.join(one.unknown)}" if one.unknown else ""
    return {
        "practice": one.practice.name,
        "item": one.goods,
        "lot": one.came.lot or "unknown",
        "packs": one.came.packs,
        "status": one.get_status_display(),
        "due": one.answer_by,
        "sure": RUNG_WORDS[Rung(one.rung)] + unknown,
        "answer": _answer_words(one),
        "url": reverse("purchasing:notice_decide", args=[one.pk]),
    }


def _answer_words(one: RecallNotice) -> str:
    if one.status == "dismissed":
        return f"{one.decided_by_name}: {one.decision_text}"
    if not one.outcome:
        return ""
    packs = f", {one.on_hand} packs" if one.on_hand else ""
    return f"{one.get_outcome_display()}{packs}"


def _code_facts(recall: Recall) -> list[FactItem]:
    """What a recall names: drugs by NDC, devices by UDI and serial; that it names none."""
    told = recall.content
    named = (("NDC", recall.ndcs), ("UDI (article numbers)", told.get("gtins", [])),
             ("Serials", told.get("serials", [])))  # fmt: skip
    found = [FactItem(head, ", ".join(values)) for head, values in named if values]
    return found or [FactItem("Codes", "none named")]


@requires(TAKE)
def notice_decide(request: PortalRequest, notice_id: int) -> HttpResponse:
    """Tell a practice of what fits without being sure, or say why it is not concerned."""
    rows = RecallNotice.objects.select_related(*asked.NOTICE_OF)
    notice = rows.filter(pk=notice_id).first()
    if notice is None:
        raise Http404
    form = DecideNotice(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            acts.decide_notice(
                actor=request.actor, notice_id=notice_id, text=form.cleaned_data["text"],
                is_confirmed=form.cleaned_data["verdict"] == "tell", now=timezone.now(),
                today=timezone.localdate(),
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Decided, with your name.")
            return redirect("purchasing:recall_detail", notice.recall_id)
    here = (notice.recall.number, reverse("purchasing:recall_detail", args=[notice.recall_id]))
    context = {
        "notice": notice,
        "facts": [*_notice_facts(notice), *_answer_facts(notice)],
        "form": form,
        "is_open": notice.status in ("suggested", "dismissed"),
        "crumbs": crumbs(here, (notice.practice.name, "")),
    }
    status = 422 if form.errors else 200
    return render(request, "purchasing/staff/notice_decide.html", context, status=status)


def _answer_facts(notice: RecallNotice) -> list[FactItem]:
    """What the practice was told and said, and where what came can be opened."""
    facts = [_came_with(notice)]
    if notice.status not in asked.TOLD:
        return facts
    seen = notice.acknowledged_by_name
    return [
        *facts,
        FactItem("Answer by", notice.answer_by, "day"),
        FactItem("Read by", seen or "nobody yet",
                 note=f"{notice.acknowledged_at:%b %-d, %Y}" if seen else "call the practice"),
        FactItem("Answer", _answer_words(notice) or "not yet", note=notice.note),
    ]  # fmt: skip


def _came_with(notice: RecallNotice) -> FactItem:
    """The order that it came with; of stock kept apart, whose it is."""
    if notice.receipt is None:
        return FactItem("Kept apart", notice.apart.get_ownership_display(),
                        url=reverse("purchasing:apart_list"))  # fmt: skip
    purchase = notice.receipt.line.purchase
    return FactItem("Came with", purchase.number,
                    url=reverse("purchasing:purchase_detail", args=[purchase.pk]))  # fmt: skip


def _notice_facts(notice: RecallNotice) -> list[FactItem]:
    came = notice.came
    whose = "" if notice.receipt is not None else notice.apart.get_ownership_display()
    return [
        FactItem("What came", notice.version.name, note=whose),
        FactItem("Lot", came.lot or "unknown"),
        FactItem("Packs", came.packs, "count", note=f"on {came.recorded_at:%b %-d, %Y}"),
        FactItem("How sure", RUNG_WORDS[Rung(notice.rung)]),
        FactItem("Not known", ", ".join(notice.unknown) or "nothing that matters"),
        FactItem("Stands", notice.get_status_display()),
    ]


@requires(SHOP)
def my_recall_list(request: PortalRequest) -> HttpResponse:
    """What we were told, the most urgent first."""
    rows = [
        {
            "item": one.version.name,
            "lot": one.came.lot or "unknown",
            "class": one.recall.classification or "not classified yet",
            "due": one.answer_by,
            "status": one.get_status_display(),
            "url": reverse("purchasing:recall_answer", args=[one.pk]),
        }
        for one in asked.my_notices(actor=request.actor)
    ]
    if wants_file(request):
        return as_file(request, MINE, rows, "recalls")
    empty = Empty("No recall of what you received", "Exact matches come here at once.")
    listing = list_rows(rows, MINE, request.GET, caption="Recalls", empty=empty,
                        **export_urls(request))  # fmt: skip
    context = {
        "listing": listing,
        "tabs": shop_tabs(request, "my_recall_list"),
        "crumbs": shop_crumbs(("Recalls", "")),
    }
    return render(request, "purchasing/provider/recall_list.html", context)


@requires(ANSWER)
def recall_answer(request: PortalRequest, notice_id: int) -> HttpResponse:
    """Answer a recall: what is on hand, and what became of it."""
    notice = asked.my_notices(actor=request.actor).filter(pk=notice_id).first()
    if notice is None:
        raise Http404
    initial = {"outcome": notice.outcome, "on_hand": notice.on_hand, "note": notice.note}
    form = AnswerForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = {name: form.cleaned_data[name] for name in ("outcome", "on_hand", "note")}
        try:
            acts.answer_notice(actor=request.actor, notice_id=notice_id, now=timezone.now(), **data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Thank you: recorded with your name.")
            return redirect("purchasing:my_recall_list")
    context = {
        "notice": notice,
        "facts": _notice_facts(notice),
        "form": form,
        "crumbs": shop_crumbs(
            ("Recalls", reverse("purchasing:my_recall_list")), (notice.recall.number, "")
        ),
    }
    status = 422 if form.errors else 200
    return render(request, "purchasing/provider/recall_answer.html", context, status=status)

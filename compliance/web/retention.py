"""Records: how long each kind is kept, what is due, and how it is deleted."""

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from compliance.actions.purges import (
    NEEDED,
    approve_purge,
    preview,
    propose_purge,
    reject_purge,
)
from compliance.models import Purge, PurgeItem
from compliance.queries.backups import gone_of
from compliance.queries.retention import Count, counts
from compliance.rules.retention import BY_KEY, KINDS, PURGED, Kind
from compliance.web.retention_forms import Because, Seen
from ipaportal.core.parts import Chip, Column, Empty, FactItem, list_rows, matching
from ipaportal.core.refusals import Refused
from ipaportal.core.words import plural
from ipaportal.identity.web.access import PortalRequest, fresh_login_to_send, requires
from ipaportal.identity.web.exports import as_file, export_urls, exported, one_as_file, wants_file
from ipaportal.identity.web.stored import stored_file

VIEW = "compliance.view_retention"
APPROVE = "compliance.approve_purge"
KIND_COLUMNS = (
    Column("name", "Records", "link"),
    Column("years", "Kept"),
    Column("kept", "On file", "count"),
    Column("oldest", "Oldest", "day"),
    Column("due", "Years over", "count"),
    Column("held", "Held of these", "count"),
    Column("rule", "By what rule", wide=True, minor=True),
)
PURGE_COLUMNS = (
    Column("name", "List", "link"),
    Column("state", "State", "status"),
    Column("proposed", "Proposed", "day"),
    Column("by", "By"),
    Column("agreed", "Agreed"),
    Column("done", "Deleted", "day"),
)
ITEM_COLUMNS = (
    Column("name", "Record", sort="name"),
    Column("received", "Came", "day", sort="received"),
    Column("until", "Years over since", "day", sort="until"),
    Column("state", "State", "status"),
    Column("sha256", "SHA-256", minor=True, wide=True),
)


@requires(VIEW)
def retention(request: PortalRequest) -> HttpResponse:
    """Every kind of record, and the lists of what was to be deleted."""
    found = counts(actor=request.actor)
    lists = {
        "kinds": list_rows(
            [_kind_row(kind, found.get(kind.key)) for kind in KINDS], KIND_COLUMNS, {},
            caption="Records", **exported(request, "kinds"),
        ),
        "purges": list_rows(
            [_purge_row(one) for one in Purge.objects.prefetch_related("approvals")],
            PURGE_COLUMNS, request.GET, caption="Lists for deletion",
            empty=Empty(
                "Nothing was ever deleted",
                "Where years are over, open the kind of record above and propose a list. Two "
                "others have to agree before the clock deletes anything.",
            ),
            **exported(request, "purges"),
        ),
    }  # fmt: skip
    if written := one_as_file(request, lists):
        return written
    context = {**lists, "crumbs": [("Compliance", reverse("compliance:desk")), ("Records", "")]}
    return render(request, "compliance/retention.html", context)


def _kind_row(kind: Kind, found: Count | None) -> dict[str, object]:
    return {
        "name": kind.name,
        "years": f"{kind.years} years from when {kind.starts}" if kind.years else "for good",
        "kept": found and found.kept,
        "oldest": found and found.oldest,
        "due": found and found.due,
        "held": found and found.held,
        "rule": kind.citation,
        "url": reverse("compliance:purge_new", args=[kind.key]) if found else "",
    }


def _purge_row(one: Purge) -> dict[str, object]:
    return {
        "name": str(one),
        "state": one.get_status_display(),
        "proposed": timezone.localdate(one.proposed_at),
        "by": one.proposed_by_name,
        "agreed": ", ".join(said.approved_by_name for said in one.approvals.all()) or "nobody yet",
        "done": one.done_at and timezone.localdate(one.done_at),
        "url": reverse("compliance:purge_detail", args=[one.pk]),
    }


@requires(VIEW)
def purge_new(request: PortalRequest, record_kind: str) -> HttpResponse:
    """What of a kind may go today, and the proposal to delete exactly that."""
    if record_kind not in PURGED:
        raise Http404
    rule, today = BY_KEY[record_kind], timezone.localdate()
    found, may = preview(record_kind, today), request.actor.may("compliance.propose_purge")
    form = Seen(request.POST or None, initial={"seen": found.digest})
    if request.method == "POST" and form.is_valid():
        try:
            purge = propose_purge(
                actor=request.actor, kind=record_kind, seen_digest=form.cleaned_data["seen"],
                now=timezone.now(),
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"Proposed. {NEEDED} others have to agree.")
            return redirect("compliance:purge_detail", purge.pk)
    rows = [_record_row(one.name, one.received, one.kept_until, one.sha256) for one in found.listed]
    shown = matching(rows, request.GET.get("q", ""), "name", "sha256")
    if wants_file(request):
        return as_file(request, ITEM_COLUMNS, shown, f"due-{record_kind}-{today}")
    empty = Empty(
        "None may go today",
        f"They are kept for {rule.years} years from when {rule.starts}"
        + (f", and a legal hold covers {found.held} that are over." if found.held else "."),
    )
    context = {
        "rule": rule,
        "facts": [
            FactItem("Would be deleted", len(found.listed), "count"),
            FactItem("Kept by a legal hold", found.held, "count"),
            FactItem("Rule", f"{rule.years} years", note=rule.citation),
        ],
        "form": form if may and found.listed else None,
        "listing": list_rows(
            shown, ITEM_COLUMNS, request.GET, caption="Records whose years are over", empty=empty,
            **export_urls(request),
        ),
        "crumbs": _crumbs(rule.name),
    }  # fmt: skip
    status = 422 if form.errors else 200
    return render(request, "compliance/purge_new.html", context, status=status)


def _record_row(
    name: str, received: date, until: date | None, sha256: str, state: str = "years over"
) -> dict[str, object]:
    return {"name": name, "received": received, "until": until, "sha256": sha256, "state": state}


def _crumbs(name: str) -> list[tuple[str, str]]:
    return [
        ("Compliance", reverse("compliance:desk")),
        ("Records", reverse("compliance:retention")),
        (name, ""),
    ]


@requires(VIEW)
def purge_detail(request: PortalRequest, purge_id: int) -> HttpResponse:
    """A list with every record on it, who agreed, and what came of it."""
    purge = Purge.objects.filter(pk=purge_id).first()
    if purge is None:
        raise Http404
    show, items = request.GET.get("show", ""), purge.items.all()
    spared = items.exclude(spared_because="")
    rows = [_item_row(one) for one in (spared if show == "spared" else items)]
    shown = matching(rows, request.GET.get("q", ""), "name", "sha256")
    if wants_file(request):
        return as_file(request, ITEM_COLUMNS, shown, f"purge-{purge.pk}")
    chips = [Chip("show", "", "All", items.count()), Chip("show", "spared", "Kept after all",
             spared.count())]  # fmt: skip
    approvals = list(purge.approvals.all())
    is_mine = request.actor.user_id in {
        purge.proposed_by_id,
        *(a.approved_by_id for a in approvals),
    }
    may = request.actor.may(APPROVE) and purge.status == Purge.Status.PROPOSED
    context = {
        "purge": purge,
        "facts": _facts(purge, approvals),
        "approve": Seen(initial={"seen": purge.items_sha256}) if may and not is_mine else None,
        "reject": Because() if may else None,
        "listing": list_rows(
            shown, ITEM_COLUMNS, request.GET, caption="Records", chips=chips,
            empty=Empty("No such record", "None of the list is so."), **export_urls(request),
        ),
        "crumbs": _crumbs(str(purge)),
    }  # fmt: skip
    return render(request, "compliance/purge_detail.html", context)


def _facts(purge: Purge, approvals: list) -> list[FactItem]:
    rule = BY_KEY[purge.kind]
    said = ", ".join(map(str, approvals)) or "nobody yet"
    facts = [
        FactItem("State", purge.get_status_display(), "status", note=purge.reject_reason),
        FactItem("Proposed by", purge.proposed_by_name, note=f"{purge.proposed_at:%Y-%m-%d}"),
        FactItem(f"Agreed, {len(approvals)} of {NEEDED}", said),
        FactItem("Rule", f"{rule.years} years", note=rule.citation),
    ]
    if (gone := gone_of(purge)) is not None:
        still = (
            f"{len(gone.still)} of {plural(len(gone.holding), 'known backup')} can hold them now"
        )
        url = reverse("compliance:backup_list")
        said = gone.last_date or "not known"
        facts.append(FactItem("Gone from backups after", said, "day" if gone.last_date else "text",
                              note=still, url=url))  # fmt: skip
    if purge.certificate_sha256:
        url = reverse("compliance:purge_certificate", args=[purge.pk])
        facts.append(
            FactItem("Certificate", f"No. {purge.pk}", note=purge.certificate_sha256, url=url)
        )
    return facts


def _item_row(one: PurgeItem) -> dict[str, object]:
    state = "deleted" if one.purged_at else one.spared_because or "waits"
    return _record_row(one.name, one.received_date, one.kept_until, one.sha256, state)


@require_POST
@requires(APPROVE)
@fresh_login_to_send
def purge_decide(request: PortalRequest, purge_id: int) -> HttpResponse:
    """Agree to the list that was seen, or say no with a reason."""
    common = {"actor": request.actor, "purge_id": purge_id, "now": timezone.now()}
    if not Purge.objects.filter(pk=purge_id).exists():
        raise Http404
    seen, because = Seen(request.POST), Because(request.POST)
    try:
        if seen.is_valid():
            purge = approve_purge(seen_digest=seen.cleaned_data["seen"], **common)
            messages.success(request, f"You agreed. The list is {purge.get_status_display()}.")
        elif because.is_valid():
            reject_purge(reason=because.cleaned_data["reason"], **common)
            messages.success(request, "Rejected. Every record stays.")
        else:
            messages.error(request, "Say why. Nothing was changed.")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("compliance:purge_detail", purge_id)


@requires(VIEW)
def purge_certificate(request: PortalRequest, purge_id: int) -> HttpResponse:
    """The certificate as it was stored."""
    purge = Purge.objects.filter(pk=purge_id).exclude(certificate_sha256="").first()
    if purge is None:
        raise Http404
    return stored_file(purge.certificate_sha256, f"purge-certificate-{purge.pk}.json")

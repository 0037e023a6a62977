"""Campaigns as compliance sees them, and what each person has to attest."""

from allauth.account.authentication import get_authentication_records
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from compliance.actions.campaigns import attest, launch_campaign
from compliance.models import Campaign, CampaignPerson
from compliance.rules.attestations import state_of
from compliance.web.policy_forms import Attest, Launch
from ipaportal.core.parts import Chip, Column, Empty, FactItem, list_rows, matching
from ipaportal.core.refusals import Refused
from ipaportal.identity.web.access import PortalRequest, fresh_login_to_send, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file

VIEW = "compliance.view_campaigns"
LAUNCH = "compliance.launch_campaigns"
ATTEST = "compliance.attest"
COLUMNS = (
    Column("title", "Campaign", "link", sort="title"),
    Column("kind", "About", sort="kind"),
    Column("state", "State", "status"),
    Column("asked", "Asked", "count"),
    Column("attested", "Attested", "count"),
    Column("overdue", "Overdue", "count"),
    Column("due", "Last day", "day", sort="due"),
    Column("launched", "Launched", "day", sort="launched", minor=True),
)
PEOPLE = (
    Column("name", "Who", sort="name"),
    Column("party", "Of", sort="party"),
    Column("state", "State", "status"),
    Column("at", "Attested", "day", sort="at"),
    Column("by", "Signed in by", minor=True),
    Column("reminded", "Reminders sent", "count", minor=True),
    Column("statement", "Said", wide=True),
)
MINE = (
    Column("title", "To read and attest", "link"),
    Column("kind", "About"),
    Column("state", "State", "status"),
    Column("due", "Last day", "day"),
    Column("at", "Attested", "day"),
)


def _people(campaign: Campaign) -> list[CampaignPerson]:
    return list(campaign.people.select_related("user", "party", "attestation"))


def _state(one: CampaignPerson, due, today) -> str:
    return state_of(due, today, is_attested=hasattr(one, "attestation"))


@requires(VIEW)
def campaign_list(request: PortalRequest) -> HttpResponse:
    """Every campaign with who still owes it."""
    today = timezone.localdate()
    campaigns = Campaign.objects.prefetch_related("people__attestation")
    rows = [_row(one, today) for one in campaigns]
    open_ = [row for row in rows if row["attested"] < row["asked"]]
    shown = open_ if request.GET.get("show") == "open" else rows
    shown = matching(shown, request.GET.get("q", ""), "title", "kind")
    if wants_file(request):
        return as_file(request, COLUMNS, shown, f"campaigns-{today}")
    context = {
        "may_launch": request.actor.may(LAUNCH),
        "listing": list_rows(
            shown, COLUMNS, request.GET, caption="Campaigns",
            chips=[Chip("show", "", "All", len(rows)),
                   Chip("show", "open", "Not complete", len(open_))],
            empty=Empty(
                "No campaign yet",
                "Launch one for a policy, the code of conduct, conflicts of interest or a "
                "training: everybody with the roles you choose is asked, reminded 30, 14 and 7 "
                "days before its last day, and once it is over.",
            ),
            **export_urls(request),
        ),
        "crumbs": _crumbs(request, "Campaigns"),
    }  # fmt: skip
    return render(request, "compliance/campaign_list.html", context)


def _row(one: Campaign, today) -> dict[str, object]:
    states = [_state(person, one.due_date, today) for person in one.people.all()]
    missing = len(states) - states.count("attested")
    return {
        "title": one.title,
        "kind": one.get_kind_display(),
        "state": "complete" if not missing else "overdue" if "overdue" in states else "waits",
        "asked": len(states),
        "attested": states.count("attested"),
        "overdue": states.count("overdue"),
        "due": one.due_date,
        "launched": timezone.localdate(one.launched_at),
        "url": reverse("compliance:campaign_detail", args=[one.pk]),
    }


def _crumbs(request: PortalRequest, name: str) -> list[tuple[str, str]]:
    found = []
    if request.actor.may("compliance.view_desk"):
        found.append(("Compliance", reverse("compliance:desk")))
    if name != "Campaigns":
        found.append(("Campaigns", reverse("compliance:campaign_list")))
    return [*found, (name, "")]


@requires(LAUNCH)
def campaign_new(request: PortalRequest) -> HttpResponse:
    """Launch a campaign to everybody who has the roles today."""
    form = Launch(request.POST or None, initial={"version": request.GET.get("version")})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        version = data.pop("version")
        try:
            made = launch_campaign(
                actor=request.actor, now=timezone.now(), version_id=version and version.pk, **data
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"Launched to {made.people.count()} people.")
            return redirect("compliance:campaign_detail", made.pk)
    context = {
        "form": form, "title": "Launch a campaign", "verb": "Launch it",
        "back": reverse("compliance:campaign_list"), "crumbs": _crumbs(request, "Launch"),
    }  # fmt: skip
    status = 422 if form.errors else 200
    return render(request, "compliance/form.html", context, status=status)


@requires(VIEW)
def campaign_detail(request: PortalRequest, campaign_id: int) -> HttpResponse:
    """Who was asked, who attested, who owes it."""
    campaign = Campaign.objects.select_related("version__policy").filter(pk=campaign_id).first()
    if campaign is None:
        raise Http404
    today = timezone.localdate()
    rows = [_person_row(one, campaign, today) for one in _people(campaign)]
    missing = [row for row in rows if row["state"] != "attested"]
    shown = missing if request.GET.get("show") == "open" else rows
    shown = matching(shown, request.GET.get("q", ""), "name", "party")
    if wants_file(request):
        return as_file(request, PEOPLE, shown, f"campaign-{campaign.pk}")
    version = campaign.version
    context = {
        "campaign": campaign,
        "facts": [
            FactItem("Attested", f"{len(rows) - len(missing)} of {len(rows)}"),
            FactItem("Last day", campaign.due_date, "day"),
            FactItem("About", campaign.get_kind_display(), note=f"{version or ''}",
                     url=version and reverse("compliance:version_detail", args=[version.pk])),
            FactItem("Launched by", campaign.launched_by_name,
                     note=f"{campaign.launched_at:%Y-%m-%d}"),
            FactItem("What is attested", "SHA-256", note=campaign.content_sha256[:16] + "…"),
        ],
        "listing": list_rows(
            shown, PEOPLE, request.GET, caption="People",
            chips=[Chip("show", "", "All", len(rows)),
                   Chip("show", "open", "Not yet", len(missing))],
            empty=Empty("Everybody attested", "Nobody owes this any more."),
            **export_urls(request),
        ),
        "crumbs": _crumbs(request, campaign.title),
    }  # fmt: skip
    return render(request, "compliance/campaign_detail.html", context)


def _person_row(one: CampaignPerson, campaign: Campaign, today) -> dict[str, object]:
    said = getattr(one, "attestation", None)
    return {
        "name": one.user.name,
        "party": one.party.name,
        "state": _state(one, campaign.due_date, today),
        "at": said and timezone.localdate(said.attested_at),
        "by": said and said.signed_in_by,
        "reminded": len(one.reminded),
        "statement": said and said.statement,
    }


@requires(ATTEST)
def my_attestations(request: PortalRequest) -> HttpResponse:
    """What this person is asked to attest, and has."""
    today = timezone.localdate()
    mine = CampaignPerson.objects.filter(user_id=request.actor.user_id)
    rows = [
        {
            "title": one.campaign.title,
            "kind": one.campaign.get_kind_display(),
            "state": _state(one, one.campaign.due_date, today),
            "due": one.campaign.due_date,
            "at": timezone.localdate(one.attestation.attested_at)
            if hasattr(one, "attestation") else None,
            "url": reverse("compliance:attest", args=[one.pk]),
        }
        for one in mine.select_related("campaign", "attestation")
    ]  # fmt: skip
    rows.sort(key=lambda row: (row["state"] == "attested", row["due"]))
    if wants_file(request):
        return as_file(request, MINE, rows, "attestations")
    context = {
        "listing": list_rows(
            rows, MINE, request.GET, caption="To attest",
            empty=Empty("Nothing to attest", "When compliance asks you to read a policy or to do a "
                        "training, it stands here and you get a mail."),
            **export_urls(request),
        ),
    }  # fmt: skip
    return render(request, "compliance/my_attestations.html", context)


@requires(ATTEST)
@fresh_login_to_send
def attest_page(request: PortalRequest, campaign_person_id: int) -> HttpResponse:
    """Read what is asked, answer its questions, and say yes; or see what was attested."""
    person = (
        CampaignPerson.objects.select_related("campaign", "attestation")
        .filter(pk=campaign_person_id, user_id=request.actor.user_id)
        .first()
    )
    if person is None:
        raise Http404
    campaign, said = person.campaign, getattr(person, "attestation", None)
    form = Attest(
        request.POST or None, questions=campaign.questions, kind=campaign.kind,
        initial={"seen": campaign.content_sha256},
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            attest(
                actor=request.actor, person_id=person.pk, answers=form.answers(),
                seen_digest=form.cleaned_data["seen"], now=timezone.now(),
                statement=form.cleaned_data.get("statement", ""), signed_in_by=_how(request),
                interest_party_ids=[one.pk for one in form.cleaned_data.get("interests", ())],
                interest_npis=form.cleaned_data.get("npis", ()),
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Thank you. It is on record, with what you read.")
            return redirect("compliance:my_attestations")
    context = {
        "person": person,
        "campaign": campaign,
        "said": said,
        "form": None if said else form,
        "crumbs": [("To attest", reverse("compliance:my_attestations")), (campaign.title, "")],
    }
    status = 422 if form.errors else 200
    return render(request, "compliance/attest.html", context, status=status)


def _how(request: PortalRequest) -> str:
    """By what they signed in, as allauth has it on the session."""
    records = get_authentication_records(request)
    return ", ".join(dict.fromkeys(str(one.get("method", "")) for one in records)) or "session"

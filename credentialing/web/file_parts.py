"""What the pages of files show, as the parts take it: tables, facts, tabs, time lines."""

from collections.abc import Sequence

from django.http import HttpRequest
from django.urls import reverse

from credentialing.models import Credential, CredentialingEvent, Document, Verification
from credentialing.queries.elements import ElementState
from credentialing.queries.files import FilePage, HistoryPage
from credentialing.rules.elements import NPDB
from credentialing.rules.events import WORDS, Status
from credentialing.rules.work_history import Asks
from ipaportal.core.parts import Column, Empty, FactItem, Listing, Moment, Tab, list_rows
from ipaportal.core.words import day_text, dollars_text

TABS = (
    ("", "Overview"),
    ("elements", "Elements"),
    ("credentials", "Credentials"),
    ("history", "History"),
    ("documents", "Documents"),
    ("performance", "Since last decision"),
    ("timeline", "Time line"),
)
FACILITY_TABS = (
    ("", "Overview"),
    ("elements", "Elements"),
    ("credentials", "Credentials"),
    ("behind", "Owners and visits"),
    ("documents", "Documents"),
    ("performance", "Since last decision"),
    ("timeline", "Time line"),
)
_ELEMENTS = (
    Column("what", "Element", "link"),
    Column("state", "State", "status"),
    Column("source", "Source"),
    Column("performed", "Asked", "day", minor=True),
    Column("until", "Holds until", "day"),
    Column("left", "Days left", "count"),
    Column("signed", "Signed by", minor=True),
)
_CREDENTIALS = (
    Column("kind", "Kind"),
    Column("number", "Number"),
    Column("issuer", "Of"),
    Column("issued", "Issued", "day", minor=True),
    Column("expires", "Last day", "day"),
    Column("state", "State", "status"),
    Column("source", "Says", minor=True),
)
_DOCUMENTS = (
    Column("kind", "Document", "link"),
    Column("name", "File", minor=True),
    Column("expires", "Expires", "day"),
    Column("uploaded", "Came", "day"),
    Column("state", "State", "status"),
)


def tabs_of(request: HttpRequest, tabs: Sequence[tuple[str, str]], page: FilePage) -> list[Tab]:
    """The tabs of a file, with what waits in them."""
    asked = tab_asked(request, tabs)
    waiting = {
        "elements": sum(not state.is_done for state in page.elements),
        "documents": sum(row.status == Document.Status.RECEIVED for row in page.documents),
    }
    return [
        Tab(
            label,
            f"{request.path}?tab={code}" if code else request.path,
            current=code == asked,
            count=waiting.get(code) or None,
            tone="warm",
        )
        for code, label in tabs
    ]


def tab_asked(request: HttpRequest, tabs: Sequence[tuple[str, str]]) -> str:
    """The tab that the address names, else the first."""
    asked = request.GET.get("tab", "")
    return asked if asked in dict(tabs) else ""


def elements_table(page: FilePage) -> Listing:
    """The elements with who said what, and how many days are left on the planned day."""
    rows = [_element_row(state, page) for state in page.elements]
    empty = Empty(
        "Nothing to verify yet", "The list is made once a signed application is found complete."
    )
    return list_rows(rows, _ELEMENTS, {}, caption="Elements", empty=empty, page_size=200)


def _element_row(state: ElementState, page: FilePage) -> dict[str, object]:
    found, standing = state.verification, state.standing
    word = state.word
    if word == "verified" and standing is not None and standing.is_soon(page.day):
        word = "expires soon"
    return {
        "what": str(state.element),
        "state": word,
        "source": found.get_source_display() if found else "",
        "performed": found.performed_at.date() if found else None,
        "until": standing.last_day if standing else None,
        "left": standing.days_left(page.day) if standing else None,
        "signed": found.review.reviewed_by_name if found else "",
        "url": reverse("credentialing:element_detail", args=[state.element.pk]),
    }


def credentials_table(rows: Sequence[Credential], day, caption: str = "Credentials") -> Listing:
    """Credentials as they are held on a day."""
    shown = [
        {
            "kind": row.get_kind_display(),
            "number": f"{row.state} {row.number}".strip(),
            "issuer": " · ".join(filter(None, [row.issuer, row.category, _limits(row)])),
            "issued": row.issued_date,
            "expires": row.expires_date,
            "state": _held(row, day),
            "source": row.get_source_display(),
        }
        for row in rows
    ]
    empty = Empty("Nothing is recorded", "A signed application brings its credentials along.")
    return list_rows(shown, _CREDENTIALS, {}, caption=caption, empty=empty, page_size=200)


def _held(row: Credential, day) -> str:
    if row.superseded_at is not None:
        return "superseded"
    if row.expires_date is not None and row.expires_date < day:
        return "expired"
    return row.status


def _limits(row: Credential) -> str:
    if row.per_claim_cents is None:
        return ""
    return f"{dollars_text(row.per_claim_cents)} / {dollars_text(row.aggregate_cents or 0)}"


def documents_table(rows: Sequence[Document]) -> Listing:
    """Documents, the newest of each kind."""
    shown = [
        {
            "kind": row.get_kind_display(),
            "name": row.name,
            "expires": row.expires_date,
            "uploaded": row.uploaded_at.date(),
            "state": "needs review" if row.status == "received" else row.status,
            "url": reverse("credentialing:document_detail", args=[row.pk]),
        }
        for row in rows
    ]
    empty = Empty(
        "No documents", "The provider brings them with the application, or staff add them."
    )
    return list_rows(shown, _DOCUMENTS, {}, caption="Documents", empty=empty, page_size=200)


def moments_of(page: FilePage) -> list[Moment]:
    """Steps, signatures and their voiding, newest first."""
    moments = [
        Moment(
            step.at,
            WORDS[Status(step.to_status)].capitalize(),
            step.by_name,
            step.reason,
            _tone(step.to_status),
        )
        for step in page.steps
    ]
    for one in page.attestations:
        moments.append(Moment(one.signed_at, "Application signed", one.signed_name))
        if one.voided_at:
            reason = one.void_reason
            moments.append(
                Moment(one.voided_at, "Signature void", one.voided_by_name, reason, "warm")
            )
    return sorted(moments, key=lambda moment: moment.at, reverse=True)


def _tone(status: str) -> str:
    if status in (Status.DENIED, Status.STOPPED):
        return "bad"
    if status in (Status.INCOMPLETE, Status.APPLYING):
        return "warm"
    return "good" if status in (Status.APPROVED, Status.APPROVED_CONDITIONS) else ""


def event_facts(page: FilePage) -> list[FactItem]:
    """Where the newest cycle stands."""
    event = page.event
    if event is None:
        return [FactItem("Cycle", "none yet")]
    facts = [
        FactItem("Cycle", event.get_kind_display().capitalize()),
        FactItem("Stands", event.get_status_display().capitalize()),
        FactItem("Opened", event.opened_at.date(), "day", note=event.opened_by_name),
    ]
    if page.elements:
        facts.append(FactItem("Elements in order", f"{page.done} of {len(page.elements)}"))
    if event.planned_decision_date:
        facts.append(FactItem("Decision planned", event.planned_decision_date, "day"))
    if event.decision_date:
        facts.append(FactItem("Decided", event.decision_date, "day"))
    if event.next_due_date:
        facts.append(FactItem("Next due", event.next_due_date, "day"))
    return facts


def said_facts(row: Verification, *, sees_npdb: bool = False) -> list[FactItem]:
    """What a source said; of the NPDB only that it was asked, but for those who decide."""
    is_sealed = row.source == NPDB and not sees_npdb
    result = "confidential" if is_sealed else row.get_result_display().capitalize()
    facts = [
        FactItem("Source", row.get_source_display(), note=row.get_method_display()),
        FactItem("Result", result),
        FactItem("Asked", row.performed_at, "iso", note=f"by {row.collected_by_name}"),
        FactItem("Its data is of", row.as_of_date, "day"),
    ]
    if row.expires_date:
        facts.append(FactItem("Expires", row.expires_date, "day"))
    if row.spoke_with:
        facts.append(FactItem("Answered by", row.spoke_with))
    if is_sealed:
        return facts
    if row.note:
        facts.append(FactItem("Note", row.note))
    if row.evidence_sha256:
        url = reverse("credentialing:verification_evidence", args=[row.pk])
        facts.append(
            FactItem(
                "Evidence", row.evidence_name, note=f"SHA-256 {row.evidence_sha256[:16]}…", url=url
            )
        )
    return facts


def history_tables(page: FilePage) -> list[tuple[str, Listing]]:
    """Education, work with its gaps, claims, hospitals: each under its name."""
    history = page.history
    told = {(one.started_date, one.ended_date): one.text for one in history.explained}
    work = [
        {
            "what": one.employer,
            "more": one.position,
            "start": one.started_date,
            "end": one.ended_date,
        }
        for one in history.works
    ]
    work += [
        {
            "what": f"Gap of {gap.days} days",
            "more": told.get((gap.start, gap.end))
            or {Asks.NOTHING: "", Asks.WORDS: "explanation needed"}.get(
                gap.asks, "written explanation needed"
            ),
            "start": gap.start,
            "end": gap.end,
        }
        for gap in history.gaps
    ]
    work.sort(key=lambda row: row["start"], reverse=True)
    study = [
        {
            "what": one.institution,
            "more": " · ".join(filter(None, [one.get_kind_display(), one.degree])),
            "start": one.started_date,
            "end": one.completed_date,
        }
        for one in history.educations
    ]
    hospitals = [
        {
            "what": one.hospital_name,
            "more": " · ".join(filter(None, [one.get_kind_display(), one.admits_through])),
            "start": one.started_date,
            "end": one.expires_date,
        }
        for one in history.affiliations
    ]
    claims = [
        {
            "what": f"{one.get_outcome_display().capitalize()}, {dollars_text(one.paid_cents)}",
            "more": one.explanation,
            "start": one.occurred_date,
            "end": one.closed_date,
        }
        for one in history.claims
    ]
    named = [("Work history", work), ("Education and training", study), ("Hospitals", hospitals),
             ("Malpractice claims", claims)]  # fmt: skip
    named += [(name, rows) for name, rows in _practising(history) if rows]
    return [(name, _spans(name, rows)) for name, rows in named]


def _practising(history: HistoryPage) -> list[tuple[str, list[dict[str, object]]]]:
    """Who supervises them, who covers for them, and in which languages they can be talked to."""
    supervision = [
        {
            "what": f"{one.physician_name}, NPI {one.physician_npi}",
            "more": f"{one.get_kind_display()} in {one.state}",
            "start": one.started_date,
            "end": one.ended_date,
        }
        for one in history.supervisions
    ]
    covers = [
        {
            "what": one.colleague_name,
            "more": " · ".join(filter(None, [one.specialty, one.phone, one.after_hours])),
        }
        for one in history.covers
    ]
    languages = [
        {"what": one.language, "more": f"spoken by {one.get_spoken_by_display()}"}
        for one in history.languages
    ]
    return [("Supervision", supervision), ("Cover", covers), ("Languages", languages)]


def _spans(name: str, rows: Sequence[dict[str, object]]) -> Listing:
    columns = [
        Column("what", name),
        Column("more", "", wide=True),
        Column("start", "From", "day"),
        Column("end", "Until", "day"),
    ]
    return list_rows(rows, columns, {}, caption=name, empty=Empty("None on file"), page_size=200)


def event_row(row: CredentialingEvent, signed: str, today) -> dict[str, object]:
    """One row of the list of files."""
    holder = row.practitioner or row.facility
    of = "practitioner_file" if row.practitioner_id else "facility_detail"
    return {
        "name": f"{holder.last_name}, {holder.first_name}" if row.practitioner_id else str(holder),
        "kind": row.get_kind_display(),
        "what": "Practitioner" if row.practitioner_id else holder.get_kind_display(),
        "status": row.get_status_display(),
        "signed": signed,
        "opened": row.opened_at.date(),
        "age": (today - row.opened_at.date()).days,
        "planned": row.planned_decision_date,
        "url": reverse(f"credentialing:{of}", args=[holder.pk]),
    }


def planned_words(page: FilePage) -> str:
    """For which day what is verified is judged, in words."""
    if page.event is None:
        return ""
    return f"Judged for a decision on {day_text(page.day)}"


def file_address(row: object) -> str:
    """Where the person or place is that a file, a credential or a paper is of."""
    if row.practitioner_id:
        return reverse("credentialing:practitioner_file", args=[row.practitioner_id])
    return reverse("credentialing:facility_detail", args=[row.facility_id])

"""What the committee's pages show: rows, facts, and a packet section by section."""

import json
from collections.abc import Iterator
from datetime import date

from django.urls import reverse

from credentialing.models import AgendaItem, Meeting, Seat
from credentialing.queries.committees import LetterDue, WaitingFile
from credentialing.queries.levels import packet_of
from credentialing.rules.levels import LEVEL_WORDS
from credentialing.web.file_parts import file_address
from ipaportal.core.parts import Column, Empty, FactItem, Listing
from ipaportal.core.words import dollars_text

MEETINGS = (
    Column("day", "Meeting", "link", sort="starts_at"),
    Column("state", "State", "status"),
    Column("mode", "How"),
    Column("files", "Files", "count", sort="files"),
    Column("decided", "Decided", "count", sort="decided"),
)
WAITING = (
    Column("name", "File", "link"),
    Column("kind", "Cycle"),
    Column("level", "Level", "status"),
    Column("reasons", "Why", wide=True),
)
SEATS = (
    Column("name", "Member", "text"),
    Column("role", "Seat"),
    Column("specialty", "Specialty"),
    Column("external", "From outside"),
    Column("since", "Since", "day"),
    Column("pledge", "Pledge of the year", "status"),
)
LETTERS = (
    Column("name", "To", "link"),
    Column("outcome", "Decision", "status"),
    Column("decided", "Decided", "day"),
    Column("due", "Letter by", "day"),
    Column("state", "Letter", "status"),
    Column("words", "Against its last day"),
)
SECTIONS = {
    "credentials": ("Credentials", ("What", "Issued by", "Of what kind", "Status", "Until")),
    "education": ("Education", ("What", "Where", "Degree")),
    "work": ("Work", ("Where", "As", "From", "Until")),
    "gaps": ("Gaps explained", ("From", "Until", "Why")),
    "claims": ("Malpractice claims", ("Occurred", "Outcome", "Paid", "What happened")),
    "hospitals": ("Hospitals", ("What", "Where", "Who admits")),
    "supervision": ("Supervision", ("Physician", "They", "State", "From", "Until")),
    "checks": ("Surveys and visits", ("What", "On", "Result")),
    "performance": (
        "Performance since the last cycle",
        ("What", "Number", "One by one", "Counted for"),
    ),
}


def table(
    columns: tuple[Column, ...], rows: list[dict[str, object]], caption: str, empty: Empty
) -> Listing:
    """A table of everything there is, without pages."""
    return Listing(caption, columns, rows, len(rows), page_size=max(1, len(rows)), empty=empty)


def meeting_row(meeting: Meeting) -> dict[str, object]:
    """A meeting in the list."""
    return {
        "day": f"{meeting.starts_at:%b %-d, %Y %H:%M}",
        "state": "finished" if meeting.state == "held" else meeting.state,
        "mode": meeting.get_mode_display(),
        "files": meeting.files,
        "decided": meeting.decided,
        "url": reverse("credentialing:meeting_room", args=[meeting.pk]),
    }


def waiting_row(one: WaitingFile) -> dict[str, object]:
    """A verified file that waits, with its level and the reasons."""
    event = one.event
    return {
        "pk": event.pk,
        "name": str(event.practitioner or event.facility),
        "kind": event.get_kind_display(),
        "level": LEVEL_WORDS[one.found.level],
        "reasons": "; ".join(reason.text for reason in one.found.reasons),
        "digest": one.digest,
        "is_clean": one.found.is_clean,
        "url": file_address(event),
    }


def seat_row(seat: Seat, *, has_pledged: bool) -> dict[str, object]:
    """A seat with whether the year's pledge is there."""
    return {
        "pk": seat.pk,
        "name": seat.name,
        "role": seat.get_role_display(),
        "specialty": seat.specialty,
        "external": "yes" if seat.is_external else "",
        "since": seat.effective_date,
        "pledge": "in force" if has_pledged else "needed",
    }


def letter_row(one: LetterDue) -> dict[str, object]:
    """A decision with how its letter stands."""
    decision = one.decision
    letter = getattr(decision, "letter", None)
    state = "sent" if letter is not None else "waiting"
    return {
        "name": str(decision.event.practitioner or decision.event.facility),
        "outcome": decision.get_outcome_display(),
        "decided": decision.decision_date,
        "due": decision.notice_due_date,
        "state": "overdue" if one.is_late and letter is None else state,
        "words": one.words,
        "url": reverse("credentialing:letter_detail", args=[decision.pk]),
    }


def packet_of_item(item: AgendaItem, day: date) -> dict[str, object]:
    """What is decided on, frozen if the agenda is locked, else as it stands now."""
    return json.loads(item.packet or packet_of(item.event, day))


def packet_facts(packet: dict[str, object]) -> list[FactItem]:
    """Who it is, in a line of facts; nothing that nobody may decide on."""
    words = (
        ("NPI", "npi"),
        ("What they are", "kind"),
        ("Degree", "degree"),
        ("Specialty", "specialty"),
        ("Practice", "practice"),
        ("Address", "address"),
        ("Cycle", "cycle"),
    )
    return [FactItem(label, packet[key]) for label, key in words if packet.get(key)]


def packet_elements(packet: dict[str, object]) -> Listing:
    """What was verified, from where, and until when it holds."""
    columns = (
        Column("of", "Verified"),
        Column("state", "State", "status"),
        Column("source", "Source"),
        Column("result", "It said"),
        Column("performed", "Asked on", "day"),
        Column("holds_until", "Holds until", "day"),
        Column("reviewed_by", "Signed by", minor=True),
    )
    days = ("performed", "holds_until")
    rows = [
        {**row, **{name: date.fromisoformat(row[name]) for name in days if row.get(name)}}
        for row in packet["elements"]
    ]
    return table(columns, rows, "What was verified", Empty("Nothing was verified"))


def packet_sections(packet: dict[str, object]) -> Iterator[tuple[str, Listing]]:
    """The sections of a packet that say something."""
    for key, (name, heads) in SECTIONS.items():
        rows = packet.get(key) or []
        if rows:
            columns = tuple(Column(str(n), head) for n, head in enumerate(heads))
            shown = [{str(n): _cell(key, n, value) for n, value in enumerate(row)} for row in rows]
            yield name, table(columns, shown, name, Empty(""))
    said = packet.get("disclosures") or []
    if isinstance(said, dict):  # packets frozen before explanations stood beside their questions
        said = [[name, value, ""] for name, value in said.items() if value]
    if said:
        rows = [{"q": name, "a": value, "more": text} for name, value, text in said]
        columns = (Column("q", "Question", wide=True), Column("a", "Answer"),
                   Column("more", "Explanation", wide=True))  # fmt: skip
        yield "Disclosures", table(columns, rows, "Disclosures", Empty(""))


def _cell(key: str, number: int, value: object) -> object:
    if key == "performance" and number == 1:
        return str(value)
    if key == "claims" and number == 2:
        return dollars_text(int(value)) if value else "nothing"
    return value or ""

"""What the demo's IPA does for a plan that delegates: rosters, their answers, an audit's sample."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from credentialing.actions.audits import advance_packet, ask_packet, draw_sample, mark_file
from credentialing.actions.delegations import record_delegation, save_roster_spec
from credentialing.actions.rosters import compare_plan_roster, freeze_roster, record_answers
from credentialing.formats.roster_files import write_roster
from credentialing.models import AuditPacket, Delegation, Roster
from credentialing.queries.roster_rows import roster_rows
from credentialing.queries.rosters import columns_of, draft
from credentialing.rules.npi import with_check_digit
from credentialing.rules.rosters import Action, Delta
from ipaportal.core.actors import Actor
from ipaportal.core.files import read_stored
from ipaportal.home.demo.taken_over import NETWORK_NAME

COLUMNS = """Action = action
*NPI = npi
*Tax ID = practice_tin
Last Name = last_name
First Name = first_name
Degree = degree
Specialty = specialty
Licence = licence_number
Practice = practice_name
Address = address
City = city
ZIP = zip
Telephone = phone
Committee Date = decision_date
Eff Date = effective_date
Term Date = term_date
Network = network
Delegate = "Harbor Valley IPA"
"""
SEED = "2026"
UNDATED = "The board's page is kept without the day on which it was printed."
# Which lines of the roster the plan refused, and what its own file has otherwise.
REFUSED = ((1, "E14", "Tax ID is not on file: send the W-9 first"),
           (4, "E31", "Address fails validation"))  # fmt: skip
MISSING_AT_PLAN, MOVED_AT_PLAN = 2, 5
GHOST = with_check_digit("299008888")


@dataclass(frozen=True)
class Desk:
    """Who agrees with the plan, and who sends and reads its files."""

    admin: Actor
    specialist: Actor


def delegate(desk: Desk, *, payer_party_id: int, now: datetime) -> Delegation:
    """A plan delegates: its agreement, and the columns in which it wants rosters."""
    begun = now - timedelta(days=360)
    delegation = record_delegation(
        actor=desk.admin,
        payer_party_id=payer_party_id,
        effective_date=begun.date(),
        end_date=None,
        source="delegation agreement, exhibit C",
        now=begun,
    )
    save_roster_spec(
        actor=desk.admin,
        delegation_id=delegation.pk,
        columns=COLUMNS,
        date_format="MM/DD/YYYY",
        sends="changes",
        code_head="Status",
        words_head="Reason",
        accepted="A, OK",
        now=begun,
    )
    return delegation


def tell_the_plan(desk: Desk, delegation: Delegation, *, now: datetime) -> Roster | None:
    """Send what there is to tell, read the plan's answers, compare its own file."""
    sent_at = now - timedelta(days=9)
    today = sent_at.date()
    seen = draft(delegation, delegation.specs.first(), today)
    if not seen.told:
        return None
    roster = freeze_roster(
        actor=desk.specialist,
        delegation_id=delegation.pk,
        seen_digest=seen.digest,
        now=sent_at,
        today=today,
    )
    told = _rows(read_stored(roster.sha256))
    record_answers(
        actor=desk.specialist,
        roster_id=roster.pk,
        data=_csv([_answer(place, row) for place, row in enumerate(told)]),
        now=now - timedelta(days=4),
    )
    compare_plan_roster(
        actor=desk.specialist,
        delegation_id=delegation.pk,
        data=_csv(_at_the_plan(delegation, now)),
        as_of_date=(now - timedelta(days=1)).date(),
        now=now,
    )
    return roster


def _answer(place: int, row: Mapping[str, str]) -> dict[str, str]:
    code, words = dict((n, (c, w)) for n, c, w in REFUSED).get(place, ("A", ""))
    return {"NPI": row["NPI"], "Tax ID": row["Tax ID"], "Status": code, "Reason": words}


def _at_the_plan(delegation: Delegation, now: datetime) -> list[dict[str, str]]:
    """The plan's own file: one of ours missing, one elsewhere, and somebody we do not know."""
    spec, day = delegation.specs.first(), now.date()
    ours = roster_rows(delegation, day).rows
    lines = [Delta(key, Action.KEEP, content) for key, content in ours.items()]
    written = write_roster(columns_of(spec), lines, spec.date_format, day)
    rows = []
    for place, row in enumerate(_rows(written)):
        if place != MISSING_AT_PLAN:
            moved = {"Address": "77 Old Depot Road"} if place == MOVED_AT_PLAN else {}
            rows.append({**row, **moved})
    ghost = {"NPI": GHOST, "Last Name": "Penhallow", "First Name": "Gwen", "Term Date": ""}
    return [*rows, {**rows[0], **ghost, "Network": NETWORK_NAME}]


def _rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode())))


def _csv(rows: Sequence[Mapping[str, str]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def let_the_plan_audit(
    desk: Desk, *, auditor: Actor, payer_party_id: int, now: datetime
) -> AuditPacket:
    """Draw the plan's sample of the last weeks' decisions, write its packet, let it be marked."""
    sample = draw_sample(
        actor=desk.specialist,
        payer_party_id=payer_party_id,
        first_date=(now - timedelta(days=60)).date(),
        last_date=now.date(),
        seed=SEED,
        now=now,
    )
    packet = ask_packet(actor=desk.specialist, sample_id=sample.pk, now=now)
    while packet.state == AuditPacket.State.RUNNING:
        advance_packet(actor=Actor.system("clock"), packet_id=packet.pk, now=now)
        packet.refresh_from_db()
    for file in sample.files.all()[:2]:
        found = {"passes": file.place == 1, "text": "" if file.place == 1 else UNDATED}
        mark_file(actor=auditor, file_id=file.pk, element="State licence", now=now, **found)
    return packet

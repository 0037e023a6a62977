"""What is kept of each kind, since when its years run, and what holds cover it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.utils import timezone

from compliance.models import Audit, LegalHold
from compliance.rules.retention import PURGED, Scope, kept_until
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted

VIEW = "compliance.view_retention"
CLOSED = "closed"

# Each gives of a record: its number, its file, its name, the day it came, when its years began
# (null: they have not), whose it is, and of which practitioner.
RECORDS = {
    # Those of a plan's files begin with its last one, when none of its contracts is in force.
    "plan_file": """
        SELECT r.id, r.sha256, r.name, r.received_at::date AS came,
               CASE WHEN NOT EXISTS (SELECT FROM capitation_contract AS c
                                      WHERE c.payer_id = r.payer_id AND c.is_active)
                    THEN max(r.received_at::date) OVER (PARTITION BY r.payer_id) END,
               ARRAY[payer.party_id]::bigint[], NULL::bigint
          FROM capitation_planfile AS r JOIN capitation_payer AS payer ON payer.id = r.payer_id
         WHERE r.status <> 'received'""",
    # Those of a document with the end of the last participation, or with the document itself;
    # of a facility, which has no end here, only once a newer one stands in its place.
    "document": """
        SELECT r.id, r.sha256, r.name, r.uploaded_at::date AS came,
               CASE WHEN NOT coalesce(bool_or(p.id IS NOT NULL AND p.end_date IS NULL), false)
                         AND (r.facility_id IS NULL OR r.superseded_by_id IS NOT NULL)
                    THEN greatest(max(p.end_date), r.uploaded_at::date) END,
               coalesce(array_agg(DISTINCT practice.party_id)
                            FILTER (WHERE practice.party_id IS NOT NULL), '{}')
                   || coalesce(array_agg(DISTINCT p.payer_party_id)
                            FILTER (WHERE p.payer_party_id IS NOT NULL), '{}'),
               r.practitioner_id
          FROM credentialing_document AS r
          LEFT JOIN credentialing_participation AS p
            ON p.practitioner_id = r.practitioner_id AND p.superseded_no IS NULL
          LEFT JOIN credentialing_practice AS practice ON practice.id = p.practice_id
         GROUP BY r.id""",
    "roster": """
        SELECT r.id, r.sha256, 'Roster ' || r.number || ' of ' || r.as_of_date,
               r.made_at::date AS came,
               CASE WHEN d.end_date IS NOT NULL THEN greatest(d.end_date, r.made_at::date) END,
               ARRAY[d.payer_party_id]::bigint[], NULL::bigint
          FROM credentialing_roster AS r
          JOIN credentialing_delegation AS d ON d.id = r.delegation_id""",
    "plan_list": """
        SELECT r.id, r.sha256, 'The plan''s file of ' || r.as_of_date, r.received_at::date AS came,
               CASE WHEN d.end_date IS NOT NULL THEN greatest(d.end_date, r.received_at::date) END,
               ARRAY[d.payer_party_id]::bigint[], NULL::bigint
          FROM credentialing_planroster AS r
          JOIN credentialing_delegation AS d ON d.id = r.delegation_id""",
    "drug_paper": """
        SELECT r.id, r.sha256, r.name, r.recorded_at::date AS came, r.recorded_at::date,
               ARRAY[practice.party_id]::bigint[], NULL::bigint
          FROM purchasing_supplypaper AS r
          JOIN purchasing_purchaseline AS line ON line.id = r.line_id
          JOIN credentialing_practice AS practice ON practice.id = line.practice_id""",
}
# Whether the bytes of a record are deleted: a condition on its number, with its kind.
PURGED_BYTES = (
    "EXISTS (SELECT FROM compliance_purgeitem AS i JOIN compliance_purge AS p ON p.id = i.purge_id"
    " WHERE p.kind = %s AND i.record_id = {record} AND i.purged_at IS NOT NULL)"
)
LEFT = f"""
    SELECT r.* FROM ({{records}}) AS r
     WHERE NOT {PURGED_BYTES.format(record="r.id")} ORDER BY r.id"""  # noqa: S608
# Every column that names a stored file: bytes that one of them still needs are not deleted.
FILE_COLUMNS = (
    ("capitation_planfile", "sha256"),
    ("capitation_paymentbatch", "file_sha256"),
    ("capitation_prenotefile", "sha256"),
    ("capitation_returnfile", "sha256"),
    ("capitation_clearedfile", "sha256"),
    ("capitation_positivepayfile", "sha256"),
    ("credentialing_document", "sha256"),
    ("credentialing_attestation", "pdf_sha256"),
    ("credentialing_profile", "file_sha256"),
    ("credentialing_earlierdecision", "source_sha256"),
    ("credentialing_verification", "evidence_sha256"),
    ("credentialing_decisionletter", "pdf_sha256"),
    ("credentialing_withdrawalletter", "pdf_sha256"),
    ("credentialing_adversenotice", "pdf_sha256"),
    ("credentialing_auditpacket", "sha256"),
    ("credentialing_listversion", "sha256"),
    ("credentialing_screeningrun", "certificate_sha256"),
    ("credentialing_roster", "sha256"),
    ("credentialing_rosteranswer", "file_sha256"),
    ("credentialing_planroster", "sha256"),
    ("purchasing_purchaseversion", "x12_sha256"),
    ("purchasing_purchaseversion", "pdf_sha256"),
    ("purchasing_tradefile", "sha256"),
    ("purchasing_trouble", "photo_sha256"),
    ("purchasing_supplypaper", "sha256"),
    ("purchasing_pricedraft", "sha256"),
    ("purchasing_pricelist", "sha256"),
    ("purchasing_listarrival", "sha256"),
    ("purchasing_referencefile", "sha256"),
    ("compliance_claimfile", "sha256"),
    ("compliance_contestpaper", "sha256"),
    ("compliance_remitfile", "sha256"),
    ("compliance_claimpayment", "sha256"),
    ("compliance_division", "sha256"),
    ("compliance_caseratelist", "sha256"),
    ("compliance_planbatch", "sha256"),
    ("compliance_plananswerfile", "sha256"),
    ("compliance_healthfile", "sha256"),
    ("compliance_feeschedule", "sha256"),
    ("compliance_audit", "letter_sha256"),
    ("compliance_audituniverse", "file_sha256"),
    ("compliance_auditanswer", "evidence_sha256"),
    ("compliance_auditpacket", "sha256"),
    ("compliance_auditreply", "file_sha256"),
    ("compliance_correctionstep", "evidence_sha256"),
    ("compliance_delegationagreement", "evidence_sha256"),
    ("compliance_reportdelivery", "file_sha256"),
    ("compliance_delegationagreement", "evidence_sha256"),
    ("compliance_reportdelivery", "file_sha256"),
    ("compliance_carebatch", "file_sha256"),
    ("compliance_evidence", "file_sha256"),
    ("compliance_purge", "certificate_sha256"),
    ("compliance_casefile", "sha256"),
    ("compliance_subsidy", "paper_sha256"),
    ("compliance_incentivearrangement", "file_sha256"),
    ("compliance_stoplosscover", "file_sha256"),
)
# Behind a wall of its own: the database says whether a hash is there, and nothing more.
CASE_FILES = ("compliance_casefile", "compliance_is_case_file(%s)")
OF_KIND = {
    "plan_file": "capitation_planfile",
    "document": "credentialing_document",
    "roster": "credentialing_roster",
    "plan_list": "credentialing_planroster",
    "drug_paper": "purchasing_supplypaper",
}


@dataclass(frozen=True)
class Kept:
    """A record of a kind, and the first day on which it need not be kept (None: not begun)."""

    record_id: int
    sha256: str
    name: str
    received: date
    kept_until: date | None
    party_ids: tuple[int, ...]
    practitioner_id: int | None


@dataclass(frozen=True)
class Count:
    """How many records of a kind are kept, are due, and of those how many a hold covers."""

    kept: int
    oldest: date | None
    due: int
    held: int


def kept(kind: str) -> list[Kept]:
    """Every record of a kind whose bytes are kept; two queries."""
    with connection.cursor() as cursor:
        cursor.execute(LEFT.format(records=RECORDS[kind]), [kind])
        rows = cursor.fetchall()
    audits, found = audits_of_parties(), []
    for number, sha256, name, came, started, parties, person in rows:
        audited = [day for party in parties for day in audits.get(party, [])]
        until = None if None in audited else kept_until(kind, started, audited)
        found.append(Kept(number, sha256, name, came, until, tuple(parties), person))
    return found


def audits_of_parties() -> dict[int, list[date | None]]:
    """By party, the days on which audits with it were closed; None for one that is open."""
    found: dict[int, list[date | None]] = {}
    for audit in Audit.objects.with_state().exclude(party=None):
        closed = timezone.localdate(audit.state_at) if audit.state == CLOSED else None
        found.setdefault(audit.party_id, []).append(closed)
    return found


def due(kind: str, day: date) -> list[Kept]:
    """What need not be kept any more on a day; a hold may cover it."""
    return [one for one in kept(kind) if one.kept_until and one.kept_until <= day]


def holds_in_force() -> list[tuple[LegalHold, Scope]]:
    """Every hold that is not released, with what it covers."""
    return [(hold, scope_of(hold)) for hold in LegalHold.objects.filter(released_at=None)]


def scope_of(hold: LegalHold) -> Scope:
    """What a hold covers."""
    return Scope(frozenset(hold.kinds), hold.party_id, hold.practitioner_id)


def holding(kind: str, one: Kept, holds: Iterable[tuple[LegalHold, Scope]]) -> LegalHold | None:
    """The first hold that covers a record."""
    for hold, scope in holds:
        if scope.covers(kind, one.party_ids, one.practitioner_id):
            return hold
    return None


def counts(*, actor: Actor) -> dict[str, Count]:
    """What is kept of each kind that ends; one query a kind."""
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
    today, holds, found = timezone.localdate(), holds_in_force(), {}
    for kind in PURGED:
        rows = kept(kind)
        over = [one for one in rows if one.kept_until and one.kept_until <= today]
        held = sum(1 for one in over if holding(kind, one, holds))
        found[kind] = Count(
            len(rows), min((one.received for one in rows), default=None), len(over), held
        )
    return found


def is_needed_elsewhere(sha256: str, kind: str, record_id: int) -> bool:
    """Whether a record other than this one, not purged itself, has the same file."""
    kinds = {table: of for of, table in OF_KIND.items()}
    asked, values = [], []
    for table, column in FILE_COLUMNS:
        test, given = f"{column} = %s", [sha256]
        if of := kinds.get(table):
            test += f" AND NOT {PURGED_BYTES.format(record=f'{table}.id')}"
            given.append(of)
            if of == kind:
                test += " AND id <> %s"
                given.append(record_id)
        is_case = table == CASE_FILES[0]
        asked.append(CASE_FILES[1] if is_case else f"EXISTS (SELECT FROM {table} WHERE {test})")
        values += given
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {' OR '.join(asked)}", values)
        return cursor.fetchone()[0]

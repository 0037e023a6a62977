"""What shows that a breach was handled as the rule asks: a packet that a stranger checks."""

from collections.abc import Iterator
from datetime import UTC, datetime

from compliance.models import Case, CaseEvent
from compliance.queries.audit_packets import index_csv
from compliance.queries.breaches import facts_of_case
from compliance.queries.case_history import told_of
from compliance.rules.breaches import (
    FACTORS_CITATION,
    LETTER_CITATION,
    WORDS,
    duties,
    flags,
    lines_of,
)
from compliance.rules.case_records import line_of
from compliance.rules.cases import KINDS, SOURCES, STATES
from ipaportal.audit.models import DomainEvent
from ipaportal.audit.packet_verifier import HISTORY
from ipaportal.audit.packets import prove_events, signed_packet
from ipaportal.core.files import read_stored
from ipaportal.core.packets import rows_csv

WORKED = "compliance.case.worked"
PACKET = "packet-"
README = """Packet of case {number}, as it stood on {now}.

Whoever handles health data has to show that every notice was given, or why none was needed
(45 CFR 164.414(b), 164.530(j): kept for six years). Check it with any Python from 3.11 on:

    python3 verify.py PACKET.zip [--key KEY] [--checkpoint FILE]

KEY is the public key as the IPA gave it to you. verify.py says

- whether each file is what the manifest lists (SHA-256), and the manifest what was signed
- whether each line of the history is what the audit log sealed when it was written
- whether each of these events lies under the signed checkpoint of the audit log
{waiting}
README.txt       this
index.csv        every file, what it is, its SHA-256 and size
case.csv         what the case is, and its days
breach.csv       discovery, people by state, the four factors ({factors}), decision, notices
deadlines.csv    whom to tell by when, by which rule, and when they were told
history.jsonl    all that was done, by whom and when; a hash of each line was sealed then
evidence/        papers, named by the beginning of their SHA-256
events.jsonl     what the audit log has of it: event, salt, leaf, and its way up (RFC 9162)
checkpoint.txt   the signed checkpoint that these lead to
manifest.txt     the SHA-256 of every file, signed; manifest.key, the public key

Parts of the notice to people: {letter}. It names people: keep it as you keep the case.
"""
NOT_SEALED = """
{count} events were not sealed when it was written: the log had not reached them.
"""


def breach_packet(case: Case, now: datetime) -> bytes:
    """The zip, signed, with the script that checks it."""
    events = list(case.events.order_by("place"))
    proven = prove_events(_sealed_ids(events))
    files = [*_contents(case, events)]
    files += [
        (name, what, data)
        for (name, data), what in zip(
            proven.files(), ("events of the audit log", "the checkpoint they lead to"), strict=True
        )
    ]
    waiting = len(events) - len(proven.lines)
    words = README.format(
        number=case.number,
        now=f"{now.astimezone(UTC):%Y-%m-%d %H:%M} UTC",
        waiting=NOT_SEALED.format(count=waiting) if waiting else "",
        factors=FACTORS_CITATION,
        letter=LETTER_CITATION,
    )
    front = [("README.txt", words.encode()), ("index.csv", index_csv(files))]
    head = [f"case {case.number}", f"written {now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"]
    return signed_packet(head, [*front, *((name, data) for name, _, data in files)])


def _sealed_ids(events: list[CaseEvent]) -> list[int]:
    keys = [f"{one.pk}" for one in events]
    found = DomainEvent.objects.filter(action=WORKED, details__event__in=keys)
    return list(found.order_by("pk").values_list("pk", flat=True))


def _contents(case: Case, events: list[CaseEvent]) -> Iterator[tuple[str, str, bytes]]:
    yield "case.csv", "the case", _case(case)
    yield "breach.csv", "what is recorded of the breach", _records(case)
    yield "deadlines.csv", "whom to tell by when", _deadlines(case)
    lines = "".join(f"{line_of(told_of(one))}\n" for one in events)
    yield HISTORY, "all that was done", lines.encode()
    seen = set()
    for file in case.files.all():
        ending = file.name.rpartition(".")[2]
        path = f"evidence/{file.sha256[:16]}.{ending}"
        if not file.name.startswith(PACKET) and path not in seen:
            seen.add(path)
            yield path, f"evidence, “{file.name}”", read_stored(file.sha256)


def _case(case: Case) -> bytes:
    days = ("received_date", "acknowledged_date", "triaged_date", "closed_date")
    return rows_csv(
        [
            ["number", case.number],
            ["about", case.title],
            ["what is known", case.text],
            ["kind", KINDS[case.kind]],
            ["came by", SOURCES[case.source]],
            ["state", STATES[case.state]],
            *([name.replace("_", " "), f"{getattr(case, name) or ''}"] for name in days),
        ]
    )


def _records(case: Case) -> bytes:
    rows = [["what", "by", "at", "in words"]]
    for one in case.breach_records.order_by("place"):
        at = f"{one.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        rows += [[WORDS[one.kind], one.by_name, at, line] for line in lines_of(one.kind, one.told)]
    return rows_csv(rows)


def _deadlines(case: Case) -> bytes:
    facts = facts_of_case(case)
    rows = [["who is told", "due", "told", "rule", "note"]]
    for one in duties(facts):
        rows.append([one.words, f"{one.due}", f"{one.done or ''}", one.citation, one.note])
    return rows_csv([*rows, *(["", "", "", "", flag] for flag in flags(facts))])

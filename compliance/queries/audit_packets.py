"""What a packet of an audit holds: files with an index, as a stranger reads them."""

import hashlib
import json
from collections.abc import Iterator

from compliance.models import (
    Audit,
    AuditAnswer,
    AuditItem,
    AuditUniverse,
    CorrectionHandover,
    CorrectionStep,
    Finding,
)
from compliance.queries.audits import newest_answers, raters, worksheet
from compliance.queries.ratings import opening_of
from compliance.rules.audits import ANSWERS, FUNCTIONS, KINDS, STATES
from compliance.rules.universes import SOURCE
from ipaportal.audit.models import DomainEvent
from ipaportal.core.exports import amount_text
from ipaportal.core.files import read_stored
from ipaportal.core.packets import rows_csv

README = """Packet of the audit “{title}”, as it stood on {now}.

Check it with any Python from 3.11 on; nothing has to be installed:

    python3 verify.py PACKET.zip [--key KEY] [--checkpoint FILE]

It also takes the folder that the zip was unpacked to. KEY is the public key as the IPA gave it to
you; the one in manifest.key is only what this packet claims. FILE is a checkpoint that you kept.
verify.py is plain text: read it, or write your own. It says

- whether each file is what the manifest lists (SHA-256), and the manifest what was signed
- whether the sample is what the seed draws from the population
- whether each event of the audit lies under the signed checkpoint of the audit log
{waiting}
README.txt       this
index.csv        every file, what it is, its SHA-256 and size
notice.csv       who audits what, of which time, and every step with its day and person
universe/        what was sent in, as it came; its problems as they were found
population.tsv   what names each row of the universe, and the SHA-256 of its cells parted by tabs
sample.json      the seed, the hash of the population, and the items in the order drawn
worksheet.csv    each item and question: the answer that counts, by whom, and its evidence
findings.csv     what was found, why it happened, members and dollars
corrections.csv  plans, milestones, and all that was done: who owns it, who validated it
evidence/        papers, named by the beginning of their SHA-256
events.jsonl     what the audit log has of this audit: event, salt, leaf, and its way up (RFC 9162)
checkpoint.txt   the signed checkpoint that these lead to (C2SP tlog-checkpoint)
audit.json       all of it once more, for machines
manifest.txt     the SHA-256 of every file, signed; manifest.key, the public key

Layouts of universes: {source}. Keep the packet as you keep the records: it names people.
"""
NOT_SEALED = """
{count} events were not sealed when it was written: the log had not reached them.
"""


def event_ids(audit: Audit) -> list[int]:
    """The events of an audit, in the order that they happened."""
    mine = DomainEvent.objects.filter(subject_type="compliance.Audit", subject_id=str(audit.pk))
    return list(mine.order_by("pk").values_list("pk", flat=True))


def contents(audit: Audit) -> Iterator[tuple[str, str, bytes]]:
    """Every file but the events: its name, what it is, and its bytes."""
    told = told_of(audit)
    yield "notice.csv", "the notice, and every step", _notice(audit, told)
    for universe in audit.universes.order_by("place"):
        name = f"universe/universe-{universe.place}"
        yield f"{name}.csv", f"{universe}, as it came", read_stored(universe.file_sha256)
        if universe.problems:
            rows = [["line", "column", "what is wrong"], *universe.problems]
            yield f"{name}-problems.csv", "what made it invalid", rows_csv(rows)
    if (draw := getattr(audit, "draw", None)) is not None:
        lines = (draw.universe.population + "\n").encode()
        yield "population.tsv", "the population that was drawn from", lines
        sample = json.dumps(told["sample"], indent=1).encode()
        yield "sample.json", "the sample: seed, hash and items", sample
    yield "worksheet.csv", "the worksheet", _worksheet(audit)
    yield "findings.csv", "findings, causes and impact", _findings(told)
    yield "corrections.csv", "corrective actions", _corrections(told)
    yield "audit.json", "all of it, for machines", json.dumps(told, indent=1).encode()
    yield from _evidence(audit)


def index_csv(files: list[tuple[str, str, bytes]]) -> bytes:
    """The index: every file with what it is."""
    rows = [[name, what, hashlib.sha256(data).hexdigest(), len(data)] for name, what, data in files]
    return rows_csv([["file", "what it is", "sha-256", "bytes"], *rows])


def readme(audit: Audit, now: str, waiting: int) -> bytes:
    """What to do with a packet."""
    left = NOT_SEALED.format(count=waiting) if waiting else ""
    return README.format(title=audit.title, now=now, waiting=left, source=SOURCE).encode()


def told_of(audit: Audit) -> dict[str, object]:
    """An audit as plain values."""
    draw = getattr(audit, "draw", None)
    return {
        "title": audit.title,
        "kind": audit.get_kind_display(),
        "with": audit.party.name if audit.party else "",
        "function": FUNCTIONS[audit.function],
        "scope": audit.scope,
        "reviewed": [f"{audit.first_date}", f"{audit.last_date}"],
        "notice": f"{audit.notice_date}",
        "contact": [audit.contact_name, audit.contact_email],
        "letter": _path(audit.letter_sha256, audit.letter_name),
        "steps": [
            [STATES[one.state], _at(one), one.recorded_by_name, one.text]
            for one in audit.steps.all()
        ],
        "universes": [_universe(one) for one in audit.universes.order_by("place")],
        "sample": None if draw is None else {
            "seed": draw.seed,
            "count": draw.count,
            "population_sha256": draw.universe.population_sha256,
            "items": [one.key for one in draw.items.all()],
        },
        "elements": [
            {"text": one.text, "citation": one.citation, **vars(found), "percent": found.percent}
            for one, found in worksheet(audit)
        ],
        "two raters": {**vars(said := raters(audit)), "percent": said.percent},
        "raters saw each other's answers early": _opened(audit),
        "findings": [_finding(one) for one in audit.findings.all()],
    }  # fmt: skip


def _opened(audit: Audit) -> dict[str, str] | None:
    """Who let raters see each other's answers before both had answered, and why."""
    if (one := opening_of(audit)) is None:
        return None
    return {"by": one.recorded_by_name, "at": _at(one), "reason": one.reason}


def _at(row: object) -> str:
    return row.recorded_at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _universe(row: AuditUniverse) -> dict[str, object]:
    return {
        "layout": f"{row.layout} {row.layout_version}".strip(),
        "rows": row.rows,
        "problems": len(row.problems),
        "file_sha256": row.file_sha256,
        "population_sha256": row.population_sha256,
        "taken": [_at(row), row.recorded_by_name],
    }


def _finding(row: Finding) -> dict[str, object]:
    plan = getattr(row, "correction", None)
    return {
        "number": row.place,
        "kind": KINDS[row.kind],
        "title": row.title,
        "condition": row.condition,
        "about": row.element.text if row.element else "",
        "recorded": [_at(row), row.recorded_by_name],
        "standing": row.standing,
        "second reader": _review(row),
        "written anew as": later.place if (later := getattr(row, "replaced_by", None)) else "",
        "analyses": [
            {
                "root_cause": one.root_cause,
                "members": one.members,
                "dollars": amount_text(one.amount_cents),
                "basis": one.basis,
                "recorded": [_at(one), one.recorded_by_name],
            }
            for one in row.analyses.all()
        ],
        "correction": None if plan is None else {
            "owner": plan.owner_name,
            "text": plan.text,
            "due": f"{plan.due_date}",
            "milestones": [[one.text, f"{one.due_date}"] for one in plan.milestones.all()],
            "steps": [_step(one) for one in plan.steps.select_related("milestone")],
            "handovers": [_handover(one) for one in plan.handovers.all()],
        },
    }  # fmt: skip


def _review(row: Finding) -> list[str]:
    """What the second person said, when, and who they are; nothing of a draft."""
    review = getattr(row, "review", None)
    if review is None:
        return []
    at = review.at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return [review.get_verdict_display(), at, review.by_name, review.text]


def _handover(row: CorrectionHandover) -> dict[str, str]:
    return {
        "from": row.from_name,
        "to": row.to_name,
        "by": row.recorded_by_name,
        "at": _at(row),
        "why": row.reason,
        "answer": row.get_answer_display(),
        "in words": row.answer_text,
    }


def _step(row: CorrectionStep) -> dict[str, str]:
    return {
        "what": row.get_kind_display(),
        "milestone": row.milestone.text if row.milestone else "",
        "moved to": f"{row.due_date or ''}",
        "by": row.by_name,
        "at": row.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "text": row.text,
        "evidence": _path(row.evidence_sha256, row.evidence_name),
    }


def _notice(audit: Audit, told: dict) -> bytes:
    names = ("title", "kind", "with", "function", "scope", "notice", "letter")
    rows = [[name, told[name]] for name in names]
    rows += [["reviewed", " to ".join(told["reviewed"])], ["contact", " ".join(told["contact"])]]
    rows += [["universe due", audit.universe_due_date or ""]]
    return rows_csv([*rows, ["", ""], *told["steps"]])


def _worksheet(audit: Audit) -> bytes:
    rows = [["place", "item", "asked", "answer", "in words", "by", "at", "evidence"]]
    given = newest_answers(audit)
    for item in AuditItem.objects.filter(draw__audit=audit):
        for element in audit.elements.all():
            one = given.get((item.pk, element.pk))
            said = (
                [ANSWERS[one.answer], one.text, one.recorded_by_name, _at(one),
                 _path(one.evidence_sha256, one.evidence_name)]
                if one else ["open", "", "", "", ""]
            )  # fmt: skip
            rows.append([item.place, item.key, element.text, *said])
    return rows_csv(rows)


def _findings(told: dict) -> bytes:
    head = ["number", "kind", "title", "what was found", "about", "root cause", "members",
            "dollars", "how counted", "standing", "second reader"]  # fmt: skip
    rows = []
    for one in told["findings"]:
        last = one["analyses"][0] if one["analyses"] else {}
        cause = [last.get(name, "") for name in ("root_cause", "members", "dollars", "basis")]
        rows.append([one["number"], one["kind"], one["title"], one["condition"], one["about"],
                     *cause, one["standing"], " ".join(one["second reader"][:3])])  # fmt: skip
    return rows_csv([head, *rows])


def _corrections(told: dict) -> bytes:
    head = ["finding", "owner", "due", "what", "milestone", "moved to", "by", "at", "in words",
            "evidence"]  # fmt: skip
    rows = []
    for one in told["findings"]:
        plan = one["correction"]
        if plan is None:
            continue
        front = [one["number"], plan["owner"], plan["due"]]
        rows.append([*front, "planned", "", "", "", "", plan["text"], ""])
        rows += [[*front, "milestone", text, day, "", "", "", ""]
                 for text, day in plan["milestones"]]  # fmt: skip
        rows += [[*front, *(step[name] for name in STEP)] for step in plan["steps"]]
        rows += [[*front, f"handed over to {one['to']}: {one['answer'] or 'waits'}", "", "",
                  one["by"], one["at"], one["why"], ""] for one in plan["handovers"]]  # fmt: skip
    return rows_csv([head, *rows])


STEP = ("what", "milestone", "moved to", "by", "at", "text", "evidence")


def _evidence(audit: Audit) -> Iterator[tuple[str, str, bytes]]:
    """Every paper once."""
    steps = CorrectionStep.objects.filter(correction__finding__audit=audit)
    answers = AuditAnswer.objects.filter(item__draw__audit=audit)
    papers = [("the letter", audit.letter_sha256, audit.letter_name)]
    papers += [("of an answer", one.evidence_sha256, one.evidence_name) for one in answers]
    papers += [("of a correction", one.evidence_sha256, one.evidence_name) for one in steps]
    seen = set()
    for what, sha256, name in papers:
        if sha256 and (path := _path(sha256, name)) not in seen:
            seen.add(path)
            yield path, f"evidence {what}, “{name}”", read_stored(sha256)


def _path(sha256: str, name: str) -> str:
    """Where a paper lies in the packet: by its hash, so that no name of ours leads anywhere."""
    if not sha256:
        return ""
    ending = name.rpartition(".")[2].lower()
    is_plain = ending.isascii() and ending.isalnum() and len(ending) < 6 and "." in name
    return f"evidence/{sha256[:16]}.{ending}" if is_plain else f"evidence/{sha256[:16]}"

"""Breaches: found, counted, weighed, decided by another, told; and the packet that shows it."""

from collections.abc import Mapping
from datetime import date, datetime

from django.db.models import Max

from capitation.models import Member
from compliance.actions.case_parts import DESK, among_cases, keep_file, locked, tell
from compliance.actions.disclosures import disclosed
from compliance.formats.affected_people import Affected, BadList, merge_rows, read_people
from compliance.formats.breach_letters import letters_pdf
from compliance.models import BreachRecord, Case, CaseFile, Disclosure
from compliance.queries.breach_packets import breach_packet
from compliance.queries.breaches import facts_of_case, newest_record
from compliance.rules.breaches import (
    FACTORS,
    LETTER_PARTS,
    WORDS,
    count_states,
    lines_of,
)
from ipaportal.audit.actions import action
from ipaportal.core.actors import Actor
from ipaportal.core.encryption import blind_index
from ipaportal.core.files import read_stored
from ipaportal.core.packets import rows_csv
from ipaportal.core.refusals import Refused
from ipaportal.core.scopes import EVERYBODY, seeing
from ipaportal.identity.models import Party

HANDLE = "compliance.handle_cases"
MOST_LETTERS = 500


class NotABreachCase(Refused):
    def __init__(self) -> None:
        super().__init__(
            "Only a privacy or security incident that is open may be weighed as a breach. Nothing "
            "was recorded. Triage the case as one."
        )


class FirstThis(Refused):
    """Something that has to be there before."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} Nothing was recorded.")


class OwnAssessment(Refused):
    def __init__(self) -> None:
        super().__init__(
            "You weighed the factors: somebody else decides. Nothing was recorded. Add a helper "
            "to the case, or hand it on."
        )


@action(HANDLE)
@among_cases
def record_discovery(
    *,
    actor: Actor,
    case_id: object,
    known: date,
    diligence: date | None,
    agent: date | None,
    capacity: str,
    contract_days: int | None,
    text: str,
    now: datetime,
) -> BreachRecord:
    """
    Say when it was known, should have been, and was known to an agent; the first day counts.

    :raises NotABreachCase: if the case is another kind, or closed
    """
    days = {"known": known, "diligence": diligence, "agent": agent}
    told = {name: f"{day}" if day else "" for name, day in days.items()}
    told |= {"capacity": capacity, "contract_days": contract_days, "text": text}
    return _add(actor, breach_case(case_id), "discovery", told, now)


@action(HANDLE)
@among_cases
def count_people(
    *,
    actor: Actor,
    case_id: object,
    by_state: Mapping[str, int] | None,
    people: bytes,
    text: str,
    now: datetime,
) -> BreachRecord:
    """
    Say how many people of which state are affected, by a list of them or by numbers.

    :raises NotABreachCase: if the case is another kind, or closed
    :raises FirstThis: if the list cannot be used
    """
    case, sha256 = breach_case(case_id), ""
    if people:
        try:
            by_state = count_states(one.state for one in read_people(people))
        except BadList as failure:
            raise FirstThis(f"{failure}") from failure
        sha256 = keep_file(case, people, "people-affected.csv", now, actor=actor).sha256
    told = {"by_state": dict(by_state or {}), "file": sha256, "text": text}
    return _add(actor, case, "count", told, now)


@action(HANDLE)
@among_cases
def assess_breach(
    *, actor: Actor, case_id: object, factors: Mapping[str, tuple[str, str]], text: str,
    now: datetime,
) -> BreachRecord:  # fmt: skip
    """
    Weigh the four factors, each with a level and a reason.

    :raises FirstThis: if a factor has no reason, or nobody said when it was found
    """
    case = breach_case(case_id)
    if facts_of_case(case).discovery is None:
        raise FirstThis("Nobody said when it was found.")
    if missing := [FACTORS[key][0] for key in FACTORS if not factors[key][1].strip()]:
        raise FirstThis(f"No reason is given for: {', '.join(missing)}.")
    told = {key: {"level": factors[key][0], "text": factors[key][1].strip()} for key in FACTORS}
    return _add(actor, case, "assessment", told | {"text": text}, now)


@action(HANDLE)
@among_cases
def decide_breach(
    *, actor: Actor, case_id: object, result: str, text: str, now: datetime
) -> BreachRecord:
    """
    Decide, in one's own name, whether it is a breach; that it is none was weighed by another.

    :raises OwnAssessment: for whoever weighed the factors
    :raises FirstThis: if it is to be none, and nobody weighed them
    """
    case = breach_case(case_id)
    weighed = newest_record(case, "assessment")
    if weighed is None and result != "breach":
        raise FirstThis("Nobody weighed the four factors, and without that it is presumed to be.")
    if actor.user_id is None or (weighed and weighed.by_id == actor.user_id):
        raise OwnAssessment
    told = {"result": result, "text": text}
    return _add(
        actor, case, "decision", told, now, result=result,
        assessed_by_id=weighed.by_id if weighed else None,
    )  # fmt: skip


@action(HANDLE)
@among_cases
def record_delay(
    *, actor: Actor, case_id: object, asked: date, until: date, is_written: bool, text: str,
    now: datetime,
) -> BreachRecord:  # fmt: skip
    """
    Record that law enforcement asked not to tell yet; by word of mouth for 30 days at most.

    :raises NotABreachCase: if the case is another kind, or closed
    """
    told = {"asked": f"{asked}", "until": f"{until}", "is_written": is_written, "text": text}
    return _add(actor, breach_case(case_id), "delay", told, now)


@action(HANDLE)
@among_cases
def write_letter(
    *, actor: Actor, case_id: object, parts: Mapping[str, str], now: datetime
) -> BreachRecord:
    """
    Write the words of the notice: each part that the rule asks for.

    :raises NotABreachCase: if the case is another kind, or closed
    """
    told = {key: parts[key].strip() for key in LETTER_PARTS}
    return _add(actor, breach_case(case_id), "letter", told, now)


@action(HANDLE)
@among_cases
def print_letters(*, actor: Actor, case_id: object, day: date, now: datetime) -> list[CaseFile]:
    """
    Write a letter to everybody of the list as PDF, and the list as a file to merge from.

    :raises FirstThis: if there is no list, or the words are missing; if it is too long for a PDF
    """
    case = breach_case(case_id)
    words, people = newest_record(case, "letter"), people_of(case)
    if words is None:
        raise FirstThis("The words of the notice are not written.")
    if not people:
        raise FirstThis("There is no list of the people affected.")
    merged = rows_csv(merge_rows(people))
    files = [keep_file(case, merged, f"letters-{day}.csv", now, actor=actor)]
    if len(people) <= MOST_LETTERS:
        ipa = Party.objects.get(kind=Party.Kind.IPA).name
        pdf = letters_pdf(ipa, people, words.told, f"{day:%B} {day.day}, {day.year}")
        files.append(keep_file(case, pdf, f"letters-{day}.pdf", now, actor=actor))
    without = sum(1 for one in people if not one.has_address)
    note = f"Letters to {len(people)} people, {without} without an address."
    tell(case, "file", actor=actor, at=now, text=note)
    return files


@action(HANDLE)
@among_cases
def record_notice(
    *, actor: Actor, case_id: object, kind: str, sent: date, count: int, text: str,
    evidence: bytes = b"", evidence_name: str = "", now: datetime,
) -> BreachRecord:  # fmt: skip
    """
    Record that somebody was told, when and how many, with the paper that shows it.

    :raises FirstThis: if nobody decided that it is a breach
    """
    case = breach_case(case_id)
    if facts_of_case(case).result != "breach":
        raise FirstThis("Nobody decided that it is a breach.")
    if evidence:
        keep_file(case, evidence, evidence_name, now, actor=actor)
    told = {"kind": kind, "sent": f"{sent}", "count": count, "text": text}
    return _add(actor, case, "notice", told, now)


@action(HANDLE)
@among_cases
def account_for(
    *, actor: Actor, case_id: object, made: date, recipient: str, address: str, description: str,
    words: str, now: datetime,
) -> BreachRecord:  # fmt: skip
    """
    Enter what was disclosed by mistake into the accounts of the members of the newest list.

    Whoever may see disclosures reads it there, so it says nothing of the case: not its number, and
    not who entered it. Members of earlier entries are not entered twice.

    :raises FirstThis: if the day is ahead, or the list names no member who is not entered
    """
    case = breach_case(case_id)
    if made > now.date():
        raise FirstThis(f"{made} is ahead.")
    numbers = {one.member for one in people_of(case)}
    mark = f"incident:{blind_index(f'{case.pk}', 'incident account').hex()[:24]}:"
    with seeing(EVERYBODY):
        earlier = Disclosure.objects.filter(source__startswith=mark, voided_at=None)
        told = {pk for one in earlier.values_list("member_ids", flat=True) for pk in one}
        found = Member.objects.filter(plan_member_id__in=numbers - {""})
        known = dict(found.values_list("pk", "plan_member_id"))
        if not known.keys() - told:
            raise FirstThis("The list has no number of a member whose account lacks it.")
        entries = Disclosure.objects.filter(source__startswith=mark).count()
        disclosed(
            actor=DESK, made_date=made, member_ids=known.keys() - told, purpose="mistake",
            recipient=recipient, recipient_address=address, description=description, words=words,
            source=f"{mark}{entries + 1}", now=now,
        )  # fmt: skip
    unknown = len(people_of(case)) - len(numbers & set(known.values()))
    record = {"made": f"{made}", "recipient": recipient, "members": len(known.keys() - told),
              "unknown": unknown}  # fmt: skip
    return _add(actor, case, "account", record, now)


@action(HANDLE)
@among_cases
def write_breach_packet(*, actor: Actor, case_id: object, text: str, now: datetime) -> CaseFile:
    """Write what shows that every notice was given, or none was needed (45 CFR 164.414(b))."""
    case = locked(case_id)
    data = breach_packet(case, now)
    file = keep_file(case, data, f"packet-{now:%Y-%m-%d-%H%M}.zip", now, actor=actor)
    tell(case, "file", actor=actor, at=now, text=f"Packet {file.sha256}. {text}")
    return file


def breach_case(case_id: object) -> Case:
    """
    A case that may be weighed as a breach, locked.

    :raises NotABreachCase: if it may not
    """
    case = locked(case_id)
    if case.kind != "privacy" or case.state != "open":
        raise NotABreachCase
    return case


def people_of(case: Case) -> list[Affected]:
    """Who is affected, by the newest list; nobody where numbers were given."""
    counted = newest_record(case, "count")
    sha256 = counted.told["file"] if counted else ""
    return read_people(read_stored(sha256)) if sha256 else []


def _add(
    actor: Actor, case: Case, kind: str, told: dict, now: datetime, **decided: object
) -> BreachRecord:
    most = case.breach_records.aggregate(most=Max("place"))["most"] or 0
    record = BreachRecord(
        case=case, place=most + 1, kind=kind, by_id=actor.user_id, by_name=actor.name, at=now,
        **decided,
    )  # fmt: skip
    record.told = told
    record.save(force_insert=True)
    words = " ".join([f"{WORDS[kind]}.", *lines_of(kind, told)])
    tell(case, "note", actor=actor, at=now, text=words)
    return record

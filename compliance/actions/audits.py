"""Audits from the notice to the day they are closed; each step is a row, none is taken back."""

import secrets
from datetime import date, datetime

from django.db.models import Max

from capitation.models import Member
from compliance.actions.audit_visits import end_visits
from compliance.formats.universes import population_line, read_universe
from compliance.models import (
    Audit,
    AuditAnswer,
    AuditDraw,
    AuditElement,
    AuditItem,
    AuditStep,
    AuditUniverse,
)
from compliance.queries.audits import (
    newest_answers,
    rows_of,
    state_of,
    uncorrected,
    unexplained,
    unissued,
)
from compliance.queries.own_universes import own_universe
from compliance.rules.audits import ASKED, STATES, WORKED, after
from compliance.rules.universes import PLAIN, layout_on, member_column, problems_of
from credentialing.actions.documents import checked_kind
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.files import store
from ipaportal.core.locks import lock
from ipaportal.core.refusals import Refused
from ipaportal.core.samples import SEED, drawn_first, hash_of_lines
from ipaportal.identity.models import Party

MOST_ITEMS = 300


class OutOfOrder(Refused):
    """A step that does not follow from where the audit is."""

    def __init__(self, state: str) -> None:
        super().__init__(
            f"The audit is at “{STATES[state]}”, and this does not follow from there. Nothing was "
            "changed. Look at the page again: somebody may have gone on meanwhile."
        )


class NotOfAudit(Refused):
    def __init__(self, what: str) -> None:
        super().__init__(f"{what} Nothing was changed. Look at the page again.")


class NobodyNamed(Refused):
    """A plan's audit without the plan, or our own with one."""

    def __init__(self) -> None:
        super().__init__(
            "A plan's audit names the plan, and one of whom we delegated to names them; our own "
            "audit names nobody. Nothing was recorded. Choose who it is with."
        )


class NoDays(Refused):
    def __init__(self) -> None:
        super().__init__(
            "The time that is reviewed ends before it begins. Nothing was recorded. Look at both "
            "days."
        )


class UniverseInvalid(Refused):
    """A universe that was kept, and may not be drawn from or sent."""

    def __init__(self, count: int) -> None:
        super().__init__(
            f"The newest universe has {count} problems that would make it an invalid data "
            "submission. Nothing was drawn. Mend the file and take it again."
        )


class BadDraw(Refused):
    def __init__(self) -> None:
        super().__init__(
            "A seed is 1 to 40 letters, digits, dots, dashes or underscores, and a sample has 1 "
            f"to {MOST_ITEMS} items. Nothing was drawn."
        )


class AnswerUnexplained(Refused):
    def __init__(self) -> None:
        super().__init__(
            "Say in a few words why it is not met: whoever mends it reads them. Nothing was "
            "recorded."
        )


class NotDone(Refused):
    """An audit is not ready for its next step; says what is missing."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} Nothing was changed. Finish that first.")


@action("compliance.manage_audits")
def open_audit(
    *,
    actor: Actor,
    kind: str,
    party_id: int | None,
    title: str,
    function: str,
    scope: str,
    first_date: date,
    last_date: date,
    notice_date: date,
    universe_due_date: date | None,
    fieldwork_date: date | None,
    contact_name: str,
    contact_email: str,
    letter: bytes = b"",
    letter_name: str = "",
    now: datetime,
) -> Audit:
    """
    Record the notice of an audit, with what is usually asked of each item of its function.

    :raises NobodyNamed: if whose audit it is and its kind disagree
    :raises NoDays: if its time ends before it begins
    :raises WrongFile: if the letter is no paper that is kept
    """
    is_own = kind == Audit.Kind.OWN
    party = Party.objects.filter(pk=party_id).first() if party_id else None
    if is_own != (party is None) or kind not in Audit.Kind.values:
        raise NobodyNamed
    if last_date < first_date:
        raise NoDays
    if letter:
        checked_kind(letter)
    audit = Audit.objects.create(
        kind=kind,
        party=party,
        title=title,
        function=function,
        scope=scope,
        first_date=first_date,
        last_date=last_date,
        notice_date=notice_date,
        universe_due_date=universe_due_date,
        fieldwork_date=fieldwork_date,
        contact_name=contact_name,
        contact_email=contact_email,
        letter_sha256=store(letter).sha256 if letter else "",
        letter_name=letter_name[-200:] if letter else "",
        **by(actor, now),
    )
    AuditElement.objects.bulk_create(
        AuditElement(audit=audit, place=place, text=text, citation=citation, **by(actor, now))
        for place, (text, citation) in enumerate(ASKED[function], 1)
    )
    enter(audit, "noticed", actor, now)
    record(actor=actor, action="compliance.audit.opened", subject=audit, function=function)
    return audit


@action("compliance.manage_audits")
def add_element(
    *, actor: Actor, audit_id: int, text: str, citation: str, now: datetime
) -> AuditElement:
    """
    Ask one thing more of every item, until the findings are reported.

    :raises OutOfOrder: once they are
    """
    audit = locked(audit_id)
    state = state_of(audit)
    if after(state, "report") is None:
        raise OutOfOrder(state)
    element = AuditElement.objects.create(
        audit=audit, place=_next(audit.elements), text=text, citation=citation, **by(actor, now)
    )
    record(actor=actor, action="compliance.audit.element_added", subject=audit, element=element.pk)
    return element


@action("compliance.manage_audits")
def take_universe(
    *, actor: Actor, audit_id: int, layout: str, data: bytes, name: str, now: datetime
) -> AuditUniverse:
    """
    Keep a universe with what is wrong with it; one taken before stays, the newest counts.

    :raises OutOfOrder: once a sample was drawn
    """
    return _take(actor, locked(audit_id), layout, data, name, now)


@action("compliance.manage_audits")
def take_own_universe(*, actor: Actor, audit_id: int, source: str, now: datetime) -> AuditUniverse:
    """
    Take a universe of what the portal has itself, as it is now.

    :raises OutOfOrder: once a sample was drawn
    """
    audit = locked(audit_id)
    return _take(actor, audit, PLAIN, own_universe(source, audit), f"{source}.csv", now)


def _take(
    actor: Actor, audit: Audit, layout: str, data: bytes, name: str, now: datetime
) -> AuditUniverse:
    state = state_of(audit)
    then = after(state, "take")
    if then is None:
        raise OutOfOrder(state)
    read, version = read_universe(data), layout_on(layout, audit.last_date)
    wrong = [
        *read.problems,
        *problems_of(version, read.headers, read.rows, audit.first_date, audit.last_date),
    ]
    key = version.key if version else next(iter(read.headers), "")
    # Where the column that names rows is not there, nothing can be listed.
    lines = [
        population_line(row.values[key].strip(), read.headers, row.values)
        for row in read.rows
        if key in row.values
    ]
    universe = AuditUniverse.objects.create(
        audit=audit,
        place=_next(audit.universes),
        layout=layout,
        layout_version=version.version if version else "",
        file_sha256=store(data).sha256,
        file_name=name[-200:],
        rows=len(read.rows),
        population="\n".join(lines),
        population_sha256=hash_of_lines(lines or [""]),
        problems=[[one.line, one.column, one.words] for one in wrong],
        **by(actor, now),
    )
    if state != then:
        enter(audit, then, actor, now)
    record(
        actor=actor,
        action="compliance.audit.universe_taken",
        subject=audit,
        universe=universe.pk,
        rows=universe.rows,
        problems=len(wrong),
        population_sha256=universe.population_sha256,
    )
    return universe


@action("compliance.manage_audits")
def draw_items(*, actor: Actor, audit_id: int, seed: str, count: int, now: datetime) -> AuditDraw:
    """
    Draw the sample from the newest universe, once; without a seed one is made up and recorded.

    :raises OutOfOrder: if no universe was taken, or a sample was drawn
    :raises UniverseInvalid: if it has problems
    :raises BadDraw: if the seed cannot be typed again, or the size is none
    """
    audit = locked(audit_id)
    state = state_of(audit)
    then = after(state, "draw")
    if then is None:
        raise OutOfOrder(state)
    universe = audit.universes.first()
    if universe.problems:
        raise UniverseInvalid(len(universe.problems))
    seed = seed.strip() or secrets.token_hex(8)
    if not SEED.fullmatch(seed) or not 1 <= count <= MOST_ITEMS:
        raise BadDraw
    lines = [line.split("\t") for line in universe.population.split("\n")]
    chosen = drawn_first(lines, seed, count, lambda one: one[0])
    draw = AuditDraw.objects.create(
        audit=audit, universe=universe, seed=seed, count=len(chosen), **by(actor, now)
    )
    members = _members_of(universe, {key for key, _ in chosen})
    AuditItem.objects.bulk_create(
        AuditItem(draw=draw, place=place, key=key, row_sha256=sha256, member_id=members.get(key))
        for place, (key, sha256) in enumerate(chosen, 1)
    )
    enter(audit, then, actor, now)
    record(
        actor=actor,
        action="compliance.audit.drawn",
        subject=audit,
        seed=seed,
        items=len(chosen),
        population_sha256=universe.population_sha256,
    )
    return draw


@action("compliance.review_items")
def answer_element(
    *,
    actor: Actor,
    item_id: int,
    element_id: int,
    answer: str,
    text: str = "",
    evidence: bytes = b"",
    evidence_name: str = "",
    now: datetime,
) -> AuditAnswer:
    """
    Say of a sampled item whether it meets an element; a later answer takes its place.

    :raises OutOfOrder: before the sample was drawn, and once findings are reported
    :raises NotOfAudit: if the element is of another audit
    :raises AnswerUnexplained: if it is not met, without words
    :raises WrongFile: if the evidence is no paper that is kept
    """
    item = AuditItem.objects.select_related("draw").get(pk=item_id)
    audit = locked(item.draw.audit_id)
    state = state_of(audit)
    if state not in WORKED:
        raise OutOfOrder(state)
    if not audit.elements.filter(pk=element_id).exists():
        raise NotOfAudit("This is not asked in this audit.")
    if answer == "not_met" and not text.strip():
        raise AnswerUnexplained
    if evidence:
        checked_kind(evidence)
    found = AuditAnswer.objects.create(
        item=item,
        element_id=element_id,
        answer=answer,
        text=text.strip(),
        evidence_sha256=store(evidence).sha256 if evidence else "",
        evidence_name=evidence_name[-200:] if evidence else "",
        **by(actor, now),
    )
    # Not what was answered: raters read the log, and are kept apart until both have.
    record(
        actor=actor,
        action="compliance.audit.answered",
        subject=audit,
        item=item.place,
        element=element_id,
    )
    return found


@action("compliance.manage_audits")
def report_audit(*, actor: Actor, audit_id: int, text: str, now: datetime) -> AuditStep:
    """
    Report the findings: from here on worksheets stay as they are.

    :raises NotDone: if an item is unanswered, what is not met has no finding, or one is a draft
    :raises OutOfOrder: if it was reported
    """
    audit = locked(audit_id)
    if hasattr(audit, "draw"):
        items, elements = audit.draw.items.count(), audit.elements.count()
        missing = items * elements - len(newest_answers(audit))
        if missing:
            raise NotDone(f"{missing} of {items * elements} questions are unanswered.")
    if bare := unexplained(audit):
        raise NotDone(f"“{bare[0]}” is not met somewhere, and no finding says so.")
    _all_issued(audit)
    step = _go(audit, "report", actor, text, now)
    record(actor=actor, action="compliance.audit.reported", subject=audit)
    return step


@action("compliance.manage_audits")
def close_audit(*, actor: Actor, audit_id: int, text: str, now: datetime) -> AuditStep:
    """
    Close an audit whose corrective actions are all validated; nobody of a plan sees it any more.

    :raises NotDone: if one is not, or a finding is a draft
    :raises OutOfOrder: if its findings were not reported, or it is closed
    """
    audit = locked(audit_id)
    _all_issued(audit)
    if open_ := uncorrected(audit):
        raise NotDone(f"The corrective action of “{open_[0]}” is not validated.")
    step = _go(audit, "close", actor, text, now)
    end_visits(actor, audit, now)
    record(actor=actor, action="compliance.audit.closed", subject=audit)
    return step


@action("compliance.manage_audits")
def reopen_audit(*, actor: Actor, audit_id: int, text: str, now: datetime) -> AuditStep:
    """
    Open a closed audit again, and say why; what was closed stays on record.

    :raises OutOfOrder: if it is not closed
    """
    audit = locked(audit_id)
    step = _go(audit, "reopen", actor, text, now)
    record(actor=actor, action="compliance.audit.reopened", subject=audit)
    return step


def _all_issued(audit: Audit) -> None:
    """Refuse while a finding is a draft: another person has to read it first."""
    if drafts := unissued(audit):
        what = (
            "was returned, and has to be written anew"
            if drafts[0].standing == "returned"
            else ("is a draft that another person has to read first")
        )
        raise NotDone(f"The finding “{drafts[0]}” {what}.")


def by(actor: Actor, now: datetime) -> dict[str, object]:
    """Who records a row, and when."""
    return {"recorded_at": now, "recorded_by_id": actor.user_id, "recorded_by_name": actor.name}


def locked(audit_id: int) -> Audit:
    """An audit, of which nobody else takes a step until this transaction ends."""
    lock("audit", audit_id)
    return Audit.objects.get(pk=audit_id)


def enter(audit: Audit, state: str, actor: Actor, now: datetime, text: str = "") -> AuditStep:
    """Let an audit enter a state."""
    place = _next(audit.steps)
    return AuditStep.objects.create(
        audit=audit, place=place, state=state, text=text.strip(), **by(actor, now)
    )


def _go(audit: Audit, act: str, actor: Actor, text: str, now: datetime) -> AuditStep:
    state = state_of(audit)
    then = after(state, act)
    if then is None:
        raise OutOfOrder(state)
    return enter(audit, then, actor, now, text)


def _next(rows) -> int:
    return (rows.aggregate(most=Max("place"))["most"] or 0) + 1


def _members_of(universe: AuditUniverse, keys: set[str]) -> dict[str, int]:
    """Which members the rows drawn are about, where the universe names a plan's members."""
    rows = {key: row for key, row in rows_of(universe).items() if key in keys}
    column = member_column(list(next(iter(rows.values()), {})))
    if not column:
        return {}
    numbers = {key: row[column].strip() for key, row in rows.items()}
    known = Member.objects.filter(plan_member_id__in=set(numbers.values()))
    if universe.audit.kind == Audit.Kind.PLAN:
        known = known.filter(payer__party_id=universe.audit.party_id)
    ids = dict(known.values_list("plan_member_id", "pk"))
    return {key: ids[number] for key, number in numbers.items() if number in ids}

"""
The hotline: whoever sees that something is wrong says so, without a name, and may come back.

Nothing that tells who wrote is kept, for nothing of it arrives here: no account, no address, no
browser, no hour, no name of a file. Of their code a keyed digest stands beside the report.
"""

import secrets
from collections.abc import Iterable
from datetime import UTC, date, datetime, time

from compliance.actions.case_parts import (
    accuse_office,
    begin_case,
    keep_file,
    locked,
    tell,
    write_message,
)
from compliance.models import Case, HotlineMessage, HotlineReport
from compliance.rules.case_records import code_of
from credentialing.actions.documents import checked_kind
from ipaportal.audit.actions import action
from ipaportal.audit.context import Origin, coming_from
from ipaportal.core.actors import Actor
from ipaportal.core.bare_pictures import PDF, NotAPicture, bare
from ipaportal.core.encryption import blind_index
from ipaportal.core.refusals import Refused
from ipaportal.core.scopes import CASES, mailbox_of, seeing

HOTLINE = Actor.system("hotline")
NOBODY = Actor.system("a reporter")
PURPOSE = "mailbox"
MOST_FILES, MOST_BYTES = 3, 8 << 20


class NoSuchMailbox(Refused):
    def __init__(self) -> None:
        super().__init__(
            "No report has this code. Nothing was sent. Look at each letter again: a code that "
            "was lost cannot be found again, but you may always report anew."
        )


class NotTaken(Refused):
    """A file from which traces cannot be taken."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"{why} Nothing was sent. Send a photograph or a picture of the screen (JPEG or PNG), "
            f"or a PDF; at most {MOST_FILES} files of {MOST_BYTES >> 20} MB."
        )


def new_code() -> str:
    """A code that nobody guesses: twenty letters, of 98 bits."""
    return code_of(secrets.token_bytes(24))


def digest_of_code(code: str) -> bytes:
    """What is kept of a code; without the ring's key it says nothing."""
    return blind_index(code, PURPOSE)


@action("compliance.take_report")
def take_report(
    *,
    actor: Actor,
    code: str,
    title: str,
    text: str,
    about_office: bool,
    files: Iterable[bytes] = (),
    today: date,
) -> bool:
    """
    Keep a report under the code that its reporter was given; sent again it is kept once.

    Gives whether it is new. About the compliance office, it goes to whoever takes over from it.

    :raises NotTaken: if a file cannot be freed of traces
    """
    bare_files = [without_traces(data) for data in files]
    with coming_from(Origin()), seeing(CASES):
        digest = digest_of_code(code)
        if HotlineReport.objects.filter(code_digest=digest).exists():
            tell(_case_of(digest), "wrote", actor=NOBODY, at=_noon(today), text="The same again.")
            return False
        case = begin_case(kind="hotline", source="hotline", title=title, text=text, day=today)
        HotlineReport.objects.create(case=case, code_digest=digest)
        tell(case, "reported", actor=NOBODY, at=_noon(today))
        write_message(case, text, today, is_from_reporter=True)
        _keep(case, bare_files, today)
        if about_office:
            accuse_office(case, HOTLINE, _noon(today))
        return True


@action("compliance.take_report")
def write_back(
    *,
    actor: Actor,
    code: str,
    text: str,
    message_id: object,
    files: Iterable[bytes] = (),
    today: date,
) -> bool:
    """
    Add what a reporter writes to their report; the same message again is kept once.

    :raises NoSuchMailbox: if no report has the code
    :raises NotTaken: if a file cannot be freed of traces
    """
    bare_files = [without_traces(data) for data in files]
    with coming_from(Origin()), seeing(CASES):
        case = _case_of(digest_of_code(code))
        if HotlineMessage.objects.filter(pk=message_id).exists():
            tell(case, "wrote", actor=NOBODY, at=_noon(today), text="The same again.")
            return False
        write_message(case, text, today, is_from_reporter=True, key=message_id)
        tell(case, "wrote", actor=NOBODY, at=_noon(today), text=text)
        _keep(case, bare_files, today)
        return True


def mailbox(code: str) -> list[HotlineMessage]:
    """
    What was written so far, to whoever holds the code; the database shows nothing else of it.

    :raises NoSuchMailbox: if no report has it
    """
    digest = digest_of_code(code)
    with seeing(mailbox_of(digest)):
        report = HotlineReport.objects.filter(code_digest=digest).first()
        if report is None:
            raise NoSuchMailbox
        return list(HotlineMessage.objects.filter(case=report.case_id).order_by("place"))


def without_traces(data: bytes) -> tuple[bytes, str]:
    """
    A file as it is kept: pictures written anew, a PDF as it came.

    :raises NotTaken: if it is neither
    """
    if len(data) > MOST_BYTES:
        raise NotTaken("The file is too large.")
    if data.startswith(PDF):
        checked_kind(data)
        return data, "pdf"
    try:
        return bare(data)
    except NotAPicture as failure:
        raise NotTaken(f"{failure}") from failure


def _case_of(digest: bytes) -> Case:
    report = HotlineReport.objects.filter(code_digest=digest).first()
    if report is None:
        raise NoSuchMailbox
    return locked(report.case_id)


def _keep(case: Case, files: list[tuple[bytes, str]], today: date) -> None:
    have = case.files.filter(is_from_reporter=True).count()
    for number, (data, ending) in enumerate(files, have + 1):
        keep_file(case, data, f"reporter-{number}.{ending}", _noon(today))


def _noon(day: date) -> datetime:
    """Noon of a day, whatever the hour was."""
    return datetime.combine(day, time(12), UTC)

"""What servers of bulk exports answer: their own description, a manifest, lists of what is gone."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode, urljoin, urlsplit

from compliance.formats.health_records import NoResource, parse_resource
from compliance.rules.bulk_exports import FileKind, since_text

MOST_FILES = 2_000
GONE = re.compile(r"(?:.*/)?([A-Z][A-Za-z]{1,63})/([A-Za-z0-9\-.]{1,64})")
ISSUE_CODE = re.compile(r"[a-z-]{1,40}")
MOST_LETTERS = 2_000


class BadAnswer(ValueError):
    """An answer that is not as agreed; the words are ours, and repeat nothing of it."""


@dataclass(frozen=True)
class ExportFile:
    """One file of a manifest; `count` is how many resources it is said to hold, if that is said."""

    kind: FileKind
    type: str
    url: str
    count: int | None


@dataclass(frozen=True)
class Manifest:
    """What an export holds, and as of when."""

    as_of: datetime
    needs_token: bool
    files: tuple[ExportFile, ...]


def export_url(base: str, group: str, types: Sequence[str], since: datetime | None) -> str:
    """Where an export is asked for: of a group, or of all patients."""
    path = f"Group/{group}/$export" if group else "Patient/$export"
    asked = {"_outputFormat": "application/fhir+ndjson", "_type": ",".join(types)}
    asked |= {"_since": since_text(since)} if since else {}
    return f"{base.rstrip('/')}/{path}?{urlencode(asked)}"


def smart_url(base: str) -> str:
    """Where a server says what it is to apps (SMART App Launch 2, section 5)."""
    return f"{base.rstrip('/')}/.well-known/smart-configuration"


def object_in(body: bytes, what: str) -> dict:
    """
    A JSON object.

    :raises BadAnswer: if it is none
    """
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as fault:
        raise BadAnswer(f"{what} is no JSON") from fault
    if not isinstance(found, dict):
        raise BadAnswer(f"{what} is no JSON object")
    return found


def read_manifest(body: bytes, asked_at: str) -> Manifest:
    """
    Read the answer of a finished export; addresses are taken relative to where it was asked.

    :raises BadAnswer: if anything in it is missing or of another kind than agreed
    """
    said = object_in(body, "the list of files")
    try:
        as_of = datetime.fromisoformat(said["transactionTime"]).astimezone(UTC)
    except (KeyError, TypeError, ValueError, OverflowError) as fault:
        raise BadAnswer("the list of files does not say as of when it holds") from fault
    needs_token = said.get("requiresAccessToken")
    if not isinstance(needs_token, bool):
        raise BadAnswer("the list of files does not say whether they need a token")
    files = [_file(kind, one, asked_at) for kind in FileKind for one in _rows(said, kind)]
    if len(files) > MOST_FILES:
        raise BadAnswer(f"it lists more than {MOST_FILES:,} files")
    if len({one.url for one in files}) != len(files):
        raise BadAnswer("it lists a file twice")
    return Manifest(as_of, needs_token, tuple(files))


def _rows(said: dict, kind: FileKind) -> list:
    found = said.get(str(kind), [] if kind != FileKind.OUTPUT else None)
    if not isinstance(found, list):
        raise BadAnswer(f"the list of files has no list “{kind}”")
    return found


def _file(kind: FileKind, one: object, asked_at: str) -> ExportFile:
    one = one if isinstance(one, dict) else {}
    url, count, of_type = one.get("url"), one.get("count"), one.get("type", "")
    if not isinstance(url, str) or not 0 < len(url) <= MOST_LETTERS:
        raise BadAnswer("a file of the list has no address")
    is_count = isinstance(count, int) and not isinstance(count, bool) and 0 <= count < 2**31
    if count is not None and not is_count:
        raise BadAnswer("a file of the list has a count that is none")
    if not isinstance(of_type, str) or (kind == FileKind.OUTPUT and not of_type):
        raise BadAnswer("a file of the list does not say of which type it is")
    return ExportFile(kind, of_type[:64], urljoin(asked_at, url), count)


def same_host(url: str, other: str) -> bool:
    """Whether two addresses are of one server, so that a token may go to both."""
    try:
        one, two = urlsplit(url), urlsplit(other)
        return (one.scheme, one.hostname, one.port) == (two.scheme, two.hostname, two.port)
    except ValueError:
        return False


def gone_in(data: bytes) -> list[tuple[str, str]]:
    """
    Types and ids that Bundles of deletions name, a Bundle a line.

    :raises BadAnswer: if a line is no such Bundle
    """
    found = []
    for number, line in enumerate(data.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            body = parse_resource(line)
        except NoResource as fault:
            raise BadAnswer(f"line {number} of the deletions: {fault.words}") from fault
        for entry in body.get("entry", []) if isinstance(body.get("entry", []), list) else []:
            request = entry.get("request") if isinstance(entry, dict) else None
            request = request if isinstance(request, dict) else {}
            named = GONE.fullmatch(str(request.get("url", "")))
            if request.get("method") != "DELETE" or named is None:
                raise BadAnswer(f"line {number} of the deletions names none")
            found.append((named[1], named[2]))
    return found


def issue_code(body: bytes) -> str:
    """The code of the first issue that an OperationOutcome names; nothing else of it is read."""
    try:
        issue = object_in(body, "the answer").get("issue")
    except BadAnswer:
        return ""
    first = issue[0] if isinstance(issue, list) and issue else {}
    code = first.get("code") if isinstance(first, dict) else ""
    return code if isinstance(code, str) and ISSUE_CODE.fullmatch(code) else ""

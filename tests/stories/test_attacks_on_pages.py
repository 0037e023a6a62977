"""Pages under attack: who saw whom is always written, looking changes nothing, names stay text."""

import csv
import io
import re

import pytest
from openpyxl import load_workbook

from ipaportal.audit.models import AccessEvent
from ipaportal.identity.web.access import PUBLIC
from tests.people import actor_of
from tests.stories.attacks import (  # noqa: F401 - fixtures are used by name
    HOSTILE,
    LIES,
    MEMBER,
    addresses,
    attacked,
    digests,
    make_attacked,
    signed_in_afresh,
    text_of,
)

pytestmark = pytest.mark.django_db
TABS = {
    "capitation:worklists": ["list=pcp", "list=without_pcp", "list=suspense", "list=radar"],
    "capitation:run_detail": ["tab=lines", "tab=variance", "tab=proof"],
    "capitation:file_detail": ["tab=lines", "tab=rows"],
    "capitation:member_list": ["q=example", "q=example&export=csv", "q=example&export=xlsx"],
    "credentialing:practice_list": ["of=people"],
}


def looks(client, address):
    """The ways of looking at an address, and what came; its list as files if it has one."""
    first = client.get(address.path)
    yield "", first
    queries = list(TABS.get(address.name, ()))
    if not first.streaming and b"export=csv" in first.content:
        queries += ["export=csv", "export=xlsx"]
    for query in queries:
        yield query, client.get(f"{address.path}?{query}")


def everything(attacked):
    """Every address that staff of all roles or a practice may open, with all that it answers."""
    for user in (attacked.everybody, attacked.bell):
        client, may = signed_in_afresh(user), actor_of(user).may
        for address in addresses(attacked.values(attacked.world.bell)):
            if address.permission == PUBLIC or may(address.permission):
                for query, answer in looks(client, address):
                    yield address, query, answer


def body_of(answer) -> str:
    """What a person can read of an answer: the cells of a spreadsheet, else its text."""
    kind = answer.headers.get("Content-Type", "")
    if "spreadsheet" not in kind:
        return text_of(answer)
    sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    return "\n".join(str(cell.value) for row in sheet.iter_rows() for cell in row)


def test_whoever_is_shown_a_member_stands_in_the_access_log(attacked):
    silent, telling, shown, exported = [], [], 0, 0
    for address, query, answer in everything(attacked):
        assert answer.status_code < 500, (address.path, query)
        body = body_of(answer)
        telling += [(address.name, form) for form in searches_by_address(body)]
        if answer.status_code != 200 or not MEMBER.search(body):
            continue
        is_file = answer.headers.get("Content-Disposition", "").startswith("attachment")
        shown, exported = shown + 1, exported + is_file
        events = AccessEvent.objects.filter(request_id=answer["X-Request-ID"])
        kinds = set(events.values_list("kind", flat=True))
        if kinds != {"export" if is_file else "view"}:
            silent.append((address.name, query, kinds))
    assert silent == []
    assert telling == [], "what is searched for would stand in addresses, so in logs"
    assert shown > 20, "the walk found pages that show members"
    assert exported >= 5


def searches_by_address(page: str) -> list[str]:
    """Forms that put what is searched for into the address."""
    forms = re.findall(r"<form[^>]*>.*?</form>", page, re.DOTALL)
    return [
        form[:100] for form in forms if 'name="q"' in form and 'method="post"' not in form[:200]
    ]


def test_finds_a_form_that_tells_what_is_searched_for():
    assert searches_by_address('<form method="get"><input name="q"></form>')
    assert not searches_by_address('<form method="post" action="/x/"><input name="q"></form>')


def test_looking_changes_nothing(attacked):
    client = signed_in_afresh(attacked.everybody)
    before = digests()
    for address in addresses(attacked.values(attacked.world.bell)):
        client.get(address.path)
    after = digests()
    assert len(before) > 30
    assert sorted(name for name in before if after[name] != before[name]) == []


def test_hostile_names_stay_text_on_every_page_and_in_every_file():
    attacked = make_attacked(HOSTILE)
    told, files, faults = 0, 0, []
    for address, query, answer in everything(attacked):
        where = (address.name, query)
        assert answer.status_code < 500, where
        if "X-Forged" in answer.headers:
            faults.append((*where, "forged a header"))
        disposition = answer.headers.get("Content-Disposition", "")
        if disposition:
            files += 1
            faults += [(*where, fault) for fault in faults_of_file(answer, disposition)]
        elif answer.headers["Content-Type"].startswith("text/html"):
            page = text_of(answer)
            told += "HYPERLINK" in page or "&lt;script&gt;" in page
            faults += [(*where, lie) for lie in LIES[:2] if lie in page]
    assert faults == []
    assert told > 30
    assert files >= 10


def faults_of_file(answer, disposition: str):
    """What a spreadsheet would run, and what a name of a file may not hold."""
    if not re.fullmatch(r'attachment; filename="[\w.-]+"', disposition, re.ASCII):
        yield disposition
    kind = answer.headers["Content-Type"]
    data = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if "csv" in kind:
        cells = [cell for row in csv.reader(io.StringIO(data.decode("utf-8-sig"))) for cell in row]
        yield from (cell for cell in cells if runs_in_a_spreadsheet(cell))
    elif "spreadsheet" in kind:
        sheet = load_workbook(io.BytesIO(data)).active
        cells = [cell for row in sheet.iter_rows() for cell in row]
        yield from (cell.value for cell in cells if cell.data_type == "f")


def runs_in_a_spreadsheet(cell: str) -> bool:
    return cell.lstrip()[:1] in set("=+-@\t") and not re.fullmatch(r"-?[\d.,]+", cell)


def test_knows_what_a_spreadsheet_runs():
    assert runs_in_a_spreadsheet("=1+1")
    assert runs_in_a_spreadsheet(" @SUM(A1)")
    assert not runs_in_a_spreadsheet("-12.50")
    assert not runs_in_a_spreadsheet("'=1+1")


POISONS = {
    "sql": "'; DROP TABLE capitation_member; --",
    "nul": "\x00",
    "odd": "\N{ARABIC-INDIC DIGIT THREE}\u202e%" + "9" * 300,
}
PARAMS = (
    *("q", "sort", "page", "status", "tab", "list", "export", "month", "as_of", "contract", "ref"),
    *("payee", "reason", "why", "show", "kind", "of", "party", "name", "state", "next"),
)


@pytest.mark.parametrize("poison", POISONS.values(), ids=POISONS.keys())
def test_no_parameter_breaks_a_page(poison, attacked):
    broken, asked = [], 0
    for user in (attacked.everybody, attacked.bell):
        client, may = signed_in_afresh(user), actor_of(user).may
        client.raise_request_exception = False
        for address in addresses(attacked.values(attacked.world.bell)):
            if address.permission == PUBLIC or may(address.permission):
                asked += 1
                query = dict.fromkeys(PARAMS, poison)
                if client.get(address.path, query).status_code >= 500:
                    broken.append(address.name)
    assert asked > 80
    assert broken == []

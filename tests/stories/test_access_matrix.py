"""Every address × everybody × own, foreign and absent things × every way of asking: as promised."""

import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache, cached_property
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import URLResolver, get_resolver

from capitation.actions.disputes import open_dispute
from capitation.models import BankAccount, Dispute, RemittanceLine, Statement
from capitation.rules.statements import LineId
from ipaportal.core.roles import PARTY_ROLES, STAFF_ROLES, Role
from ipaportal.identity import lifetimes
from ipaportal.identity.actions.users import suspend_user
from ipaportal.identity.models import User
from ipaportal.identity.web.access import PUBLIC
from ipaportal.identity.web.once import FIELD, new_token
from tests.capitation.worlds import OCTOBER, OCTOBER_5
from tests.credentialing.auditing import make_sample
from tests.people import actor_of, client_of, make_party, make_user
from tests.plainyaml import load
from tests.stories.attacks import (  # noqa: F401 - fixtures are used by name
    MAY_GROW,
    Address,
    Attacked,
    addresses,
    attacked,
    is_allauth,
    signed_in_afresh,
    text_of,
)

pytestmark = pytest.mark.django_db
MATRIX = load(Path(__file__).parents[1] / "access_matrix.yaml")
# Who reaches only rows of their own party; `provider_b` is of the same practice as `provider_a`.
OF_A_PARTY = {"provider_a", "provider_b", "practice_manager", "plan_auditor"}
OUTSIDE = {"anonymous", "suspended"}
FOREIGN = re.compile(r"Alvarez|\bRay\b|M-RAY|Mine alone")
NO_UUID = "00000000-0000-4000-8000-000000000000"
NOBODYS = {
    **dict.fromkeys(["line"], "9999-9999-2026-10-9999"),
    **dict.fromkeys(["case_id", "case_file_id", "case_task_id", "case_person_id"], NO_UUID),
    **dict.fromkeys(["bank account", "line_id", "health_record_id"], NO_UUID),
}
ELSEWHERE = "203.0.113.9"
BOOKKEEPING = (*MAY_GROW, "identity_sentform", "identity_formsent")
KEPT = {"month": "2026-10", "part": "paid"}  # these are nobody's
CONFIRM = "confirm"
SIGN_IN = "sign in"
HIDDEN = re.compile(r'<input[^>]*type="hidden"[^>]*name="(\w+)"')
# How a refusal is put on record: in which table, and by what word in its row.
REFUSED = {"audit_accessevent": "refused", "audit_domainevent": "audit.page.refused"}
WRITES = re.compile(r'\s*(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+"?(\w+)', re.IGNORECASE)


@dataclass(frozen=True)
class Row:
    """What stands in the matrix about one address."""

    permission: str
    kind: str
    also: frozenset[str]

    @classmethod
    def of(cls, name: str) -> "Row":
        permission, kind, *also = MATRIX["urls"][name]
        return cls(permission, kind, frozenset(also))


@dataclass(frozen=True)
class Cell:
    """One square of the matrix: an address by name, who asks, for whose thing, in what way."""

    url: str
    who: str
    thing: str
    way: str

    def __str__(self) -> str:
        return f"{self.url} {self.who} {self.thing} {self.way}"


@cache
def promised(cell: Cell) -> object:
    """What the matrix promises for a cell: by an exception that speaks of it, else by its row."""
    row = Row.of(cell.url)
    for pattern, answer in MATRIX["exceptions"].items():
        if fnmatchcase(str(cell), pattern):
            return answer
    may = MATRIX["permissions"][row.permission]
    get, post = MATRIX["kinds"][row.kind]
    answer = post if cell.way in ("POST", "stale") else get
    if answer == 405:
        return 405
    is_open = may == ["everybody"]
    if not is_open and cell.who in OUTSIDE:
        return SIGN_IN
    if not is_open and cell.who not in may:
        return 403
    if cell.way == "stale":
        return CONFIRM
    hidden = cell.thing == "foreign" and cell.who in OF_A_PARTY and not is_open
    return 404 if cell.thing == "absent" or hidden else answer


def ways(row: Row) -> list[str]:
    """The ways in which an address is asked."""
    found = ["GET", "fragment", "POST"]
    found += ["csv", "xlsx"] if "export" in row.also else []
    return found + (["stale"] if "again" in row.also else [])


# The world.


@dataclass
class World:
    """Two practices after October, with everybody who may ask, and what each address may name."""

    attacked: Attacked
    clients: dict[str, Client] = field(default_factory=dict)
    stale: dict[str, Client] = field(default_factory=dict)
    things: dict[str, dict[str, Address]] = field(default_factory=dict)
    ids: dict[str, object] = field(default_factory=dict)

    @cached_property
    def form(self) -> str:
        """The other practice's things, as browsers send a form without a file: that is cheap."""
        return urlencode(self.ids)


def make_world(attacked: Attacked, whom: list[str]) -> World:
    world = World(attacked)
    own, foreign = attacked.values(attacked.world.bell), their_values(attacked)
    nobodys = {name: NOBODYS.get(name, 987654321) for name in own} | {"token": "x"} | KEPT
    for thing, values in (("own", own), ("foreign", foreign), ("absent", nobodys)):
        world.things[thing] = {name_of(a): a for a in addresses(values)}
    world.ids = {name.removesuffix("_id"): foreign[name] for name in foreign} | ids_of(foreign)
    users = {who: user for who in whom if (user := user_for(who, attacked))}
    for who in whom:
        user = users.get(who)
        world.clients[who] = signed_in_afresh(user) if user else Client()
        world.stale[who] = client_of(user) if user else Client()
        for client in (world.clients[who], world.stale[who]):
            client.raise_request_exception = False
            client.defaults["REMOTE_ADDR"] = ELSEWHERE
            client.head("/")  # a session begins with its first page
    if "suspended" in users:
        admin = actor_of(make_user("shuts@ipa.example", Role.SYSTEM_ADMIN))
        suspend_user(actor=admin, user_id=users["suspended"].pk, reason="left")
    return world


def name_of(address: Address) -> str:
    """Its name, or its path if it has none."""
    return address.path if address.name.endswith("None") else address.name


def user_for(who: str, attacked: Attacked) -> User | None:
    bell, payer = attacked.world.bell.party, attacked.world.contract.payer.party
    if who == "anonymous":
        return None
    if who == "provider_a":
        return attacked.bell
    role = {"provider_b": Role.PROVIDER, "suspended": Role.FINANCE}.get(who) or Role(who)
    party = payer if role == Role.PLAN_AUDITOR else bell if role in PARTY_ROLES else None
    return make_user(f"{who}@matrix.example", role, party=party)


def their_values(attacked: Attacked) -> dict[str, object]:
    """What addresses may name, of the other practice throughout."""
    world = attacked.world
    ray, party = world.members["Ray"], world.alvarez.party
    line = LineId(world.runs[OCTOBER].pk, ray.pk, OCTOBER, party.pk)
    dispute = open_dispute(
        actor=actor_of(attacked.alvarez),
        statement_id=Statement.objects.get(payee=party, month=OCTOBER).pk,
        run_id=line.run_id,
        member_id=ray.pk,
        coverage_month=OCTOBER,
        question="Mine alone",
        now=OCTOBER_5,
    )
    return attacked.values(world.alvarez) | {
        "member_id": ray.pk,
        "practitioner_id": world.pcps["Alvarez"].pk,
        "dispute_id": dispute.pk,
        **make_sample(None, "Mine alone", OCTOBER_5),
        "line": str(line),
        "file_id": RemittanceLine.objects.filter(member_ref="M-RAY").first().file_id,
    }


def ids_of(foreign: dict[str, object]) -> dict[str, object]:
    """The same under other names that a form or a filter may give them."""
    statement = Statement.objects.get(pk=foreign["statement_id"])
    return {
        **{name: value for name, value in foreign.items() if name.endswith("_id")},
        **{name: statement.payee_id for name in ("party", "party_id", "payee", "payee_id")},
        **dict.fromkeys(["role", "grant_role"], "system_admin"),
        "pcp": foreign["practitioner_id"],
        "bank_account": foreign["bank account"],
    }


# The walk.


@dataclass
class Written:
    """What is written within a block: tables but for logs and sessions, and refusals on record."""

    tables: set[str] = field(default_factory=set)
    refusals: list[tuple[object, ...]] = field(default_factory=list)


@contextmanager
def writes() -> Iterator[Written]:
    """Watch what the block writes."""
    written = Written()

    def watch(execute, statement, params, many, context):
        found = WRITES.match(statement if isinstance(statement, str) else str(statement))
        if found and found[1] in REFUSED and REFUSED[found[1]] in params:
            written.refusals.append(tuple(params))
        if found and not found[1].startswith(BOOKKEEPING):
            written.tables.add(found[1])
        return execute(statement, params, many, context)

    with connection.execute_wrapper(watch):
        yield written


def send(world: World, cell: Cell):
    """Ask as a cell says; every form that is sent names the other practice's things."""
    clients = world.stale if cell.way == "stale" else world.clients
    client, path = clients[cell.who], world.things[cell.thing][cell.url].path
    if cell.way in ("POST", "stale"):
        form = f"{urlencode({FIELD: new_token()})}&{world.form}"
        return client.post(path, form, content_type="application/x-www-form-urlencoded")
    if cell.way in ("csv", "xlsx"):
        return client.get(path, {"export": cell.way})
    return client.get(path, headers={"HX-Request": "true"} if cell.way == "fragment" else {})


def answered(answer) -> object:
    """A status, or in a word where it leads."""
    to = answer.headers.get("HX-Redirect") or answer.headers.get("Location", "")
    if to.startswith("/account/login/"):
        return SIGN_IN
    return CONFIRM if to.startswith("/account/reauthenticate/") else answer.status_code


def faults_of(world: World, cell: Cell, expected: object) -> Iterator[tuple[str, object]]:
    """What is wrong with what a cell answers, and nothing that it did stays."""
    with transaction.atomic():
        with writes() as written:
            answer = send(world, cell)
        got, body = answered(answer), text_of(answer)
        if got != expected:
            yield f"answers {got}", answer.headers.get("Location", "")
        if got != 302 and written.tables:
            yield "writes", sorted(written.tables)
        if cell.who in OF_A_PARTY | OUTSIDE and FOREIGN.search(body):
            yield "shows what is another practice's", FOREIGN.search(body)[0]
        if (
            cell.way in ("csv", "xlsx")
            and got == 200
            and "attachment" not in answer.get("Content-Disposition", "")
        ):
            yield "is no file", answer.get("Content-Type")
        if got in (403, 404) and cell.who not in OUTSIDE and not is_recorded(answer, written):
            yield "is not recorded", got
        transaction.set_rollback(True)


def is_recorded(answer, written: Written) -> bool:
    """Whether the refusal was put on record, once and under the number of its request."""
    return [answer["X-Request-ID"] in row for row in written.refusals] == [True]


# A refusal is given before a page reads what is asked for, and in what form: those differ together.
REFUSED_BY_PERMISSION = {"own": {"GET", "POST", "stale", "csv"}, "foreign": {"fragment"}}


def kind_of(who: str) -> str:
    """Whom the same is promised to, but for what the permissions say."""
    return "outside" if who in OUTSIDE else "of a party" if who in OF_A_PARTY else "staff"


def says(cell: Cell) -> set[str]:
    """What a cell says that others may say too; one that says nothing new is not asked."""
    promise, row, kind = promised(cell), Row.of(cell.url), kind_of(cell.who)
    of_the_kind = f"{kind} {promise} {cell.url} {cell.thing} {cell.way}"
    if promise in (403, SIGN_IN):
        # One guard refuses, by permission and person alone: each permission everybody, and one of
        # each kind in each way; each address one of each kind who looks, and one who sends a form.
        if cell.way not in REFUSED_BY_PERMISSION.get(cell.thing, ()):
            return set()
        by_permission = {f"{row.permission} {cell.who}", f"{row.permission} {kind} {cell.way}"}
        return by_permission | ({of_the_kind} if cell.way in ("GET", "POST") else set())
    if promise == 405:
        return set() if cell.thing != "own" or cell.way == "fragment" else {of_the_kind}
    if cell.who in OF_A_PARTY | OUTSIDE:
        return {str(cell)}
    if cell.thing == "own":
        # A part of a page and the list's other file hold what the page and its CSV do, and a page
        # that reads nothing that is sent to it is the page.
        is_less = cell.way in ("fragment", "xlsx") or (row.kind, cell.way) == ("page", "POST")
        return {of_the_kind if is_less else str(cell)}
    # Staff see every practice's things alike: one of those who may asks for others and for none.
    return set() if cell.way == "fragment" else {of_the_kind}


def cells(world: World, who: str, said: set[str]) -> Iterator[Cell]:
    """Every cell of one person that says what none before has; `said` grows by it."""
    for url, address in world.things["own"].items():
        row = Row.of(url)
        for thing in ("own", "foreign", "absent") if address.params else ("own",):
            for way in ways(row):
                cell = Cell(url, who, thing, way)
                if new := says(cell) - said:
                    said |= new
                    yield cell


GROUPS = {
    "of a party": ["anonymous", "suspended", *sorted(OF_A_PARTY)],
    "of money": ["finance", "finance_approver", "compliance_officer"],
    "of the network": [
        *("network_admin", "credentialing_specialist", "medical_director"),
        *("purchasing", "system_admin"),
    ],
}


def test_names_everybody_and_every_address():
    assert set(MATRIX["people"]) == {who for group in GROUPS.values() for who in group}
    roles = {"provider_a", "provider_b"} | OUTSIDE
    assert set(MATRIX["people"]) - roles == set(Role) - {Role.PROVIDER}
    assert {Role(who) for who in MATRIX["people"] if who in set(STAFF_ROLES)} == set(STAFF_ROLES)


def test_every_line_of_the_matrix_is_needed():
    rows = [Row.of(name) for name in MATRIX["urls"]]
    assert {row.permission for row in rows} == set(MATRIX["permissions"])
    assert {row.kind for row in rows} == set(MATRIX["kinds"])
    assert {word for row in rows for word in row.also} == {"export", "again"}
    named = {who for may in MATRIX["permissions"].values() for who in may} - {"everybody"}
    assert named | OUTSIDE == set(MATRIX["people"])
    every = [
        f"{url} {who} {thing} {way}"
        for url in MATRIX["urls"]
        for who in MATRIX["people"]
        for thing in ("own", "foreign", "absent")
        for way in ways(Row.of(url))
    ]
    idle = [line for line in MATRIX["exceptions"] if not any(fnmatchcase(c, line) for c in every)]
    assert idle == []


def test_each_address_is_guarded_by_the_permission_of_its_row():
    values = defaultdict(lambda: 1, NOBODYS | KEPT | {"token": "x"})
    guarded = {name_of(address): address.permission for address in addresses(values)}
    rows = {name: Row.of(name).permission for name in MATRIX["urls"]}
    assert guarded == {name: PUBLIC if may == "open" else may for name, may in rows.items()}


@pytest.fixture
def unhurried(settings, monkeypatch):
    """
    A walk over thousands of cells may take longer than a sign-in stays fresh, or a session.

    That a session is in use is noted once: each cell undoes it, and the next would note it again.
    """
    monkeypatch.setattr(lifetimes, "SEEN_EVERY_SECONDS", 24 * 60 * 60)
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 24 * 60 * 60
    settings.SESSION_IDLE_SECONDS = dict.fromkeys(settings.SESSION_IDLE_SECONDS, 24 * 60 * 60)


@pytest.mark.slow
@pytest.mark.usefixtures("unhurried")
@pytest.mark.parametrize("group", GROUPS)
def test_answers_as_promised(group, attacked):
    world, faults = make_world(attacked, GROUPS[group]), []
    asked, said = set(), set()
    found = set(world.things["own"])
    assert found - set(MATRIX["urls"]) == set(), "say in access_matrix.yaml who may ask these"
    assert set(MATRIX["urls"]) - found == set(), "these are no addresses any more"
    for who in GROUPS[group]:
        for cell in cells(world, who, said):
            expected = promised(cell)
            faults += [(str(cell), expected, *f) for f in faults_of(world, cell, expected)]
            asked |= {(cell.url, kind_of(who)), (Row.of(cell.url).permission, who)}
    assert not faults, "\n".join(f"{cell}: {fault}" for cell, *fault in faults)
    kinds = {kind_of(who) for who in GROUPS[group]}
    by_person = {(may, who) for may in MATRIX["permissions"] for who in GROUPS[group]}
    assert asked == {(url, kind) for url in MATRIX["urls"] for kind in kinds} | by_person


def sign_in_pages(resolver, before: str = "/", inside: bool = False) -> Iterator[tuple[str, str]]:
    """Name and path of every page that allauth brings."""
    for pattern in resolver.url_patterns:
        if inside or is_allauth(pattern):
            route = re.sub(r"<[^>]*>|\(\?P<\w+>[^)]*\)", "1", f"{before}{pattern.pattern}")
            if isinstance(pattern, URLResolver):
                yield from sign_in_pages(pattern, route, True)
            else:
                yield pattern.name, re.sub(r"[\^$\\]", "", route)


def test_sign_in_pages_answer_as_promised():
    make_party()
    user, got = make_user("in@matrix.example", Role.FINANCE), {}
    for name, path in sign_in_pages(get_resolver()):
        answers = []
        for make in (Client, lambda: client_of(user)):
            for method in ("get", "post"):
                with transaction.atomic():
                    answers.append(answered(getattr(make(), method)(path, {"x": "1"})))
                    transaction.set_rollback(True)
        got[name] = answers
    promises = MATRIX["sign-in pages"]
    names = got.keys() | promises.keys()
    differ = [f"  {n}: {got.get(n)}" for n in sorted(names) if got.get(n) != promises.get(n)]
    assert not differ, "\n".join(differ)


# A manager of a practice may all that its providers may.
@pytest.mark.parametrize("who", ["practice_manager", "plan_auditor"])
def test_no_filter_and_no_sort_key_shows_what_is_another_practices(who, attacked):
    world, shown, asked = make_world(attacked, [who]), [], 0
    lists = [url for url in world.things["own"] if promised(Cell(url, who, "own", "GET")) == 200]
    values = {name: str(value) for name, value in world.ids.items()}
    # Beginnings only: a page may say again what was searched for.
    queries = [{**values, "q": begins, "show": "left"} for begins in ("Dr.", "Exam", "M-R")]
    # What is sorted up and what down takes turns: both lead to the same rows.
    queries += [{"sort": "-" * (i % 2) + key} for i, key in enumerate(MATRIX["sort keys"])]
    for url in lists:
        for query in queries:
            # The list's other file holds what its CSV does.
            for export in ("", "csv") if "export" in Row.of(url).also else ("",):
                path, asked = world.things["own"][url].path, asked + 1
                answer = world.clients[who].get(path, {**query, "export": export})
                found = FOREIGN.search(text_of(answer))
                if answer.status_code >= 500 or found:
                    shown.append((url, query.get("q") or query["sort"], found))
    assert shown == []
    assert asked >= 40


def a_bank_account(party: object) -> dict[str, object]:
    return {
        "party": party,
        "holder_name": "Bell Clinic",
        "routing_number": "231380104",
        "account_number": "5550001",
        "account_type": "checking",
    }


def test_a_body_moves_nothing_of_another_practice(attacked):
    world = make_world(attacked, ["practice_manager", "provider_a"])
    mine = world.attacked.world.bell.party_id
    theirs = world.attacked.world.alvarez.party_id
    path = world.things["own"]["capitation:bank_account_new"].path
    manager, doctor = world.clients["practice_manager"], world.clients["provider_a"]
    assert manager.post(path, a_bank_account(theirs)).status_code == 422
    assert not BankAccount.objects.filter(party=theirs, status="proposed").exists()
    assert manager.post(path, a_bank_account(mine)).status_code == 302
    assert BankAccount.objects.filter(party=mine, status="proposed").count() == 1
    # Ids that a form does not have are not read, whatever they say.
    before = Dispute.objects.filter(statement__payee=theirs).count()
    address = world.things["own"]["capitation:dispute_new"]
    doctor.post(address.path, {**world.ids, "question": "Why?"})
    assert Dispute.objects.filter(statement__payee=theirs).count() == before
    refused = doctor.post(world.things["foreign"]["capitation:dispute_new"].path, {"question": "?"})
    assert refused.status_code == 404
    assert Dispute.objects.filter(statement__payee=theirs).count() == before


def test_every_hidden_field_is_known(attacked):
    whom = ["finance", "finance_approver", "practice_manager", "credentialing_specialist"]
    world, found = make_world(attacked, whom), set()
    for who, client in world.clients.items():
        for url, address in world.things["own"].items():
            if promised(Cell(url, who, "own", "GET")) == 200:
                found |= set(HIDDEN.findall(text_of(client.get(address.path))))
    assert found - {"csrfmiddlewaretoken"} == set(MATRIX["hidden fields"])

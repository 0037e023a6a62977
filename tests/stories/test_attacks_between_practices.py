"""One practice asks for all that is another's: nothing, as if it were not there, and on record."""

import re
from collections import defaultdict

import pytest

from ipaportal.audit.models import AccessEvent, DomainEvent
from ipaportal.core.actors import Actor
from ipaportal.core.roles import Role
from ipaportal.core.scopes import EVERYBODY
from ipaportal.identity import middleware
from ipaportal.identity.actions.users import end_grant, suspend_user
from ipaportal.identity.models import Grant, Party, User
from ipaportal.identity.web.access import PUBLIC
from tests.people import actor_of, client_of, make_party, make_user
from tests.stories.attacks import (  # noqa: F401 - fixtures are used by name
    addresses,
    attacked,
    digests,
    signed_in_afresh,
    text_of,
)

pytestmark = pytest.mark.django_db
THEIRS = re.compile(r"Bell Clinic|\b(?:Ann|Bea|Cal|Dan|Eva|Hal)\b|Why so little|M-ANN")
# Addresses of what is nobody's: a number that nothing has, in every shape of an address.
NOTHING = {
    **dict.fromkeys(["line"], "9999-9999-2026-10-9999"),
    **dict.fromkeys(
        ["case_id", "case_file_id", "case_task_id", "case_person_id"],
        "00000000-0000-4000-8000-000000000000",
    ),
    **dict.fromkeys(
        ["bank account", "line_id", "health_record_id"], "00000000-0000-4000-8000-000000000000"
    ),
}
# Without a sign-in server of the IPA's own there is nothing to ask.
SSO = ("sso_begin", "sso_again", "sso_back", "sso_signed_out")
NOT_HERE = {(f"identity:{name}", 404) for name in SSO}
# Whoever reports without a name is asked for no account, and so for no second factor.
OPEN_TO_ALL = {("hotline:hotline_report", 200), ("hotline:hotline_mailbox", 200)}


def outsiders(attacked):
    """People who reach only rows of their own party; a manager may all that a provider may."""
    practice, payer = attacked.world.alvarez.party, make_party("payer", "Other Plan")
    for role in (Role.PRACTICE_MANAGER, Role.PLAN_AUDITOR):
        party = payer if role == Role.PLAN_AUDITOR else practice
        yield make_user(f"{role}@other.example", role, party=party)


def requests_of(client, address):
    yield "GET", client.get(address.path)
    yield "POST", client.post(address.path, {"reason": "x", "question": "x", "text": "x"})


def test_nothing_of_another_practice_is_shown_or_done(attacked):
    values = attacked.values(attacked.world.bell)
    nobodys = {name: NOTHING.get(name, 987654321) for name in values} | {"month": "2026-10"}
    nobodys |= {"part": "paid", "token": "x"}
    named = [a for a in addresses(values) if a.params and a.permission != PUBLIC]
    missing = {a.name: a.path for a in addresses(nobodys)}
    clients = [(user, signed_in_afresh(user)) for user in outsiders(attacked)]
    before, faults, refused = digests(), [], 0
    for user, client in clients:
        may = actor_of(user).may
        for address in named:
            for method, answer in requests_of(client, address):
                status, what = answer.status_code, (user.email, method, address.name)
                if status not in (403, 404, 405) or THEIRS.search(text_of(answer)):
                    faults.append((*what, status))
                if status == 405:
                    continue
                refused += 1
                if not _is_recorded(answer):
                    faults.append((*what, "not recorded"))
                if not may(address.permission):
                    continue  # the guard refused, before anything was looked for
                ask = client.get if method == "GET" else client.post
                absent = ask(missing[address.name])
                if (absent.status_code, _bare(absent)) != (status, _bare(answer)):
                    faults.append((*what, "differs from what is not there", absent.status_code))
    assert faults == []
    assert refused > 100
    after = digests()
    assert [name for name in before if before[name] != after[name]] == []


def _bare(answer) -> str:
    """A page without what differs from answer to answer."""
    tokens = r'[\w-]{64}|"X-CSRFToken": "[^"]*"|name="form_token" value="[^"]*"'
    return re.sub(tokens, "", text_of(answer))


def _is_recorded(answer) -> bool:
    request_id = answer["X-Request-ID"]
    seen = AccessEvent.objects.filter(request_id=request_id, kind="refused")
    done = DomainEvent.objects.filter(request_id=request_id, action="audit.page.refused")
    return seen.exists() or done.exists()


def test_no_list_names_another_practice(attacked):
    faults, opened = [], 0
    for user in outsiders(attacked):
        client, may = signed_in_afresh(user), actor_of(user).may
        for address in addresses(attacked.values(attacked.world.bell)):
            if address.params or not (address.permission == PUBLIC or may(address.permission)):
                continue
            for query in ("", "?q=example", "?q=Bell", f"?party={attacked.world.bell.party_id}"):
                answer = client.get(address.path + query)
                opened += answer.status_code == 200
                found = THEIRS.search(
                    re.sub(r'value="Bell"|begins with “Bell”', "", text_of(answer))
                )
                if found:
                    faults.append((user.email, address.name, query, found[0]))
    assert faults == []
    assert opened > 25


def test_the_same_addresses_open_to_whose_they_are(attacked):
    """The attacks above would prove nothing if the addresses led nowhere."""
    client = signed_in_afresh(attacked.bell)
    opened = {
        address.name
        for address in addresses(attacked.values(attacked.world.bell))
        if address.params and client.get(address.path).status_code == 200
    }
    wanted = ("statement_detail", "statement_members", "statement_csv", "statement_pdf")
    wanted += ("statement_explain", "line_explain", "dispute_detail")
    assert opened >= {f"capitation:{name}" for name in wanted}


@pytest.mark.parametrize("cut_off", ["suspended", "grant ended", "without a second factor"])
def test_whoever_is_cut_off_in_a_session_reaches_nothing_more(attacked, cut_off):
    admin = actor_of(make_user("admin@ipa.example", Role.SYSTEM_ADMIN))
    quinn = make_user("quinn@ipa.example", Role.FINANCE)
    client = signed_in_afresh(quinn)
    assert client.get("/runs/").status_code == 200
    if cut_off == "suspended":
        suspend_user(actor=admin, user_id=quinn.pk, reason="left")
    elif cut_off == "grant ended":
        grant = Grant.objects.get(user=quinn)
        end_grant(actor=admin, grant_id=grant.pk, today=grant.effective_date.today())
    else:
        quinn.authenticator_set.all().delete()
    opened = []
    before = digests()
    for address in addresses(attacked.values(attacked.world.bell)):
        if address.permission == PUBLIC:
            continue
        for method, answer in requests_of(client, address):
            shut = answer.status_code in (403, 405) or _leads_away(answer)
            shut = shut or (address.name, answer.status_code) in NOT_HERE
            if not shut or THEIRS.search(text_of(answer)):
                opened.append((method, address.name, answer.status_code))
    assert opened == []
    after = digests()
    assert [name for name in before if before[name] != after[name]] == []


def _leads_away(answer) -> bool:
    to = answer.headers.get("Location", "")
    return answer.status_code == 302 and to.startswith(("/account/login/", "/account/mfa/"))


@pytest.mark.parametrize(
    ("role", "second"), [(Role.FINANCE, "nothing"), (Role.SYSTEM_ADMIN, "recovery codes")]
)
def test_staff_without_a_second_factor_reach_no_page_at_all(role, second):
    make_party()
    user: User = make_user("staff@ipa.example", role, mfa=second != "nothing")
    user.authenticator_set.update(type="recovery_codes")
    client, opened = client_of(user), []
    values = defaultdict(lambda: 1, NOTHING | {"month": "2026-10", "part": "paid", "token": "x"})
    for address in addresses(values):
        for headers in ({}, {"HX-Request": "true"}):
            answer = client.get(address.path, headers=headers)
            if (address.name, answer.status_code) in NOT_HERE | OPEN_TO_ALL:
                continue
            away = answer.headers.get("HX-Redirect") == "/" or _leads_away(answer)
            if not away:
                opened.append((address.name, answer.status_code))
    assert opened == []


# ---- the second wall ----------------------------------------------------------------------------


def test_with_every_filter_gone_the_database_shows_nothing_of_another_practice(
    attacked, monkeypatch
):
    """Each query of ours is told that the actor reaches every party; only row security is left."""
    world = attacked.world
    clients = [(signed_in_afresh(user), actor_of(user).may) for user in outsiders(attacked)]
    everybodys = frozenset(Party.objects.values_list("pk", flat=True))
    limited = Actor.reach
    monkeypatch.setattr(
        Actor, "reach", lambda self, name: None if limited(self, name) is None else everybodys
    )
    faults, opened = [], 0
    for client, may in clients:
        client.raise_request_exception = False
        for address in addresses(attacked.values(world.bell)):
            if address.permission == PUBLIC or not may(address.permission):
                continue
            for query in ("", "?q=Bell", f"?party={world.bell.party_id}", "?as=csv"):
                answer = client.get(address.path + query)
                opened += answer.status_code == 200
                text = re.sub(r'value="Bell"|begins with “Bell”', "", text_of(answer))
                found = THEIRS.search(text)
                if found:
                    faults.append((address.name, query, answer.status_code, found[0]))
    assert faults == []
    assert opened > 25


def test_without_the_second_wall_the_same_would_be_shown(attacked, monkeypatch):
    """What is tried above would prove nothing if the filters were not gone."""
    client = signed_in_afresh(next(outsiders(attacked)))
    everybodys = frozenset(Party.objects.values_list("pk", flat=True))
    monkeypatch.setattr(Actor, "reach", lambda self, name: everybodys)
    monkeypatch.setattr(middleware, "scope_of", lambda actor: EVERYBODY)
    path = f"/statements/{attacked.values(attacked.world.bell)['statement_id']}/"
    answer = client.get(path)
    assert answer.status_code == 200
    assert THEIRS.search(text_of(answer))

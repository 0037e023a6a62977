"""What attackers need: every address, a small IPA with two practices, and somebody in each role."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from capitation.actions.bank_returns import read_returns
from capitation.actions.checks import open_check_book
from capitation.actions.disputes import open_dispute
from capitation.actions.prenotes import send_prenotes
from capitation.actions.statements import publish_statements
from capitation.models import (
    BankAccount,
    Dispute,
    MemberProfile,
    Payment,
    PlanFile,
    PositivePayFile,
    Prenote,
    PrenoteFile,
    RemittanceLine,
    ReturnLine,
    Statement,
    UnmatchedRow,
)
from capitation.rules.statements import LineId
from credentialing.models import Practice, RosterDifference, ScreeningMatch
from ipaportal.audit.access import log_access
from ipaportal.audit.models import AccessEvent
from ipaportal.core.files import store
from ipaportal.core.roles import STAFF_ROLES, Role
from ipaportal.identity.actions.invitations import invite_user, token_of
from ipaportal.identity.models import Grant, Invitation, Party, User
from ipaportal.ledger.actions import place_hold
from ipaportal.ledger.models import Account, Entry, Hold
from tests.capitation.paying import returned_file
from tests.capitation.worlds import (
    OCTOBER,
    OCTOBER_5,
    QUINN,
    SEPTEMBER,
    SEPTEMBER_5,
    SmallWorld,
    bring_october,
    give_banks,
    make_small_world,
    pay,
    run_month,
)
from tests.compliance.accusing import make_case
from tests.compliance.auditing import make_audited
from tests.compliance.claiming import make_claimed
from tests.compliance.ehr_world import make_ehr
from tests.compliance.paid_below import make_told
from tests.compliance.recording import make_own_records, make_recorded
from tests.compliance.retained import ask, make_retained
from tests.compliance.rooms import make_room
from tests.compliance.watched import make_watched
from tests.credentialing.attacked import make_file
from tests.credentialing.auditing import make_sample
from tests.credentialing.committees import make_decided
from tests.credentialing.rostering import make_sent
from tests.credentialing.screening import make_match
from tests.databases import acting_as
from tests.factories import CLOCK, batch, fact, supersede
from tests.kept import kept
from tests.people import PASSWORD, actor_of, client_of, make_user
from tests.planfiles import a_member, a_pcp, an_834, take
from tests.purchasing.attacked import make_bought, make_stated

# Members' first names stand on no page but those that show members.
MEMBER = re.compile(r"(?<!Medi-)\b(?:Ann|Bea|Cal|Dan|Eva|Hal|Ray|Zed)\b")
LIES = ("<script>alert(1)</script>", '"><img src=x onerror=alert(2)>', "=HYPERLINK(1)")
HOSTILE = f"={LIES[0]}{LIES[1]}\r\nX-Forged: 1"


@dataclass
class Attacked:
    """The small world after October, everything in it that an address can name, and its people."""

    world: SmallWorld
    bell: User
    alvarez: User
    everybody: User
    hold: Hold | None = None
    invitation: Invitation | None = None
    dispute: Dispute | None = None
    match: ScreeningMatch | None = None
    # Of a practice by its key: what addresses of its practitioner's file may name.
    files: dict[int, dict[str, object]] = field(default_factory=dict)
    # What addresses of the committee may name.
    committee: dict[str, object] = field(default_factory=dict)
    difference: RosterDifference | None = None
    sampled: dict[str, object] = field(default_factory=dict)
    # What addresses of audits and findings may name.
    audited: dict[str, object] = field(default_factory=dict)
    # A claim of a practice, by its key.
    claimed: dict[int, dict[str, int]] = field(default_factory=dict)
    # A practice's record system, by its key.
    recorded: dict[int, dict[str, object]] = field(default_factory=dict)
    # What somebody of a practice, by its key, is asked to attest.
    asked: dict[int, int] = field(default_factory=dict)
    # A legal hold, and what was deleted under a certificate.
    kept: dict[str, object] = field(default_factory=dict)
    # What addresses of buying together may name, of a practice by its key.
    bought: dict[int, dict[str, object]] = field(default_factory=dict)

    @property
    def line(self) -> str:
        world = self.world
        run, member = world.runs[OCTOBER], world.members["Ann"]
        return str(LineId(run.pk, member.pk, OCTOBER, world.bell.party_id))

    def values(self, practice: Practice) -> dict[str, object]:
        """What addresses may name: of a practice where it is a practice's, else any."""
        party, world = practice.party, self.world
        statement = Statement.objects.get(payee=party, month=OCTOBER)
        payment = Payment.objects.filter(party=party).latest("pk")
        grant = Grant.objects.filter(party=party).first()
        return {
            **self.files[practice.pk],
            # Whoever has a letter reads it, whatever practice it is about.
            "letter": self.files[world.bell.pk]["letter"],
            "user_id": grant.user_id,
            "grant_id": grant.pk,
            "invitation_id": self.invitation.pk,
            "token": token_of(self.invitation),
            "account_id": Account.objects.filter(party=party).first().pk,
            "bank account": BankAccount.objects.get(party=party).pk,
            "entry_id": Entry.objects.first().pk,
            "hold_id": self.hold.pk,
            "practice_id": practice.pk,
            "practitioner_id": world.pcps["Bell"].pk,
            "contract_id": world.contract.pk,
            "run_id": world.runs[OCTOBER].pk,
            "file_id": RemittanceLine.objects.first().file_id,
            "member_id": world.members["Ann"].pk,
            "row_id": UnmatchedRow.objects.latest("pk").pk,
            "month": "2026-10",
            "payment_id": payment.pk,
            "batch_id": payment.batch_id,
            "statement_id": statement.pk,
            "dispute_id": self.dispute.pk,
            "line": self.line,
            "line_id": ReturnLine.objects.get().pk,
            "return_file_id": ReturnLine.objects.get().file_id,
            "positive_pay_id": PositivePayFile.objects.get().pk,
            "prenote_file_id": PrenoteFile.objects.get().pk,
            "entry": f"a{AccessEvent.objects.first().pk}",
            "part": "paid",
            "step": "verify",
            "match_id": self.match.pk,
            "screening_id": self.match.first_run_id,
            "version_id": self.match.entry.version_id,
            **self.committee,
            **self.sampled,
            **self.audited,
            **self.bought[practice.pk],
            **self.kept,
            "campaign_person_id": self.asked[practice.pk],
            **self.claimed[practice.pk],
            **self.recorded[practice.pk],
            "answer": "999",
            "delegation_id": self.difference.delegation_id,
            "roster_id": self.difference.delegation.rosters.get().pk,
            "difference_id": self.difference.pk,
        }


def make_attacked(name: str = "") -> Attacked:
    """Two paid months, a question, a hold, a row that waits; `name` is given to everything."""
    world = make_small_world()
    if name:
        _rename(world, name)
    give_banks(world, SEPTEMBER_5, world.bell, world.alvarez)
    for month, now in ((SEPTEMBER, SEPTEMBER_5), (OCTOBER, OCTOBER_5)):
        if month == OCTOBER:
            bring_october(world)
        run_month(world, month, now)
        pay(now)
        publish_statements(actor=QUINN, month=month, now=now)
    zed = a_member("M-ZED", first_name="Zed", pcps=(a_pcp("2990009998"),))
    take(world.contract, an_834([zed]), name[:80] or "jan.834")
    made = Attacked(
        world=world,
        bell=make_user("bell@bell.example", Role.PROVIDER, party=world.bell.party, name=name),
        alvarez=make_user("ana@alvarez.example", Role.PROVIDER, party=world.alvarez.party),
        everybody=make_user("all@ipa.example", *STAFF_ROLES, name=name),
        committee=make_decided(name),
    )
    for practice, pcp, user in (
        (world.bell, "Bell", made.bell),
        (world.alvarez, "Alvarez", made.alvarez),
    ):
        made.files[practice.pk] = make_file(practice, world.pcps[pcp], user)
    bell, line = world.bell.party, LineId.parse(made.line)
    log_access(actor=CLOCK, kind="view", view_name="test", member_ids=[world.members["Ann"].pk])
    sent = Payment.objects.filter(party=bell).latest("pk")
    sent.amount_cents += 1  # what comes back does not fit, so its line waits
    read_returns(actor=QUINN, data=returned_file(sent), now=OCTOBER_5)
    account = BankAccount.objects.get(party=bell)
    Prenote.objects.create(bank_account=account, needed_at=OCTOBER_5)
    send_prenotes(actor=QUINN, now=OCTOBER_5)
    book = open_check_book(actor=CLOCK, first_number=1001, now=OCTOBER_5)
    PositivePayFile.objects.create(
        book=book,
        first_date=OCTOBER_5.date(),
        last_date=OCTOBER_5.date(),
        layout="csv",
        sha256=store(b"told").sha256,
        issued_count=0,
        issued_cents=0,
        void_count=0,
        void_cents=0,
        made_by_name="test",
        made_at=OCTOBER_5,
    )
    made.hold = place_hold(
        actor=CLOCK, party_id=bell.pk, reason="other", text=name or "waits", now=OCTOBER_5
    )
    made.invitation = invite_user(
        actor=CLOCK,
        email="new@bell.example",
        name=name or "New Person",
        party_id=bell.pk,
        role=Role.PROVIDER,
        now=timezone.now(),
    )
    made.dispute = open_dispute(
        actor=actor_of(made.bell),
        statement_id=Statement.objects.get(payee=bell, month=OCTOBER).pk,
        run_id=line.run_id,
        member_id=line.member_id,
        coverage_month=line.coverage_month,
        question=name or "Why so little?",
        now=OCTOBER_5,
    )
    _screen_and_send(made, name)
    return made


def _screen_and_send(made: Attacked, name: str) -> None:
    """A match to decide, a roster to the plan, what the plan has differently, and its sample."""
    who, plan = made.world.pcps["Bell"], made.world.contract.payer.party
    made.match = make_match(who, OCTOBER_5, name or "list.csv")
    made.difference = make_sent(plan, who, name or "told", OCTOBER_5)
    made.sampled = make_sample(plan, name or "sampled", OCTOBER_5)
    made.audited = make_audited(name or "audited")
    made.audited |= make_room(made.audited["audit_id"], name or "audited")
    made.kept = make_retained(name or "kept") | make_watched(who, name or "watched")
    made.kept |= make_case(name or "case", made.everybody)
    made.kept |= make_recorded(made.world, name or "recorded", OCTOBER_5)
    made.asked = {
        practice.pk: ask(made.kept["campaign_id"], user, practice.party)
        for practice, user in (
            (made.world.bell, made.bell),
            (made.world.alvarez, made.alvarez),
        )
    }
    own = make_own_records(made.world, name or "own", OCTOBER_5)
    claimed = make_claimed(made.world, name or "claimed", OCTOBER_5)
    made.claimed = {practice: values | own[practice] for practice, values in claimed.items()}
    made.recorded = {
        practice.pk: make_ehr(practice, name) | make_told(practice.party, name)
        for practice in (made.world.bell, made.world.alvarez)
    }
    made.bought = make_bought((made.world.bell, made.world.alvarez), name or "sold")
    stated = make_stated(name or "sold")
    made.bought = {practice: values | stated for practice, values in made.bought.items()}


@kept
def attacked() -> Attacked:
    """As it is for most attackers, made once."""
    return make_attacked()


def _rename(world: SmallWorld, name: str) -> None:
    """Give a hostile name to everything that has one."""
    Party.objects.filter(kind__in=["practice", "payer"]).update(name=name)
    for model in (Practice, type(world.contract), PlanFile):
        model.objects.update(name=name)
    no = batch(world.contract)
    for member in world.members.values():
        (old,) = MemberProfile.objects.filter(member=member, superseded_no=None)
        supersede(old, no)
        values = {"sex": old.sex, "birth_date": old.birth_date, "search_name": "example"}
        fact(
            MemberProfile,
            no,
            old.effective_date,
            member=member,
            first_name=name[:100],
            last_name=name[:100],
            **values,
        )
    world.bell.refresh_from_db()
    world.alvarez.refresh_from_db()
    world.contract.refresh_from_db()


@dataclass(frozen=True)
class Address:
    """One address of ours, filled in."""

    name: str
    path: str
    view: object
    params: frozenset[str]

    @property
    def permission(self) -> str:
        return getattr(self.view, "permission", "")


def addresses(values: dict[str, object]) -> list[Address]:
    """Every address of the portal; each part that one takes needs a value."""
    return list(_walk(get_resolver(), "/", "", values))


def _walk(
    resolver: URLResolver, before: str, space: str, values: dict[str, object]
) -> Iterator[Address]:
    for pattern in resolver.url_patterns:
        if is_allauth(pattern):
            continue
        route = str(pattern.pattern)
        for name, converter in pattern.pattern.converters.items():
            kind = type(converter).__name__
            key = "bank account" if (name, kind) == ("account_id", "UUIDConverter") else name
            try:
                value = values[key]
            except KeyError:
                raise AssertionError(f"give a value for <{name}> of {before}{route}") from None
            route = re.sub(rf"<(?:\w+:)?{name}>", str(value), route)
        if isinstance(pattern, URLResolver):
            inner = f"{pattern.namespace}:" if pattern.namespace else space
            yield from _walk(pattern, before + route, inner, values)
        else:
            params = frozenset(pattern.pattern.converters)
            yield Address(f"{space}{pattern.name}", before + route, pattern.callback, params)


def is_allauth(pattern: URLPattern | URLResolver) -> bool:
    """Whether an address is allauth's, not ours."""
    if isinstance(pattern, URLResolver):
        return getattr(pattern.urlconf_module, "__name__", "").startswith("allauth")
    return pattern.callback.__module__.startswith("allauth.")


def signed_in_afresh(user: User) -> Client:
    """A browser in which somebody signed in and proved it again a moment ago."""
    client = client_of(user)
    answer = client.post("/account/reauthenticate/", {"password": PASSWORD})
    assert answer.status_code == 302
    return client


def text_of(answer) -> str:
    """The whole of an answer, streamed or not."""
    parts = answer.streaming_content if answer.streaming else [answer.content]
    return b"".join(parts).decode("utf-8", "replace")


# What a look may write: who looked, the session, that a session is in use.
MAY_GROW = ("audit_", "django_session", "usersessions_", "pghistory_context")


def digests() -> dict[str, str]:
    """A digest of every table but the logs and the sessions, as their owner reads them."""
    found = {}
    with acting_as(), connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if not table.startswith(MAY_GROW):
                cursor.execute(
                    f"SELECT md5(coalesce(string_agg(t::text, chr(10) ORDER BY t::text), '')) "
                    f'FROM "{table}" t'
                )
                found[table] = cursor.fetchone()[0]
    return found

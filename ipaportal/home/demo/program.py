"""The demo's compliance program: policies, campaigns that some have answered, a legal hold."""

from datetime import datetime, timedelta

from django.db import transaction

from compliance.actions.campaigns import attest, launch_campaign
from compliance.actions.holds import acknowledge_hold, place_hold
from compliance.actions.policies import approve_version, draft_version, submit_version
from compliance.models import Campaign, Policy, PolicyVersion
from compliance.rules.attestations import read_questions
from ipaportal.core.actors import Actor
from ipaportal.core.roles import STAFF_ROLES, Role
from ipaportal.home.demo.committee import People
from ipaportal.home.demo.world import JUNIPER
from ipaportal.identity.models import Party
from ipaportal.identity.queries.actors import actor_for

CONDUCT = """We pay for care that was given to people who are ours, and we never pay for less care.

Whoever sees that something is wrong says so, to their manager, to the compliance officer, or
without a name. Nobody is treated worse for having said it.

Nobody decides about a practice, a supplier or a colleague in which they or their family have an
interest. Interests are disclosed every year, and when they change."""
WATCHING = """

Bonuses are looked at by the medical director before they are paid wherever two signs point to
care that was not given."""
EXCLUSION = """Everybody who works for the IPA or is paid by it is screened before they begin and
every month: against the exclusion lists of the OIG, of SAM and of the states we work in.

A match that may be true stops the money the same day, and two people decide on it."""
LESSON = """Fraud is asking to be paid for what one knows is not owed. Waste and abuse cost the same
money without the intent.

See it, say it: the portal's help page names whom to tell, and a report may be made without a
name. The law protects whoever reports in good faith."""
QUESTIONS = """Whom may you tell? | only your manager | *the compliance officer, also without a name
A colleague bills a visit that did not take place. That is | *fraud | waste | nothing"""


def _flowing(text: str) -> str:
    """The words with a line for each paragraph, as they are typed into a page."""
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n"))


def run_program(*, people: People, officer: Actor, now: datetime) -> None:
    """Put two policies in force, one with new words in review, and ask for attestations."""
    if Policy.objects.exists():
        return
    with transaction.atomic():
        _policies(people, officer, now)
        _campaigns(officer, now)
        _hold(people, officer, now)


def _policies(people: People, officer: Actor, now: datetime) -> None:
    begun = now - timedelta(days=300)
    yes = (officer, people.director)
    conduct = _in_force(people.admin, yes, begun, "COMP-01", "Code of conduct", _flowing(CONDUCT))
    _in_force(people.admin, yes, begun, "COMP-02", "Screening for exclusions", _flowing(EXCLUSION))
    newer = draft_version(
        actor=people.admin, policy_id=conduct.policy_id, text=_flowing(CONDUCT + WATCHING), now=now,
        change="Bonuses wait for a look where care was not given.",
        effective_date=(now + timedelta(days=30)).date(),
    )  # fmt: skip
    submit_version(actor=people.admin, version_id=newer.pk, now=now)
    approve_version(actor=people.director, version_id=newer.pk, seen_digest=newer.sha256, now=now)


def _in_force(
    writer: Actor, yes: tuple[Actor, ...], at: datetime, code: str, title: str, text: str
) -> PolicyVersion:
    version = draft_version(
        actor=writer, code=code, title=title, text=text, change="The first words.",
        effective_date=at.date(), now=at,
    )  # fmt: skip
    submit_version(actor=writer, version_id=version.pk, now=at)
    for actor in yes:
        version = approve_version(
            actor=actor, version_id=version.pk, seen_digest=version.sha256, now=at
        )
    return version


def _campaigns(officer: Actor, now: datetime) -> None:
    conduct = PolicyVersion.objects.get(policy__code="COMP-01", number=1)
    late, open_ = now - timedelta(days=60), now - timedelta(days=10)
    one = launch_campaign(
        actor=officer, kind="conduct", title="Code of conduct, yearly", text="", questions=[],
        roles=STAFF_ROLES, due_date=(late + timedelta(days=30)).date(), now=late,
        version_id=conduct.pk,
    )  # fmt: skip
    _answer(one, all_but=1, now=late + timedelta(days=3))
    two = launch_campaign(
        actor=officer, kind="training", title="Fraud, waste and abuse", text=_flowing(LESSON),
        questions=read_questions(QUESTIONS)[0], now=open_,
        roles=[*STAFF_ROLES, Role.PROVIDER, Role.PRACTICE_MANAGER],
        due_date=(open_ + timedelta(days=45)).date(),
    )  # fmt: skip
    _answer(two, all_but=two.people.count() // 2, now=open_ + timedelta(days=2))


def _answer(campaign: Campaign, *, all_but: int, now: datetime) -> None:
    people = list(campaign.people.select_related("user"))
    right = {n: one["right"] for n, one in enumerate(campaign.questions)}
    for person in people[: len(people) - all_but]:
        attest(
            actor=actor_for(person.user, now.date()), person_id=person.pk, answers=right,
            seen_digest=campaign.content_sha256, statement="", signed_in_by="password", now=now,
        )  # fmt: skip


def _hold(people: People, officer: Actor, now: datetime) -> None:
    payer = Party.objects.get(code=JUNIPER.code)
    hold = place_hold(
        actor=officer, matter="Juniper Advantage: audit of claims", now=now - timedelta(days=9),
        reason="Juniper audits how claims were paid. Keep every file of theirs and what was made "
        "of it until the audit is closed.",
        kinds=["plan_file"], party_id=payer.pk, practitioner_id=None,
        custodian_ids=[officer.user_id, people.admin.user_id, people.specialist.user_id],
    )  # fmt: skip
    acknowledge_hold(actor=people.admin, hold_id=hold.pk, now=now - timedelta(days=8))

"""Campaigns: launched to people as they are that day, reminded, and attested by each."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from django.utils import timezone

from compliance.actions.interests import keep_interests
from compliance.models import Attestation, Campaign, CampaignPerson, PolicyVersion
from compliance.rules.attestations import (
    OVERDUE,
    REMINDERS,
    digest,
    reminder_due,
    wrong_answers,
)
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.mailing import mail_later
from ipaportal.core.refusals import Refused
from ipaportal.core.words import day_text
from ipaportal.identity.models import Grant

AT_ONCE = 500


class NobodyAsked(Refused):
    def __init__(self) -> None:
        super().__init__(
            "Nobody has these roles today. Nothing was launched. Choose others, or invite people."
        )


class PolicyNotApproved(Refused):
    def __init__(self, version: PolicyVersion) -> None:
        super().__init__(
            f"{version} is a {version.get_status_display()}. Nothing was launched. Have it "
            "approved first."
        )


class TooSoon(Refused):
    def __init__(self) -> None:
        super().__init__("The last day is over already. Nothing was launched. Give a later one.")


class OtherBytes(Refused):
    def __init__(self) -> None:
        super().__init__("What is asked is not what you read. Nothing was kept. Read it anew.")


class AttestedBefore(Refused):
    def __init__(self, day: date) -> None:
        super().__init__(f"You attested this on {day}. Nothing was changed.")


class NotAsked(Refused):
    def __init__(self) -> None:
        super().__init__("You were not asked to attest this. Nothing was kept.")


class AnsweredWrong(Refused):
    """Some answers are wrong."""

    def __init__(self, wrong: Sequence[int]) -> None:
        which = ", ".join(str(n + 1) for n in wrong)
        super().__init__(
            f"Not right yet: question {which}. Nothing was kept. Read the text again, and answer "
            "anew: there is no limit."
        )


@action("compliance.launch_campaigns")
def launch_campaign(
    *, actor: Actor, kind: str, title: str, text: str, questions: list[dict[str, object]],
    roles: Iterable[str], due_date: date, now: datetime, version_id: int | None = None,
) -> Campaign:  # fmt: skip
    """
    Ask everybody who holds one of the roles today; of a policy, its approved words.

    :raises PolicyNotApproved: if the version is not
    :raises TooSoon: if the last day is over
    :raises NobodyAsked: if nobody holds such a role
    """
    today, roles = timezone.localdate(now), sorted(set(roles))
    if due_date < today:
        raise TooSoon
    version = version_id and PolicyVersion.objects.select_related("policy").get(pk=version_id)
    if version:
        if version.status != PolicyVersion.Status.APPROVED:
            raise PolicyNotApproved(version)
        text = version.text
    grants = Grant.objects.filter(role__in=roles, effective_date__lte=today, user__is_active=True)
    grants = grants.exclude(end_date__lte=today).order_by("user_id", "party_id")
    asked = {one.user_id: one.party_id for one in reversed(grants)}
    if not asked:
        raise NobodyAsked
    campaign = Campaign.objects.create(
        kind=kind, title=title, version=version or None, text=text, questions=questions,
        content_sha256=digest(title=title, text=text, questions=questions), roles=roles,
        due_date=due_date, launched_at=now, launched_by_id=actor.user_id,
        launched_by_name=actor.name,
    )  # fmt: skip
    # Those thresholds whose day is over at the launch are not sent: the launch itself was.
    left = (due_date - today).days
    passed = [days for days in REMINDERS if left <= days]
    CampaignPerson.objects.bulk_create(
        CampaignPerson(campaign=campaign, user_id=user, party_id=party, reminded=passed)
        for user, party in sorted(asked.items())
    )
    record(
        actor=actor, action="compliance.campaign.launched", subject=campaign, kind=kind,
        asked=len(asked), content_sha256=campaign.content_sha256,
    )  # fmt: skip
    people = CampaignPerson.objects.filter(campaign=campaign).select_related("user")
    _mail(
        [one.user.email for one in people], f"Please attest: {title}",
        f"You are asked to read and attest “{title}” until {day_text(due_date)}.",
    )  # fmt: skip
    return campaign


@action("compliance.attest")
def attest(
    *, actor: Actor, person_id: int, seen_digest: str, answers: Mapping[int, int],
    statement: str, signed_in_by: str, now: datetime, interest_party_ids: Collection[int] = (),
    interest_npis: Collection[str] = (),
) -> Attestation:  # fmt: skip
    """
    Say yes to exactly what was read, once; a later wording asks anew by another campaign.

    Interests that are disclosed bar the person from deciding about them, until the next campaign of
    the kind that they attest.

    :raises NotAsked: if it is not this person who was asked
    :raises AttestedBefore: if they did
    :raises OtherBytes: if it is not what they read
    :raises AnsweredWrong: naming the questions; nothing of the try is kept
    """
    person = (
        CampaignPerson.objects.select_for_update(of=("self",))
        .select_related("campaign")
        .filter(pk=person_id, user_id=actor.user_id)
        .first()
    )
    if person is None:
        raise NotAsked
    before = Attestation.objects.filter(person=person).first()
    if before:
        raise AttestedBefore(timezone.localdate(before.attested_at))
    campaign = person.campaign
    if campaign.content_sha256 != seen_digest:
        raise OtherBytes
    if wrong := wrong_answers(campaign.questions, answers):
        raise AnsweredWrong(wrong)
    made = Attestation.objects.create(
        person=person, content_sha256=seen_digest, statement=statement, attested_at=now,
        answers={str(n): given for n, given in answers.items()},
        attested_by_name=actor.name, signed_in_by=signed_in_by[:60],
    )  # fmt: skip
    record(
        actor=actor, action="compliance.campaign.attested", subject=campaign,
        content_sha256=seen_digest, signed_in_by=signed_in_by,
    )  # fmt: skip
    if campaign.kind == "conflicts":
        keep_interests(person, made, party_ids=interest_party_ids, npis=interest_npis,
                       actor=actor, now=now)  # fmt: skip
    return made


def step_campaigns(now: datetime) -> int:
    """Remind whoever has not attested, at each threshold once; a step of the sweep."""
    today, clock = timezone.localdate(now), Actor.system("clock")
    first = today + timedelta(days=max(REMINDERS))
    waiting = CampaignPerson.objects.filter(
        attestation=None, user__is_active=True, campaign__due_date__lte=first
    ).exclude(reminded__contains=[OVERDUE])
    due = [
        row.pk
        for row in waiting.select_related("campaign")
        if reminder_due(row.campaign.due_date, today, row.reminded).send is not None
    ]
    return sum(remind(actor=clock, person_id=pk, now=now) for pk in due[:AT_ONCE])


@action("compliance.remind_campaign")
def remind(*, actor: Actor, person_id: int, now: datetime) -> int:
    """Remind one person of what is due, unless somebody just did; how many were written to."""
    row = CampaignPerson.objects.select_for_update(of=("self",)).get(pk=person_id)
    campaign = row.campaign
    found = reminder_due(campaign.due_date, timezone.localdate(now), row.reminded)
    if found.send is None or Attestation.objects.filter(person=row).exists():
        record(actor=actor, action="compliance.campaign.checked", subject=campaign)
        return 0
    row.reminded = sorted({*row.reminded, *found.skip, found.send})
    row.save(update_fields=["reminded"])
    record(actor=actor, action="compliance.campaign.reminded", subject=campaign,
           user=row.user_id, threshold=found.send)  # fmt: skip
    last = day_text(campaign.due_date)
    said = f"was due on {last}" if found.send == OVERDUE else f"is due on {last}"
    _mail([row.user.email], f"Please attest: {campaign.title}", f"“{campaign.title}” {said}.")
    return 1


def _mail(to: list[str], subject: str, text: str) -> None:
    text = f"{text}\n\nSign in to the portal and open “To attest”.\n"
    mail_later(to, subject, text)

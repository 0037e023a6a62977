"""The demo's care watch, obligations and interests: one bonus held, one paid, one vote barred."""

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db import transaction

from capitation.actions.bonuses import NotInThePool, pay_bonus, propose_bonus
from capitation.models import PcpAssignment
from compliance.actions.campaigns import attest, launch_campaign
from compliance.actions.care import apply_care_facts, receive_care_facts
from compliance.actions.obligations import judge_control, load_library, record_evidence
from compliance.models import CareBatch, CareConcern, Control
from compliance.queries.care import practices_of
from compliance.rules.care_watch import MONTHS
from compliance.rules.obligations import LIBRARY
from credentialing.models import AgendaItem, Practice
from ipaportal.core.actors import Actor
from ipaportal.core.months import add_months, month_of
from ipaportal.core.roles import Role
from ipaportal.home.demo.committee import People
from ipaportal.identity.models import Party

VISITS, GAPS, OPEN = 0.32, 3, 0.25
# The PCP whom the signs are about: how much less, and how much more, than peers.
LESS, MORE, AVOIDABLE = 0.35, 0.75, 6
BONUS_CENTS = 125_000
PAPER = b"%PDF-1.4\n% a paper of the demo\n%%EOF\n"
PROVEN = (
    ("um_turnaround", "October: 212 of 214 determinations within their days", "compliant"),
    ("claims_timeliness", "October: 96.1 % of complete claims within 30 days", "compliant"),
    ("restore_tried", "The September backup was restored, with its proof", "compliant"),
    ("baas_listed", "Eleven agreements; two of them are unsigned", "partial"),
    ("risk_assessment", "The risks of 2026 with the work plan", "compliant"),
)
WAITING = ("security_risk_analysis", "The analysis of 2026, with what is left to do")
INTERESTS = """Say in which suppliers, practices and practitioners you or your family have an
interest. What you mark bars you from votes and awards about it until you disclose anew."""


def watch_care(
    *, people: People, officer: Actor, finance: Actor, approver: Actor, now: datetime
) -> None:
    """Tell a year of care, hold the bonus that it asks for, prove obligations, bar a vote."""
    if CareBatch.objects.filter(feed=CareBatch.Feed.FILE).exists():
        return
    with transaction.atomic():
        _tell(officer, now)
        _bonuses(finance, approver, now)
        _prove(people, officer, now)
        _disclose(people, officer, now)


def _tell(officer: Actor, now: datetime) -> None:
    ipa, last = Party.objects.get(kind=Party.Kind.IPA), add_months(month_of(now.date()), -1)
    data = "\n".join(["month,npi,member,kind,count", *_lines(last)]).encode()
    batch = receive_care_facts(
        actor=officer, source_id=ipa.pk, data=data, name=f"care-{last:%Y-%m}.csv", now=now
    )
    apply_care_facts(actor=officer, batch_id=batch.pk, now=now)


def _lines(last: date) -> Iterator[str]:
    """Twelve months of everybody who has a PCP today, drawn the same way every time."""
    chance = random.Random("care")  # noqa: S311 - nothing secret
    panels: dict[str, list[str]] = {}
    peers: dict[str, list[str]] = {}
    rows = (
        PcpAssignment.objects.current()
        .active_on(last)
        .order_by("practitioner__npi", "member__plan_member_id")
    )
    asked = ("practitioner__npi", "practitioner__specialty", "member__plan_member_id")
    for npi, specialty, number in rows.values_list(*asked):
        panels.setdefault(npi, []).append(number)
        if npi not in peers.setdefault(specialty, []):
            peers[specialty].append(npi)
    if not panels:
        return
    # The largest panel of the specialty that has most doctors: small ones have too few peers.
    among = max(peers.values(), key=lambda npis: (len(npis), npis))
    about = max(among, key=lambda npi: (len(panels[npi]), npi))
    for npi, members in panels.items():
        is_about, own = npi == about, chance.uniform(0.9, 1.1)
        rate = VISITS * own * (LESS if is_about else 1)
        for back in range(MONTHS):
            month = add_months(last, -back)
            for number in members:
                if chance.random() < rate:
                    yield f"{month:%Y-%m},{npi},{number},encounters,1"
            mean = len(members) * 0.003 * (AVOIDABLE if is_about else 1)
            yield f"{month:%Y-%m},{npi},,acsc_admissions,{_drawn(chance, mean)}"
            yield f"{month:%Y-%m},{npi},,grievances,{_drawn(chance, len(members) * 0.004)}"
        yield from _parts(chance, last, npi, len(members), is_about=is_about)
        yield from _answers(last, npi, len(members))


def _parts(
    chance: random.Random, last: date, npi: str, members: int, *, is_about: bool
) -> Iterator[str]:
    share = OPEN * (1 + MORE if is_about else chance.uniform(0.9, 1.1))
    whole = {"gaps_due": members * GAPS, "referrals": members, "appeals": members // 12}
    part = {"gaps_open": share, "referrals_denied": 0.07, "appeals_overturned": 0.12}
    for (name, all_), (some, rate) in zip(whole.items(), part.items(), strict=True):
        yield f"{last:%Y-%m},{npi},,{name},{all_}"
        yield f"{last:%Y-%m},{npi},,{some},{sum(chance.random() < rate for _ in range(all_))}"


def _answers(last: date, npi: str, members: int) -> Iterator[str]:
    """Referrals that were answered, most in time, and discharges, few of them for a month only."""
    chance = random.Random(f"answers {npi}")  # noqa: S311
    decided, discharged = members // 2, members // 12
    late = sum(chance.random() < 0.06 for _ in range(decided))
    back = sum(chance.random() < 0.13 for _ in range(discharged))
    told = {
        "referrals_decided": decided, "referrals_late": late,
        "referral_hours": decided * 41 + late * 190,
        "discharges": discharged, "readmissions": back,
    }  # fmt: skip
    for kind, count in told.items():
        yield f"{last:%Y-%m},{npi},,{kind},{count}"


def _drawn(chance: random.Random, mean: float) -> int:
    """About so many, by tossing a hundred coins."""
    return sum(chance.random() < mean / 100 for _ in range(100))


def _bonuses(finance: Actor, approver: Actor, now: datetime) -> None:
    """One for the practice whose care waits for a look, and one that is paid."""
    last = add_months(month_of(now.date()), -1)
    concern = CareConcern.objects.order_by("pk").first()
    held = practices_of(concern.practitioner_id, last)[:1] if concern else []
    others = Practice.objects.exclude(pk__in=[one.pk for one in held]).order_by("pk")[:1]
    for practice, is_paid in [*((one, False) for one in held), *((one, True) for one in others)]:
        bonus = propose_bonus(
            actor=finance, party_id=practice.party_id, first_month=add_months(last, -5),
            last_month=last, amount_cents=BONUS_CENTS, source="specialist_pool",
            measured="Controlled blood pressure and HbA1c, half a year", now=now,
            rests_on_referrals=False,
        )  # fmt: skip
        if is_paid:
            _pay(approver, bonus.pk, now)


def _pay(approver: Actor, bonus_id: int, now: datetime) -> None:
    try:
        pay_bonus(actor=approver, bonus_id=bonus_id, now=now)
    except NotInThePool:
        return  # the pool of a demo of a few members has less: the bonus waits for it


def _prove(people: People, officer: Actor, now: datetime) -> None:
    """Evidence that one recorded and another judged, and some that waits."""
    load_library(actor=officer, text=LIBRARY.read_text(), now=now)
    then = now - timedelta(days=9)
    for key, text, result in PROVEN:
        control = Control.objects.get(key=key)
        made = record_evidence(
            actor=people.admin, control_id=control.pk, text=text, data=PAPER, name=f"{key}.pdf",
            now=then,
        )  # fmt: skip
        judge_control(
            actor=officer, control_id=control.pk, evidence_id=made.pk, result=result,
            text="read, and it agrees with the records", now=then + timedelta(days=1),
        )  # fmt: skip
    key, text = WAITING
    record_evidence(
        actor=people.admin, control_id=Control.objects.get(key=key).pk, text=text, data=PAPER,
        name=f"{key}.pdf", now=then,
    )  # fmt: skip


def _disclose(people: People, officer: Actor, now: datetime) -> None:
    """The director has an interest in somebody who is on the agenda of the meeting to come."""
    then = now - timedelta(days=15)
    campaign = launch_campaign(
        actor=officer, kind="conflicts", title="Conflicts of interest, yearly", questions=[],
        text=" ".join(INTERESTS.split()), roles=[Role.MEDICAL_DIRECTOR, Role.PURCHASING],
        due_date=(now + timedelta(days=15)).date(), now=then,
    )  # fmt: skip
    items = AgendaItem.objects.filter(meeting__opened_at=None, ended_at=None)
    about = items.select_related("event__practitioner", "event__facility").order_by("pk").first()
    who = about and (about.event.practitioner or about.event.facility)
    attest(
        actor=people.director, person_id=campaign.people.get(user=people.director.user_id).pk,
        seen_digest=campaign.content_sha256, answers={}, signed_in_by="password",
        statement=f"My brother works at {who}." if who else "None.",
        interest_npis=[who.npi] if who else [], now=then + timedelta(days=2),
    )  # fmt: skip

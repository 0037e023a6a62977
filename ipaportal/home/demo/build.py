"""
Builds the demo: the months of a small IPA, lived through by its own actions.

Every step looks first whether it was done, so that a build that was stopped anywhere goes on where
it stopped, and a second call finds nothing to do.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

from django.db import transaction
from django.utils import timezone

from capitation.actions.bank_returns import read_returns
from capitation.actions.banking import approve_bank_account, propose_bank_account
from capitation.actions.disputes import open_dispute
from capitation.actions.files import book_deposit, process_file, receive_file
from capitation.actions.payment_outcomes import settle_payments
from capitation.actions.payments import prepare_payments, release_payments
from capitation.actions.runs import approve_run, calculate_run, open_run, post_run
from capitation.actions.statements import publish_statements
from capitation.models import (
    BankAccount,
    Contract,
    Dispute,
    Payment,
    PaymentBatch,
    PlanFile,
    Run,
    Share,
    Statement,
)
from capitation.rules.aba import check_digit
from credentialing.actions.imports import import_network
from credentialing.models import Participation, Practice
from ipaportal.audit.actions import action, record
from ipaportal.audit.models import DomainEvent
from ipaportal.core.actors import Actor
from ipaportal.core.months import add_months, day_of, month_name, month_of
from ipaportal.core.refusals import Refused
from ipaportal.home.demo.audited import audit_the_ipa
from ipaportal.home.demo.billing import bill_members
from ipaportal.home.demo.buying import Buyers, buy_first, buy_together, net_once
from ipaportal.home.demo.cased import Handlers, work_on_cases
from ipaportal.home.demo.closed_panels import close_a_panel
from ipaportal.home.demo.committee import People
from ipaportal.home.demo.contested import contest_claims
from ipaportal.home.demo.ehr import keep_records
from ipaportal.home.demo.founding import found_demo, founded_before
from ipaportal.home.demo.group_fees import pay_fees
from ipaportal.home.demo.living import live_network
from ipaportal.home.demo.looked import look_around
from ipaportal.home.demo.names import IPA_NAME
from ipaportal.home.demo.network import ALVAREZ, BELL, NO_BANK, RETURNED, network_csv
from ipaportal.home.demo.passed_on import bill_older_months, follow_claims
from ipaportal.home.demo.people import add_people, person
from ipaportal.home.demo.plan_files import Sent, files_of
from ipaportal.home.demo.program import run_program
from ipaportal.home.demo.rebated import pay_rebates
from ipaportal.home.demo.recorded import take_records
from ipaportal.home.demo.recovered import recover
from ipaportal.home.demo.remitted import hear_from_plans
from ipaportal.home.demo.stays import price_cases
from ipaportal.home.demo.tiered import tell_tiers
from ipaportal.home.demo.watching import watch_care
from ipaportal.home.demo.world import JOINS, MONTHS, PLANS, World, make_world
from ipaportal.identity.models import Party

BUILT = "home.demo.built"
FEWEST = 20
LEAVES = 8
# The month whose payment to one practice comes back from the bank.
RETURNED_MONTH = MONTHS - 2
# The month from whose payout charges are taken: the newest that is paid.
CHARGED_MONTH = MONTHS - 2


class TooSmall(Refused):
    """A demo of next to nobody."""

    def __init__(self) -> None:
        super().__init__(
            f"A demo needs {FEWEST} members or more, or there is nobody to pay. "
            "Nothing was built. Name a larger number by --members."
        )


@dataclass
class Story:
    """A demo on its way: its world, the people who act in it, and where it tells how far it is."""

    world: World
    today: date
    say: Callable[[str], None]
    done: int = 0
    contracts: dict[str, Contract] = field(default_factory=dict)

    def at(self, index: int, day: int, hour: int = 15) -> datetime:
        """A moment of a month; the demo's clock is the calendar of its months."""
        moment = day_of(self.world.month(index), day)
        return datetime(moment.year, moment.month, moment.day, hour, tzinfo=UTC)

    def actor(self, name: str) -> Actor:
        return person(name, self.today)


def build_demo(members: int = 5000) -> None:
    """
    Build what is not built yet of a demo of so many members, saying how far it is.

    :raises NotADemo: if the database holds an IPA that the demo did not make
    :raises TooSmall: if so few members would leave nobody to pay
    """
    started = time.monotonic()
    if DomainEvent.objects.filter(action=BUILT).exists():
        _say("The demo is built already; there is nothing to do.")
        return
    if members < FEWEST:
        raise TooSmall
    today = timezone.localdate()
    story = begin(members, add_months(month_of(today), -MONTHS), today)
    for index in range(MONTHS):
        live_month(story, index)
    people = People(story.actor("lindgren"), story.actor("novak"), story.actor("castellan"))
    live_network(
        people=people,
        compliance=story.actor("osei"),
        since=story.at(0, 1, 9),
        now=timezone.now(),
        say=_say,
    )
    with transaction.atomic():
        close_a_panel(people, story.actor("quinn"), timezone.now())
    buy_together(
        buyers=Buyers(story.actor("farrow"), story.actor("reyes"), timezone.now()),
        mine=_buying(story),
    )
    with transaction.atomic():
        pay_rebates(finance=story.actor("quinn"), now=timezone.now())
        pay_fees(finance=story.actor("quinn"), officer=story.actor("osei"), now=timezone.now())
    audit_the_ipa(
        people=people, officer=story.actor("osei"), auditor=story.actor("juniper.auditor"),
        now=timezone.now(),
    )  # fmt: skip
    run_program(people=people, officer=story.actor("osei"), now=timezone.now())
    work_on_cases(
        who=Handlers(story.actor("osei"), people, story.actor("farrow"), story.actor("quinn")),
        now=timezone.now(),
    )
    _claims_and_care(story, people)
    look_around(
        people=people,
        officer=story.actor("osei"),
        finance=story.actor("quinn"),
        doctor=story.actor("alvarez"),
        now=timezone.now(),
    )
    finish_demo(actor=Actor.system("demo"))
    _say(f"Built in {time.monotonic() - started:.0f} seconds.")


def _claims_and_care(story: Story, people: People) -> None:
    """Claims and what plans say of them, practices' records, and care beside the money."""
    finance, approver, officer = (story.actor(name) for name in ("quinn", "reyes", "osei"))
    bill_older_months(finance=finance, approver=approver, now=timezone.now())
    bill_members(finance=finance, approver=approver, now=timezone.now())
    contest_claims(finance=finance, manager=story.actor("bell"), now=timezone.now())
    hear_from_plans(finance=finance, manager=story.actor("bell"), now=timezone.now())
    keep_records(
        admin=people.admin,
        finance=finance,
        doctor=story.actor("alvarez"),
        manager=story.actor("bell"),
        now=timezone.now(),
    )
    tell_tiers(
        officer=officer,
        finance=finance,
        doctor=story.actor("alvarez"),
        manager=story.actor("bell"),
        now=timezone.now(),
    )
    watch_care(
        people=people,
        officer=officer,
        finance=finance,
        approver=approver,
        now=timezone.now(),
    )
    take_records(officer=officer, director=story.actor("castellan"), now=timezone.now())
    follow_claims(finance=finance, officer=officer, now=timezone.now())
    price_cases(finance=finance, now=timezone.now())
    recover(finance=finance, approver=approver, now=timezone.now())


def _buying(story: Story) -> dict[str, Actor]:
    """Who of the demo's people buys for which practice."""
    return {ALVAREZ: story.actor("alvarez"), BELL: story.actor("bell")}


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def begin(members: int, first_month: date, today: date) -> Story:
    """
    Found a demo, or find the one that was founded, with its network, people and bank accounts.

    :raises NotADemo: if the database holds an IPA that the demo did not make
    """
    founded = founded_before() or found_demo(
        actor=Actor.system("demo"),
        members=members,
        first_month=first_month,
        now=datetime(first_month.year, first_month.month, 1, 9, tzinfo=UTC),
    )
    _say(f"Inventing {founded.members:,} members and what happens to them …")
    story = Story(make_world(founded.members, founded.first_month), today, _say)
    _set_up(story)
    return story


@action("home.build_demo")
def finish_demo(*, actor: Actor) -> None:
    """Remember that everything is there."""
    record(actor=actor, action=BUILT)


# Set-up ----------------------------------------------------------------------------------------


def _set_up(story: Story) -> None:
    world, now = story.world, story.at(0, 1, 9)
    contracts = Contract.objects.select_related("payer__party")
    story.contracts = {contract.payer.party.code: contract for contract in contracts}
    codes = [plan.code for plan in PLANS]
    if not Practice.objects.exists():
        start = date(world.first_month.year - 5, 1, 1)
        data = network_csv(world.network, codes, start, world.month(JOINS))
        result = import_network(actor=Actor.system("demo"), data=data, now=now)
        assert not result.refused, result.refused
    add_people(world.first_month, story.today)
    _open_bank_accounts(story, now)
    doctors, practices = len(world.network.doctors), len(world.network.clinics)
    story.say(f"{practices} practices, {doctors} doctors, {len(PLANS)} plans.")


def _open_bank_accounts(story: Story, now: datetime) -> None:
    ipa = Party.objects.get(kind=Party.Kind.IPA)
    _open_account(story, ipa, 0, now, purpose=BankAccount.Purpose.ORIGIN)
    practices = Practice.objects.exclude(name=NO_BANK).select_related("party").order_by("tin")
    for number, practice in enumerate(practices, start=1):
        _open_account(story, practice.party, number, now)


def _open_account(
    story: Story, party: Party, number: int, now: datetime, purpose: str = BankAccount.Purpose.PAYEE
) -> None:
    account = BankAccount.objects.filter(party=party).order_by("proposed_at").first()
    if account is None:
        account = _propose(story, party, number, now, purpose)
    if account.status == BankAccount.Status.PROPOSED:
        approve_bank_account(actor=story.actor("reyes"), bank_account_id=account.pk, now=now)


def _propose(
    story: Story, party: Party, number: int, now: datetime, purpose: str = BankAccount.Purpose.PAYEE
) -> BankAccount:
    origin = {"bank_name": "First Harbor Bank", "company_id": "1990000000"}
    # No bank has a routing number of a Federal Reserve district 99.
    first_eight = f"99{number % 7:06}"
    return propose_bank_account(
        actor=story.actor("quinn"),
        party_id=party.pk,
        holder_name=party.name,
        routing_number=f"{first_eight}{check_digit(first_eight)}",
        account_number=f"44{number:08}",
        now=now,
        purpose=purpose,
        **(origin if purpose == BankAccount.Purpose.ORIGIN else {}),
    )


# A month ---------------------------------------------------------------------------------------


def live_month(story: Story, index: int) -> None:
    """One month: files, runs, payments, statements; the last one stops where people decide."""
    begun = time.monotonic()
    if index == LEAVES:
        _move_leaver(story, index)
    files = [receive(story, sent, index) for sent in files_of(story.world, index)]
    for file in files:
        _see_deposit(story, file, index)
    runs = [take_run(story, story.contracts[plan.code], index) for plan in PLANS]
    told = f"{sum(f.status == PlanFile.Status.APPLIED for f in files)} files applied"
    if index == CHARGED_MONTH:
        _take_charges(story, index)
    if index < MONTHS - 1:
        batch = _pay(story, index)
        _publish(story, index)
        told += f", {len(runs)} runs posted, {batch.payment_count} payments"
    else:
        _leave_questions(story, index)
        told += f", {len(runs)} runs need approval"
    seconds = time.monotonic() - begun
    left = round(seconds * (MONTHS - 1 - index))
    ahead = f", about {left} s to go" if left >= 5 else ""
    month = month_name(story.world.month(index))
    story.say(f"[{index + 1:2}/{MONTHS}] {month:15} {told} ({seconds:.1f} s{ahead})")


def _move_leaver(story: Story, index: int) -> None:
    """A doctor moves to another practice; the network hears of it by a CSV of one doctor."""
    number, practice = story.world.leaver
    doctor, since = story.world.network.doctors[number], story.world.month(index)
    moved = Participation.objects.filter(practitioner__npi=doctor.npi, practice__name=practice)
    if moved.exists():
        return
    codes = [plan.code for plan in PLANS]
    data = network_csv(story.world.network, codes, since, since, (doctor, practice, since))
    import_network(actor=story.actor("lindgren"), data=data, now=story.at(index, 1))


def receive(story: Story, sent: Sent, index: int) -> PlanFile:
    """Receive and process a file as an upload would, unless it was."""
    contract = story.contracts[sent.plan.code]
    digest = sha256(sent.data).hexdigest()
    file = PlanFile.objects.filter(payer_id=contract.payer_id, sha256=digest).first()
    if file is None:
        file = receive_file(
            actor=story.actor("quinn"),
            payer_id=contract.payer_id,
            name=sent.name,
            data=sent.data,
            now=story.at(index, 3),
            contract_id=contract.pk,
        )
    if file.status == PlanFile.Status.RECEIVED:
        file = process_file(actor=story.actor("quinn"), file_id=file.pk, now=story.at(index, 3))
    return file


def _see_deposit(story: Story, file: PlanFile, index: int) -> None:
    """The bank shows the money of every month but the last two, whose deposits are awaited."""
    cents = file.counts.get("total_cents", 0)
    if file.status == PlanFile.Status.APPLIED and cents > 0 and index < MONTHS - 2:
        day = story.at(index, 5)
        book_deposit(
            actor=story.actor("quinn"),
            file_id=file.pk,
            day=day.date(),
            amount_cents=cents,
            now=day,
        )


def take_run(story: Story, contract: Contract, index: int) -> Run:
    """Take a contract's run of a month to where it stops: posted, or waiting for approval."""
    quinn, reyes, month = story.actor("quinn"), story.actor("reyes"), story.world.month(index)
    run = Run.objects.filter(contract=contract, month=month).order_by("sequence").first()
    if run is None:
        run = open_run(
            actor=quinn, contract_id=contract.pk, month=month, now=story.at(index, 25, 9)
        )
    if run.status == Run.Status.OPEN:
        run = calculate_run(actor=quinn, run_id=run.pk, now=story.at(index, 25, 10))
    if index == MONTHS - 1:
        return run
    if run.status == Run.Status.CALCULATED:
        now = story.at(index, 26, 11)
        run = approve_run(actor=reyes, run_id=run.pk, seen_digest=run.digest, now=now)
    if run.status == Run.Status.APPROVED:
        run = post_run(actor=quinn, run_id=run.pk, now=story.at(index, 26, 12))
    return run


def _take_charges(story: Story, index: int) -> None:
    """What practices bought together before this month is taken from this month's payout."""
    buyers = Buyers(story.actor("farrow"), story.actor("reyes"), story.at(index - 2, 3))
    buy_first(buyers=buyers, mine=_buying(story), came=story.at(index - 1, 10))
    net_once(actor=story.actor("quinn"), now=story.at(index, 26, 13))


def _pay(story: Story, index: int) -> PaymentBatch:
    """Prepare, release and settle a month's payments, each once."""
    prepared_at = story.at(index, 26, 14)
    batch = PaymentBatch.objects.filter(prepared_at=prepared_at).first()
    if batch is None:
        batch = prepare_payments(actor=story.actor("quinn"), now=prepared_at)
    if batch.status == PaymentBatch.Status.PREPARED:
        batch = release_payments(
            actor=story.actor("reyes"),
            batch_id=batch.pk,
            seen_digest=batch.digest,
            now=story.at(index, 26, 16),
        )
    settled = story.at(index, 26) + timedelta(days=3)
    if index == RETURNED_MONTH:
        _return_one(story, batch, settled)
    if batch.payments.filter(status=Payment.Status.RELEASED).exists():
        settle_payments(actor=story.actor("quinn"), batch_id=batch.pk, now=settled)
    return batch


def _return_one(story: Story, batch: PaymentBatch, now: datetime) -> None:
    """The bank sends one payment back: there is no such account any more."""
    payment = batch.payments.filter(
        party__name=RETURNED, status=Payment.Status.RELEASED
    ).select_related("bank_account")
    for one in payment:
        read_returns(actor=story.actor("quinn"), data=return_file(one, now.date()), now=now)


def return_file(payment: Payment, day: date) -> bytes:
    """A bank's file that returns a payment (R03: no account, or another name), as banks send it."""
    bank = payment.bank_account
    trace = f"{bank.routing_number[:8]}0000001"
    lines = [
        f"5200{IPA_NAME.upper():<36}1990000000CCDCAPITATION      {day:%y%m%d}   1"
        f"{bank.routing_number[:8]}0000001",
        f"621{bank.routing_number}{'':17}{payment.amount_cents:010}{'':15}"
        f"{bank.holder_name.upper():<22.22}  1{trace}",
        f"799R03{payment.trace_number}{'':6}{bank.routing_number[:8]}{'':44}{trace}",
    ]
    return "\r\n".join(lines).encode()


def _leave_questions(story: Story, index: int) -> None:
    """What the last weeks brought: new bank details to decide on, and a question to answer."""
    practice = Practice.objects.select_related("party").get(name=RETURNED)
    waiting = BankAccount.objects.filter(party=practice.party, status=BankAccount.Status.PROPOSED)
    back = Payment.objects.filter(party=practice.party, status=Payment.Status.RETURNED)
    if back.exists() and not waiting.exists():
        _propose(story, practice.party, 77, story.at(index, 8))
    statement = Statement.objects.filter(payee__name=BELL).order_by("-month").first()
    if statement is None or Dispute.objects.exists():
        return
    lines = Share.objects.filter(run_id__in=statement.run_ids, payee_id=statement.payee_id)
    line = lines.order_by("provider_cents", "member_id").first()
    if line is not None:
        open_dispute(
            actor=story.actor("bell"),
            statement_id=statement.pk,
            run_id=line.run_id,
            member_id=line.member_id,
            coverage_month=line.coverage_month,
            question="We saw this member on the 12th of that month. Why is it taken back?",
            now=story.at(index, 9),
        )


def _publish(story: Story, index: int) -> None:
    month = story.world.month(index)
    if not Statement.objects.filter(month=month).exists():
        now = story.at(index, 26) + timedelta(days=4)
        publish_statements(actor=story.actor("quinn"), month=month, now=now)
